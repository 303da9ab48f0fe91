#include "engine/query/query.h"

#include "engine/session/artifact_word.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/collection/artifact_kind.h"
#include "engine/collection/capture.h"
#include "events/name.h"

namespace skilltrail::query {
namespace {

bool Wanted(const projections::ArtifactState& artifact, const ListRequest& request) {
  if (!request.types.empty()) {
    const std::string type = artifact.id.substr(0, artifact.id.find(':'));
    if (std::none_of(request.types.begin(), request.types.end(), [&](ArtifactType one) { return type == TypeName(one); })) return false;
  }
  if (!request.name_glob.empty() && !GlobMatch(request.name_glob, NameIn(artifact.id))) return false;
  if (request.tag.empty()) return true;
  const auto tags = projections::EffectiveTags(artifact);
  return std::binary_search(tags.begin(), tags.end(), request.tag);
}

}  // namespace

Result<ListReport> List(Reading& reading, const ListRequest& request) {
  auto moment = reading.At();
  if (!moment.ok()) return moment.error();
  auto state = reading.CollectionState("", *moment);
  if (!state.ok()) return state.error();
  ListReport report{state->name(), {}, 0, false, *moment};
  for (const auto* artifact : state->artifacts()) {
    if (!Wanted(*artifact, request)) continue;
    ++report.matched;
    if (!request.after.empty() && artifact->id <= request.after) continue;
    if (request.limit && report.artifacts.size() == *request.limit) {
      report.more = true;
    } else {
      report.artifacts.push_back(*artifact);
    }
  }
  return report;
}

Result<ShowReport> Show(Reading& reading, const std::string& artifact) {
  auto moment = reading.At();
  if (!moment.ok()) return moment.error();
  auto info = reading.Collection("", *moment);
  if (!info.ok()) return info.error();
  // Its own stream answers for one artifact; the whole collection is folded only to say what else was meant.
  auto ids = artifact.find(':') == std::string::npos ? reading.states().IdsNamed(info->name, artifact, moment->seq)
                                                     : Result<std::vector<std::string>>(std::vector{artifact});
  if (!ids.ok()) return ids.error();
  std::vector<projections::ArtifactState> found;
  for (const auto& id : *ids) {
    if (!ParseArtifactId(id).ok()) continue;
    auto canonical = ParseArtifactId(id)->text();
    auto state = reading.states().ArtifactAt(info->name, canonical, moment->seq);
    if (!state.ok()) return state.error();
    if (state->has_value()) found.push_back(std::move(**state));
  }
  if (found.size() == 1) return ShowReport{info->name, std::move(found.front()), *moment};
  auto state = reading.CollectionState(info->name, *moment);
  if (!state.ok()) return state.error();
  auto id = Reading::Find(*state, artifact);
  if (!id.ok()) return id.error();
  return ShowReport{info->name, *state->Find(*id), *moment};
}

Result<std::string> Cat(Reading& reading, const std::string& artifact, const std::string& path) {
  auto shown = Show(reading, artifact);
  if (!shown.ok()) return shown.error();
  auto tree = collection::LoadTree(DigestFromBytes(shown->artifact.tree.data(), shown->artifact.tree.size()), reading.blobs());
  if (!tree.ok()) return tree.error();
  std::vector<std::string> paths;
  for (const auto& entry : tree->entries) paths.push_back(entry.path);
  std::string wanted = path;
  if (wanted.empty()) {
    auto id = ParseArtifactId(shown->artifact.id);
    if (!id.ok()) return id.error();
    wanted = paths.size() == 1 ? paths.front() : collection::MetadataFile(id->type, paths);
    if (wanted.empty()) {
      return Error{Code::kUsage, fmt::format("{} has no metadata file: name one of its {} files", shown->artifact.id, paths.size()),
                   paths.empty() ? "" : fmt::format("for example {}:{}", shown->artifact.id, paths.front())};
    }
  }
  const collection::TreeEntry* entry = tree->Find(wanted);
  if (entry == nullptr) {
    const std::string near = Nearest(wanted, paths);
    return Error{Code::kNotFound, fmt::format("{} has no file \"{}\"", shown->artifact.id, wanted),
                 near.empty() ? "" : fmt::format("did you mean \"{}\"?", near)};
  }
  return reading.blobs().Get(entry->digest);
}

Result<std::vector<curate::CollectionReport>> Collections(Reading& reading) {
  auto moment = reading.At();
  if (!moment.ok()) return moment.error();
  auto all = reading.states().CollectionsAt(moment->seq);
  if (!all.ok()) return all.error();
  std::vector<curate::CollectionReport> reports;
  const std::string standard = reading.DefaultCollection();
  for (const auto& [name, info] : *all) {
    if (!info.exists) continue;
    auto state = reading.states().CollectionAt(name, moment->seq);
    if (!state.ok()) return state.error();
    reports.push_back({name, reading.DirectoryOf(info), name == standard, state->size()});
  }
  return reports;
}

Result<curate::CollectionReport> ShowCollection(Reading& reading, const std::string& name) {
  auto moment = reading.At();
  if (!moment.ok()) return moment.error();
  auto state = reading.CollectionState(name, *moment);
  if (!state.ok()) return state.error();
  return curate::CollectionReport{state->name(), reading.DirectoryOf(*state), state->name() == reading.DefaultCollection(), state->size()};
}

}  // namespace skilltrail::query
