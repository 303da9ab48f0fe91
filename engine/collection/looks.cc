#include "engine/collection/looks.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "engine/collection/content.h"
#include "engine/collection/content_reader.h"
#include "engine/collection/file_clock.h"
#include "engine/collection/file_system.h"
#include "engine/collection/parallel.h"
#include "engine/collection/stat_cache.h"
#include "engine/collection/tree.h"
#include "events/check.h"

namespace skilltrail::collection {
namespace {

namespace fs = std::filesystem;

const std::string kNote = "\n";  // before the name of a note: no path in a tree begins so

// True if every file and directory there is as it was known, so that nothing has to be listed. Listings are most of the cost of a look at
// what did not change: with two stats instead of opening, listing and closing, 2,000 trees of five files take half the time.
bool StandsAsKnown(const std::string& path, const KnownTree& known) {
  if (known.digest.zero() || known.files.empty()) return false;
  struct stat info {};
  if (known.directories.empty()) {
    const bool stands = known.files.size() == 1 && known.files.front().path == std::string_view(path).substr(path.rfind('/') + 1) &&
                        ::stat(path.c_str(), &info) == 0;
    return stands && S_ISREG(info.st_mode) && known.files.front().stamp == StampOf(info);
  }
  const Descriptor root(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.ok()) return false;
  const auto stands = [&](const std::string& relative, const FileStamp& stamp) {
    return ::fstatat(root.get(), relative.c_str(), &info, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) == 0 && StampOf(info) == stamp;
  };
  const auto as_known = [&](const auto& entry) { return stands(entry.path, entry.stamp); };
  return std::all_of(known.directories.begin(), known.directories.end(), as_known) &&
         std::all_of(known.files.begin(), known.files.end(), as_known);
}

// One look: hashes what is not known.
class Hashing final : public ContentVisitor {
 public:
  Hashing(std::optional<KnownTree> known, const std::optional<FileClock>& clock) : known_(std::move(known)), clock_(clock) {}

  void Begin(bool /*single_file*/) override {
    known_here_.clear();
    read_.clear();
    directories_.clear();
    listed_for_good_ = true;
  }

  void Enter(const std::string& relative, const struct stat& info) override {
    directories_.push_back({relative, StampOf(info)});
    if (!clock_ || !clock_->SettledEntries(info)) listed_for_good_ = false;
  }

  // What a link leads to comes and goes without the link's directory being touched.
  void Follow(const std::string& /*relative*/) override { listed_for_good_ = false; }

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

  // After the walk. True if every file is as it was known.
  bool Unchanged() const { return known_ && !known_->digest.zero() && read_.empty() && known_here_.size() == known_->files.size(); }
  size_t read() const { return read_.size(); }

  // The digest of the tree, and what is known of it now. True: that is not what was known.
  struct Found {
    Digest digest;
    KnownTree now;
    bool is_news;
  };
  Found Finish() {
    if (!listed_for_good_) directories_.clear();
    std::sort(directories_.begin(), directories_.end(), [](const KnownDirectory& a, const KnownDirectory& b) { return a.path < b.path; });
    if (Unchanged()) {
      Found found{known_->digest, std::move(*known_), false};
      found.is_news = found.now.directories != directories_;
      found.now.directories = std::move(directories_);
      return found;
    }
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
    const Digest digest = Sha256(std::string_view(tree.Encode()));
    if (all_settled) {
      now.digest = digest;
      now.directories = std::move(directories_);
    }
    if (known_ && !now.digest.zero() && known_->digest == now.digest) now.peer_hash = std::move(known_->peer_hash);
    const bool is_news = known_ || !now.files.empty();
    return {digest, std::move(now), is_news};
  }

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
  std::vector<KnownDirectory> directories_;
  bool listed_for_good_ = true;  // `directories_` say when something comes or goes
};

}  // namespace

struct Looks::Place {
  std::optional<Result<Digest>> found;
  std::optional<KnownTree> known;  // to be kept; nothing while it stands as the cache has it and nobody asked for more than the digest
  bool changed = false;            // `known` is not what the cache has
  size_t read = 0;
};

struct Looks::Root {
  fs::path path;
  StatCache cache;
  std::optional<FileClock> clock;
  std::map<std::string, Place> places;
  std::vector<std::pair<std::string, Digest>> seen_ahead;  // by the thread, while it runs
  std::jthread ahead;                                      // reads `cache`, which nobody changes meanwhile

  std::string PathOf(const std::string& relative) const { return path.native() + "/" + relative; }

  // Touches nothing but the place: several threads look at once.
  void LookAt(const std::string& relative, Place& place) const {
    auto known = cache.Find(relative);
    const bool was_known = known.has_value();
    if (known && StandsAsKnown(PathOf(relative), *known)) {
      place.found = known->digest;
      return;
    }
    const fs::path full = path / relative;
    Hashing hashing(std::move(known), clock);
    if (Status walked = WalkContent(full, full, hashing); !walked.ok()) {
      place.found = walked.error();
      place.changed = was_known && walked.error().code == Code::kNotFound;
      return;
    }
    place.read = hashing.read();
    auto found = hashing.Finish();
    place.found = found.digest;
    place.changed = found.is_news;
    if (!found.now.files.empty()) place.known = std::move(found.now);
  }

  void LookAhead(const std::stop_token& stop) {
    for (const auto& relative : cache.Paths()) {
      if (stop.stop_requested()) return;
      const auto known = cache.Find(relative);
      if (known && StandsAsKnown(PathOf(relative), *known)) seen_ahead.emplace_back(relative, known->digest);
    }
  }

  void EndLookAhead() {
    if (!ahead.joinable()) return;
    ahead.request_stop();
    ahead.join();
    for (const auto& [relative, digest] : seen_ahead) {
      const auto wanted = places.find(relative);
      if (wanted != places.end() && !wanted->second.found) wanted->second.found = digest;
    }
    seen_ahead.clear();
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
  auto& root = roots_[path.native()];
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

void Looks::LookAhead(const fs::path& path) {
  Root& root = RootOf(path);
  root.EndLookAhead();
  root.ahead = std::jthread([&root](const std::stop_token& stop) { root.LookAhead(stop); });
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
    root->EndLookAhead();
    for (auto& [relative, place] : root->places) {
      if (!place.found) tasks.push_back({root.get(), &relative, &place});
    }
  }
  ParallelOptions parallel{options_.threads, {}};
  if (options_.progress) parallel.progress = [&](size_t begun) { options_.progress(begun, tasks.size()); };
  const auto look = [&](size_t i) -> Status {
    tasks[i].root->LookAt(*tasks[i].relative, *tasks[i].place);
    return {};
  };
  CHECK(OnEveryCore(tasks.size(), look, parallel).ok());  // what is wrong with a place stands in its result
  for (const auto& task : tasks) files_read_ += task.place->read;
}

const Result<Digest>& Looks::At(const fs::path& path, const std::string& relative) {
  Root& root = RootOf(path);
  Place& place = root.places[relative];
  if (!place.found) root.EndLookAhead();
  if (!place.found) {
    root.LookAt(relative, place);
    files_read_ += place.read;
  }
  return *place.found;
}

const Result<Digest>* Looks::Seen(const fs::path& path, const std::string& relative) const {
  const auto root = roots_.find(path.native());
  if (root == roots_.end()) return nullptr;
  const auto place = root->second->places.find(relative);
  return place == root->second->places.end() || !place->second.found ? nullptr : &*place->second.found;
}

Result<std::string> Looks::PeerHashAt(const fs::path& path, const std::string& relative) {
  const Result<Digest>& found = At(path, relative);
  if (!found.ok()) return found.error();
  Place& place = PlaceOf(path, relative);
  if (!place.known && !place.changed) place.known = RootOf(path).cache.Find(relative);
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
  RootOf(path).EndLookAhead();
  RootOf(path).cache.Set(kNote + name, note);
}

void Looks::Save() {
  if (!options_.keep) return;
  for (auto& [path, root] : roots_) {
    root->EndLookAhead();
    for (auto& [relative, place] : root->places) {
      if (!place.changed) continue;
      root->cache.Set(relative, place.known);
      place.changed = false;
    }
    std::ignore = root->cache.Save();  // a cache: the next look hashes again
  }
}

}  // namespace skilltrail::collection
