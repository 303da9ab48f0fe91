#include "engine/deploy/records.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <system_error>

#include "engine/deploy/copy.h"
#include "engine/session/record_file.h"
#include "events/codec.h"

namespace skilltrail::deploy {
namespace {

// The file holds what the log last wrote there, or less: only a later deployment with another hash is somebody else's.
bool RenewedByPeer(const projections::Deployment& known, const manifest::Deployed& record) {
  return record.content_hash != known.content_hash && record.deployed_at > known.deployed_at;
}

// True if a hook or MCP server was deployed as entries: its own folder has no definition.
bool StandsAsEntries(const std::string& project, const manifest::Deployed& record) {
  std::error_code failed;
  const auto names = DefinitionNames(KeyOf(record).artifact);
  return !names.empty() && std::none_of(names.begin(), names.end(), [&](std::string_view name) {
    return std::filesystem::exists(std::filesystem::path(project) / record.profile_root / record.path / name, failed);
  });
}

// A version of the artifact that has the content hash, as far as the log goes back: zero if none has.
Result<Digest> TreeWithHash(const Reading& reading, const projections::DeploymentKey& key, const std::string& hash) {
  Digest tree;
  const auto check = [&](const flatbuffers::String* has, const flatbuffers::Vector<uint8_t>* bytes) {
    if (View(has) == hash) tree = DigestOf(bytes);
  };
  RETURN_IF_ERROR(reading.log().ScanStream(store::ArtifactStream(key.collection, key.artifact), {}, [&](const store::StoredEvent& event) {
    if (const auto* added = event.event->payload_as_ArtifactAdded(); added != nullptr && added->record() != nullptr) {
      check(added->record()->content_hash(), added->record()->tree());
    } else if (const auto* restored = event.event->payload_as_ArtifactRestored(); restored != nullptr && restored->record() != nullptr) {
      check(restored->record()->content_hash(), restored->record()->tree());
    } else if (const auto* changed = event.event->payload_as_ContentChanged()) {
      check(changed->content_hash_before(), changed->tree_before());
      check(changed->content_hash_after(), changed->tree_after());
    }
    return tree.zero() ? store::Visit::kContinue : store::Visit::kStop;
  }));
  return tree;
}

// What a record says that the log has not. The peer copies a hook or server as it is; without a definition in the copy it stands as
// entries in a file that it shares, and was deployed by this program: from another store, or under another path.
Result<schema::ArtifactDeployedT> DeployedBy(const Reading& reading, const std::string& project, const manifest::Deployed& record) {
  schema::ArtifactDeployedT event;
  event.cause = schema::ChangeCause::adopt;
  event.profile = record.profile;
  event.profile_root = record.profile_root;
  event.path = record.path;
  event.content_hash = record.content_hash;
  event.deployed_at = record.deployed_at;
  ASSIGN_OR_RETURN(const Digest tree, TreeWithHash(reading, KeyOf(record), record.content_hash));
  if (tree.zero()) return event;
  event.tree = tree.vector();
  if (StandsAsEntries(project, record)) event.cause = schema::ChangeCause::project;
  return event;
}

// Without a record, and nothing is there, neither at its path nor in a file that it shares.
bool TakenByPeer(ProjectCopies& copies, const projections::ProjectState& state, const projections::Deployment& deployment) {
  std::error_code failed;
  const auto path = std::filesystem::path(state.project) / deployment.profile_root / deployment.path;
  if (std::filesystem::symlink_status(path, failed).type() != std::filesystem::file_type::not_found) return false;
  if (!IsShared(deployment)) return true;
  const auto copy = copies.Read(deployment, nullptr);
  return copy.ok() && !copy->content;
}

}  // namespace

Status TakeInRecords(Writing& writing, const projections::ProjectState& state) {
  auto records = manifest::ReadDeployed(state.project);
  if (!records.ok()) return records.error();
  return TakeInRecords(writing, state, *records);
}

Status TakeInRecords(Writing& writing, const projections::ProjectState& state, const std::vector<manifest::Deployed>& records) {
  ASSIGN_OR_RETURN(const bool behind, RecordsBehind(writing.reading().log(), state.project));
  std::set<projections::DeploymentKey> recorded;
  std::set<std::string> roots;
  for (const auto& record : records) {
    const auto key = KeyOf(record);
    recorded.insert(key);
    roots.insert(record.profile_root);
    const auto known = state.deployments.find(key);
    const bool is_new = known == state.deployments.end();
    // A killed command has left the record of what is not deployed any more; the next one that writes takes it out.
    if (is_new ? behind : !RenewedByPeer(known->second, record)) continue;
    ASSIGN_OR_RETURN(auto event, DeployedBy(writing.reading(), state.project, record));
    writing.Add({record.collection, key.artifact, state.project, std::move(event)});
  }
  // With its last record the peer takes away the file. A root that is gone altogether says nothing.
  if (!behind) {
    std::error_code failed;
    for (const auto& [key, deployment] : state.deployments) {
      if (std::filesystem::is_directory(std::filesystem::path(state.project) / key.profile_root, failed)) roots.insert(key.profile_root);
    }
  }
  std::vector<projections::Deployment> taken;  // copies: every Add changes the state
  ProjectCopies copies(state, writing.blobs());
  for (const auto& [key, deployment] : state.deployments) {
    if (!recorded.contains(key) && roots.contains(key.profile_root) && TakenByPeer(copies, state, deployment)) taken.push_back(deployment);
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

}  // namespace skilltrail::deploy
