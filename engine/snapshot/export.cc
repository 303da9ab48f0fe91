#include "engine/snapshot/export.h"

#include <fmt/format.h>

#include <map>
#include <system_error>

#include "engine/archive/tar_writer.h"
#include "engine/collection/capture.h"
#include "engine/projections/named_contents.h"
#include "engine/session/manifest_sync.h"
#include "engine/session/writing.h"
#include "engine/snapshot/archive_format.h"
#include "engine/snapshot/history.h"
#include "engine/snapshot/new_file.h"
#include "engine/snapshot/plan.h"
#include "events/codec.h"

namespace skilltrail::snapshot {
namespace {

namespace fs = std::filesystem;
using archive::TarWriter;
using store::StoredEvent;
using store::Visit;

// All that a manifest says, learned in one pass over the events; contents are known by their digests and read only when they are written.
class Exporter {
 public:
  Exporter(Reading& reading, const projections::SnapshotInfo& snapshot, History history)
      : reading_(reading), snapshot_(snapshot), history_(std::move(history)), state_(snapshot.collection) {}

  Status Prepare() {
    RETURN_IF_ERROR(PassOverEvents());
    state_.Settle();
    state_text_ = EncodeState(state_);
    AddMember({std::string(kStatePath), false, state_text_.size(), Sha256(state_text_)});
    ASSIGN_OR_RETURN(toml_, manifest::ComposeCollection(ManifestOf(state_), snapshot_.created_at));
    AddMember({"collection.toml", false, toml_.manifest.size(), Sha256(toml_.manifest)});
    AddMember({"collection.lock", false, toml_.lock.size(), Sha256(toml_.lock)});
    RETURN_IF_ERROR(AddFiles());
    return AddContents();
  }

  Status Write(TarWriter& tar) {
    const std::string manifest = manifest_.Encode();
    RETURN_IF_ERROR(Put(tar, {std::string(kManifestPath), false, manifest.size(), {}}, manifest));
    RETURN_IF_ERROR(WriteEvents(tar));
    uint64_t done = 0;
    for (const ArchiveMember& member : manifest_.members) {
      Report(reading_.context(), "exporting", done++, manifest_.members.size());
      if (Interrupted(reading_.context())) return Error{Code::kInterrupted, "interrupted: the archive was not written", {}};
      if (member.path == kEventsPath) continue;
      if (member.path == kStatePath) {
        RETURN_IF_ERROR(Put(tar, member, state_text_));
      } else if (member.path == "collection.toml" || member.path == "collection.lock") {
        RETURN_IF_ERROR(Put(tar, member, member.path.ends_with("toml") ? toml_.manifest : toml_.lock));
      } else {
        ASSIGN_OR_RETURN(const std::string bytes, reading_.blobs().Get(member.digest));
        RETURN_IF_ERROR(Put(tar, member, bytes));
      }
    }
    return {};
  }

  void Fill(ExportReport& report) const {
    report.events = manifest_.events;
    report.artifacts = manifest_.artifacts;
    report.files = files_;
  }

 private:
  std::string Below(std::string_view path) const { return fmt::format("{}/{}", snapshot_.collection, path); }
  void AddMember(ArchiveMember member) { manifest_.members.push_back(std::move(member)); }
  Status Put(TarWriter& tar, const ArchiveMember& member, std::string_view bytes) const {
    RETURN_IF_ERROR(tar.Begin(Below(member.path), member.executable, member.size));
    return tar.Write(bytes);
  }

  Status PassOverEvents() {
    Hasher hasher;
    hasher.Update(kEventsHead);
    uint64_t size = kEventsHead.size();
    RETURN_IF_ERROR(history_.Scan([&](const StoredEvent& event) {
      ++manifest_.events;
      manifest_.events_digest = ChainHash(manifest_.events_digest, event.bytes);
      hasher.Update(EventFrameHead(event.bytes.size()));
      hasher.Update(event.bytes);
      size += EventFrameHead(0).size() + event.bytes.size();
      StoredEvent renumbered = event;
      renumbered.seq = manifest_.events;
      state_.Apply(renumbered);
      named_.Add(*event.event);
      return Visit::kContinue;
    }));
    manifest_.event_types = KnownEventTypes();
    manifest_.state_format = StateFormat();
    manifest_.collection = snapshot_.collection;
    manifest_.snapshot_id = snapshot_.id;
    manifest_.snapshot_name = snapshot_.name;
    manifest_.snapshot_message = snapshot_.message;
    manifest_.snapshot_at = snapshot_.created_at;
    AddMember({std::string(kEventsPath), false, size, hasher.Finish()});
    return {};
  }

  // The files of what stands in the collection, sorted by path.
  Status AddFiles() {
    std::map<std::string, ArchiveMember> files;
    for (const auto* artifact : state_.artifacts()) {
      ++manifest_.artifacts;
      ASSIGN_OR_RETURN(const auto tree, collection::LoadTree(TreeOf(*artifact), reading_.blobs()));
      const bool single_file = IsFilePath(artifact->id, artifact->path) && tree.entries.size() == 1;
      for (const auto& entry : tree.entries) {
        std::string path = single_file ? artifact->path : artifact->path + "/" + entry.path;
        shown_.insert(entry.digest);
        files.try_emplace(path, ArchiveMember{path, entry.executable, entry.size, entry.digest});
      }
    }
    files_ = files.size();
    for (auto& [path, member] : files) AddMember(std::move(member));
    return {};
  }

  // Trees, and what they name and no file shows; single contents.
  Status AddContents() {
    std::map<Digest, uint64_t> sizes;
    for (const Digest& digest : named_.trees) {
      if (named_.redacted.contains(digest)) continue;
      ASSIGN_OR_RETURN(const std::string bytes, reading_.blobs().Get(digest));
      ASSIGN_OR_RETURN(const auto tree, collection::DecodeTree(bytes));
      sizes[digest] = bytes.size();
      for (const auto& entry : tree.entries) {
        if (!Left(entry.digest)) sizes[entry.digest] = entry.size;
      }
    }
    for (const Digest& digest : named_.blobs) {
      if (Left(digest) || sizes.contains(digest)) continue;
      ASSIGN_OR_RETURN(const std::string bytes, reading_.blobs().Get(digest));
      sizes[digest] = bytes.size();
    }
    for (const auto& [digest, size] : sizes) AddMember({std::string(kContentPrefix) + digest.hex(), false, size, digest});
    return {};
  }

  // Not written for itself: a file shows it, or its bytes are gone by a person's will.
  bool Left(const Digest& digest) const { return shown_.contains(digest) || named_.redacted.contains(digest); }

  Status WriteEvents(TarWriter& tar) const {
    RETURN_IF_ERROR(tar.Begin(Below(kEventsPath), false, manifest_.members.front().size));
    RETURN_IF_ERROR(tar.Write(kEventsHead));
    Status failed;
    uint64_t done = 0;
    RETURN_IF_ERROR(history_.Scan([&](const StoredEvent& event) {
      Report(reading_.context(), "exporting events", done++, manifest_.events);
      failed = tar.Write(EventFrameHead(event.bytes.size()));
      if (failed.ok()) failed = tar.Write({reinterpret_cast<const char*>(event.bytes.data()), event.bytes.size()});
      return failed.ok() && !Interrupted(reading_.context()) ? Visit::kContinue : Visit::kStop;
    }));
    if (failed.ok() && Interrupted(reading_.context())) return Error{Code::kInterrupted, "interrupted: the archive was not written", {}};
    return failed;
  }

  Reading& reading_;
  const projections::SnapshotInfo& snapshot_;
  History history_;
  projections::CollectionState state_;
  Manifest manifest_;
  std::string state_text_;
  manifest::CollectionFiles toml_;
  uint64_t files_ = 0;
  projections::NamedContents named_;
  projections::Digests shown_;
};

// Into an open, empty file.
Result<ExportReport> ExportInto(Reading& reading, SnapshotReport snapshot, archive::Packing packing, int fd) {
  ExportReport report;
  report.snapshot = std::move(snapshot);
  const auto& info = report.snapshot.snapshot;
  ASSIGN_OR_RETURN(auto history, History::Of(reading.log(), info.collection, info.seq));
  Exporter exporter(reading, info, std::move(history));
  RETURN_IF_ERROR(exporter.Prepare());
  exporter.Fill(report);
  if (reading.context().dry_run) return report;
  ASSIGN_OR_RETURN(const auto tar, TarWriter::Open(fd, packing, info.created_at));
  RETURN_IF_ERROR(exporter.Write(*tar));
  ASSIGN_OR_RETURN(report.digest, tar->Finish());
  report.bytes = tar->bytes();
  return report;
}

}  // namespace

Status CheckExportTarget(const fs::path& file) {
  RETURN_IF_ERROR(archive::PackingOf(file.string()));
  std::error_code failed;
  const fs::path dir = file.parent_path();
  if (!fs::is_directory(dir, failed)) return Error{Code::kNotFound, fmt::format("no directory {}", dir.string()), {}};
  if (fs::is_directory(file, failed)) return Error{Code::kConflict, fmt::format("{} is a directory", file.string()), {}};
  return {};
}

Result<ExportReport> Export(Reading& reading, const std::string& snapshot, const fs::path& file) {
  RETURN_IF_ERROR(CheckExportTarget(file));
  ASSIGN_OR_RETURN(auto found, Show(reading, snapshot));
  return ExportSnapshot(reading, std::move(found), file);
}

Result<ExportReport> ExportSnapshot(Reading& reading, SnapshotReport snapshot, const fs::path& file) {
  RETURN_IF_ERROR(CheckExportTarget(file));
  ASSIGN_OR_RETURN(const auto packing, archive::PackingOf(file.string()));
  snapshot.tarball_path = file.string();
  if (reading.context().dry_run) return ExportInto(reading, std::move(snapshot), packing, -1);
  ASSIGN_OR_RETURN(const auto out, NewFile::Open(file));
  ASSIGN_OR_RETURN(auto report, ExportInto(reading, std::move(snapshot), packing, out->fd()));
  RETURN_IF_ERROR(out->Keep(report.digest));
  return report;
}

}  // namespace skilltrail::snapshot
