#include "engine/checkout/checkout.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "engine/archive/tar_reader.h"

namespace skilltrail::checkout {
namespace {

using upstream::Question;
using upstream::RemoteEntry;

// Up to this many files a request each is no dearer than the tarball of the whole repository, of which most may be of no interest.
constexpr size_t kMostSingleBlobs = 8;

using Blobs = std::map<std::string, Result<std::string>>;  // by git id

std::string Parent(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

// Resolves `target` of a link in the directory `from`; nothing if it leads out of the repository.
std::optional<std::string> Join(const std::string& from, std::string_view target) {
  if (target.empty() || target.front() == '/') return std::nullopt;
  std::string at = from;
  while (!target.empty()) {
    const size_t slash = target.find('/');
    const std::string_view part = target.substr(0, slash);
    target = slash == std::string_view::npos ? std::string_view() : target.substr(slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (at.empty()) return std::nullopt;
      at = Parent(at);
    } else {
      at += (at.empty() ? "" : "/") + std::string(part);
    }
  }
  return at;
}

const RemoteEntry* EntryAt(const upstream::RemoteTree& tree, std::string_view path) {
  for (const auto& entry : tree.entries) {
    if (entry.path == path) return &entry;
  }
  return nullptr;
}

bool Below(const RemoteEntry& entry, std::string_view path) {
  return path.empty() || entry.path == path ||
         (entry.path.size() > path.size() && entry.path[path.size()] == '/' && entry.path.starts_with(path));
}

// Keeps a body only if it is what its id says.
void Take(Blobs& blobs, const std::string& id, std::string bytes) {
  if (GitBlobId(bytes) == id) {
    blobs.insert_or_assign(id, std::move(bytes));
  } else {
    blobs.insert_or_assign(id, Error{Code::kUpstream, fmt::format("broken answer: the content sent for {} has another git id", id), {}});
  }
}

void FetchBlobs(upstream::Upstream& upstream, const std::string& repository, const std::set<std::string>& ids, Blobs& blobs) {
  std::vector<Question> questions;
  for (const auto& id : ids) {
    if (!blobs.contains(id)) questions.push_back({Question::Kind::kBlob, repository, id});
  }
  upstream.Ask(questions, [&](size_t index, Result<upstream::Answer> answer) {
    if (answer.ok()) {
      Take(blobs, questions[index].ref, std::move(answer->bytes));
    } else {
      blobs.insert_or_assign(questions[index].ref, answer.error());
    }
  });
}

// Fills `blobs` with those files of the tarball that are wanted and have the right id; the others (export attributes change some) are left
// to single requests.
void FetchTarball(upstream::Upstream& upstream, const Listing& listing, const std::set<std::string>& ids, Blobs& blobs) {
  auto answer = AskOne(upstream, {Question::Kind::kTarball, listing.repository.full_name, listing.commit.sha});
  if (!answer.ok()) return;
  std::ignore = archive::ReadTar(answer->bytes, {}, [&](archive::Member member) -> Status {
    if (member.kind != archive::Member::Kind::kFile) return {};
    const std::string id = GitBlobId(member.bytes);
    if (ids.contains(id)) blobs.insert_or_assign(id, std::move(member.bytes));
    return {};
  });  // a broken tarball leaves ids without a body, and those are asked for one by one
}

struct Job {
  std::string path;
  std::optional<Place> place;
  std::vector<const RemoteEntry*> files;   // mode 100644, 100755
  std::vector<const RemoteEntry*> links;   // mode 120000
  std::vector<const RemoteEntry*> others;  // submodules
};

std::vector<Job> MakeJobs(const upstream::RemoteTree& tree, const std::vector<std::string>& paths) {
  std::vector<Job> jobs;
  for (const auto& path : paths) {
    Job job{path, Find(tree, path), {}, {}, {}};
    for (const auto& entry : tree.entries) {
      if (!Below(entry, path) || entry.mode == "040000") continue;
      if (entry.mode == "120000") {
        job.links.push_back(&entry);
      } else if (entry.mode == "160000") {
        job.others.push_back(&entry);
      } else {
        job.files.push_back(&entry);
      }
    }
    jobs.push_back(std::move(job));
  }
  return jobs;
}

Status AddFile(Fetched& fetched, const Job& job, const RemoteEntry& at, const RemoteEntry& from, const Blobs& blobs) {
  auto found = blobs.find(from.sha);
  if (found == blobs.end()) return Error{Code::kUpstream, fmt::format("{} did not come", from.path), {}};
  if (!found->second.ok()) return found->second.error();
  collection::File file;
  if (job.place->single_file) {
    file.path = at.path.substr(at.path.rfind('/') + 1);
  } else {
    file.path = job.path.empty() ? at.path : at.path.substr(job.path.size() + 1);
  }
  file.executable = from.mode == "100755";
  file.bytes = *found->second;
  fetched.content.files.push_back(std::move(file));
  return {};
}

Result<Fetched> Assemble(const Listing& listing, const Job& job, const Blobs& blobs) {
  if (!job.place)
    return Error{
        Code::kNotFound, fmt::format("{} has no {} at {}", listing.repository.full_name, job.path, listing.commit.sha.substr(0, 12)), {}};
  Fetched fetched;
  fetched.git_id = job.place->git_id;
  fetched.content.single_file = job.place->single_file;
  for (const auto* entry : job.files) {
    if (Status added = AddFile(fetched, job, *entry, *entry, blobs); !added.ok()) return added.error();
  }
  for (const auto* link : job.links) {
    auto target = blobs.find(link->sha);
    if (target == blobs.end()) return Error{Code::kUpstream, fmt::format("{} did not come", link->path), {}};
    if (!target->second.ok()) return target->second.error();
    const auto path = Join(Parent(link->path), *target->second);
    const RemoteEntry* entry = path ? EntryAt(listing.tree, *path) : nullptr;
    if (entry == nullptr || (entry->mode != "100644" && entry->mode != "100755")) {
      fetched.notes.push_back(fmt::format("{} is a link to {}, which is no file of the repository: left out", link->path, *target->second));
      continue;
    }
    if (Status added = AddFile(fetched, job, *link, *entry, blobs); !added.ok()) return added.error();
  }
  for (const auto* other : job.others) fetched.notes.push_back(fmt::format("{} is a submodule: left out", other->path));
  collection::SortFiles(fetched.content);
  if (job.links.empty() && job.others.empty() && collection::Describe(fetched.content).git_tree != fetched.git_id) {
    return Error{Code::kUpstream,
                 fmt::format("broken answer: the files of {} do not make the tree {}", job.path.empty() ? "/" : job.path, fetched.git_id),
                 {}};
  }
  return fetched;
}

}  // namespace

Result<Listing> List(upstream::Upstream& upstream, const Source& source) {
  Listing listing;
  auto repository = AskOne(upstream, {Question::Kind::kRepository, source.repository(), {}});
  if (!repository.ok()) return repository.error();
  listing.repository = std::move(repository->repository);
  const std::string& name = listing.repository.full_name;
  auto commit = AskOne(upstream, {Question::Kind::kCommit, name, source.ref.empty() ? listing.repository.default_branch : source.ref});
  if (!commit.ok()) {
    Error error = commit.error();
    if (error.code == Code::kNotFound) {
      error = {
          Code::kNotFound,
          fmt::format("{} has no branch, tag or commit \"{}\"", name, source.ref.empty() ? listing.repository.default_branch : source.ref),
          {}};
    }
    return error;
  }
  listing.commit = std::move(commit->commit);
  auto tree = AskOne(upstream, {Question::Kind::kTree, name, listing.commit.tree});
  if (!tree.ok()) return tree.error();
  listing.tree = std::move(tree->tree);
  if (listing.tree.truncated) {
    return Error{Code::kUpstream, fmt::format("{} has more files than GitHub lists at once", name), "name a path inside it"};
  }
  return listing;
}

std::optional<Place> Find(const upstream::RemoteTree& tree, std::string_view path) {
  if (path.empty()) return Place{tree.sha, false};
  const RemoteEntry* entry = EntryAt(tree, path);
  if (entry == nullptr || (entry->mode != "040000" && entry->mode != "100644" && entry->mode != "100755")) return std::nullopt;
  return Place{entry->sha, entry->mode != "040000"};
}

std::vector<Result<Fetched>> Fetch(upstream::Upstream& upstream, const Listing& listing, const std::vector<std::string>& paths) {
  const std::vector<Job> jobs = MakeJobs(listing.tree, paths);
  Blobs blobs;
  std::set<std::string> links;
  for (const auto& job : jobs) {
    for (const auto* link : job.links) links.insert(link->sha);
  }
  const std::string& name = listing.repository.full_name;
  FetchBlobs(upstream, name, links, blobs);

  std::set<std::string> ids;
  for (const auto& job : jobs) {
    for (const auto* entry : job.files) ids.insert(entry->sha);
    for (const auto* link : job.links) {
      auto target = blobs.find(link->sha);
      const auto path = target != blobs.end() && target->second.ok() ? Join(Parent(link->path), *target->second) : std::nullopt;
      const RemoteEntry* entry = path ? EntryAt(listing.tree, *path) : nullptr;
      if (entry != nullptr && entry->mode != "040000") ids.insert(entry->sha);
    }
  }
  if (ids.size() > kMostSingleBlobs) FetchTarball(upstream, listing, ids, blobs);
  FetchBlobs(upstream, name, ids, blobs);

  std::vector<Result<Fetched>> results;
  for (const auto& job : jobs) results.push_back(Assemble(listing, job, blobs));
  return results;
}

}  // namespace skilltrail::checkout
