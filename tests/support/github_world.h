// GithubWorld: the repositories that a pretended GitHub holds, with the object ids that git itself would give them. What the server serves
// and the fake upstream answers from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace skilltrail::testing {

struct GithubFile {
  std::string bytes;
  std::string mode = "100644";  // or "100755"; "120000": bytes are a link's target; "160000": bytes are a submodule's commit id
};
using GithubFiles = std::map<std::string, GithubFile>;  // by path

struct GithubCommit {
  std::string sha;
  std::string tree;
  std::string parent;  // empty for the first
  std::string message;
  int64_t date_s = 0;  // since the epoch
};

struct GithubTreeRow {
  std::string path;
  std::string mode;
  std::string sha;
  uint64_t size = 0;  // of a blob
};

// What GitHub says of a repository beside its content. Times come from the commits.
struct GithubFacts {
  uint64_t id = 0;
  std::string description;  // empty: null
  std::string license;      // SPDX id; empty: null
  std::string homepage;     // empty: null
  std::string default_branch = "main";
  std::vector<std::string> topics;
  uint64_t stargazers_count = 0;
  bool archived = false;
  bool is_private = false;
  bool gone = false;       // every request answers 404
  std::string renamed_to;  // owner/name; the old name answers 301
};

class GithubRepository {
 public:
  explicit GithubRepository(std::string full_name);

  GithubFacts facts;
  const std::string& full_name() const { return full_name_; }
  // After a rename the new name.
  const std::string& current_name() const { return facts.renamed_to.empty() ? full_name_ : facts.renamed_to; }

  // Adds a commit whose tree is `files`, the whole of them, dated a day after the one before; the default branch moves to it. Aborts the
  // test if a path is both file and folder.
  const GithubCommit& Commit(const std::string& message, const GithubFiles& files);
  // A tag or further branch; `place` as in MoveHead.
  void Name(const std::string& ref, const std::string& place);
  // `place` is a commit id or its beginning, or the commit's number from "01". Aborts the test if there is none.
  void MoveHead(const std::string& place);

  // Nullptr where there is none; a commit is good until the next one is added. A ref is a branch, tag, commit id or its beginning of at
  // least 7 digits, HEAD, or empty for the default branch.
  const GithubCommit* Resolve(std::string_view ref) const;
  // All that is below that tree, each folder before what it holds, in git's order.
  const std::vector<GithubTreeRow>* TreeRows(const std::string& tree) const;
  const std::string* Blob(const std::string& sha) const;
  const GithubFiles* FilesOf(const std::string& commit) const;
  const std::vector<GithubCommit>& commits() const { return commits_; }
  // Tags and further branches, each with its commit id.
  const std::map<std::string, std::string, std::less<>>& refs() const { return refs_; }

  // Members as in meta.json: id, topics, description, license, homepage, archived, private, stargazers_count, default_branch, gone,
  // renamed_to, head (a place), tags {name: place}. Aborts the test at an unknown member.
  void Set(const nlohmann::json& fields);

 private:
  std::string AddTree(const GithubFiles& files);
  const GithubCommit* AtPlace(std::string_view place) const;

  std::string full_name_;
  std::vector<GithubCommit> commits_;
  size_t head_ = 0;
  std::map<std::string, std::string, std::less<>> refs_;  // to a commit id
  std::map<std::string, std::string> blobs_;
  std::map<std::string, std::vector<GithubTreeRow>> trees_;
  std::map<std::string, GithubFiles> files_;  // by commit id
};

// Not thread-safe.
class GithubWorld {
 public:
  // The repository, made if it is not there. It stays where it is for the life of the world.
  GithubRepository& At(const std::string& full_name);
  // By name, in either case; also by the name it was renamed to. Nullptr if there is none; one that is gone is found too.
  GithubRepository* Find(std::string_view full_name);
  GithubRepository* FindById(uint64_t id);
  std::vector<const GithubRepository*> All() const;
  // Every ROOT/OWNER+NAME with meta.json and commits/NN-subject/, each of which is a whole tree. Aborts at a folder that is none.
  void Load(const std::filesystem::path& root);

 private:
  std::map<std::string, std::unique_ptr<GithubRepository>, std::less<>> repositories_;  // by name in lower case
};

}  // namespace skilltrail::testing
