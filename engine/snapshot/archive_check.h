// ArchiveCheck: is a file an archive that can be believed? Needs no store.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "engine/collection/tree.h"
#include "engine/projections/collection_state.h"
#include "engine/session/context.h"
#include "engine/snapshot/archive_format.h"
#include "events/result.h"

namespace skilltrail::snapshot {

// An open file, closed with the object.
class OpenFile {
 public:
  // kNotFound, or kFailed: it cannot be opened, or is no regular file.
  static Result<OpenFile> Open(const std::filesystem::path& path);
  ~OpenFile();
  OpenFile(OpenFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  int fd() const { return fd_; }

 private:
  explicit OpenFile(int fd) : fd_(fd) {}
  int fd_;
};

struct CheckedArchive {
  Manifest manifest;
  Digest digest;  // of the whole file
  uint64_t bytes = 0;
  projections::CollectionState state{""};         // what the events amount to, with sequences from 1
  std::map<Digest, collection::Tree> trees = {};  // all that the events name
  uint64_t files = 0;                             // that stand in the collection
};
// Hashes every byte, folds every event, and compares: seal, manifest, members, events and their digest, the state they amount to, the files
// that this state has, and that all content which the events name is there. What the events say of paths is held to what a collection may
// hold, so that nothing of an archive can lead out of it. kCorrupt: what does not fit; nothing of it can be believed then.
Result<CheckedArchive> CheckArchive(const OpenFile& file, const Context& context);

// As that, for a person: what is wrong with the archive stands in the report. An Error is a file that could not be read.
struct ArchiveReport {
  bool ok = false;
  std::filesystem::path file;
  CheckedArchive archive;  // empty if it is not ok
  std::string problem;     // empty if it is ok
};
Result<ArchiveReport> VerifyArchive(const Context& context, const std::filesystem::path& file);

}  // namespace skilltrail::snapshot
