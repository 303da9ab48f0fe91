#include "engine/session/record_file.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "events/codec.h"

namespace skilltrail {
namespace {

using projections::DeploymentKey;

// When each was last taken out.
Result<std::map<DeploymentKey, Micros>> Undeployed(const store::EventLog& log, const std::string& project) {
  std::map<DeploymentKey, Micros> undeployed;
  RETURN_IF_ERROR(log.ScanStream(store::ProjectStream(project), {}, [&](const store::StoredEvent& event) {
    if (const auto* gone = event.event->payload_as_ArtifactUndeployed()) {
      undeployed[{std::string(View(event.event->collection())), std::string(View(event.event->artifact())),
                  std::string(View(gone->profile_root()))}] = event.event->recorded_at();
    }
    return store::Visit::kContinue;
  }));
  return undeployed;
}

Result<std::vector<manifest::Deployed>> Others(const std::vector<manifest::Deployed>& standing, const projections::ProjectState& state,
                                               const store::EventLog& log) {
  std::vector<manifest::Deployed> others;
  for (const auto& record : standing) {
    if (!state.deployments.contains(KeyOf(record))) others.push_back(record);
  }
  if (others.empty()) return others;
  ASSIGN_OR_RETURN(const auto undeployed, Undeployed(log, state.project));
  std::erase_if(others, [&](const manifest::Deployed& record) {
    const auto gone = undeployed.find(KeyOf(record));
    return gone != undeployed.end() && record.deployed_at <= gone->second;
  });
  return others;
}

}  // namespace

DeploymentKey KeyOf(const manifest::Deployed& record) {
  return {record.collection, record.type + ":" + record.name, record.profile_root};
}

Status WriteRecords(const projections::ProjectState& state, const store::EventLog& log) {
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
  ASSIGN_OR_RETURN(auto others, Others(*standing, state, log));
  std::move(others.begin(), others.end(), std::back_inserter(records));
  return manifest::WriteDeployed(state.project, records);
}

bool IsRecordsMark(std::string_view name) {
  return name.starts_with('/');
}

Result<bool> RecordsBehind(const store::EventLog& log, std::string_view project) {
  ASSIGN_OR_RETURN(const auto behind, log.ManifestsBehind());
  return std::find(behind.begin(), behind.end(), project) != behind.end();
}

}  // namespace skilltrail
