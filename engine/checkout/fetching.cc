#include "engine/checkout/fetching.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "engine/archive/tar_reader.h"

namespace skilltrail::checkout {
namespace {

using upstream::Answer;
using upstream::Question;
using upstream::RemoteEntry;

// Up to this many files a request each is no dearer than the tarball of the whole repository, of which most may be of no interest.
constexpr size_t kMostSingleBlobs = 8;

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

bool Below(const RemoteEntry& entry, std::string_view path) {
  return path.empty() || entry.path == path ||
         (entry.path.size() > path.size() && entry.path[path.size()] == '/' && entry.path.starts_with(path));
}

}  // namespace

Fetching::Fetching(upstream::Inquiry& inquiry, const Listing& listing, const std::vector<std::string>& paths)
    : inquiry_(inquiry), listing_(listing) {
  for (const auto& path : paths) {
    Job job{path, Find(listing.tree, path), {}, {}, {}};
    for (const auto& entry : listing.tree.entries) {
      if (!Below(entry, path) || entry.mode == "040000") continue;
      if (entry.mode == "120000") {
        job.links.push_back(&entry);
      } else if (entry.mode == "160000") {
        job.others.push_back(&entry);
      } else {
        job.files.push_back(&entry);
      }
    }
    jobs_.push_back(std::move(job));
  }
}

void Fetching::Begin(std::function<void()> then) {
  then_ = std::move(then);
  Wanted links;
  for (const auto& job : jobs_) {
    for (const auto* link : job.links) links.emplace(link->sha, link->size);
  }
  AskBlobs(links, [this] { AskFiles(); });
}

// Where the links lead is known.
void Fetching::AskFiles() {
  for (const auto& job : jobs_) {
    for (const auto* entry : job.files) files_.emplace(entry->sha, entry->size);
    for (const auto* link : job.links) {
      const auto target = blobs_.find(link->sha);
      const auto path = target != blobs_.end() && target->second.ok() ? Join(Parent(link->path), *target->second) : std::nullopt;
      const RemoteEntry* entry = path ? EntryAt(listing_.tree, *path) : nullptr;
      if (entry != nullptr && entry->mode != "040000") files_.emplace(entry->sha, entry->size);
    }
  }
  if (files_.size() <= kMostSingleBlobs) return AskBlobs(files_, then_);
  inquiry_.Ask({Question::Kind::kTarball, listing_.repository.full_name, listing_.commit.sha}, [this](const Result<Answer>& answer) {
    if (answer.ok()) TakeTarball(answer->bytes);
    AskBlobs(files_, then_);
  });
}

// A request for each that has no body yet.
void Fetching::AskBlobs(const Wanted& wanted, const std::function<void()>& then) {
  Wanted missing;
  for (const auto& one : wanted) {
    if (!blobs_.contains(one.first)) missing.insert(one);
  }
  if (missing.empty()) return then();
  open_ = missing.size();
  for (const auto& [id, size] : missing) {
    Question question{Question::Kind::kBlob, listing_.repository.full_name, id};
    question.size = size;
    inquiry_.Ask(std::move(question), [this, id = id, then](const Result<Answer>& answer) {
      if (answer.ok()) {
        Keep(id, answer->bytes);
      } else {
        blobs_.insert_or_assign(id, answer.error());
      }
      if (--open_ == 0) then();
    });
  }
}

// Keeps those files that are wanted and have the right id; the others (export attributes change some) are left to single requests, and so
// is all that a broken tarball lacks.
void Fetching::TakeTarball(const std::string& bytes) {
  std::ignore = archive::ReadTar(bytes, {}, [this](archive::Member member) -> Status {
    if (member.kind != archive::Member::Kind::kFile) return {};
    const std::string id = GitBlobId(member.bytes);
    if (files_.contains(id)) blobs_.insert_or_assign(id, std::move(member.bytes));
    return {};
  });
}

// Keeps a body only if it is what its id says.
void Fetching::Keep(const std::string& id, std::string bytes) {
  if (GitBlobId(bytes) == id) {
    blobs_.insert_or_assign(id, std::move(bytes));
  } else {
    blobs_.insert_or_assign(id, Error{Code::kUpstream, fmt::format("broken answer: the content sent for {} has another git id", id), {}});
  }
}

Status Fetching::AddFile(Fetched& fetched, const Job& job, const RemoteEntry& at, const RemoteEntry& from) const {
  auto found = blobs_.find(from.sha);
  if (found == blobs_.end()) return Error{Code::kUpstream, fmt::format("{} did not come", from.path), {}};
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

Result<Fetched> Fetching::Assemble(const Job& job) const {
  if (!job.place)
    return Error{
        Code::kNotFound, fmt::format("{} has no {} at {}", listing_.repository.full_name, job.path, listing_.commit.sha.substr(0, 12)), {}};
  Fetched fetched;
  fetched.git_id = job.place->git_id;
  fetched.content.single_file = job.place->single_file;
  for (const auto* entry : job.files) {
    if (Status added = AddFile(fetched, job, *entry, *entry); !added.ok()) return added.error();
  }
  for (const auto* link : job.links) {
    auto target = blobs_.find(link->sha);
    if (target == blobs_.end()) return Error{Code::kUpstream, fmt::format("{} did not come", link->path), {}};
    if (!target->second.ok()) return target->second.error();
    const auto path = Join(Parent(link->path), *target->second);
    const RemoteEntry* entry = path ? EntryAt(listing_.tree, *path) : nullptr;
    if (entry == nullptr || (entry->mode != "100644" && entry->mode != "100755")) {
      fetched.notes.push_back(fmt::format("{} is a link to {}, which is no file of the repository: left out", link->path, *target->second));
      continue;
    }
    if (Status added = AddFile(fetched, job, *link, *entry); !added.ok()) return added.error();
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

std::vector<Result<Fetched>> Fetching::Take() {
  std::vector<Result<Fetched>> results;
  for (const auto& job : jobs_) results.push_back(Assemble(job));
  blobs_.clear();
  return results;
}

}  // namespace skilltrail::checkout
