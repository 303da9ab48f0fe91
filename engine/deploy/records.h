// Records: what .skillmeat-deployed.toml of a project says that the log does not know is taken in: the peer's, or from another store or
// another branch. session/record_file.h is the way back.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/manifest/manifest.h"
#include "engine/projections/project_state.h"
#include "engine/session/writing.h"

namespace skilltrail::deploy {

// True for a deployment of the peer's: its hash is that of a copy with names dropped (INTEROP section 2), and its baseline's content is
// known only where a version in the log has that very hash.
inline bool IsPeers(const projections::Deployment& deployment) {
  return deployment.cause == schema::ChangeCause::adopt;
}

// Adds ArtifactDeployed for each record that the log does not know, or that the peer has renewed since: cause adopt, or project where a
// hook or server stands as entries of a version that the log has. kFailed naming a broken file. `state` is the writing's own state of that
// project.
Status TakeInRecords(Writing& writing, const projections::ProjectState& state);
// The same with the records that were read. A deployment whose copy is gone with its record, while its profile root still stands, was
// taken away by the peer: ArtifactUndeployed (cause adopt).
Status TakeInRecords(Writing& writing, const projections::ProjectState& state, const std::vector<manifest::Deployed>& records);

// True if the records say nothing that the state does not, and name every deployment of it: then there is nothing to take in.
bool InStep(const projections::ProjectState& state, const std::vector<manifest::Deployed>& records);
// What InStep depends on: the same digest for the same record files and deployments. kFailed as ReadDeployed.
Result<Digest> DigestOfRecords(const projections::ProjectState& state);

}  // namespace skilltrail::deploy
