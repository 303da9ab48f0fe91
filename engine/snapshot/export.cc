#include "engine/snapshot/export.h"

#include <fmt/format.h>

#include <future>
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
    // Both texts take about as long as reading the trees.
    auto state_text = std::async(std::launch::async, [this] { return EncodeState(state_); });
    auto toml = std::async(std::launch::async, [this] { return manifest::ComposeCollection(ManifestOf(state_), snapshot_.created_at); });
    manifest_.members.resize(kFirstContent);
    RETURN_IF_ERROR(AddFiles());
    RETURN_IF_ERROR(AddContents());
    state_text_ = state_text.get();
    ASSIGN_OR_RETURN(toml_, toml.get());
    manifest_.members[0] = events_;
    manifest_.members[1] = {std::string(kStatePath), false, state_text_.size(), Sha256(state_text_)};
    manifest_.members[2] = {"collection.toml", false, toml_.manifest.size(), Sha256(toml_.manifest)};
    manifest_.members[3] = {"collection.lock", false, toml_.lock.size(), Sha256(toml_.lock)};
    return {};
  }

  Status Write(TarWriter& tar) {
    const std::string manifest = manifest_.Encode();
    RETURN_IF_ERROR(Put(tar, {std::string(kManifestPath), false, manifest.size(), {}}, manifest));
    RETURN_IF_ERROR(WriteEvents(tar));
    const auto& members = manifest_.members;
    RETURN_IF_ERROR(Put(tar, members[1], state_text_));
    RETURN_IF_ERROR(Put(tar, members[2], toml_.manifest));
    RETURN_IF_ERROR(Put(tar, members[3], toml_.lock));
    // Reading and decompressing contents takes about as long as packing them: the next ones are read meanwhile.
    const auto read = [&](size_t begin) { return std::async(std::launch::async, [this, begin] { return ReadBatch(begin); }); };
    auto next = read(kFirstContent);
    for (size_t at = kFirstContent; at < members.size();) {
      const Batch batch = next.get();
      if (!batch.failed.ok()) return batch.failed;
      if (Interrupted(reading_.context())) return Error{Code::kInterrupted, "interrupted: the archive was not written", {}};
      next = read(at + batch.contents.size());
      for (const std::string& bytes : batch.contents) {
        Report(reading_.context(), "exporting", at, members.size());
        RETURN_IF_ERROR(Put(tar, members[at++], bytes));
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
  static constexpr size_t kFirstContent = 4;  // behind events, state, and the two files of the collection
  static constexpr uint64_t kBatchBytes = 1u << 20;

  // Contents of members that follow one another: about a MiB, or one that is larger.
  struct Batch {
    std::vector<std::string> contents;
    Status failed;
  };
  Batch ReadBatch(size_t begin) const {
    Batch batch;
    uint64_t bytes = 0;
    for (size_t at = begin; at < manifest_.members.size() && bytes < kBatchBytes; ++at) {
      auto content = reading_.blobs().Get(manifest_.members[at].digest);
      if (!content.ok()) {
        batch.failed = content.error();
        break;
      }
      bytes += content->size() + 512;  // a tar's head is work too
      batch.contents.push_back(std::move(*content));
    }
    return batch;
  }

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
    named_.Settle();
    manifest_.event_types = KnownEventTypes();
    manifest_.state_format = StateFormat();
    manifest_.collection = snapshot_.collection;
    manifest_.snapshot_id = snapshot_.id;
    manifest_.snapshot_name = snapshot_.name;
    manifest_.snapshot_message = snapshot_.message;
    manifest_.snapshot_at = snapshot_.created_at;
    events_ = {std::string(kEventsPath), false, size, hasher.Finish()};
    return {};
  }

  // The files of what stands in the collection, sorted by path.
  Status AddFiles() {
    std::map<std::string, ArchiveMember> files;
    for (const auto* artifact : state_.artifacts()) {
      ++manifest_.artifacts;
      ASSIGN_OR_RETURN(const auto tree, ReadTree(TreeOf(*artifact)));
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

  Result<collection::Tree> ReadTree(const Digest& digest) {
    ASSIGN_OR_RETURN(const std::string bytes, reading_.blobs().Get(digest));
    tree_sizes_.emplace(digest, bytes.size());
    return collection::DecodeTree(bytes);
  }

  // Trees, and what they name and no file shows; single contents.
  Status AddContents() {
    std::map<Digest, uint64_t> sizes;
    for (const Digest& digest : named_.trees) {
      // The files show all of a tree that stands in the collection.
      if (projections::Among(named_.redacted, digest) || tree_sizes_.contains(digest)) continue;
      ASSIGN_OR_RETURN(const auto tree, ReadTree(digest));
      for (const auto& entry : tree.entries) {
        if (!Left(entry.digest)) sizes[entry.digest] = entry.size;
      }
    }
    sizes.insert(tree_sizes_.begin(), tree_sizes_.end());
    for (const Digest& digest : named_.blobs) {
      if (Left(digest) || sizes.contains(digest)) continue;
      ASSIGN_OR_RETURN(const std::string bytes, reading_.blobs().Get(digest));
      sizes[digest] = bytes.size();
    }
    for (const auto& [digest, size] : sizes) AddMember({std::string(kContentPrefix) + digest.hex(), false, size, digest});
    return {};
  }

  // Not written for itself: a file shows it, or its bytes are gone by a person's will.
  bool Left(const Digest& digest) const { return shown_.contains(digest) || projections::Among(named_.redacted, digest); }

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
  ArchiveMember events_;
  std::string state_text_;
  manifest::CollectionFiles toml_;
  uint64_t files_ = 0;
  projections::NamedContents named_;
  projections::Digests shown_;             // contents that are among the files
  std::map<Digest, uint64_t> tree_sizes_;  // of the trees read
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
