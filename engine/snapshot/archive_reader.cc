#include "engine/snapshot/archive_reader.h"

#include <fmt/format.h>

#include <cstring>
#include <vector>

#include "engine/archive/tar_stream.h"
#include "engine/store/blob_store.h"
#include "engine/store/event_log.h"
#include "events/codec.h"
#include "events/name.h"

namespace skilltrail::snapshot {
namespace {

using archive::ReadBytes;
using archive::StreamMember;

Error Corrupt(std::string why) {
  return {Code::kCorrupt, "the archive is not valid: " + std::move(why), {}};
}

// Takes "events" apart as it comes.
class EventFrames {
 public:
  explicit EventFrames(const ArchiveVisitor& visitor) : visitor_(visitor) {}

  Status Take(std::string_view bytes) {
    while (!bytes.empty()) {
      const size_t taken = std::min(bytes.size(), wanted_ - held_.size());
      held_.insert(held_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
      bytes.remove_prefix(taken);
      if (held_.size() == wanted_) RETURN_IF_ERROR(Step());
    }
    return {};
  }
  Status Finish(const Manifest& manifest) const {
    if (expects_ != Expects::kSize || !held_.empty()) return Corrupt("its events are cut");
    if (count_ != manifest.events) return Corrupt(fmt::format("it holds {} events and its manifest says {}", count_, manifest.events));
    if (chain_ != manifest.events_digest) return Corrupt("its events are not chained to the digest of its manifest");
    return {};
  }

 private:
  enum class Expects { kHead, kSize, kEvent };

  Status Step() {
    switch (expects_) {
      case Expects::kHead:
        if (std::string_view(reinterpret_cast<const char*>(held_.data()), held_.size()) != kEventsHead) {
          return Corrupt("its events are in another form");
        }
        Expect(Expects::kSize, EventFrameHead(0).size());
        return {};
      case Expects::kSize: {
        const size_t size = size_t{held_[0]} << 24 | size_t{held_[1]} << 16 | size_t{held_[2]} << 8 | size_t{held_[3]};
        if (size == 0 || size > store::kMaxEventBytes) return Corrupt(fmt::format("event {} has an impossible size", count_ + 1));
        Expect(Expects::kEvent, size);
        return {};
      }
      case Expects::kEvent: {
        if (Status verified = VerifyEventBytes(held_); !verified.ok()) {
          return Corrupt(fmt::format("event {}: {}", count_ + 1, verified.error().message));
        }
        ++count_;
        chain_ = ChainHash(chain_, held_);
        RETURN_IF_ERROR(visitor_.event(held_));
        Expect(Expects::kSize, EventFrameHead(0).size());
        return {};
      }
    }
    return {};
  }
  void Expect(Expects what, size_t bytes) {
    expects_ = what;
    wanted_ = bytes;
    held_.clear();
  }

  const ArchiveVisitor& visitor_;
  Expects expects_ = Expects::kHead;
  size_t wanted_ = kEventsHead.size();
  std::vector<uint8_t> held_;
  uint64_t count_ = 0;
  Digest chain_;
};

Result<std::string> ReadWhole(const ReadBytes& read, const std::string& path, uint64_t limit) {
  std::string bytes;
  while (true) {
    ASSIGN_OR_RETURN(const auto part, read());
    if (part.empty()) return bytes;
    if (bytes.size() + part.size() > limit) return Corrupt(fmt::format("{} is too large", Quote(path)));
    bytes.append(part);
  }
}

class Reader {
 public:
  Reader(const Context& context, const ArchiveVisitor& visitor) : context_(context), visitor_(visitor) {}

  Status Visit(const StreamMember& member, const ReadBytes& read) {
    if (Interrupted(context_)) return Error{Code::kInterrupted, "interrupted while reading the archive", {}};
    if (member.directory) return Corrupt(fmt::format("{} is a directory", Quote(member.path)));
    if (root_.empty()) return VisitManifest(member, read);
    Report(context_, "reading the archive", next_, manifest_.members.size());
    if (next_ == manifest_.members.size()) return Corrupt(fmt::format("{} is not in its manifest", Quote(member.path)));
    const ArchiveMember& expected = manifest_.members[next_++];
    if (member.path != root_ + expected.path) {
      return Corrupt(fmt::format("{} stands where its manifest has {}", Quote(member.path), Quote(expected.path)));
    }
    if (member.size != expected.size || member.executable != expected.executable) return Differs(expected);
    if (expected.path == kEventsPath) return VisitEvents(expected, read);
    ASSIGN_OR_RETURN(std::string bytes, ReadWhole(read, expected.path, store::kMaxBlobBytes));
    if (Sha256(bytes) != expected.digest) return Differs(expected);
    if (expected.path == kStatePath) return visitor_.state(std::move(bytes));
    if (expected.path == "collection.toml" || expected.path == "collection.lock") return {};
    return visitor_.content(expected, std::move(bytes));
  }

  Status Finish() const {
    if (next_ == manifest_.members.size()) return {};
    return Corrupt(fmt::format("{} is missing", Quote(manifest_.members[next_].path)));
  }

 private:
  static Error Differs(const ArchiveMember& member) { return Corrupt(fmt::format("{} is not what its manifest says", Quote(member.path))); }

  Status VisitManifest(const StreamMember& member, const ReadBytes& read) {
    const size_t slash = member.path.find('/');
    if (slash == std::string::npos || std::string_view(member.path).substr(slash + 1) != kManifestPath) {
      return Corrupt("it does not begin with a manifest: it is no export of a snapshot");
    }
    if (member.executable) return Corrupt("its manifest is executable");
    ASSIGN_OR_RETURN(const std::string bytes, ReadWhole(read, member.path, kMaxManifestBytes));
    ASSIGN_OR_RETURN(manifest_, DecodeManifest(bytes));
    root_ = member.path.substr(0, slash + 1);
    if (root_ != manifest_.collection + "/") return Corrupt("its manifest is of another collection");
    if (manifest_.members.size() < 4 || manifest_.members[0].path != kEventsPath || manifest_.members[1].path != kStatePath ||
        manifest_.members[2].path != "collection.toml" || manifest_.members[3].path != "collection.lock") {
      return Corrupt("its manifest does not begin with events, state and collection");
    }
    return visitor_.manifest(manifest_);
  }

  Status VisitEvents(const ArchiveMember& expected, const ReadBytes& read) {
    EventFrames frames(visitor_);
    Hasher hasher;
    while (true) {
      ASSIGN_OR_RETURN(const auto part, read());
      if (part.empty()) break;
      hasher.Update(part);
      RETURN_IF_ERROR(frames.Take(part));
    }
    if (hasher.Finish() != expected.digest) return Differs(expected);
    return frames.Finish(manifest_);
  }

  const Context& context_;
  const ArchiveVisitor& visitor_;
  Manifest manifest_;
  std::string root_;  // "NAME/", once the manifest was read
  size_t next_ = 0;
};

}  // namespace

Status ReadArchive(int fd, const Context& context, const ArchiveVisitor& visitor) {
  Reader reader(context, visitor);
  RETURN_IF_ERROR(
      archive::StreamTar(fd, {}, [&](const StreamMember& member, const ReadBytes& read) { return reader.Visit(member, read); }));
  return reader.Finish();
}

bool LooksLikeArchive(int fd) {
  bool found = false;
  // Its error is the end of the looking, or of a file that is nothing.
  std::ignore = archive::StreamTar(fd, {}, [&](const StreamMember& member, const ReadBytes&) {
    found = member.path.ends_with(kManifestPath);
    return Status(Error{Code::kFailed, "seen", {}});
  });
  return found;
}

}  // namespace skilltrail::snapshot
