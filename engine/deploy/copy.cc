#include "engine/deploy/copy.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/collection/capture.h"
#include "engine/deploy/records.h"
#include "events/id.h"

namespace skilltrail::deploy {
namespace {

namespace fs = std::filesystem;
using projections::Deployment;

std::optional<SharedKind> KindOf(const Deployment& deployment) {
  const auto id = ParseArtifactId(deployment.artifact);
  if (!id.ok() || IsPeers(deployment)) return std::nullopt;
  if (id->type == ArtifactType::kHook) return SharedKind::kHooks;
  if (id->type == ArtifactType::kMcpServer) return SharedKind::kServers;
  return std::nullopt;
}

// Where the programs themselves look for hooks and servers; a root that we know nothing of has the names of Claude Code inside.
fs::path SharedPath(SharedKind kind, const std::string& root) {
  if (root == ".gemini") return fs::path(root) / "settings.json";
  if (kind == SharedKind::kHooks) return fs::path(root) / (root == ".cursor" ? "hooks.json" : "settings.json");
  if (root == ".claude") return ".mcp.json";
  return fs::path(root) / (root == ".cursor" ? "mcp.json" : ".mcp.json");
}

// The first that is there counts.
constexpr std::array<std::string_view, 2> DefinitionNames(SharedKind kind) {
  if (kind == SharedKind::kHooks) return {"settings.json", "hooks.json"};
  return {".mcp.json", "mcp.json"};
}

template <class Entries>
auto FindDefinition(SharedKind kind, const Entries& files) -> decltype(&*files.begin()) {
  for (const auto name : DefinitionNames(kind)) {
    const auto found = std::find_if(files.begin(), files.end(), [&](const auto& file) { return file.path == name; });
    if (found != files.end()) return &*found;
  }
  return nullptr;
}

using Versions = std::vector<std::pair<const collection::File*, Definition>>;

// A definition file among a copy's own files defines nothing in a project. Where one was deployed as entries and the file says what a
// version says, it is left over, and leaves the content; else it is a person's, and says what the copy has come to be. False: that stands.
bool DropLeftOver(const Versions& versions, bool deployed, std::optional<collection::Content>& content) {
  if (content->single_file) return false;
  for (const auto& [version, definition] : versions) {
    auto& files = content->files;
    const auto stands = std::find_if(files.begin(), files.end(), [&](const auto& file) { return file.path == version->path; });
    if (stands == files.end()) continue;
    const bool said = std::any_of(versions.begin(), versions.end(), [&](const auto& one) { return one.first->bytes == stands->bytes; });
    if (!deployed || !said) return false;
    files.erase(stands);
  }
  if (content->files.empty()) content.reset();
  return true;
}

}  // namespace

std::vector<std::string_view> DefinitionNames(const std::string& artifact) {
  Deployment deployment;
  deployment.artifact = artifact;
  const auto kind = KindOf(deployment);
  if (!kind) return {};
  const auto names = DefinitionNames(*kind);
  return {names.begin(), names.end()};
}

bool IsShared(const Deployment& deployment) {
  return KindOf(deployment).has_value();
}

Site SiteOf(const fs::path& project, const Deployment& deployment) {
  Site site{project / deployment.profile_root / deployment.path, {}, SharedKind::kHooks};
  const auto kind = KindOf(deployment);
  if (!kind) return site;
  site.kind = *kind;
  site.shared = project / SharedPath(*kind, deployment.profile_root);
  return site;
}

const collection::File* DefinitionFile(SharedKind kind, const collection::Content& content) {
  return content.single_file ? nullptr : FindDefinition(kind, content.files);
}

Result<Definition> ReadDefinition(const std::string& artifact, SharedKind kind, const collection::File& file) {
  auto definition = Definition::Parse(kind, file.bytes);
  if (definition.ok()) return definition;
  return Error{definition.error().code, fmt::format("{} of {}: {}", file.path, artifact, definition.error().message), {}};
}

Result<std::optional<collection::File>> ProjectCopies::BaselineFile(const Deployment& deployment) const {
  const auto kind = KindOf(deployment);
  if (!kind || deployment.tree.zero()) return std::optional<collection::File>();
  ASSIGN_OR_RETURN(const collection::Tree tree, collection::LoadTree(deployment.tree, blobs_));
  const collection::TreeEntry* entry = FindDefinition(*kind, tree.entries);
  if (entry == nullptr) return std::optional<collection::File>();
  ASSIGN_OR_RETURN(std::string bytes, blobs_.Get(entry->digest));
  return std::optional(collection::File{entry->path, entry->executable, std::move(bytes)});
}

Result<SharedEntries> ProjectCopies::BaselineEntries(const Deployment& deployment) const {
  ASSIGN_OR_RETURN(const auto file, BaselineFile(deployment));
  if (!file) return SharedEntries();
  ASSIGN_OR_RETURN(const Definition definition, ReadDefinition(deployment.artifact, *KindOf(deployment), *file));
  return definition.entries();
}

Result<SharedFile*> ProjectCopies::Shared(const Site& site) {
  if (const auto held = files_.find(site.shared); held != files_.end()) return &held->second;
  ASSIGN_OR_RETURN(SharedFile file, SharedFile::Read(site.shared));
  for (const auto& [key, deployment] : state_.deployments) {
    const Site other = SiteOf(state_.project, deployment);
    if (other.shared != site.shared) continue;
    ASSIGN_OR_RETURN(const SharedEntries entries, BaselineEntries(deployment));
    file.Claim(other.kind, entries);
  }
  return &files_.emplace(site.shared, std::move(file)).first->second;
}

Result<StandingCopy> ProjectCopies::Read(const Deployment& deployment, const collection::Content* now) {
  const Site site = SiteOf(state_.project, deployment);
  StandingCopy copy;
  auto own = collection::ReadContent(site.own);
  if (!own.ok() && own.error().code != Code::kNotFound) return own.error();
  // A directory without files is as good as none.
  if (own.ok() && !own->files.empty()) {
    copy.content = std::move(*own);
    copy.own = copy.tree = collection::Describe(*copy.content).tree_digest;
  }
  if (site.shared.empty()) return copy;
  RETURN_IF_ERROR(AddEntries(deployment, site, now, copy));
  if (copy.content) copy.tree = collection::Describe(*copy.content).tree_digest;
  return copy;
}

// The definition as the shared file would have it joins the copy's own files.
Status ProjectCopies::AddEntries(const Deployment& deployment, const Site& site, const collection::Content* now, StandingCopy& copy) {
  ASSIGN_OR_RETURN(SharedFile * file, Shared(site));
  ASSIGN_OR_RETURN(const auto baseline, BaselineFile(deployment));
  const collection::File* current = now == nullptr ? nullptr : DefinitionFile(site.kind, *now);
  Versions versions;
  for (const collection::File* version : {baseline ? &*baseline : nullptr, current}) {
    if (version == nullptr) continue;
    ASSIGN_OR_RETURN(Definition definition, ReadDefinition(deployment.artifact, site.kind, *version));
    versions.emplace_back(version, std::move(definition));
  }
  if (versions.empty()) return {};
  const bool claims = baseline && state_.deployments.contains({deployment.collection, deployment.artifact, deployment.profile_root});
  if (claims) file->Release(site.kind, versions.front().second.entries());
  // What was never ours is in the way only where it has the very name.
  const bool edited = baseline || site.kind == SharedKind::kServers;
  const auto* chosen = &versions.front();
  const OwnFolder own{state_.project, (fs::path(deployment.profile_root) / deployment.path).string()};
  copy.entries = file->Standing(site.kind, chosen->second.entries(), edited ? SharedFile::Look::kEdited : SharedFile::Look::kExact, own);
  if (copy.entries != chosen->second.entries() && baseline && versions.size() == 2) {
    SharedEntries entries = file->Standing(site.kind, versions.back().second.entries(), SharedFile::Look::kExact);
    if (entries == versions.back().second.entries() && !entries.empty()) {
      chosen = &versions.back();
      copy.entries = std::move(entries);
    }
  }
  copy.unsure = baseline && file->HoldsStrangers(site.kind, chosen->second.entries(), copy.entries);
  if (claims) file->Claim(site.kind, versions.front().second.entries());
  if (copy.content && !DropLeftOver(versions, baseline.has_value(), copy.content)) return {};
  if (copy.entries.empty() && !copy.content) return {};
  if (!copy.content) copy.content.emplace();
  auto& files = copy.content->files;
  files.push_back({chosen->first->path, chosen->first->executable, chosen->second.With(copy.entries)});
  collection::SortFiles(*copy.content);
  return {};
}

}  // namespace skilltrail::deploy
