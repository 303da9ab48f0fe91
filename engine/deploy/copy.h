// Copy: what a deployment is made of on disk, and reading it. A skill, command or agent is a file or directory of its own. A hook or MCP
// server is entries in a JSON file that a person and others share (shared_file.h), and a directory of its own for what else it has. What
// the peer recorded is always a file or directory.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/collection/content.h"
#include "engine/deploy/shared_file.h"
#include "engine/projections/project_state.h"
#include "engine/store/blob_store.h"
#include "events/digest.h"
#include "events/result.h"

namespace skilltrail::deploy {

// Where an artifact's copy stands in a project.
struct Site {
  std::filesystem::path own;     // its file or directory
  std::filesystem::path shared;  // the JSON file; empty: all of it stands at `own`
  SharedKind kind = SharedKind::kHooks;
};
Site SiteOf(const std::filesystem::path& project, const projections::Deployment& deployment);
// True for hooks and MCP servers, unless the peer deployed them.
bool IsShared(const projections::Deployment& deployment);

// What the definition file of that hook or MCP server may be called, the first that is there counts; empty for other artifacts.
std::vector<std::string_view> DefinitionNames(const std::string& artifact);
// The file of a hook's or MCP server's content that is its definition; null if there is none.
const collection::File* DefinitionFile(SharedKind kind, const collection::Content& content);
// Its entries; kFailed naming the artifact and the file.
Result<Definition> ReadDefinition(const std::string& artifact, SharedKind kind, const collection::File& file);

struct StandingCopy {
  std::optional<collection::Content> content;  // as it would stand in the collection; nothing: nothing of it is there
  Digest tree;                                 // of the content; zero: nothing
  Digest own;                                  // tree of what stands at the site's own path; zero: nothing
  SharedEntries entries;                       // in the shared file
  bool unsure = false;  // an entry is not there, and a hook that is nobody's, which may be what it has become, stands under its event
};

// The copies of one project. Each shared file is read once, and holds the claims of all of the project's deployments.
class ProjectCopies {
 public:
  // Both must outlive it; deployments that come into the state later claim nothing by themselves.
  ProjectCopies(const projections::ProjectState& state, const store::BlobStore& blobs) : state_(state), blobs_(blobs) {}

  // What stands of a deployment, in the state or about to be. `now` is the content in the collection; needed where IsShared, for a copy
  // that says the same in other words is taken for the very same: first as the baseline, then as `now`. Errors as ReadContent and
  // SharedFile::Read, but absence is none; kFailed for a definition that cannot be read.
  Result<StandingCopy> Read(const projections::Deployment& deployment, const collection::Content* now);

  // The file of a site that has one.
  Result<SharedFile*> Shared(const Site& site);
  std::map<std::filesystem::path, SharedFile>& files() { return files_; }

  // The entries that the deployment's baseline wants; none if the state does not hold it.
  Result<SharedEntries> BaselineEntries(const projections::Deployment& deployment) const;

 private:
  Result<std::optional<collection::File>> BaselineFile(const projections::Deployment& deployment) const;
  Status AddEntries(const projections::Deployment& deployment, const Site& site, const collection::Content* now, StandingCopy& copy);

  const projections::ProjectState& state_;
  const store::BlobStore& blobs_;
  std::map<std::filesystem::path, SharedFile> files_;
};

}  // namespace skilltrail::deploy
