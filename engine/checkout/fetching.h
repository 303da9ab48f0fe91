// Fetching: the files of some paths of a commit, on their way. A few files come as single blobs, many as one tarball; either way every byte
// is proven by its git id before anybody sees it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/checkout/checkout.h"
#include "engine/upstream/inquiry.h"

namespace skilltrail::checkout {

class Fetching {
 public:
  // Both outlive it.
  Fetching(upstream::Inquiry& inquiry, const Listing& listing, const std::vector<std::string>& paths);
  Fetching(const Fetching&) = delete;
  Fetching& operator=(const Fetching&) = delete;

  // Asks for what is needed. `then` is called once, when all of it has come or failed: by the inquiry's Run, or at once where nothing has
  // to be asked for.
  void Begin(std::function<void()> then);

  // Once, after `then` was called: the content at each path, in order. Every file's git blob id is recomputed, and the tree id where the
  // tree holds files only; a difference is kUpstream and that path has no content. Links to files inside the repository become files.
  std::vector<Result<Fetched>> Take();

 private:
  struct Job {
    std::string path;
    std::optional<Place> place;
    std::vector<const upstream::RemoteEntry*> files;   // mode 100644, 100755
    std::vector<const upstream::RemoteEntry*> links;   // mode 120000
    std::vector<const upstream::RemoteEntry*> others;  // submodules
  };
  using Wanted = std::map<std::string, uint64_t>;  // git id to size

  void AskFiles();
  void AskBlobs(const Wanted& wanted, const std::function<void()>& then);
  void TakeTarball(const std::string& bytes);
  void Keep(const std::string& id, std::string bytes);
  Status AddFile(Fetched& fetched, const Job& job, const upstream::RemoteEntry& at, const upstream::RemoteEntry& from) const;
  Result<Fetched> Assemble(const Job& job) const;

  upstream::Inquiry& inquiry_;
  const Listing& listing_;
  std::vector<Job> jobs_;
  Wanted files_;
  std::map<std::string, Result<std::string>> blobs_;  // by git id
  size_t open_ = 0;                                   // blobs that have neither come nor failed
  std::function<void()> then_;
};

}  // namespace skilltrail::checkout
