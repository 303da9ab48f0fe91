// Looks: what stands at many paths of collections and projects, by the names of its content alone: every path once, on every core, and no
// file that is surely what was hashed before is read again.
//
// A digest of an earlier look is trusted only while type, size, both times, inode and mode are the same, and only if the file was old
// enough when it was hashed (FileClock). Such a digest says that something is as it was; that something has changed is found out by reading
// it (ReadContent) before anything is done about it.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "events/digest.h"
#include "events/result.h"

namespace skilltrail::collection {

class Looks {
 public:
  struct Options {
    bool rehash = false;                                                // true: trust nothing of what was hashed before
    bool keep = true;                                                   // false: what was hashed now is not kept for later looks
    unsigned threads = 0;                                               // 0: one a core
    std::function<void(size_t done, size_t total)> progress = nullptr;  // called from Run's own thread
  };
  // `store`: the store's directory; the caches stand in its `stat` folder. Not thread-safe from outside.
  Looks(std::filesystem::path store, Options options);
  Looks(Looks&&) noexcept;
  ~Looks();

  // Begins to look at what is known of the root, in a thread of its own, while the caller finds out what it wants: what is as it was needs
  // no second look. Ends with the next call that looks, notes or saves, or with this object.
  void LookAhead(const std::filesystem::path& root);
  // Names a path that Run is to look at.
  void Want(const std::filesystem::path& root, const std::string& relative);
  // Looks at everything wanted that was not looked at yet.
  void Run();
  // The tree digest of what stands there; looks now if that was not done before. Errors as ReadContent.
  const Result<Digest>& At(const std::filesystem::path& root, const std::string& relative);
  // The same if it was looked at, else null; from any thread, as long as nobody calls another method.
  const Result<Digest>* Seen(const std::filesystem::path& root, const std::string& relative) const;

  // SkillMeat's hash of what its own deployment would copy of what stands there. Read and computed once a content.
  Result<std::string> PeerHashAt(const std::filesystem::path& root, const std::string& relative);

  // A digest noted about a root, by somebody who has derived something from what stands there and wants to know later whether it still
  // holds; nothing if none was noted, or nothing is trusted.
  std::optional<Digest> Noted(const std::filesystem::path& root, const std::string& name);
  void Note(const std::filesystem::path& root, const std::string& name, const Digest& digest);

  // Keeps what was hashed for later looks. That it cannot be written is of no consequence.
  void Save();

  size_t files_read() const { return files_read_; }

 private:
  struct Root;
  struct Place;
  Root& RootOf(const std::filesystem::path& root);
  Place& PlaceOf(const std::filesystem::path& root, const std::string& relative);

  std::filesystem::path dir_;  // of the caches
  Options options_;
  size_t files_read_ = 0;
  std::map<std::string, std::unique_ptr<Root>> roots_;  // by path, as text
};

}  // namespace skilltrail::collection
