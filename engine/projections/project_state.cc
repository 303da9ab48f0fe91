#include "engine/projections/project_state.h"

#include "engine/projections/overload.h"
#include "events/codec.h"

namespace skilltrail::projections {
namespace {

using PassedOver =
    Ignored<schema::RunStarted, schema::RunCompleted, schema::CollectionCreated, schema::CollectionRemoved, schema::CollectionImported,
            schema::ArtifactAdded, schema::ArtifactRemoved, schema::ArtifactRestored, schema::ContentChanged, schema::MetadataRefreshed,
            schema::MetadataEdited, schema::TagsImported, schema::TagsEdited, schema::RefreshCompleted, schema::SourceMoved,
            schema::SourceChanged, schema::SourceIdentityChanged, schema::SourceAccepted, schema::SnapshotCreated, schema::SnapshotDeleted,
            schema::BlobRedacted, UnknownEvent>;

DeploymentKey KeyOf(const schema::Event& event, const flatbuffers::String* profile_root) {
  return {std::string(View(event.collection())), std::string(View(event.artifact())), std::string(View(profile_root))};
}

Deployment DeploymentOf(const DeploymentKey& key, const store::StoredEvent& event, const schema::ArtifactDeployed& deployed) {
  Deployment deployment;
  deployment.collection = key.collection;
  deployment.artifact = key.artifact;
  deployment.profile.assign(View(deployed.profile()));
  deployment.profile_root = key.profile_root;
  deployment.path.assign(View(deployed.path()));
  deployment.tree = DigestOf(deployed.tree());
  deployment.content_hash.assign(View(deployed.content_hash()));
  deployment.tags = Strings(deployed.tags());
  deployment.cause = deployed.cause();
  deployment.deployed_at = deployed.deployed_at() != 0 ? deployed.deployed_at() : event.event->recorded_at();
  deployment.seq = event.seq;
  return deployment;
}

OpenDrift FindingOf(const store::StoredEvent& event, const schema::DriftDetected& detected) {
  OpenDrift drift;
  drift.type = detected.drift_type();
  drift.detected_seq = event.seq;
  drift.detected_at = event.event->recorded_at();
  drift.baseline_hash.assign(View(detected.baseline_hash()));
  drift.collection_hash.assign(View(detected.collection_hash()));
  drift.project_hash.assign(View(detected.project_hash()));
  return drift;
}

}  // namespace

const OpenDrift* ProjectState::DriftOf(const DeploymentKey& key) const {
  if (const auto deployment = deployments.find(key); deployment != deployments.end())
    return deployment->second.drift ? &*deployment->second.drift : nullptr;
  const auto finding = undeployed.find(key);
  return finding == undeployed.end() ? nullptr : &finding->second;
}

void ProjectState::Apply(const store::StoredEvent& event) {
  VisitPayload(*event.event,
               Overload{[&](const schema::ArtifactDeployed& deployed) {
                          const DeploymentKey key = KeyOf(*event.event, deployed.profile_root());
                          undeployed.erase(key);
                          deployments.insert_or_assign(key, DeploymentOf(key, event, deployed));
                        },
                        [&](const schema::ArtifactUndeployed& gone) { deployments.erase(KeyOf(*event.event, gone.profile_root())); },
                        [&](const schema::BaselineMoved& moved) {
                          const auto at = deployments.find(KeyOf(*event.event, moved.profile_root()));
                          if (at == deployments.end()) return;
                          Deployment& deployment = at->second;
                          deployment.tree = DigestOf(moved.tree());
                          deployment.content_hash.assign(View(moved.content_hash()));
                          deployment.tags = Strings(moved.tags());
                          deployment.seq = event.seq;
                          deployment.drift.reset();
                        },
                        [&](const schema::DriftDetected& detected) {
                          const DeploymentKey key = KeyOf(*event.event, detected.profile_root());
                          OpenDrift finding = FindingOf(event, detected);
                          // A copy that is edited again has been modified since the first time.
                          if (const OpenDrift* open = DriftOf(key); open != nullptr && open->type == finding.type)
                            finding.detected_at = open->detected_at;
                          if (const auto at = deployments.find(key); at != deployments.end())
                            at->second.drift = std::move(finding);
                          else
                            undeployed.insert_or_assign(key, std::move(finding));
                        },
                        [&](const schema::DriftResolved& resolved) {
                          const DeploymentKey key = KeyOf(*event.event, resolved.profile_root());
                          undeployed.erase(key);
                          if (const auto at = deployments.find(key); at != deployments.end()) at->second.drift.reset();
                        },
                        PassedOver{}});
}

}  // namespace skilltrail::projections
