#include "engine/snapshot/archive_check.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>

#include "engine/archive/seal.h"
#include "engine/projections/named_contents.h"
#include "engine/session/writing.h"
#include "engine/snapshot/archive_event.h"
#include "engine/snapshot/archive_reader.h"
#include "engine/snapshot/plan.h"
#include "events/codec.h"
#include "events/name.h"

namespace skilltrail::snapshot {
namespace {

Error Corrupt(std::string why) {
  return {Code::kCorrupt, "the archive is not valid: " + std::move(why), {}};
}

class Checker {
 public:
  explicit Checker(const Context& context) : context_(context) {}

  Result<CheckedArchive> Check(int fd) {
    ArchiveVisitor visitor;
    visitor.manifest = [&](const Manifest& manifest) { return TakeManifest(manifest); };
    visitor.event = [&](std::span<const uint8_t> bytes) { return TakeEvent(bytes); };
    visitor.state = [&](std::string text) {
      state_text_ = std::move(text);
      named_.Settle();  // the events are through, the contents come
      return Status();
    };
    visitor.content = [&](const ArchiveMember& member, std::string bytes) { return TakeContent(member, bytes); };
    RETURN_IF_ERROR(ReadArchive(fd, context_, visitor));
    checked_.state.Settle();
    RETURN_IF_ERROR(CheckContents());
    // A newer program folds events that this one passes over.
    if (checked_.manifest.event_types <= KnownEventTypes() && checked_.manifest.state_format == StateFormat()) {
      if (EncodeState(checked_.state) != state_text_) return Corrupt("its state is not what its events amount to");
      if (checked_.state.size() != checked_.manifest.artifacts) return Corrupt("its manifest counts other artifacts");
    }
    RETURN_IF_ERROR(CheckFiles());
    if (!snapshot_) return Corrupt("its events do not make the snapshot that its manifest names");
    return std::move(checked_);
  }

 private:
  Status TakeManifest(const Manifest& manifest) {
    checked_.manifest = manifest;
    checked_.state = projections::CollectionState(manifest.collection);
    for (size_t i = 4; i < manifest.members.size(); ++i) {
      const ArchiveMember& member = manifest.members[i];
      if (!member.path.starts_with(kInner) && !files_.emplace(member.path, i).second) {
        return Corrupt(fmt::format("{} is there twice", Quote(member.path)));
      }
      if (member.path.starts_with(kInner) && member.path != std::string(kContentPrefix) + member.digest.hex()) {
        return Corrupt(fmt::format("{} is nothing that an archive holds", Quote(member.path)));
      }
      if (!present_.insert(member.digest).second && member.path.starts_with(kInner)) {
        return Corrupt(fmt::format("{} is there twice", Quote(member.path)));
      }
    }
    checked_.files = files_.size();
    return {};
  }

  Status TakeEvent(std::span<const uint8_t> bytes) {
    const schema::Event& event = ViewEvent(bytes);
    RETURN_IF_ERROR(CheckArchiveEvent(event, checked_.manifest.collection));
    store::StoredEvent stored;
    stored.seq = ++seq_;
    stored.logged_at = event.recorded_at();
    stored.bytes = bytes;
    stored.event = &event;
    checked_.state.Apply(stored);
    named_.Add(event);
    if (const auto* created = event.payload_as_SnapshotCreated()) {
      snapshot_ = View(created->id()) == checked_.manifest.snapshot_id && View(created->name()) == checked_.manifest.snapshot_name &&
                  View(created->message()) == checked_.manifest.snapshot_message && event.recorded_at() == checked_.manifest.snapshot_at;
    }
    return {};
  }

  Status TakeContent(const ArchiveMember& member, const std::string& bytes) {
    if (!projections::Among(named_.trees, member.digest)) return {};
    ASSIGN_OR_RETURN(auto tree, collection::DecodeTree(bytes));
    checked_.trees.emplace(member.digest, std::move(tree));
    return {};
  }

  Status CheckContents() const {
    const auto missing = [&](const Digest& digest) { return !present_.contains(digest) && !projections::Among(named_.redacted, digest); };
    const auto error = [](const Digest& digest) { return Corrupt(fmt::format("content {} is missing", digest.hex())); };
    for (const Digest& digest : named_.blobs) {
      if (missing(digest)) return error(digest);
    }
    projections::Digests in_trees;
    for (const Digest& digest : named_.trees) {
      if (missing(digest)) return error(digest);
      const auto tree = checked_.trees.find(digest);
      if (tree == checked_.trees.end()) continue;
      for (const auto& entry : tree->second.entries) {
        if (missing(entry.digest)) return error(entry.digest);
        in_trees.insert(entry.digest);
      }
    }
    for (const auto& member : checked_.manifest.members) {
      const bool wanted = projections::Among(named_.trees, member.digest) || projections::Among(named_.blobs, member.digest) ||
                          in_trees.contains(member.digest);
      if (member.path.starts_with(kContentPrefix) && !wanted) return Corrupt(fmt::format("nothing names {}", Quote(member.path)));
    }
    return {};
  }

  // The files that stand there are those of the state, each where and what it says, and no artifact stands in another.
  Status CheckFiles() const {
    size_t found = 0;
    std::set<std::string, decltype(&collection::PathLess)> paths(&collection::PathLess);
    for (const auto* artifact : checked_.state.artifacts()) {
      const auto tree = checked_.trees.find(TreeOf(*artifact));
      if (tree == checked_.trees.end()) return Corrupt(fmt::format("the content of {} is missing", Quote(artifact->id)));
      if (!paths.insert(artifact->path).second) return Corrupt(fmt::format("two artifacts stand at {}", Quote(artifact->path)));
      const auto& entries = tree->second.entries;
      const bool single_file = IsFilePath(artifact->id, artifact->path) && entries.size() == 1;
      for (const auto& entry : entries) {
        const auto file = files_.find(single_file ? artifact->path : artifact->path + "/" + entry.path);
        if (file == files_.end()) return Corrupt(fmt::format("a file of {} is missing: {}", Quote(artifact->id), Quote(entry.path)));
        const ArchiveMember& member = checked_.manifest.members[file->second];
        if (member.digest != entry.digest || member.executable != entry.executable || member.size != entry.size) {
          return Corrupt(fmt::format("{} is not the file that {} has", Quote(member.path), Quote(artifact->id)));
        }
        ++found;
      }
    }
    if (found != files_.size()) return Corrupt("it holds files that no artifact has");
    for (auto one = paths.begin(); one != paths.end(); ++one) {
      const auto next = std::next(one);
      if (next != paths.end() && next->starts_with(*one + "/")) {
        return Corrupt(fmt::format("one artifact stands inside another: {}", Quote(*next)));
      }
    }
    return {};
  }

  const Context& context_;
  CheckedArchive checked_;
  std::string state_text_;
  Seq seq_ = 0;
  bool snapshot_ = false;                // the last SnapshotCreated was the manifest's
  std::map<std::string, size_t> files_;  // to their places among the members
  projections::NamedContents named_;
  projections::Digests present_;
};

}  // namespace

Result<OpenFile> OpenFile::Open(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    const Code code = errno == ENOENT ? Code::kNotFound : Code::kFailed;
    return Error{code, fmt::format("cannot open {}: {}", path.string(), std::generic_category().message(errno)), {}};
  }
  OpenFile file(fd);
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
    return Error{Code::kFailed, fmt::format("{} is no regular file", path.string()), {}};
  return file;
}

OpenFile::~OpenFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<CheckedArchive> CheckArchive(const OpenFile& file, const Context& context) {
  ASSIGN_OR_RETURN(const auto sealed, archive::CheckSeal(file.fd()));
  ASSIGN_OR_RETURN(auto checked, Checker(context).Check(file.fd()));
  checked.digest = sealed.digest;
  checked.bytes = sealed.bytes + archive::SealOf(sealed.packing, {}).size();
  return checked;
}

Result<ArchiveReport> VerifyArchive(const Context& context, const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(const auto open, OpenFile::Open(file));
  ArchiveReport report;
  report.file = file;
  auto checked = CheckArchive(open, context);
  if (!checked.ok() && checked.error().code != Code::kCorrupt) return checked.error();
  report.ok = checked.ok();
  if (checked.ok()) {
    report.archive = std::move(*checked);
  } else {
    report.problem = checked.error().message;
  }
  return report;
}

}  // namespace skilltrail::snapshot
