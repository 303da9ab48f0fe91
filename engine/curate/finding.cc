#include "engine/curate/finding.h"

#include <fmt/format.h>

#include <filesystem>
#include <iterator>
#include <map>
#include <system_error>

namespace skilltrail::curate {
namespace {

constexpr size_t kRepositoriesAtOnce = 10;
// Beyond that nothing further is begun until what came has been taken.
constexpr uint64_t kMostBytesHeld = 64u << 20;

// Why nothing is known of a source, with the way out that its spelling suggests.
Error Explain(Error error, const std::string& said, const Source& source) {
  std::error_code failed;
  if (std::filesystem::exists(said, failed)) {
    error.hint = fmt::format("for what is on disk, write ./{}", said);
  } else if (error.code == Code::kNotFound && error.hint.empty() && said.find("/tree/") != std::string::npos) {
    error.hint = fmt::format("if the branch's name holds a '/', write {}/PATH@BRANCH", source.repository());
  }
  return error;
}

}  // namespace

Finding::Finding(const Context& context, upstream::Upstream& upstream, const AddRequest& request)
    : context_(context), request_(request), inquiry_(upstream, context.interrupted) {
  std::map<std::pair<std::string, std::string>, Group*> asked;  // by repository and ref
  for (const auto& said : request.sources) {
    auto source = ParseSource(said);
    std::error_code failed;
    const bool local = LooksLikeLocalPath(said) || (!source.ok() && std::filesystem::exists(said, failed));
    if (!local && source.ok()) {
      NameTheFolder(*source, request);
      Group*& group = asked[{source->repository(), source->ref}];
      if (group == nullptr) group = groups_.emplace_back(std::make_unique<Group>()).get();
      group->sources.emplace_back(said, std::move(*source));
      continue;
    }
    Group& group = *groups_.emplace_back(std::make_unique<Group>());
    group.local = local;
    if (!local) group.candidates.push_back(Failed(said, source.error()));
    group.sources.emplace_back(said, Source());
  }
}

std::vector<Candidate> Finding::Next() {
  const size_t first = next_;
  held_ = 0;
  Fill();
  inquiry_.Run();
  std::vector<Candidate> all;
  for (size_t i = first; i < next_; ++i) {
    std::move(groups_[i]->candidates.begin(), groups_[i]->candidates.end(), std::back_inserter(all));
    groups_[i].reset();
  }
  return all;
}

void Finding::Fill() {
  while (next_ < groups_.size() && running_ < kRepositoriesAtOnce && held_ < kMostBytesHeld && !Interrupted(context_))
    Begin(*groups_[next_++]);
}

void Finding::Begin(Group& group) {
  ++running_;
  Report(context_, "fetching", ended_, request_.sources.size());
  if (group.local) group.candidates = FromDisk(request_, group.sources.front().first);
  if (group.local || !group.candidates.empty()) return End(group);
  checkout::List(inquiry_, group.sources.front().second, [this, &group](Result<checkout::Listing> listing) {
    TakeListing(group, std::move(listing));
    Fill();
  });
}

void Finding::TakeListing(Group& group, Result<checkout::Listing> listing) {
  if (!listing.ok()) {
    for (const auto& [said, source] : group.sources) group.candidates.push_back(Failed(said, Explain(listing.error(), said, source)));
    return End(group);
  }
  group.listing = std::move(*listing);
  std::vector<std::string> paths;
  for (size_t i = 0; i < group.sources.size(); ++i) {
    const auto& [said, source] = group.sources[i];
    auto chosen = Choose(group.listing, source, request_, said);
    if (!chosen.ok()) group.candidates.push_back(Failed(said, chosen.error()));
    if (!chosen.ok()) continue;
    for (auto& found : *chosen) {
      paths.push_back(found.path);
      group.chosen.push_back({i, std::move(found)});
    }
  }
  group.fetching = std::make_unique<checkout::Fetching>(inquiry_, group.listing, paths);
  group.fetching->Begin([this, &group] {
    TakeContents(group);
    End(group);
    Fill();
  });
}

void Finding::TakeContents(Group& group) {
  auto fetched = group.fetching->Take();
  for (size_t i = 0; i < group.chosen.size(); ++i) {
    const auto& [said, source] = group.sources[group.chosen[i].source];
    // What is blank was only found by its name.
    const bool good = !fetched[i].ok() || collection::CheckContent(group.chosen[i].found.id.type, fetched[i]->content).ok();
    if (request_.all && !good) continue;
    group.candidates.push_back(FromListing(group.listing, source, said, group.chosen[i].found, std::move(fetched[i])));
  }
  for (const auto& [said, source] : group.sources) {
    if (group.candidates.empty()) group.candidates.push_back(Failed(said, NothingFound(said, request_)));
  }
}

void Finding::End(Group& group) {
  --running_;
  ended_ += group.sources.size();
  for (const auto& candidate : group.candidates) {
    for (const auto& file : candidate.content.files) held_ += file.bytes.size();
  }
  group.listing = {};  // the largest part; the rest goes when no answer can come to it any more
}

}  // namespace skilltrail::curate
