// ProjectCheck: one project's copies held against what was agreed and against their collections, and what follows from that for the log.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "engine/collection/content.h"
#include "engine/collection/looks.h"
#include "engine/deploy/copy.h"
#include "engine/deploy/drift.h"
#include "engine/projections/project_state.h"
#include "engine/session/writing.h"
#include "events/result.h"

namespace skilltrail::deploy {

// A collection as a check sees it.
struct CheckedCollection {
  projections::CollectionState* state = nullptr;  // null: not known, see `error`
  std::filesystem::path dir;
  std::optional<Error> error;               // nothing of it can be told
  std::map<std::string, Error> unreadable;  // artifacts of which nothing can be told
};
using CheckedCollections = std::map<std::string, CheckedCollection>;

class ProjectCheck {
 public:
  // All must outlive it. States and collections are loaded, and captured. `broken`: why nothing of the project can be told; empty: it can.
  ProjectCheck(Writing& writing, projections::ProjectState& project, const CheckedCollections& collections, collection::Looks& looks,
               const std::string& broken);

  // Names every copy that Run will look at.
  static void Want(const projections::ProjectState& project, collection::Looks& looks);

  // Adds an event for each finding that began or ended. `collection` is the one whose undeployed artifacts are listed; `only_that` leaves
  // out deployments of other ones.
  Result<DriftReport> Run(const std::string& collection, bool only_that);

 private:
  // One deployment's two copies, and what was agreed.
  struct Sides {
    const projections::ArtifactState* artifact = nullptr;  // in its collection now
    Side collection, project;
    std::optional<collection::Content> copy;      // the project's, if it had to be read
    std::optional<collection::Content> baseline;  // where something differs, as far as anybody has it
  };

  struct Found {
    bool done = false;
    Sides sides;
    DriftEntry entry;
  };

  bool StandsAsAgreed(const projections::Deployment& deployment) const;
  // The first of them, as many as are held at a time.
  Status CheckSome(std::span<const projections::DeploymentKey> keys, DriftReport& report);
  Status Find(const projections::Deployment& deployment, Found& found);
  void LookAtCollection(const projections::Deployment& deployment, Sides& sides);
  void LookAtProject(const projections::Deployment& deployment, Sides& sides);
  void LookAtFiles(const projections::Deployment& deployment, Sides& sides);
  void LookAtEntries(const projections::Deployment& deployment, Sides& sides);
  Result<Verdict> Judge(const projections::Deployment& deployment, Sides& sides);
  Result<std::optional<collection::Content>> BaselineOf(const projections::Deployment& deployment, const Sides& sides);
  Result<collection::Content> CollectionContent(const projections::Deployment& deployment, const Sides& sides);
  Status Compare(const projections::Deployment& deployment, const Sides& sides, DriftEntry& entry);
  Status Record(const projections::DeploymentKey& key, const projections::Deployment& deployment, const Sides& sides, DriftEntry& entry);
  void AddFinding(const projections::DeploymentKey& key, const DriftEntry& entry, const Digest& project_tree);
  void ListAdded(const std::string& collection, DriftReport& report);

  Writing& writing_;
  projections::ProjectState& project_;
  const std::filesystem::path dir_;  // the project
  const CheckedCollections& collections_;
  collection::Looks& looks_;
  ProjectCopies copies_;
  std::string untold_;  // why nothing of the project can be told; empty: it can
};

}  // namespace skilltrail::deploy
