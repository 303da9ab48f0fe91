// Staging: the private directory in which trees wait for their exchange, and where what they displaced waits for its verification.
// For the room's own .cc files; materialise.h says what callers get.
//
// One slot a path, a directory named by a number, and by discard-<number> once it holds nothing of worth:
//   journal   "skilltrail-slot 1\n" after NL accepted* path      the digests as 64 hex digits and NL, zero: absent; `accepted` ends at an
//             empty line; the path is the rest
//   partial   a tree being written: worthless
//   tree      the new tree, complete and synced; after an atomic exchange what it displaced
//   old       what a two-step exchange or a removal displaced
// `partial` becomes `tree` only after the sync, so whatever is called `tree` or `old` and has neither the digest `after` nor an accepted
// one is a person's edit.
//
// A path where nothing stands displaces nothing: its tree is written as new-<number> itself, without slot or journal, and worthless if it
// is left behind.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "engine/collection/file_system.h"
#include "engine/collection/materialise.h"
#include "events/digest.h"
#include "events/result.h"

namespace skilltrail::collection {

// What stands at a path.
struct Standing {
  bool exists = false;
  bool link = false;  // a symbolic link, which was not read
  bool single_file = false;
  Digest digest;                      // tree digest; zero: absent, or a directory without content
  std::vector<std::string> left_out;  // as ContentOnDisk
};
// `home`: where it stood when its links were made. Errors as ReadContent, but for kNotFound.
Result<Standing> LookAt(const std::filesystem::path& path, const std::filesystem::path& home);

// Zero for a tree without entries: a directory without content is as good as none.
Digest DigestOf(const Tree& tree);

// What is to become of one path.
struct Aim {
  std::filesystem::path path;
  Digest after;               // zero: to be absent
  std::set<Digest> accepted;  // what may be displaced: captured states
};

enum class Exchanged { kDone, kEdited };

class Slot {
 public:
  // `fresh`: nothing stands at the path.
  Slot(std::filesystem::path dir, Aim aim, bool fresh = false) : dir_(std::move(dir)), aim_(std::move(aim)), fresh_(fresh) {}
  // Of a slot that a crash left. kCorrupt if its journal cannot be read.
  static Result<Slot> Read(const std::filesystem::path& dir);

  const Aim& aim() const { return aim_; }
  const std::filesystem::path& dir() const { return dir_; }
  // Where its tree is to be written.
  std::filesystem::path partial() const { return fresh_ ? dir_ : dir_ / "partial"; }

  // Makes the directory and its journal, if it has them.
  Status Make() const;
  Status WriteJournal() const;
  // `partial` is complete and synced.
  Status Seal() const;
  // Brings the path over, verifies what it displaced, and puts that back if it is an edit. `note` says what an edit was. After kDone and
  // kEdited nothing of a person's is left in the slot; after an error there may be.
  Result<Exchanged> Bring(Exchange exchange, std::string& note) const;
  // Nothing of a person's is in the slot any more. In one step, so that a half deleted tree is never taken for an edit. What cannot be
  // deleted stays, and does no harm.
  void Discard() const;
  // Undoes a half exchange and returns a person's edit to its path; then, too, nothing of a person's is left in the slot.
  Status Settle() const;

 private:
  std::filesystem::path tree() const { return dir_ / "tree"; }
  std::filesystem::path old() const { return dir_ / "old"; }
  Result<Exchanged> Place(std::string& note) const;
  bool Accepts(const Digest& digest) const { return digest == aim_.after || aim_.accepted.contains(digest); }
  Result<bool> Swap(Exchange exchange, std::filesystem::path& displaced) const;
  Result<bool> SwapInTwoSteps() const;
  Status PutBack(const std::filesystem::path& displaced) const;
  Status CarryOver(const std::filesystem::path& displaced, const Standing& standing) const;

  std::filesystem::path dir_;
  Aim aim_;
  bool fresh_ = false;
};

// The staging directory, held by one process at a time and settled of what a crash left in it.
class Staging {
 public:
  // Makes the directory, or takes over what is there. kBusy after ten seconds; errors of Slot::Settle.
  static Result<Staging> Open(const std::filesystem::path& dir);
  // Removes the directory if it is empty.
  ~Staging();
  Staging(Staging&&) noexcept = default;

  Slot MakeSlot(Aim aim, bool fresh);

 private:
  Staging(std::filesystem::path dir, Descriptor lock) : dir_(std::move(dir)), lock_(std::move(lock)) {}
  Status SettleLeftovers();

  std::filesystem::path dir_;
  Descriptor lock_;
  std::set<std::string> taken_;  // names of what a crash left, which may not have gone
  size_t slots_ = 0;
};

}  // namespace skilltrail::collection
