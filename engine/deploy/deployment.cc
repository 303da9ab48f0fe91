#include "engine/deploy/deployment.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "engine/collection/artifact_kind.h"
#include "engine/collection/capture.h"
#include "engine/deploy/records.h"
#include "engine/session/artifact_word.h"
#include "events/name.h"

namespace skilltrail::deploy {

using projections::DeploymentKey;

Result<DeploymentKey> FindDeployment(const projections::ProjectState& project, std::string_view collection, std::string_view profile_root,
                                     std::string_view artifact) {
  std::vector<std::string> ids;
  if (artifact.find(':') == std::string_view::npos) {
    for (const ArtifactType type : AllTypes()) ids.push_back(ArtifactId{type, std::string(artifact)}.text());
  } else if (const auto id = ParseArtifactId(artifact); id.ok()) {
    ids.push_back(id->text());
  }
  std::vector<DeploymentKey> found;
  for (const auto& id : ids) {
    for (auto at = project.deployments.lower_bound({std::string(collection), id, {}});
         at != project.deployments.end() && at->first.collection == collection && at->first.artifact == id; ++at) {
      if (profile_root.empty() || at->first.profile_root == profile_root) found.push_back(at->first);
    }
  }
  if (found.size() == 1) return found.front();
  std::sort(found.begin(), found.end());
  if (found.empty()) {
    const std::filesystem::path dir(project.project);
    const std::string where = (profile_root.empty() ? dir : dir / profile_root).string();
    std::vector<std::string> known;
    for (const auto& [key, deployment] : project.deployments) {
      if (key.collection != collection || (!profile_root.empty() && key.profile_root != profile_root)) continue;
      known.push_back(artifact.find(':') == std::string_view::npos ? NameIn(key.artifact) : key.artifact);
    }
    for (const auto& [key, deployment] : project.deployments) {
      if (key.collection == collection || std::find(ids.begin(), ids.end(), key.artifact) == ids.end()) continue;
      return Error{Code::kNotFound, fmt::format("{} is not deployed in {} from collection \"{}\"", artifact, where, collection),
                   fmt::format("collection \"{}\" has it there: give -c {}", key.collection, key.collection)};
    }
    const std::string near = Nearest(artifact, known);
    return Error{Code::kNotFound, fmt::format("{} is not deployed in {}", artifact, where),
                 near.empty() ? std::string() : fmt::format("did you mean \"{}\"?", near)};
  }
  const bool types = found[0].artifact != found[1].artifact;
  return Error{Code::kUsage,
               types ? fmt::format("\"{}\" is ambiguous: {} and {}", artifact, found[0].artifact, found[1].artifact)
                     : fmt::format("{} is deployed twice: in {} and {}", artifact, found[0].profile_root, found[1].profile_root),
               types ? "give type:name" : "give --profile"};
}

std::string PathOf(const ArtifactId& id, bool single_file) {
  if (!IsSingleFile(id.type) || single_file) return collection::CollectionPath(id);
  return fmt::format("{}/{}", ContainerName(id.type), id.name);
}

Result<collection::Content> CurrentContent(Writing& writing, const projections::CollectionState& state,
                                           const projections::ArtifactState& artifact) {
  const Digest tree = DigestFromBytes(artifact.tree.data(), artifact.tree.size());
  if (writing.dry_run()) {
    ASSIGN_OR_RETURN(const bool kept, writing.blobs().Has(tree));
    if (!kept) return collection::ReadArtifact(writing.reading().DirectoryOf(state), artifact.path);
  }
  ASSIGN_OR_RETURN(const collection::Tree loaded, collection::LoadTree(tree, writing.blobs()));
  return collection::LoadContent(loaded, IsFilePath(artifact.id, artifact.path), writing.blobs());
}

bool Untouched(const projections::Deployment& deployment, const StandingCopy& copy) {
  if (!copy.content) return true;
  if (!IsPeers(deployment)) return copy.tree == deployment.tree || collection::ContentHash(*copy.content) == deployment.content_hash;
  return collection::ContentHash(*copy.content, [](std::string_view path) { return !collection::PeerDropsOnDeploy(path); }) ==
         deployment.content_hash;
}

void ResolveDrift(Writing& writing, const projections::ProjectState& project, const DeploymentKey& key) {
  const projections::OpenDrift* open = project.DriftOf(key);
  if (open == nullptr) return;
  schema::DriftResolvedT resolved;
  resolved.drift_type = open->type;
  resolved.detected_seq = open->detected_seq;
  resolved.profile_root = key.profile_root;
  writing.Add({key.collection, key.artifact, project.project, std::move(resolved)});
}

}  // namespace skilltrail::deploy
