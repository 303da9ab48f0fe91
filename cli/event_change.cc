#include "cli/event_change.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include "cli/text.h"
#include "engine/collection/tree.h"
#include "engine/query/diff.h"
#include "engine/text/unified_diff.h"
#include "events/codec.h"
#include "events/json.h"

namespace skilltrail::cli {
namespace {

using Lines = std::vector<ChangeLine>;
using FieldChanges = flatbuffers::Vector<flatbuffers::Offset<schema::FieldChange>>;
using StringList = flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>;

constexpr uint64_t kMaxShownBytes = 512u << 10;  // of a file, in either version
constexpr uint64_t kMaxReadBytes = 8u << 20;     // of all files of an event

void AddValue(char sign, std::string_view field, std::string_view value, Lines& lines) {
  if (value.empty()) return;
  lines.push_back({OneLine(fmt::format("{}{}: {}", sign, field, value)), sign == '-' ? Paint::kRed : Paint::kGreen});
}

void AddFields(const FieldChanges* changes, Lines& lines) {
  if (changes == nullptr) return;
  for (const auto* change : *changes) {
    AddValue('-', View(change->field()), View(change->before()), lines);
    AddValue('+', View(change->field()), View(change->after()), lines);
  }
}

void AddFields(const std::vector<query::FieldDiff>& changes, Lines& lines) {
  const auto text = [](const query::DiffValue& value) { return value.list ? Join(*value.list) : value.text; };
  for (const auto& change : changes) {
    AddValue('-', change.field, text(change.before), lines);
    AddValue('+', change.field, text(change.after), lines);
  }
}

void AddTags(const StringList* added, const StringList* removed, Lines& lines) {
  for (const auto& tag : Strings(removed)) AddValue('-', "tag", tag, lines);
  for (const auto& tag : Strings(added)) AddValue('+', "tag", tag, lines);
}

// The two contents that an event stands between, and what differs in their files.
class FileChanges {
 public:
  FileChanges(const store::BlobStore& blobs, Lines& lines) : blobs_(blobs), lines_(lines) {}

  // Digests of trees; zero: there was no content, or is none.
  void Add(const Digest& before, const Digest& after) {
    const auto from = Read(before);
    const auto to = Read(after);
    if (!from.ok() || !to.ok()) {
      lines_.push_back({OneLine((from.ok() ? to : from).error().message), Paint::kNone});
      return;
    }
    for (const auto& change : collection::CompareTrees(*from, *to)) AddFile(change, from->Find(change.path), to->Find(change.path));
  }

 private:
  Result<collection::Tree> Read(const Digest& digest) const {
    if (digest.zero()) return collection::Tree{};
    ASSIGN_OR_RETURN(const auto bytes, blobs_.Get(digest));
    return collection::DecodeTree(bytes);
  }

  void AddFile(const collection::FileChange& change, const collection::TreeEntry* was, const collection::TreeEntry* is) {
    using Kind = collection::FileChange::Kind;
    const char sign = change.kind == Kind::kAdded ? '+' : change.kind == Kind::kRemoved ? '-' : '~';
    const Paint paint = change.kind == Kind::kAdded ? Paint::kGreen : change.kind == Kind::kRemoved ? Paint::kRed : Paint::kYellow;
    auto text = fmt::format("{}file: {}", sign, change.path);
    if (was != nullptr && is != nullptr && was->size != is->size) text += fmt::format(" ({} -> {})", Size(was->size), Size(is->size));
    if (was != nullptr && is != nullptr && was->executable != is->executable)
      text += is->executable ? ", now executable" : ", not executable";
    const size_t header = lines_.size();
    lines_.push_back({{}, paint});
    text += AddText(change.path, was, is);
    lines_[header].text = OneLine(text);
  }

  // Adds the hunks. What stands behind the file's name where there are none to show.
  std::string AddText(const std::string& path, const collection::TreeEntry* was, const collection::TreeEntry* is) {
    if (was != nullptr && is != nullptr && was->digest == is->digest) return {};
    const uint64_t size = std::max(was == nullptr ? 0 : was->size, is == nullptr ? 0 : is->size);
    if (size > kMaxShownBytes) return fmt::format(", too large to be shown: {}", Size(size));
    read_bytes_ += size;
    if (read_bytes_ > kMaxReadBytes) return ", not shown: too much in one event";
    std::optional<std::string> before, after;
    for (auto [entry, bytes] : {std::pair(was, &before), std::pair(is, &after)}) {
      if (entry == nullptr) continue;
      auto read = blobs_.Get(entry->digest);
      if (!read.ok()) return ": " + read.error().message;
      *bytes = std::move(*read);
    }
    const auto diff = text::DiffText(path, before, after);
    switch (diff.outcome) {
      case text::UnifiedDiff::Outcome::kSame:
        return {};
      case text::UnifiedDiff::Outcome::kBinary:
        return ", binary";
      case text::UnifiedDiff::Outcome::kTooLarge:
        return ", too many lines to be shown";
      case text::UnifiedDiff::Outcome::kText:
        AddHunks(diff.text);
    }
    return {};
  }

  // The header is left out: the file was named.
  void AddHunks(std::string_view unified) {
    const size_t header = unified.find("\n@@ ");
    if (header == std::string_view::npos) return;  // a file that came or went empty
    for (size_t at = header + 1; at < unified.size();) {
      const size_t end = std::min(unified.find('\n', at), unified.size());
      const std::string_view line = unified.substr(at, end - at);
      lines_.push_back({OneLine(line), UnifiedPaint(line)});
      at = end + 1;
    }
  }

  const store::BlobStore& blobs_;
  Lines& lines_;
  uint64_t read_bytes_ = 0;
};

void AddData(const schema::Event& event, Lines& lines) {
  const auto data = PayloadJson(event);
  if (!data.is_object()) return;
  for (const auto& [key, value] : data.items()) {
    if (value.is_null() || (value.is_array() && value.empty())) continue;
    const auto text = value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    lines.push_back({OneLine(fmt::format("{}: {}", key, text)), Paint::kNone});
  }
}

// The event holds what stands since, and only the log before it what stood then.
void AddRestored(const query::LoggedEvent& event, const Reading& reading, Lines& lines) {
  const auto before = reading.states().ArtifactAt(event.collection, event.artifact, event.seq - 1);
  const auto after = reading.states().ArtifactAt(event.collection, event.artifact, event.seq);
  if (!before.ok() || !after.ok()) {
    lines.push_back({OneLine((before.ok() ? after : before).error().message), Paint::kNone});
    return;
  }
  const auto* was = *before ? &**before : nullptr;
  const auto* is = *after ? &**after : nullptr;
  const auto tree = [](const projections::ArtifactState* state) {
    return state == nullptr ? Digest{} : DigestFromBytes(state->tree.data(), state->tree.size());
  };
  if (was != nullptr) AddFields(query::CompareFields(was, is), lines);
  FileChanges(reading.blobs(), lines).Add(tree(was), tree(is));
}

}  // namespace

Paint UnifiedPaint(std::string_view line) {
  if (line.starts_with('+')) return Paint::kGreen;
  if (line.starts_with('-')) return Paint::kRed;
  return line.starts_with('@') ? Paint::kCyan : Paint::kNone;
}

std::vector<ChangeLine> EventChange(const query::LoggedEvent& logged, const Reading& reading) {
  const schema::Event& event = *logged.event;
  Lines lines;
  FileChanges files(reading.blobs(), lines);
  if (const auto* refreshed = event.payload_as_MetadataRefreshed()) {
    AddFields(refreshed->changes(), lines);
  } else if (const auto* fields = event.payload_as_MetadataEdited()) {
    AddFields(fields->changes(), lines);
  } else if (const auto* imported = event.payload_as_TagsImported()) {
    AddTags(imported->added(), imported->removed(), lines);
  } else if (const auto* edited = event.payload_as_TagsEdited()) {
    AddTags(edited->added(), edited->removed(), lines);
  } else if (const auto* changed = event.payload_as_ContentChanged()) {
    files.Add(DigestOf(changed->tree_before()), DigestOf(changed->tree_after()));
  } else if (const auto* added = event.payload_as_ArtifactAdded(); added != nullptr && added->record() != nullptr) {
    files.Add(Digest{}, DigestOf(added->record()->tree()));
  } else if (const auto* removed = event.payload_as_ArtifactRemoved()) {
    files.Add(DigestOf(removed->tree()), Digest{});
  } else if (event.payload_as_ArtifactRestored() != nullptr) {
    AddRestored(logged, reading, lines);
  } else {
    AddData(event, lines);
  }
  return lines;
}

}  // namespace skilltrail::cli
