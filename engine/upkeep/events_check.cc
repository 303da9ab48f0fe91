#include "engine/upkeep/events_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/collection/tree.h"
#include "engine/query/log_query.h"
#include "events/name.h"

namespace skilltrail::upkeep {
namespace {

constexpr uint64_t kProgressLines = 1'024;

}  // namespace

Status EventsCheck::CheckEvent(const FileEvent& event) {
  if (event.seq != seq_ + 1) return reader_.Fault(fmt::format("event {} follows on event {}", event.seq, seq_));
  if (event.prev_hash != hash_ || event.hash != ChainHash(hash_, event.bytes)) {
    return reader_.Fault(fmt::format("event {}: the chain is broken", event.seq));
  }
  if (event.logged_at < logged_at_) return reader_.Fault(fmt::format("event {}: it was logged before the one before it", event.seq));
  RETURN_IF_ERROR(CheckWords(event));
  RETURN_IF_ERROR(CheckContents(event.view()));
  if (!checked_.identities.insert(IdentityOf(event.view())).second) return reader_.Fault("the event is there twice");
  if (const auto name = View(event.view().collection()); !name.empty()) checked_.collections.emplace(name);
  seq_ = event.seq;
  hash_ = event.hash;
  logged_at_ = event.logged_at;
  return {};
}

// What a person reads of the event is what its bytes say.
Status EventsCheck::CheckWords(const FileEvent& event) {
  const auto [run, is_new] = runs_.try_emplace(RunIdOf(event.view()));
  if (is_new) run->second = query::OriginOf(event.seq, event.view());
  store::StoredEvent stored;
  stored.seq = event.seq;
  stored.logged_at = event.logged_at;
  stored.hash = event.hash;
  stored.prev_hash = event.prev_hash;
  stored.bytes = event.bytes;
  stored.event = &event.view();
  const std::string words = query::LoggedEventJson(query::Describe(stored, run->second));
  // As it was written, mostly; what another tool has written anew may differ in blanks and order.
  if (event.line.find(std::string_view(words).substr(1, words.size() - 2)) != std::string::npos) return {};
  const auto said = nlohmann::json::parse(event.line);
  const auto meant = nlohmann::json::parse(words);
  for (const auto& [key, value] : meant.items()) {
    if (said.contains(key) && said[key] != value) return reader_.Fault(fmt::format("{} is not what the event's bytes say", Quote(key)));
  }
  return {};
}

Result<Checked> EventsCheck::Run(Seq hash_at) {
  std::optional<FileHeader> header;
  std::optional<FileBlob> blob;
  std::optional<FileEvent> event;
  for (bool first = true;; first = false) {
    ASSIGN_OR_RETURN(const bool more, reader_.Next(header, blob, event));
    if (!more && first) return reader_.Fault("the file is empty");
    if (!more) break;
    if (Interrupted(context_)) return Error{Code::kInterrupted, "interrupted; nothing was written", ""};
    if (reader_.line() % kProgressLines == 0) Report(context_, "checking", seq_, checked_.header.events);
    if (first != header.has_value()) return reader_.Fault("the line about the log stands first, and once");
    if (header) checked_.header = *header;
    if (blob) Take(*blob);
    if (event) RETURN_IF_ERROR(CheckEvent(*event));
    if (event && seq_ == hash_at) checked_.hash_at = hash_;
  }
  if (seq_ != checked_.header.events || hash_ != checked_.header.hash) {
    return reader_.Fault(fmt::format("the file ends at event {}, and its first line says {}", seq_, checked_.header.events));
  }
  RETURN_IF_ERROR(CheckWanted());
  return std::move(checked_);
}

void EventsCheck::Take(const FileBlob& blob) {
  std::vector<Digest> files;
  if (const auto tree = collection::DecodeTree(blob.content); tree.ok()) {
    for (const auto& entry : tree->entries) files.push_back(entry.digest);
  }
  seen_.insert_or_assign(blob.digest, std::move(files));
}
Status EventsCheck::Need(const Digest& digest) {
  if (seen_.contains(digest) || redacted_.contains(digest)) return {};
  if (blobs_ != nullptr) {
    ASSIGN_OR_RETURN(const bool has, blobs_->Has(digest));
    if (has) return {};
  }
  // A later BlobRedacted may say that it is gone: told at the end of the file only if none does.
  wanted_.emplace(digest, reader_.line());
  return {};
}
Status EventsCheck::CheckContents(const schema::Event& event) {
  projections::NamedContents named;
  named.Add(event);
  for (const auto& digest : named.redacted) {
    redacted_.insert(digest);
    wanted_.erase(digest);
  }
  for (const auto& digest : named.blobs) RETURN_IF_ERROR(Need(digest));
  for (const auto& digest : named.trees) {
    RETURN_IF_ERROR(Need(digest));
    const auto tree = seen_.find(digest);
    if (tree == seen_.end()) continue;
    for (const auto& file : tree->second) RETURN_IF_ERROR(Need(file));
  }
  return {};
}

Status EventsCheck::CheckWanted() const {
  if (wanted_.empty()) return {};
  const auto first = std::min_element(wanted_.begin(), wanted_.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return Error{Code::kCorrupt,
               fmt::format("line {} names content {}, which neither the file nor the store has ({} such)", first->second,
                           first->first.hex(), wanted_.size()),
               "export it without --no-blobs"};
}

}  // namespace skilltrail::upkeep
