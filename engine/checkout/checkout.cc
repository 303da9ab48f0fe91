#include "engine/checkout/checkout.h"

#include <fmt/format.h>

#include <utility>

namespace skilltrail::checkout {
namespace {

using upstream::Answer;
using upstream::Question;

void ListTree(upstream::Inquiry& inquiry, Listing listing, const Listed& then) {
  const Question question{Question::Kind::kTree, listing.repository.full_name, listing.commit.tree};
  inquiry.Ask(question, [listing = std::move(listing), then](const Result<Answer>& answer) {
    if (!answer.ok()) return then(answer.error());
    if (answer->tree.truncated) {
      return then(Error{Code::kUpstream, fmt::format("{} has more files than GitHub lists at once", listing.repository.full_name),
                        "name a path inside it"});
    }
    then(Listing{listing.repository, listing.commit, answer->tree});
  });
}

}  // namespace

void List(upstream::Inquiry& inquiry, const Source& source, const Listed& then) {
  inquiry.Ask({Question::Kind::kRepository, source.repository(), {}}, [&inquiry, wanted = source.ref, then](const Result<Answer>& answer) {
    if (!answer.ok()) return then(answer.error());
    const upstream::Repository& repository = answer->repository;
    const std::string ref = wanted.empty() ? repository.default_branch : wanted;
    inquiry.Ask({Question::Kind::kCommit, repository.full_name, ref}, [&inquiry, repository, ref, then](const Result<Answer>& commit) {
      if (commit.ok()) return ListTree(inquiry, {repository, commit->commit, {}}, then);
      if (commit.error().code != Code::kNotFound) return then(commit.error());
      then(Error{Code::kNotFound, fmt::format("{} has no branch, tag or commit \"{}\"", repository.full_name, ref), {}});
    });
  });
}

const upstream::RemoteEntry* EntryAt(const upstream::RemoteTree& tree, std::string_view path) {
  for (const auto& entry : tree.entries) {
    if (entry.path == path) return &entry;
  }
  return nullptr;
}

std::optional<Place> Find(const upstream::RemoteTree& tree, std::string_view path) {
  if (path.empty()) return Place{tree.sha, false};
  const upstream::RemoteEntry* entry = EntryAt(tree, path);
  if (entry == nullptr || (entry->mode != "040000" && entry->mode != "100644" && entry->mode != "100755")) return std::nullopt;
  return Place{entry->sha, entry->mode != "040000"};
}

}  // namespace skilltrail::checkout
