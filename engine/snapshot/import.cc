#include "engine/snapshot/import.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>

#include "engine/session/capture.h"
#include "engine/session/writing.h"
#include "engine/snapshot/archive_check.h"
#include "engine/snapshot/archive_reader.h"
#include "engine/snapshot/history.h"
#include "engine/snapshot/import_peer.h"
#include "engine/snapshot/import_target.h"
#include "engine/snapshot/plan.h"
#include "engine/snapshot/targets.h"
#include "events/codec.h"
#include "events/name.h"

namespace skilltrail::snapshot {
namespace {

namespace fs = std::filesystem;
using projections::ArtifactState;
using store::StoredEvent;
using store::Visit;
using Ordinals = std::map<uint32_t, Digest>;
using Artifacts = std::map<std::string, ArtifactState>;

Artifacts ArtifactsOf(const projections::CollectionState& state) {
  Artifacts artifacts;
  for (const auto* one : state.artifacts()) artifacts.emplace(one->id, *one);
  return artifacts;
}

class Importer {
 public:
  Importer(Writing& writing, const OpenFile& file, const CheckedArchive& archive, std::string name)
      : writing_(writing), file_(file), archive_(archive), name_(std::move(name)) {}

  Result<ImportReport> Run() {
    report_.collection = name_;
    report_.artifacts = archive_.state.size();
    ASSIGN_OR_RETURN(state_, writing_.CollectionOrNew(name_));
    const bool own_name = name_ == archive_.manifest.collection;
    RETURN_IF_ERROR(own_name ? TakeHistory() : CheckName());
    report_.path = writing_.reading().DirectoryOf(*state_);
    if (!takes_) return std::move(report_);
    RETURN_IF_ERROR(TakeContents());
    RETURN_IF_ERROR(own_name ? AddHistory() : AddState());
    RETURN_IF_ERROR(writing_.Finish());
    report_.run_id = writing_.run_text();
    report_.notes = writing_.notes();
    return std::move(report_);
  }

 private:
  // Reads the events, and decides what of them is new here.
  Status TakeHistory() {
    RETURN_IF_ERROR(Pass([&](std::span<const uint8_t> bytes) { return TakeEvent(bytes); }, {}));
    std::optional<std::string> apart;  // why the archive does not go on from what is here
    RETURN_IF_ERROR(FindStranger(apart));
    report_.known = known_;
    for (const auto& event : events_) NoteSnapshot(event);
    if (events_.empty() && state_->exists()) return {};
    if (!apart && !in_order_) apart = "its events do not follow those that are here";
    if (!apart && state_->exists()) {
      const Seq next = writing_.next_seq();
      RETURN_IF_ERROR(Capture(writing_, name_));
      if (writing_.next_seq() != next) apart = "it was edited here";
    } else if (!apart && events_.empty()) {
      apart = "it was removed here";
    }
    if (apart) {
      return Error{Code::kConflict, fmt::format("collection '{}' is here with another history: {}", name_, *apart),
                   "import it under another name: --as NAME"};
    }
    if (!state_->exists()) RETURN_IF_ERROR(TakeDirectory());
    takes_ = true;
    report_.brought = ImportReport::Brought::kHistory;
    report_.events = events_.size();
    return {};
  }

  Status TakeEvent(std::span<const uint8_t> bytes) {
    const schema::Event& event = ViewEvent(bytes);
    const RunId run = RunIdOf(event);
    ASSIGN_OR_RETURN(const Ordinals* here, OrdinalsOf(run));
    archive_events_[run].insert(event.ordinal());
    if (const auto found = here->find(event.ordinal()); found != here->end()) {
      if (found->second != Sha256(bytes)) {
        return Error{Code::kConflict, fmt::format("event {} of run {} is in this store with another content", event.ordinal(), run.text()),
                     "one of the two was forged or damaged: `skilltrail verify` looks at this store"};
      }
      ++known_;
      NoteSnapshot(bytes);
      // A RunStarted can have come with another collection.
      if (!events_.empty() && event.payload_type() != schema::Payload::RunStarted) in_order_ = false;
      return {};
    }
    events_.emplace_back(bytes.begin(), bytes.end());
    return {};
  }

  // What the log has of that run.
  Result<const Ordinals*> OrdinalsOf(const RunId& run) {
    const auto [place, fresh] = runs_.try_emplace(run);
    if (!fresh) return &place->second;
    RETURN_IF_ERROR(writing_.reading().log().ScanStream(store::RunStream(run), {}, [&](const StoredEvent& event) {
      place->second.emplace(event.event->ordinal(), Sha256(event.bytes));
      return Visit::kContinue;
    }));
    return &place->second;
  }

  // An event of the collection that is here and not in the archive.
  Status FindStranger(std::optional<std::string>& found) const {
    const auto& log = writing_.reading().log();
    ASSIGN_OR_RETURN(const auto history, History::Of(log, name_, log.head()));
    return history.Scan([&](const StoredEvent& event) {
      const auto run = archive_events_.find(RunIdOf(*event.event));
      if (run != archive_events_.end() && run->second.contains(event.event->ordinal())) return Visit::kContinue;
      found = fmt::format("event {} is not in the archive", event.seq);
      return Visit::kStop;
    });
  }

  void NoteSnapshot(std::span<const uint8_t> bytes) {
    if (const auto* created = ViewEvent(bytes).payload_as_SnapshotCreated()) report_.snapshots.emplace_back(View(created->id()));
  }

  Status CheckName() {
    report_.snapshots = {archive_.manifest.snapshot_id};
    if (state_->exists()) {
      bool same = false;
      RETURN_IF_ERROR(
          writing_.reading().log().ScanStream(store::TypeStream(schema::Payload::CollectionImported), {}, [&](const StoredEvent& event) {
            const auto* imported = event.event->payload_as_CollectionImported();
            same = same || (View(event.event->collection()) == name_ && DigestOf(imported->archive()) == archive_.digest);
            return Visit::kContinue;
          }));
      if (same) return {};
      return Error{Code::kConflict, fmt::format("collection '{}' exists already", name_), "give another name: --as NAME"};
    }
    takes_ = true;
    report_.brought = ImportReport::Brought::kState;
    return TakeDirectory();
  }

  Status TakeDirectory() {
    ASSIGN_OR_RETURN(const fs::path dir, FreeDirectory(writing_.context(), name_));
    if (writing_.dry_run()) return {};
    RETURN_IF_ERROR(MakeCollectionDirectory(dir));
    std::vector<Target> targets;
    for (const auto* artifact : archive_.state.artifacts()) targets.push_back({dir / artifact->path, archive_.trees.at(TreeOf(*artifact))});
    if (Status good = CheckTargets(targets); !good.ok()) return Error{good.error().code, good.error().message, "nothing was imported"};
    return {};
  }

  // Brings the contents into the store: all of a history, of a state only what stands.
  Status TakeContents() {
    if (writing_.dry_run()) return {};
    std::set<Digest> wanted;
    for (const auto* artifact : archive_.state.artifacts()) {
      wanted.insert(TreeOf(*artifact));
      for (const auto& entry : archive_.trees.at(TreeOf(*artifact)).entries) wanted.insert(entry.digest);
    }
    const bool all = report_.brought == ImportReport::Brought::kHistory;
    return Pass({}, [&, all](const ArchiveMember& member, std::string bytes) -> Status {
      if (!all && !wanted.contains(member.digest)) return {};
      RETURN_IF_ERROR(writing_.blobs().Put(std::move(bytes)));
      return {};
    });
  }

  // The archive once more; what it gives is held against the same manifest.
  Status Pass(std::function<Status(std::span<const uint8_t>)> event,
              std::function<Status(const ArchiveMember&, std::string)> content) const {
    ArchiveVisitor visitor;
    visitor.manifest = [&](const Manifest& manifest) {
      if (manifest.Encode() == archive_.manifest.Encode()) return Status();
      return Status(Error{Code::kFailed, "the archive was changed while it was read", "import it again"});
    };
    visitor.event = event ? std::move(event) : [](std::span<const uint8_t>) { return Status(); };
    visitor.state = [](std::string) { return Status(); };
    visitor.content = content ? std::move(content) : [](const ArchiveMember&, std::string) { return Status(); };
    return ReadArchive(file_.fd(), writing_.context(), visitor);
  }

  Status AddHistory() {
    const Artifacts before = ArtifactsOf(*state_);
    const std::string path = state_->exists() ? state_->path() : std::string();
    for (auto& event : events_) writing_.AddForeign(std::move(event));
    AddImported(path, report_.events);
    AddFiles(before);
    return {};
  }

  Status AddState() {
    schema::CollectionCreatedT created;
    created.cause = schema::ChangeCause::adopt;
    writing_.Add({name_, {}, {}, std::move(created)});
    for (const auto* artifact : archive_.state.artifacts()) {
      schema::ArtifactAddedT added;
      added.cause = schema::ChangeCause::adopt;
      added.record = std::make_unique<schema::ArtifactRecordT>(*artifact);
      added.record->added_seq = added.record->changed_seq = 0;
      writing_.Add({name_, artifact->id, {}, std::move(added)});
    }
    schema::SnapshotCreatedT snapshot;
    snapshot.id = archive_.manifest.snapshot_id;
    snapshot.name = archive_.manifest.snapshot_name;
    snapshot.message = archive_.manifest.snapshot_message;
    snapshot.artifact_count = static_cast<uint32_t>(archive_.state.size());
    writing_.Add({name_, {}, {}, std::move(snapshot)});
    AddImported({}, 0);
    AddFiles({});
    return {};
  }

  void AddImported(const std::string& path, uint64_t events) {
    schema::CollectionImportedT imported;
    imported.path = path;
    imported.archive = archive_.digest.vector();
    imported.events = events;
    writing_.Add({name_, {}, {}, std::move(imported)});
  }

  void AddFiles(const Artifacts& before) {
    const auto dir = writing_.reading().DirectoryOf(*state_);
    const Artifacts after = ArtifactsOf(*state_);
    for (const auto& [id, artifact] : before) {
      const auto now = after.find(id);
      if (now != after.end() && now->second.path == artifact.path) continue;
      writing_.AddFileWork({dir / artifact.path, TreeOf(artifact), {}, name_, id});
    }
    for (const auto& [id, artifact] : after) {
      const auto was = before.find(id);
      const Digest standing = was != before.end() && was->second.path == artifact.path ? TreeOf(was->second) : Digest{};
      if (standing != TreeOf(artifact)) writing_.AddFileWork({dir / artifact.path, standing, TreeOf(artifact), name_, id});
    }
  }

  Writing& writing_;
  const OpenFile& file_;
  const CheckedArchive& archive_;
  const std::string name_;
  projections::CollectionState* state_ = nullptr;
  ImportReport report_;
  bool takes_ = false;
  std::vector<std::vector<uint8_t>> events_;  // those that are new here
  uint64_t known_ = 0;
  bool in_order_ = true;  // no known event follows a new one
  std::map<RunId, Ordinals> runs_;
  std::map<RunId, std::set<uint32_t>> archive_events_;
};

}  // namespace

Result<ImportReport> Import(const Context& context, const ImportRequest& request) {
  if (!request.as.empty()) RETURN_IF_ERROR(CheckName(request.as, "collection"));
  if (request.file.extension() == ".toml") return ImportPeerSnapshots(context, request);
  ASSIGN_OR_RETURN(const auto file, OpenFile::Open(request.file));
  auto checked = CheckArchive(file, context);
  if (!checked.ok()) {
    if (checked.error().code != Code::kCorrupt || LooksLikeArchive(file.fd())) return checked.error();
    return ImportPeerArchive(context, request, file);
  }
  ASSIGN_OR_RETURN(const auto writing, Writing::Open(context));
  const std::string name = request.as.empty() ? checked->manifest.collection : request.as;
  ASSIGN_OR_RETURN(auto report, Importer(*writing, file, *checked, name).Run());
  if (report.brought == ImportReport::Brought::kState) {
    report.notes.push_back(
        fmt::format("its history stays in the archive: its events are of the collection '{}'", checked->manifest.collection));
  }
  return report;
}

}  // namespace skilltrail::snapshot
