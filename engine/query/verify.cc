#include "engine/query/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "engine/collection/tree.h"
#include "engine/manifest/manifest.h"
#include "engine/projections/named_contents.h"
#include "engine/session/manifest_sync.h"
#include "events/codec.h"
#include "events/name.h"

namespace skilltrail::query {
namespace {

constexpr size_t kMaxTold = 100;  // problems of one kind

// Problems of one kind; the first hundred are told.
class Told {
 public:
  explicit Told(VerifyReport& report) : report_(report) {}
  void Add(std::string problem) {
    if (++count_ <= kMaxTold) report_.problems.push_back(std::move(problem));
  }
  // The same, spelt only if it is told.
  void Add(std::string_view before, const Digest& digest, std::string_view behind) {
    if (++count_ <= kMaxTold) report_.problems.push_back(fmt::format("{}{}{}", before, digest.hex(), behind));
  }
  void Finish(std::string_view what) {
    if (count_ > kMaxTold) report_.problems.push_back(fmt::format("and {} more {}", count_ - kMaxTold, what));
  }

 private:
  VerifyReport& report_;
  uint64_t count_ = 0;
};

// Trees are read whole: they name the files. Those that are not there are found by their absence alone, which costs a tenth of an error.
Status CheckTrees(Reading& reading, projections::NamedContents& named, VerifyReport& report) {
  Told told(report);
  ASSIGN_OR_RETURN(const auto missing, reading.blobs().Missing(named.trees));
  for (const auto& digest : missing) {
    if (!projections::Among(named.redacted, digest)) told.Add("content ", digest, " is missing from the store");
  }
  for (const auto& digest : named.trees) {
    if (projections::Among(missing, digest)) continue;
    const auto bytes = reading.blobs().Get(digest);
    if (!bytes.ok() && bytes.error().code != Code::kCorrupt) return bytes.error();
    const auto tree = bytes.ok() ? collection::DecodeTree(*bytes) : Result<collection::Tree>(bytes.error());
    if (!tree.ok()) {
      told.Add(tree.error().message);
      continue;
    }
    for (const auto& entry : tree->entries) named.blobs.push_back(entry.digest);
  }
  told.Finish("trees that are missing or damaged");
  return {};
}

Status CheckBlobs(Reading& reading, projections::NamedContents& named, bool full, VerifyReport& report) {
  named.Settle();
  RETURN_IF_ERROR(CheckTrees(reading, named, report));
  named.Settle();
  report.blobs = named.trees.size() + named.blobs.size();
  Told told(report);
  ASSIGN_OR_RETURN(const auto missing, reading.blobs().Missing(named.blobs));
  for (const auto& digest : missing) {
    if (!projections::Among(named.redacted, digest)) told.Add("blob ", digest, " is missing");
  }
  if (full) {
    uint64_t done = 0;
    for (const auto& digest : named.blobs) {
      Report(reading.context(), "reading blobs", done++, named.blobs.size());
      if (projections::Among(missing, digest)) continue;
      const auto bytes = reading.blobs().Get(digest);
      if (bytes.ok()) continue;
      if (bytes.error().code != Code::kCorrupt) return bytes.error();
      told.Add(bytes.error().message);
    }
  }
  told.Finish("blobs that are missing or damaged");
  return {};
}

// What collection.toml says of each artifact that it should say.
void CheckManifest(const projections::CollectionState& state, const manifest::Collection& manifest, Told& told) {
  std::map<std::string, const manifest::ArtifactEntry*> entries;
  for (const auto& entry : manifest.artifacts) entries.emplace(entry.type + ":" + entry.name, &entry);
  for (const auto* artifact : state.artifacts()) {
    const auto entry = entries.find(artifact->id);
    if (entry == entries.end()) {
      told.Add(fmt::format("collection.toml of {} lacks {}", Quote(state.name()), artifact->id));
      continue;
    }
    auto tags = entry->second->tags;
    std::sort(tags.begin(), tags.end());
    if (tags != projections::EffectiveTags(*artifact)) {
      told.Add(fmt::format("collection.toml of {} has other tags for {}", Quote(state.name()), artifact->id));
    }
    entries.erase(entry);
  }
  for (const auto& [id, entry] : entries) {
    told.Add(fmt::format("collection.toml of {} has {}, which the log has not", Quote(state.name()), id));
  }
}

// Folds every collection from the first event and compares it with what the checkpoints give, and with its manifest.
Status CheckProjections(Reading& reading, Seq head, VerifyReport& report) {
  Told told(report);
  ASSIGN_OR_RETURN(const auto all, reading.states().CollectionsAt(head));
  ASSIGN_OR_RETURN(const auto behind, reading.log().ManifestsBehind());
  for (const auto& [name, info] : all) {
    projections::CollectionState plain(name);
    store::ScanOptions options;
    options.through = head;
    RETURN_IF_ERROR(reading.log().Scan(options, [&](const store::StoredEvent& event) {
      plain.Apply(event);
      return store::Visit::kContinue;
    }));
    plain.Settle();
    ASSIGN_OR_RETURN(const auto quick, reading.states().CollectionAt(name, head));
    plain.set_seq(quick.seq());
    if (plain.Encode() != quick.Encode()) {
      told.Add(fmt::format("the checkpoints of collection {} do not match its events: skilltrail rebuild makes them anew", Quote(name)));
    }
    if (!info.exists || std::binary_search(behind.begin(), behind.end(), name)) continue;  // a changing command writes it anew
    // What a person wrote there since is an edit that nobody has captured yet, and no fault.
    ASSIGN_OR_RETURN(const bool stands, ManifestStands(*reading.store().cache, reading.DirectoryOf(info), name));
    if (!stands) continue;
    const auto manifest = manifest::ReadCollection(reading.DirectoryOf(info));
    manifest.ok() ? CheckManifest(plain, *manifest, told) : told.Add(manifest.error().message);
  }
  auto checkpoints = projections::RebuildCheckpoints(reading.log(), *reading.store().cache, false);
  if (!checkpoints.ok()) return checkpoints.error();
  ASSIGN_OR_RETURN(const auto standing, reading.store().cache->Checkpoints());
  const uint64_t absent = checkpoints->checkpoints - std::min<uint64_t>(checkpoints->checkpoints, standing.size() - checkpoints->dropped);
  if (checkpoints->written > absent) {
    told.Add(fmt::format("{} checkpoints do not match the events: skilltrail rebuild makes them anew", checkpoints->written - absent));
  }
  told.Finish("projections that differ");
  return {};
}

}  // namespace

Result<VerifyReport> Verify(Reading& reading, bool full) {
  VerifyReport report;
  const Seq head = reading.log().head();
  report.head_seq = head;
  report.head_hash = reading.log().head_hash();
  std::array<projections::NamedContents, store::EventLog::kMaxVerifiers> named;
  store::EventLog::VerifyOptions options;
  options.progress = [&](Seq seq) { Report(reading.context(), "verifying", seq, head); };
  options.visit = [&](size_t verifier, const store::StoredEvent& event) { named[verifier].Add(*event.event); };
  options.interrupted = reading.context().interrupted;
  ASSIGN_OR_RETURN(const auto checked, reading.log().Verify(options));
  report.events = checked.events;
  for (const auto& problem : checked.problems) {
    report.problems.push_back(problem.text);
    if (report.first_bad == 0) report.first_bad = problem.seq;
  }
  if (checked.problem_count > checked.problems.size()) {
    report.problems.push_back(fmt::format("and {} more of the log", checked.problem_count - checked.problems.size()));
  }
  if (report.problems.empty()) {
    for (size_t i = 1; i < named.size(); ++i) named.front().Add(named[i]);
    RETURN_IF_ERROR(CheckBlobs(reading, named.front(), full, report));
    if (full) RETURN_IF_ERROR(CheckProjections(reading, head, report));
  }
  report.ok = report.problems.empty();
  return report;
}

}  // namespace skilltrail::query
