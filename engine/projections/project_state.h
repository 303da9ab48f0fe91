// ProjectState: what is deployed in one project, what was agreed there (the baseline), and which findings of drift are open.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "engine/store/event_log.h"

namespace skilltrail::projections {

struct OpenDrift {
  schema::DriftType type = schema::DriftType::unspecified;
  Seq detected_seq = 0;
  Micros detected_at = 0;  // recorded_at of the DriftDetected that opened it; a later one of the same type does not move it
  std::string baseline_hash, collection_hash, project_hash;
};

struct Deployment {
  std::string collection;
  std::string artifact;           // type:name
  std::string profile;            // claude_code
  std::string profile_root;       // .claude
  std::string path;               // relative to the profile root
  Digest tree;                    // the baseline's content; zero if it is not in the blob store (a record of the peer's)
  std::string content_hash;       // the baseline
  std::vector<std::string> tags;  // effective tags at the deployment, or when the baseline moved
  schema::ChangeCause cause =
      schema::ChangeCause::unspecified;  // of the ArtifactDeployed: deploy, redeploy: ours; adopt: a record of the peer's
  Micros deployed_at = 0;                // recorded_at of the ArtifactDeployed, or what the record said that was taken in
  Seq seq = 0;                           // the last event that set the baseline
  std::optional<OpenDrift> drift;
};

struct DeploymentKey {
  std::string collection, artifact, profile_root;
  auto operator<=>(const DeploymentKey&) const = default;
};

struct ProjectState {
  std::string project;  // absolute path
  std::map<DeploymentKey, Deployment> deployments;
  // Open findings about artifacts that are not deployed here ("added").
  std::map<DeploymentKey, OpenDrift> undeployed;

  // The open finding about an artifact, deployed or not; null if there is none. Valid until the next Apply.
  const OpenDrift* DriftOf(const DeploymentKey& key) const;

  // Folds one event of the project's stream, in order. DriftDetected for an artifact replaces its open finding; ArtifactUndeployed ends the
  // deployment and its finding; ArtifactDeployed, BaselineMoved and DriftResolved end the finding.
  void Apply(const store::StoredEvent& event);
};

}  // namespace skilltrail::projections
