#include "engine/deploy/records.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <system_error>

#include "engine/deploy/copy.h"
#include "events/codec.h"

namespace skilltrail::deploy {
namespace {

projections::DeploymentKey KeyOf(const manifest::Deployed& record) {
  return {record.collection, record.type + ":" + record.name, record.profile_root};
}

// The file holds what the log last wrote there, or less: only a later deployment with another hash is somebody else's.
bool RenewedByPeer(const projections::Deployment& known, const manifest::Deployed& record) {
  return record.content_hash != known.content_hash && record.deployed_at > known.deployed_at;
}

// When each was last taken out, as the log has it. A command that is killed between the log and the file leaves the record of an artifact
// that is not deployed any more; the peer's would be younger than that.
Result<std::map<projections::DeploymentKey, Micros>> Undeployed(Writing& writing, const std::string& project) {
  std::map<projections::DeploymentKey, Micros> undeployed;
  RETURN_IF_ERROR(writing.reading().log().ScanStream(store::ProjectStream(project), {}, [&](const store::StoredEvent& event) {
    if (const auto* gone = event.event->payload_as_ArtifactUndeployed()) {
      undeployed[{std::string(View(event.event->collection())), std::string(View(event.event->artifact())),
                  std::string(View(gone->profile_root()))}] = event.event->recorded_at();
    }
    return store::Visit::kContinue;
  }));
  return undeployed;
}

// Without a record, and nothing is there. What stands in a shared file has no place of its own that could be empty.
bool TakenByPeer(const projections::ProjectState& state, const projections::Deployment& deployment) {
  std::error_code failed;
  const auto path = std::filesystem::path(state.project) / deployment.profile_root / deployment.path;
  return !IsShared(deployment) && std::filesystem::symlink_status(path, failed).type() == std::filesystem::file_type::not_found;
}

}  // namespace

Status TakeInRecords(Writing& writing, const projections::ProjectState& state) {
  auto records = manifest::ReadDeployed(state.project);
  if (!records.ok()) return records.error();
  return TakeInRecords(writing, state, *records);
}

Status TakeInRecords(Writing& writing, const projections::ProjectState& state, const std::vector<manifest::Deployed>& records) {
  std::optional<std::map<projections::DeploymentKey, Micros>> undeployed;
  std::set<projections::DeploymentKey> recorded;
  std::set<std::string> roots;
  for (const auto& record : records) {
    const auto key = KeyOf(record);
    recorded.insert(key);
    roots.insert(record.profile_root);
    auto known = state.deployments.find(key);
    if (known != state.deployments.end() && !RenewedByPeer(known->second, record)) continue;
    if (known == state.deployments.end()) {
      if (!undeployed) {
        ASSIGN_OR_RETURN(undeployed, Undeployed(writing, state.project));
      }
      const auto gone = undeployed->find(key);
      if (gone != undeployed->end() && record.deployed_at <= gone->second) continue;
    }
    schema::ArtifactDeployedT event;
    event.cause = schema::ChangeCause::adopt;
    event.profile = record.profile;
    event.profile_root = record.profile_root;
    event.path = record.path;
    event.content_hash = record.content_hash;
    writing.Add({record.collection, key.artifact, state.project, std::move(event)});
  }
  std::vector<projections::Deployment> taken;  // copies: every Add changes the state
  for (const auto& [key, deployment] : state.deployments) {
    if (!recorded.contains(key) && roots.contains(key.profile_root) && TakenByPeer(state, deployment)) taken.push_back(deployment);
  }
  for (const auto& deployment : taken) {
    schema::ArtifactUndeployedT event;
    event.cause = schema::ChangeCause::adopt;
    event.profile_root = deployment.profile_root;
    event.path = deployment.path;
    writing.Add({deployment.collection, deployment.artifact, state.project, std::move(event)});
  }
  return {};
}

bool InStep(const projections::ProjectState& state, const std::vector<manifest::Deployed>& records) {
  std::set<projections::DeploymentKey> recorded;
  for (const auto& record : records) {
    const auto known = state.deployments.find(KeyOf(record));
    if (known == state.deployments.end() || RenewedByPeer(known->second, record)) return false;
    recorded.insert(known->first);
  }
  return recorded.size() == state.deployments.size();
}

Result<Digest> DigestOfRecords(const projections::ProjectState& state) {
  ASSIGN_OR_RETURN(const Digest files, manifest::DigestDeployed(state.project));
  Hasher hasher;
  hasher.Update(files.bytes);
  for (const auto& [key, deployment] : state.deployments) {
    hasher.Update(fmt::format("{}\n{}\n{}\n{}\n{}\n", key.collection, key.artifact, key.profile_root, deployment.content_hash,
                              deployment.deployed_at));
  }
  return hasher.Finish();
}

Status WriteRecords(const projections::ProjectState& state) {
  auto standing = manifest::ReadDeployed(state.project);
  if (!standing.ok()) return standing.error();
  std::map<projections::DeploymentKey, const manifest::Deployed*> by_key;
  for (const auto& record : *standing) by_key.emplace(KeyOf(record), &record);
  std::vector<manifest::Deployed> records;
  for (const auto& [key, deployment] : state.deployments) {
    const auto before = by_key.find(key);
    const bool known = before != by_key.end();
    if (known && before->second->content_hash == deployment.content_hash && before->second->path == deployment.path) {
      records.push_back(*before->second);
      continue;
    }
    manifest::Deployed record;
    if (known) record.version_lineage = before->second->version_lineage;
    const size_t colon = deployment.artifact.find(':');
    record.type = deployment.artifact.substr(0, colon);
    record.name = deployment.artifact.substr(colon + 1);
    record.collection = deployment.collection;
    record.deployed_at = deployment.deployed_at;
    record.path = deployment.path;
    record.content_hash = deployment.content_hash;
    record.profile = deployment.profile;
    record.profile_root = deployment.profile_root;
    if (record.version_lineage.empty() || record.version_lineage.front() != deployment.content_hash) {
      record.version_lineage.insert(record.version_lineage.begin(), deployment.content_hash);
    }
    records.push_back(std::move(record));
  }
  return manifest::WriteDeployed(state.project, records);
}

}  // namespace skilltrail::deploy
