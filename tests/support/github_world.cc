#include "tests/support/github_world.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "events/digest.h"

namespace skilltrail::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int64_t kFirstDate = 1'767'225'600;  // 2026-01-01T00:00:00Z
constexpr int64_t kDay = 86'400;
constexpr const char* kPerson = "Acme Agents <agents@acme.example>";

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

std::string ObjectId(std::string_view type, std::string_view content) {
  Hasher hasher(Hasher::Kind::kSha1);
  hasher.Update(std::string(type) + " " + std::to_string(content.size()) + std::string(1, '\0'));
  hasher.Update(content);
  return hasher.FinishSha1Hex();
}

// FNV-1a: an id that stays the same from run to run.
uint64_t IdOf(std::string_view text) {
  uint32_t hash = 2'166'136'261u;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 16'777'619u;
  return hash;
}

// A folder's own entry, and its place in git's order: a folder sorts as if its name ended in '/'.
struct Entry {
  std::string name;
  std::string mode;
  std::string sha;
  std::string SortKey() const { return mode == "040000" ? name + "/" : name; }
};

std::string ReadBytes(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

GithubFiles ReadFiles(const fs::path& root) {
  GithubFiles files;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string path = entry.path().lexically_relative(root).generic_string();
    if (entry.is_symlink()) {
      files[path] = {fs::read_symlink(entry.path()).string(), "120000"};
    } else if (entry.is_regular_file()) {
      const bool executable = (entry.status().permissions() & fs::perms::owner_exec) != fs::perms::none;
      files[path] = {ReadBytes(entry.path()), executable ? "100755" : "100644"};
    }
  }
  return files;
}

std::vector<fs::path> SortedFolders(const fs::path& root) {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

std::string StringOrNull(const json& value) {
  return value.is_null() ? std::string() : value.get<std::string>();
}

}  // namespace

GithubRepository::GithubRepository(std::string full_name) : full_name_(std::move(full_name)) {
  facts.id = IdOf(full_name_);
}

// Writes the folder's tree object, those of its folders first, and keeps the rows of each.
std::string GithubRepository::AddTree(const GithubFiles& files) {
  std::map<std::string, GithubFiles> folders;
  std::vector<Entry> entries;
  for (const auto& [path, file] : files) {
    const size_t slash = path.find('/');
    if (slash != std::string::npos) {
      folders[path.substr(0, slash)].emplace(path.substr(slash + 1), file);
    } else if (file.mode == "160000") {
      entries.push_back({path, file.mode, file.bytes});
    } else {
      const std::string sha = GitBlobId(file.bytes);
      blobs_.emplace(sha, file.bytes);
      entries.push_back({path, file.mode, sha});
    }
  }
  for (const auto& [name, inside] : folders) {
    if (files.contains(name)) throw std::runtime_error(name + " is both file and folder");
    entries.push_back({name, "040000", AddTree(inside)});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.SortKey() < b.SortKey(); });
  std::string object;
  std::vector<GithubTreeRow> rows;
  for (const Entry& entry : entries) {
    const auto id = FromHex(entry.sha);
    if (!id || id->size() != 20) throw std::runtime_error(entry.name + ": its object id is none");
    object +=
        (entry.mode == "040000" ? "40000" : entry.mode) + " " + entry.name + std::string(1, '\0') + std::string(id->begin(), id->end());
    const bool blob = entry.mode != "040000" && entry.mode != "160000";
    rows.push_back({entry.name, entry.mode, entry.sha, blob ? blobs_.at(entry.sha).size() : 0});
    if (entry.mode != "040000") continue;
    for (const auto& row : trees_.at(entry.sha)) rows.push_back({entry.name + "/" + row.path, row.mode, row.sha, row.size});
  }
  std::string sha = ObjectId("tree", object);
  trees_.emplace(sha, std::move(rows));
  return sha;
}

const GithubCommit& GithubRepository::Commit(const std::string& message, const GithubFiles& files) {
  GithubCommit commit;
  commit.tree = AddTree(files);
  commit.parent = commits_.empty() ? std::string() : commits_[head_].sha;
  commit.message = message;
  commit.date_s = kFirstDate + static_cast<int64_t>(commits_.size()) * kDay;
  const std::string signature = kPerson + (" " + std::to_string(commit.date_s)) + " +0000\n";
  const std::string parent = commit.parent.empty() ? "" : "parent " + commit.parent + "\n";
  commit.sha =
      ObjectId("commit", "tree " + commit.tree + "\n" + parent + "author " + signature + "committer " + signature + "\n" + message + "\n");
  files_.emplace(commit.sha, files);
  commits_.push_back(std::move(commit));
  head_ = commits_.size() - 1;
  return commits_.back();
}

const GithubCommit* GithubRepository::AtPlace(std::string_view place) const {
  for (size_t i = 0; i < commits_.size(); ++i) {
    const std::string number = (i + 1 < 10 ? "0" : "") + std::to_string(i + 1);
    if (place == number || (place.size() >= 7 && commits_[i].sha.starts_with(place))) return &commits_[i];
  }
  return nullptr;
}

void GithubRepository::Name(const std::string& ref, const std::string& place) {
  const GithubCommit* commit = AtPlace(place);
  if (commit == nullptr) throw std::runtime_error(full_name_ + " has no commit " + place);
  refs_.insert_or_assign(ref, commit->sha);
}

void GithubRepository::MoveHead(const std::string& place) {
  const GithubCommit* commit = AtPlace(place);
  if (commit == nullptr) throw std::runtime_error(full_name_ + " has no commit " + place);
  head_ = static_cast<size_t>(commit - commits_.data());
}

const GithubCommit* GithubRepository::Resolve(std::string_view ref) const {
  for (const std::string_view prefix : {"refs/heads/", "refs/tags/", "heads/", "tags/"}) {
    if (ref.starts_with(prefix)) {
      ref.remove_prefix(prefix.size());
      break;
    }
  }
  if (commits_.empty()) return nullptr;
  if (ref.empty() || ref == "HEAD" || ref == facts.default_branch) return &commits_[head_];
  if (const auto named = refs_.find(ref); named != refs_.end()) return AtPlace(named->second);
  return ref.size() >= 7 ? AtPlace(ref) : nullptr;
}

const std::vector<GithubTreeRow>* GithubRepository::TreeRows(const std::string& tree) const {
  const auto found = trees_.find(tree);
  return found == trees_.end() ? nullptr : &found->second;
}

const std::string* GithubRepository::Blob(const std::string& sha) const {
  const auto found = blobs_.find(sha);
  return found == blobs_.end() ? nullptr : &found->second;
}

const GithubFiles* GithubRepository::FilesOf(const std::string& commit) const {
  const auto found = files_.find(commit);
  return found == files_.end() ? nullptr : &found->second;
}

void GithubRepository::Set(const json& fields) {
  for (const auto& [name, value] : fields.items()) {
    if (name == "id") {
      facts.id = value.get<uint64_t>();
    } else if (name == "topics") {
      facts.topics = value.get<std::vector<std::string>>();
    } else if (name == "description") {
      facts.description = StringOrNull(value);
    } else if (name == "license") {
      facts.license = StringOrNull(value);
    } else if (name == "homepage") {
      facts.homepage = StringOrNull(value);
    } else if (name == "default_branch") {
      facts.default_branch = value.get<std::string>();
    } else if (name == "stargazers_count") {
      facts.stargazers_count = value.get<uint64_t>();
    } else if (name == "archived") {
      facts.archived = value.get<bool>();
    } else if (name == "private") {
      facts.is_private = value.get<bool>();
    } else if (name == "gone") {
      facts.gone = value.get<bool>();
    } else if (name == "renamed_to") {
      facts.renamed_to = StringOrNull(value);
    } else if (name == "head") {
      MoveHead(value.get<std::string>());
    } else if (name == "tags") {
      for (const auto& [tag, place] : value.items()) Name(tag, place.get<std::string>());
    } else {
      throw std::runtime_error(full_name_ + ": unknown member " + name);
    }
  }
}

GithubRepository& GithubWorld::At(const std::string& full_name) {
  auto& place = repositories_[Lower(full_name)];
  if (!place) place = std::make_unique<GithubRepository>(full_name);
  return *place;
}

GithubRepository* GithubWorld::Find(std::string_view full_name) {
  const std::string name = Lower(full_name);
  if (const auto found = repositories_.find(name); found != repositories_.end()) return found->second.get();
  for (const auto& [old_name, repository] : repositories_) {
    if (Lower(repository->facts.renamed_to) == name) return repository.get();
  }
  return nullptr;
}

GithubRepository* GithubWorld::FindById(uint64_t id) {
  for (const auto& [name, repository] : repositories_) {
    if (repository->facts.id == id) return repository.get();
  }
  return nullptr;
}

std::vector<const GithubRepository*> GithubWorld::All() const {
  std::vector<const GithubRepository*> all;
  for (const auto& [name, repository] : repositories_) all.push_back(repository.get());
  return all;
}

void GithubWorld::Load(const fs::path& root) {
  for (const fs::path& folder : SortedFolders(root)) {
    std::string name = folder.filename().string();
    const size_t plus = name.find('+');
    if (plus == std::string::npos) throw std::runtime_error(folder.string() + " is not named OWNER+NAME");
    name[plus] = '/';
    GithubRepository& repository = At(name);
    for (const fs::path& commit : SortedFolders(folder / "commits")) {
      std::string subject = commit.filename().string();
      subject = subject.substr(std::min(subject.size(), subject.find('-') + 1));
      std::replace(subject.begin(), subject.end(), '-', ' ');
      repository.Commit(subject, ReadFiles(commit));
    }
    repository.Set(json::parse(ReadBytes(folder / "meta.json")));
  }
}

}  // namespace skilltrail::testing
