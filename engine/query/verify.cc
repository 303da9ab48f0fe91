#include "engine/query/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <map>
#include <span>
#include <system_error>
#include <utility>

#include "engine/collection/parallel.h"
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

// Those of the sorted digests that the store has not, sorted; looked up on every core.
Result<std::vector<Digest>> MissingOf(Reading& reading, const std::vector<Digest>& digests) {
  constexpr size_t kPiece = 4096;
  std::vector<std::vector<Digest>> missing((digests.size() + kPiece - 1) / kPiece);
  const auto look = [&](size_t piece) -> Status {
    const std::span<const Digest> rest = std::span(digests).subspan(piece * kPiece);
    ASSIGN_OR_RETURN(missing[piece], reading.blobs().Missing(rest.first(std::min(kPiece, rest.size()))));
    return {};
  };
  RETURN_IF_ERROR(collection::OnEveryCore(missing.size(), look));
  std::vector<Digest> all;
  for (const auto& piece : missing) all.insert(all.end(), piece.begin(), piece.end());
  return all;
}

// Those of one sorted list that are not in the other.
std::vector<Digest> Without(const std::vector<Digest>& digests, const std::vector<Digest>& others) {
  std::vector<Digest> rest;
  std::set_difference(digests.begin(), digests.end(), others.begin(), others.end(), std::back_inserter(rest));
  return rest;
}

// Trees are read whole: they name the files. Those that are not there are found by their absence alone, which costs a tenth of an error.
Status CheckTrees(Reading& reading, projections::NamedContents& named, VerifyReport& report) {
  Told told(report);
  ASSIGN_OR_RETURN(const auto missing, MissingOf(reading, named.trees));
  for (const auto& digest : Without(missing, named.redacted)) told.Add("content ", digest, " is missing from the store");
  for (const auto& digest : Without(named.trees, missing)) {
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
  RETURN_IF_ERROR(CheckTrees(reading, named, report));
  named.Settle();
  report.blobs = named.trees.size() + named.blobs.size();
  Told told(report);
  ASSIGN_OR_RETURN(const auto missing, MissingOf(reading, named.blobs));
  for (const auto& digest : Without(missing, named.redacted)) told.Add("blob ", digest, " is missing");
  if (full) {
    uint64_t done = 0;
    const auto present = Without(named.blobs, missing);
    for (const auto& digest : present) {
      Report(reading.context(), "reading blobs", done++, present.size());
      const auto bytes = reading.blobs().Get(digest);
      if (bytes.ok()) continue;
      if (bytes.error().code != Code::kCorrupt) return bytes.error();
      told.Add(bytes.error().message);
    }
  }
  told.Finish("blobs that are missing or damaged");
  return {};
}

// What collection.toml says of each artifact that it should say. What the log never had, and nobody has the files of, is the peer's own.
Status CheckManifest(const Reading& reading, const projections::CollectionState& state, const manifest::Collection& manifest, Told& told) {
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
    ASSIGN_OR_RETURN(const Seq had, reading.log().LastOf(store::ArtifactStream(state.name(), id)));
    std::error_code failed;
    const auto there = std::filesystem::symlink_status(reading.DirectoryOf(state) / entry->path, failed);
    if (had == 0 && there.type() == std::filesystem::file_type::not_found) continue;
    told.Add(fmt::format("collection.toml of {} has {}, which the log has not", Quote(state.name()), id));
  }
  return {};
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
    if (!manifest.ok()) told.Add(manifest.error().message);
    if (manifest.ok()) RETURN_IF_ERROR(CheckManifest(reading, plain, *manifest, told));
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

// Also those that no question of today reads, for a merge of tables will.
Status CheckTables(Reading& reading, VerifyReport& report) {
  Told told(report);
  ASSIGN_OR_RETURN(auto damaged, reading.store().database->DamagedTables());
  for (auto& problem : damaged) told.Add(std::move(problem));
  told.Finish("tables that are damaged");
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
  if (full) RETURN_IF_ERROR(CheckTables(reading, report));
  if (report.problems.empty()) {
    const auto settle = [&](size_t verifier) -> Status {
      named[verifier].Settle();
      return {};
    };
    RETURN_IF_ERROR(collection::OnEveryCore(named.size(), settle));
    for (size_t i = 1; i < named.size(); ++i) named.front().Join(named[i]);
    RETURN_IF_ERROR(CheckBlobs(reading, named.front(), full, report));
    if (full) RETURN_IF_ERROR(CheckProjections(reading, head, report));
  }
  report.ok = report.problems.empty();
  return report;
}

}  // namespace skilltrail::query
