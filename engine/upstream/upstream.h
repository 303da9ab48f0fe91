// Upstream: the one seam to GitHub. The real client is github.h; tests have a fake.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/result.h"
#include "events/time.h"

namespace skilltrail::upstream {

// A repository as GET /repos/{owner}/{repo} describes it.
struct Repository {
  uint64_t id = 0;
  std::string full_name;  // as upstream spells it now; differs from what was asked after a rename
  std::string html_url;
  std::string description;
  std::string license;  // SPDX id; empty for none and NOASSERTION
  std::string default_branch;
  std::vector<std::string> topics;
  bool archived = false;
  bool is_private = false;
  std::string pushed_at;  // of the last push to any branch or tag, as upstream writes it
  std::string etag;
};

struct Commit {
  std::string sha;
  std::string tree;  // git tree id of its root
};

struct RemoteEntry {
  std::string path;
  std::string mode;   // "100644", "100755", "120000", "040000", "160000"
  std::string sha;    // git object id
  uint64_t size = 0;  // of a blob
};
struct RemoteTree {
  std::string sha;
  bool truncated = false;  // GitHub left entries out; what is missing is unknown, not absent
  std::vector<RemoteEntry> entries;
};

// What a request asks. One answer each, in a batch that runs concurrently.
struct Question {
  enum class Kind { kRepository, kCommit, kTree, kBlob, kTarball } kind = Kind::kRepository;
  std::string repository;  // owner/repo
  std::string ref;  // kCommit: branch, tag or commit, empty for the default branch; kTree: a tree id; kBlob: a blob id; kTarball: a commit
  // kCommit: the pushed_at of the repository, or empty. A kept answer from the same pushed_at is taken without asking where a request would
  // count against the limit even if nothing changed: without a token.
  std::string pushed_at = {};
  // kBlob: its size as the tree lists it; an answer that is longer is refused while it arrives. Absent: not known.
  std::optional<uint64_t> size = {};
};

// Only the member that the question asks for is set.
struct Answer {
  Repository repository;
  Commit commit;
  RemoteTree tree;
  std::string bytes;  // kBlob: the content; kTarball: the .tar.gz
};

struct Ledger {
  std::string host;
  std::string token_fingerprint;  // of the token, of which it tells nothing else; empty: there is none
  int64_t sent = 0;
  int64_t not_modified = 0;
  int64_t trusted = 0;  // answers taken from what was kept because nothing was pushed since, without a request
  std::optional<int64_t> limit;
  std::optional<int64_t> remaining;
  std::optional<Micros> reset_at;
  std::optional<Micros> blocked_until;  // set while upstream's limit refuses us: until then questions are answered kRateLimited, unasked
};

// A validator and the body it stands for, kept between runs in the store's cache.
class ValidatorCache {
 public:
  struct Entry {
    std::string etag;
    std::string body;
    std::string pushed_at = {};  // of a commit: the repository's when upstream last said that this is so
  };
  virtual ~ValidatorCache() = default;
  virtual std::optional<Entry> Find(const std::string& key) = 0;
  virtual void Keep(const std::string& key, Entry entry) = 0;
};

// A running batch, as `done` sees it.
class Batch {
 public:
  virtual ~Batch() = default;
  // Adds a question that an answer raised and returns its index, which goes on from the last one. It is asked before those that still wait,
  // so that what an answer began ends soon. Only while `done` runs.
  virtual size_t Add(Question question) = 0;
};

class Upstream {
 public:
  using Done = std::function<void(size_t index, Result<Answer> answer, Batch& batch)>;

  virtual ~Upstream() = default;
  // Asks all questions, many at a time, and those that `done` adds; calls done once for each, in the caller's thread, as it is answered, in
  // any order. Returns when none is left. `done` must not ask in any other way than through its batch. Each question fails on its own:
  // kUsage (no such form of name or ref), kNotFound (404; hint names a token for a private repository), kUnauthorized (401, 403),
  // kRateLimited (its message says until when; what still waits fails so too, unasked), kUpstream (unreachable, time-out, broken or
  // oversized answer), kInterrupted. No error holds a token.
  virtual void AskAll(std::vector<Question> questions, const Done& done) = 0;
  // Since the object was made.
  virtual Ledger ledger() const = 0;
  // What was kept before, and takes what is to be kept; null: nothing is conditional. Not owned.
  virtual void UseValidators(ValidatorCache* validators) = 0;

  // AskAll for a batch in which no answer raises a question.
  void Ask(const std::vector<Question>& questions, const std::function<void(size_t index, Result<Answer> answer)>& done);
};

// The one-question form.
Result<Answer> AskOne(Upstream& upstream, const Question& question);

}  // namespace skilltrail::upstream
