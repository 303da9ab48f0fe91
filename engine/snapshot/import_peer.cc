#include "engine/snapshot/import_peer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <system_error>

#include "engine/collection/capture.h"
#include "engine/curate/adopt_artifacts.h"
#include "engine/manifest/manifest.h"
#include "engine/session/writing.h"
#include "engine/snapshot/import_target.h"
#include "engine/snapshot/plan.h"
#include "engine/snapshot/targets.h"
#include "engine/snapshot/unpack.h"
#include "events/name.h"

namespace skilltrail::snapshot {
namespace {

namespace fs = std::filesystem;

// One archive of the peer's, unpacked.
struct PeerState {
  fs::path dir;
  std::string root;
  manifest::Collection manifest;
  std::optional<manifest::PeerSnapshot> snapshot;  // that it is of
};

Result<PeerState> ReadPeer(const Context& context, const OpenFile& file, const fs::path& dir) {
  PeerState state;
  ASSIGN_OR_RETURN(const Unpacked unpacked, Unpack(context, file, dir));
  state.dir = unpacked.dir;
  state.root = unpacked.root;
  auto manifest = manifest::ReadCollection(state.dir);
  if (!manifest.ok() && manifest.error().code != Code::kNotFound) {
    return Error{Code::kCorrupt, fmt::format("the archive's collection.toml or its lock cannot be read: {}", manifest.error().message), {}};
  }
  if (manifest.ok()) state.manifest = std::move(*manifest);
  for (const auto& entry : state.manifest.artifacts) {
    // Nothing but what was unpacked is read, whatever the file says.
    const bool inside = CheckRelativePath(entry.path).ok() && entry.path.find('/') != std::string::npos && !entry.path.starts_with('.');
    if (!inside) return Error{Code::kCorrupt, fmt::format("the archive's collection.toml leads out of it: {}", Quote(entry.path)), {}};
  }
  return state;
}

// Makes events of one state after the other.
class PeerImporter {
 public:
  PeerImporter(Writing& writing, std::string name) : writing_(writing), name_(std::move(name)) {}

  Result<ImportReport> Run(const std::vector<PeerState>& states) {
    report_.collection = name_;
    ASSIGN_OR_RETURN(state_, writing_.CollectionOrNew(name_));
    if (state_->exists()) {
      return Error{Code::kConflict, fmt::format("collection '{}' exists already", name_), "give another name: --as NAME"};
    }
    ASSIGN_OR_RETURN(report_.path, FreeDirectory(writing_.context(), name_));
    schema::CollectionCreatedT created;
    created.cause = schema::ChangeCause::adopt;
    writing_.Add({name_, {}, {}, std::move(created)});
    bool first = true;
    for (const auto& one : states) {
      RETURN_IF_ERROR(std::exchange(first, false) ? curate::AdoptArtifacts(writing_, name_, one.dir, one.manifest, report_.notes)
                                                  : Change(one));
      if (one.snapshot) AddSnapshot(*one.snapshot);
    }
    report_.brought = ImportReport::Brought::kState;
    report_.artifacts = state_->size();
    RETURN_IF_ERROR(Place(states.back().dir));
    RETURN_IF_ERROR(writing_.Finish());
    report_.run_id = writing_.run_text();
    report_.notes.insert(report_.notes.end(), writing_.notes().begin(), writing_.notes().end());
    return std::move(report_);
  }

 private:
  // From the state so far to that one.
  Status Change(const PeerState& next) {
    ASSIGN_OR_RETURN(const auto on_disk, collection::ListCollection(next.dir));
    std::map<std::string, const manifest::ArtifactEntry*> entries;
    for (const auto& entry : next.manifest.artifacts) entries.emplace(entry.path, &entry);
    std::set<std::string> standing;
    for (const auto& found : on_disk) {
      if (!found.problem.empty()) continue;
      const auto entry = entries.find(found.path);
      ASSIGN_OR_RETURN(auto record,
                       curate::ReadAdopted(writing_, next.dir, found.id, found.path, entry == entries.end() ? nullptr : entry->second));
      standing.insert(record.id);
      const auto* present = state_->Find(record.id);
      if (record.added_at == 0) record.added_at = present != nullptr ? present->added_at : writing_.now();
      if (record.updated_at == 0) record.updated_at = writing_.now();
      if (present != nullptr && SameArtifact(record, *present)) continue;
      schema::ArtifactRestoredT restored;
      restored.cause = schema::ChangeCause::adopt;
      restored.record = std::make_unique<schema::ArtifactRecordT>(record);
      writing_.Add({name_, record.id, {}, std::move(restored)});
    }
    std::vector<projections::ArtifactState> gone;
    for (const auto* artifact : state_->artifacts()) {
      if (!standing.contains(artifact->id)) gone.push_back(*artifact);
    }
    for (const auto& artifact : gone) {
      schema::ArtifactRemovedT removed;
      removed.cause = schema::ChangeCause::adopt;
      removed.tree = artifact.tree;
      writing_.Add({name_, artifact.id, {}, std::move(removed)});
    }
    return {};
  }

  void AddSnapshot(const manifest::PeerSnapshot& snapshot) {
    schema::SnapshotCreatedT created;
    created.id = snapshot.id;
    created.message = snapshot.message;
    created.artifact_count = static_cast<uint32_t>(state_->size());
    writing_.Add({name_, {}, {}, std::move(created)});
    report_.snapshots.push_back(snapshot.id);
  }

  // The files of what stands at the end follow the events; the peer's own two files go first, so that unknown keys in them stay.
  Status Place(const fs::path& from) {
    if (writing_.dry_run()) return {};
    std::vector<Target> targets;
    for (const auto* artifact : state_->artifacts()) {
      ASSIGN_OR_RETURN(auto tree, writing_.TreeOf(TreeOf(*artifact)));
      targets.push_back({report_.path / artifact->path, std::move(tree)});
    }
    RETURN_IF_ERROR(MakeCollectionDirectory(report_.path));
    if (Status good = CheckTargets(targets); !good.ok()) return Error{good.error().code, good.error().message, "nothing was imported"};
    for (const char* file : {"collection.toml", "collection.lock"}) {
      std::error_code failed;
      if (!fs::exists(from / file, failed)) continue;
      fs::copy_file(from / file, report_.path / file, fs::copy_options::overwrite_existing, failed);
      if (failed) return Error{Code::kFailed, fmt::format("cannot write {}: {}", (report_.path / file).string(), failed.message()), {}};
    }
    for (const auto* artifact : state_->artifacts()) {
      writing_.AddFileWork({report_.path / artifact->path, {}, TreeOf(*artifact), name_, artifact->id});
    }
    return {};
  }

  Writing& writing_;
  const std::string name_;
  projections::CollectionState* state_ = nullptr;
  ImportReport report_;
};

Result<ImportReport> ImportStates(const Context& context, const std::string& name, const std::vector<PeerState>& states) {
  RETURN_IF_ERROR(CheckName(name, "collection"));
  ASSIGN_OR_RETURN(const auto writing, Writing::Open(context));
  return PeerImporter(*writing, name).Run(states);
}

// Where it says, or beside the list: the path is absolute, so a home that has moved breaks it.
fs::path TarballOf(const manifest::PeerSnapshot& snapshot, const fs::path& list) {
  std::error_code failed;
  if (fs::is_regular_file(snapshot.tarball, failed)) return snapshot.tarball;
  return list.parent_path() / snapshot.tarball.filename();
}

// The ids that the collection has snapshots of; nothing if it does not exist.
Result<std::optional<std::set<std::string>>> SnapshotsHere(const Context& context, const std::string& name) {
  ASSIGN_OR_RETURN(const auto reading, Reading::Open(context));
  const Seq head = reading->log().head();
  ASSIGN_OR_RETURN(const auto collections, reading->states().CollectionsAt(head));
  const auto found = collections.find(name);
  if (found == collections.end() || !found->second.exists) return std::optional<std::set<std::string>>();
  std::set<std::string> ids;
  ASSIGN_OR_RETURN(const auto snapshots, reading->states().SnapshotsAt(head));
  for (const auto& one : snapshots) {
    if (one.collection == name) ids.insert(one.id);
  }
  return std::optional(std::move(ids));
}

}  // namespace

Result<ImportReport> ImportPeerArchive(const Context& context, const ImportRequest& request, const OpenFile& file) {
  ASSIGN_OR_RETURN(const auto dir, UnpackDirectory::Open(context));
  std::vector<PeerState> states;
  ASSIGN_OR_RETURN(auto state, ReadPeer(context, file, dir.path() / "0"));
  states.push_back(std::move(state));
  const auto& one = states.front();
  std::string name = !request.as.empty() ? request.as : !one.manifest.name.empty() ? one.manifest.name : one.root;
  if (name.empty()) name = request.file.stem().stem().string();
  return ImportStates(context, name, states);
}

Result<ImportReport> ImportPeerSnapshots(const Context& context, const ImportRequest& request) {
  auto listed = manifest::ReadSnapshots(request.file);
  if (!listed.ok()) return listed.error();
  if (listed->empty()) return Error{Code::kNotFound, fmt::format("{} lists no snapshots", request.file.string()), {}};
  std::stable_sort(listed->begin(), listed->end(), [](const auto& a, const auto& b) { return a.timestamp < b.timestamp; });
  const std::string name = request.as.empty() ? request.file.parent_path().filename().string() : request.as;
  RETURN_IF_ERROR(CheckName(name, "collection"));
  ASSIGN_OR_RETURN(const auto here, SnapshotsHere(context, name));
  if (here) {
    ImportReport report;
    report.collection = name;
    report.path = context.store / "collections" / name;
    for (const auto& one : *listed) report.snapshots.push_back(one.id);
    if (std::all_of(listed->begin(), listed->end(), [&](const auto& one) { return here->contains(one.id); })) return report;
    return Error{Code::kConflict, fmt::format("collection '{}' exists already", name), "give another name: --as NAME"};
  }
  ASSIGN_OR_RETURN(const auto dir, UnpackDirectory::Open(context));
  std::vector<PeerState> states;
  for (const auto& one : *listed) {
    const fs::path tarball = TarballOf(one, request.file);
    ASSIGN_OR_RETURN(const auto file, OpenFile::Open(tarball));
    auto state = ReadPeer(context, file, dir.path() / std::to_string(states.size()));
    if (!state.ok()) return Error{state.error().code, fmt::format("{}: {}", tarball.string(), state.error().message), state.error().hint};
    state->snapshot = one;
    states.push_back(std::move(*state));
  }
  return ImportStates(context, name, states);
}

}  // namespace skilltrail::snapshot
