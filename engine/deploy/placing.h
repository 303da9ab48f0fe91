// Placing: copies that come, change and go in one project, for deploy, undeploy and restore. Files of their own become file work; entries
// go through the shared files, each of which changes once a command. In this order: Look at all, Claim, Check and Merge each; then Bring
// each after its event, and BringShared.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/collection/content.h"
#include "engine/deploy/copy.h"
#include "engine/projections/project_state.h"
#include "engine/session/writing.h"
#include "events/digest.h"
#include "events/result.h"

namespace skilltrail::deploy {

// One copy, from what stands to what is to stand.
struct CopyChange {
  projections::DeploymentKey key;
  Site site;                          // where it is to stand or, if it goes, stood
  StandingCopy standing;              // there
  Digest tree;                        // what is to stand; zero: nothing
  Digest own_tree;                    // and at the site's own path: the same, or without the definition where that goes into a shared file
  collection::Content own;            // of `own_tree`, of one with entries in a shared file
  SharedEntries entries;              // to stand in that file
  std::vector<std::string> left_out;  // other members of its definition file, `definition`, which are never merged
  std::string definition;
  std::optional<Site> former;  // of the deployment known before, where that is another one
  StandingCopy elsewhere;      // there

  bool shared() const { return !site.shared.empty(); }
  // True if all that stands there is to stand there afterwards: then nothing of it can be lost.
  bool StandsWanted() const;
};

class Placing {
 public:
  // Both must outlive it.
  Placing(Writing& writing, const projections::ProjectState& project)
      : writing_(writing), project_(project), dir_(project.project), copies_(project, writing.blobs()) {}

  // `wanted`: as it is to be recorded, or what is to go, its tree what is to stand, zero for nothing. `next`: the content of that tree;
  // null if there is none, needed only where IsShared. Errors as ProjectCopies::Read; kUsage if `next` has nothing to deploy.
  Result<CopyChange> Look(const projections::Deployment& wanted, const collection::Content* next);
  // From here on the shared files know who holds what when the command is done. kConflict: two servers of one name.
  Status Claim(const std::vector<const CopyChange*>& changes);
  // Its entries into the shared files in memory, in the place of those that stand there.
  Status Merge(const CopyChange& change);
  // The paths that Bring will change. kConflict naming one that is a symbolic link, which is never replaced.
  Result<std::vector<std::filesystem::path>> Check(const CopyChange& change) const;
  // The file work of its own files; after the event that it follows from.
  Status Bring(const CopyChange& change);
  // The shared files that change, once all are merged; links to them are followed.
  std::vector<std::filesystem::path> SharedPaths();
  Status BringShared();

 private:
  Status Split(const std::string& artifact, const collection::Content& content, CopyChange& change) const;
  void AddWork(const CopyChange& change, const std::filesystem::path& path, const Digest& before, const Digest& after);

  Writing& writing_;
  const projections::ProjectState& project_;
  const std::filesystem::path dir_;
  ProjectCopies copies_;
};

}  // namespace skilltrail::deploy
