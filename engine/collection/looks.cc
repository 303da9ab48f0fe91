#include "engine/collection/looks.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "engine/collection/content.h"
#include "engine/collection/content_reader.h"
#include "engine/collection/file_clock.h"
#include "engine/collection/stat_cache.h"
#include "engine/collection/tree.h"

namespace skilltrail::collection {
namespace {

namespace fs = std::filesystem;

const std::string kNote = "\n";  // before the name of a note: no path in a tree begins so

// One look: hashes what is not known.
class Hashing final : public ContentVisitor {
 public:
  Hashing(std::optional<KnownTree> known, const std::optional<FileClock>& clock) : known_(std::move(known)), clock_(clock) {}

  void Begin(bool /*single_file*/) override {
    known_here_.clear();
    read_.clear();
  }

  bool Knows(const std::string& relative, const struct stat& info) override {
    if (!known_) return false;
    const auto found = std::lower_bound(known_->files.begin(), known_->files.end(), relative,
                                        [](const KnownFile& file, const std::string& path) { return file.path < path; });
    if (found == known_->files.end() || found->path != relative || found->stamp != StampOf(info)) return false;
    known_here_.push_back(static_cast<size_t>(found - known_->files.begin()));
    return true;
  }

  void Take(const std::string& relative, const struct stat& info, std::string bytes) override {
    hasher_.Update(bytes);
    read_.push_back({{relative, StampOf(info), hasher_.Finish()}, clock_ && clock_->Settled(info)});
  }

  void LeaveOut(const std::string& /*relative*/) override {}

  // After the walk. True if everything is as it was known.
  bool Unchanged() const { return known_ && !known_->digest.zero() && read_.empty() && known_here_.size() == known_->files.size(); }
  size_t read() const { return read_.size(); }

  // The digest of the tree, and what is known of it now.
  KnownTree Finish() {
    if (Unchanged()) return std::move(*known_);
    Tree tree;
    KnownTree now;
    bool all_settled = true;
    const auto add = [&](const KnownFile& file) {
      tree.entries.push_back({file.path, (file.stamp.mode & S_IXUSR) != 0, file.stamp.size, file.digest});
    };
    for (const size_t index : known_here_) {
      add(known_->files[index]);
      now.files.push_back(std::move(known_->files[index]));
    }
    for (auto& [file, settled] : read_) {
      add(file);
      all_settled = all_settled && settled;
      if (settled) now.files.push_back(std::move(file));
    }
    tree.Sort();
    std::sort(now.files.begin(), now.files.end(), [](const KnownFile& a, const KnownFile& b) { return a.path < b.path; });
    digest_ = Sha256(std::string_view(tree.Encode()));
    if (all_settled) now.digest = digest_;
    if (known_ && !now.digest.zero() && known_->digest == now.digest) now.peer_hash = std::move(known_->peer_hash);
    return now;
  }
  const Digest& digest() const { return digest_; }

 private:
  struct ReadFile {
    KnownFile file;
    bool settled;
  };
  std::optional<KnownTree> known_;
  const std::optional<FileClock>& clock_;
  Hasher hasher_;
  std::vector<size_t> known_here_;
  std::vector<ReadFile> read_;
  Digest digest_;
};

}  // namespace

struct Looks::Place {
  std::optional<Result<Digest>> found;
  std::optional<KnownTree> known;  // to be kept
  bool changed = false;            // `known` is not what the cache has
  size_t read = 0;
};

struct Looks::Root {
  fs::path path;
  StatCache cache;
  std::optional<FileClock> clock;
  std::map<std::string, Place> places;

  // Touches nothing but the place: several threads look at once.
  void LookAt(const std::string& relative, Place& place) const {
    auto known = cache.Find(relative);
    const bool was_known = known.has_value();
    const Digest digest_known = known ? known->digest : Digest();
    Hashing hashing(std::move(known), clock);
    const fs::path full = path / relative;
    if (Status walked = WalkContent(full, full, hashing); !walked.ok()) {
      place.found = walked.error();
      place.changed = was_known && walked.error().code == Code::kNotFound;
      return;
    }
    place.read = hashing.read();
    const bool unchanged = hashing.Unchanged();
    place.known = hashing.Finish();
    place.found = unchanged ? digest_known : hashing.digest();
    place.changed = !unchanged && (was_known || !place.known->files.empty());
    if (place.known->files.empty()) place.known.reset();
  }
};

Looks::Looks(fs::path store, Options options) : dir_(std::move(store)), options_(std::move(options)) {
  dir_ /= "stat";
  std::error_code failed;  // then nothing is kept
  if (options_.keep) fs::create_directory(dir_, failed);
}

Looks::Looks(Looks&&) noexcept = default;
Looks::~Looks() = default;

Looks::Root& Looks::RootOf(const fs::path& path) {
  auto& root = roots_[path];
  if (!root) {
    root = std::make_unique<Root>();
    root->path = path;
    root->cache = options_.rehash ? StatCache::Empty(dir_, path) : StatCache::Load(dir_, path);
    if (options_.keep) root->clock = FileClock::Read(path, dir_);
  }
  return *root;
}

Looks::Place& Looks::PlaceOf(const fs::path& root, const std::string& relative) {
  return RootOf(root).places[relative];
}

void Looks::Want(const fs::path& root, const std::string& relative) {
  std::ignore = PlaceOf(root, relative);
}

void Looks::Run() {
  struct Task {
    const Root* root;
    const std::string* relative;
    Place* place;
  };
  std::vector<Task> tasks;
  for (auto& [path, root] : roots_) {
    for (auto& [relative, place] : root->places) {
      if (!place.found) tasks.push_back({root.get(), &relative, &place});
    }
  }
  std::atomic<size_t> next = 0;
  const auto work = [&](bool reports) {
    for (size_t i = next++; i < tasks.size(); i = next++) {
      tasks[i].root->LookAt(*tasks[i].relative, *tasks[i].place);
      if (reports && options_.progress) options_.progress(i + 1, tasks.size());
    }
  };
  const size_t wanted = options_.threads != 0 ? options_.threads : std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::thread> others;
  for (size_t i = 1; i < std::min(wanted, tasks.size()); ++i) others.emplace_back(work, false);
  work(true);
  for (auto& other : others) other.join();
  for (const auto& task : tasks) files_read_ += task.place->read;
}

const Result<Digest>& Looks::At(const fs::path& path, const std::string& relative) {
  Root& root = RootOf(path);
  Place& place = root.places[relative];
  if (!place.found) {
    root.LookAt(relative, place);
    files_read_ += place.read;
  }
  return *place.found;
}

Result<std::string> Looks::PeerHashAt(const fs::path& path, const std::string& relative) {
  const Result<Digest>& found = At(path, relative);
  if (!found.ok()) return found.error();
  Place& place = PlaceOf(path, relative);
  if (place.known && !place.known->peer_hash.empty()) return place.known->peer_hash;
  ASSIGN_OR_RETURN(const Content content, ReadContent(path / relative));
  std::string hash = ContentHash(content, [](std::string_view file) { return !PeerDropsOnDeploy(file); });
  // Only if it is the hash of what was looked at, and that is known for good.
  if (place.known && !place.known->digest.zero() && Describe(content).tree_digest == place.known->digest) {
    place.known->peer_hash = hash;
    place.changed = true;
  }
  return hash;
}

std::optional<Digest> Looks::Noted(const fs::path& path, const std::string& name) {
  const auto known = RootOf(path).cache.Find(kNote + name);
  return known ? std::optional(known->digest) : std::nullopt;
}

void Looks::Note(const fs::path& path, const std::string& name, const Digest& digest) {
  if (Noted(path, name) == digest) return;
  KnownTree note;
  note.digest = digest;
  RootOf(path).cache.Set(kNote + name, note);
}

void Looks::Save() {
  if (!options_.keep) return;
  for (auto& [path, root] : roots_) {
    for (auto& [relative, place] : root->places) {
      if (!place.changed) continue;
      root->cache.Set(relative, place.known);
      place.changed = false;
    }
    std::ignore = root->cache.Save();  // a cache: the next look hashes again
  }
}

}  // namespace skilltrail::collection
