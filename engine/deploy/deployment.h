// Deployment: what deploy, undeploy and pull do alike with one: find it by a command's word, look at its two copies, end its finding.
#pragma once

#include <string>
#include <string_view>

#include "engine/collection/content.h"
#include "engine/deploy/copy.h"
#include "engine/projections/project_state.h"
#include "engine/session/writing.h"
#include "events/result.h"

namespace skilltrail::deploy {

// The deployment that ARTIFACT means in a project: of that collection and, unless it is empty, below that profile root. kNotFound with the
// nearest; kUsage where several types or roots have it.
Result<projections::DeploymentKey> FindDeployment(const projections::ProjectState& project, std::string_view collection,
                                                  std::string_view profile_root, std::string_view artifact);

// Where an artifact stands in a collection or below a profile root: as CollectionPath, but for a command or agent that is a directory.
std::string PathOf(const ArtifactId& id, bool single_file);

// The artifact's content at head: as blobs or, where an edit was captured by a dry run, on disk.
Result<collection::Content> CurrentContent(Writing& writing, const projections::CollectionState& state,
                                           const projections::ArtifactState& artifact);

// True if the copy has the bytes that were agreed there, so that nothing of a person's is lost by replacing it. Modes are not looked at, as
// drift does not.
bool Untouched(const projections::Deployment& deployment, const StandingCopy& copy);

// Adds DriftResolved if a finding is open: it ends with the copy, or the baseline, that it was about.
void ResolveDrift(Writing& writing, const projections::ProjectState& project, const projections::DeploymentKey& key);

}  // namespace skilltrail::deploy
