#include "engine/deploy/placing.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "engine/collection/capture.h"

namespace skilltrail::deploy {
namespace {

namespace fs = std::filesystem;
using collection::Content;
using projections::Deployment;

bool SameSite(const Site& a, const Site& b) {
  return a.own == b.own && a.shared == b.shared;
}

// What is to stand in the file; empty: it goes. What a link leads to stays, for the link would lead to nothing.
std::string BytesOf(const fs::path& path, const SharedFile& file) {
  std::string bytes = file.Bytes();
  std::error_code failed;
  if (bytes.empty() && file.existed() && fs::is_symlink(fs::symlink_status(path, failed))) bytes = "{}\n";
  return bytes;
}

// A shared file as content of a single file.
Content ContentOf(const SharedFile& file, std::string text) {
  Content content;
  content.single_file = true;
  content.files.push_back({file.path().filename().string(), false, std::move(text)});
  return content;
}

Status RefuseLink(const fs::path& path) {
  std::error_code failed;
  if (!fs::is_symlink(fs::symlink_status(path, failed))) return {};
  return Error{Code::kConflict, fmt::format("{} is a symbolic link, and a link is never replaced", path.string()),
               "remove the link, or put what it points to in its place"};
}

}  // namespace

bool CopyChange::StandsWanted() const {
  if (!shared() || standing.tree == tree) return standing.tree == tree;
  return (standing.own.zero() || standing.own == own_tree) &&
         std::all_of(standing.entries.begin(), standing.entries.end(),
                     [&](const auto& one) { return std::find(entries.begin(), entries.end(), one) != entries.end(); });
}

Result<CopyChange> Placing::Look(const Deployment& wanted, const Content* next) {
  CopyChange change;
  change.key = {wanted.collection, wanted.artifact, wanted.profile_root};
  change.site = SiteOf(dir_, wanted);
  std::error_code failed;
  if (!fs::exists(change.site.own, failed)) RETURN_IF_ERROR(RefuseLink(change.site.own));  // one to nothing
  change.tree = change.own_tree = wanted.tree;
  if (change.shared()) {
    change.own_tree = {};
    if (next != nullptr) RETURN_IF_ERROR(Split(wanted.artifact, *next, change));
  }
  const auto known = project_.deployments.find(change.key);
  Deployment there = wanted;
  there.tree = known == project_.deployments.end() ? Digest{} : known->second.tree;
  ASSIGN_OR_RETURN(change.standing, copies_.Read(there, next));
  if (known == project_.deployments.end()) return change;
  Site former = SiteOf(dir_, known->second);
  if (SameSite(former, change.site)) return change;
  ASSIGN_OR_RETURN(change.elsewhere, copies_.Read(known->second, nullptr));
  change.former = std::move(former);
  return change;
}

Status Placing::Split(const std::string& artifact, const Content& content, CopyChange& change) const {
  change.own = content;
  const collection::File* file = DefinitionFile(change.site.kind, content);
  if (file != nullptr) {
    ASSIGN_OR_RETURN(const Definition definition, ReadDefinition(artifact, change.site.kind, *file));
    change.definition = file->path;
    change.entries = definition.entries();
    change.left_out = definition.left_out();
    std::erase_if(change.own.files, [&](const auto& one) { return one.path == change.definition; });
  }
  if (!change.own.files.empty()) change.own_tree = collection::Describe(change.own).tree_digest;
  if (!change.entries.empty() || !change.own.files.empty()) return {};
  return Error{Code::kUsage,
               fmt::format("{} has nothing to deploy: {}", artifact,
                           file == nullptr ? "it has no files" : fmt::format("its {} is without entries", change.definition)),
               {}};
}

Status Placing::Claim(const std::vector<const CopyChange*>& changes) {
  for (const auto* change : changes) {
    const auto known = project_.deployments.find(change->key);
    if (known == project_.deployments.end() || !IsShared(known->second)) continue;
    const Site site = SiteOf(dir_, known->second);
    ASSIGN_OR_RETURN(SharedFile * file, copies_.Shared(site));
    ASSIGN_OR_RETURN(const SharedEntries entries, copies_.BaselineEntries(known->second));
    file->Release(site.kind, entries);
  }
  for (const auto* change : changes) {
    if (!change->shared() || change->entries.empty()) continue;
    ASSIGN_OR_RETURN(SharedFile * file, copies_.Shared(change->site));
    if (const auto contested = file->Contested(change->site.kind, change->entries); !contested.empty()) {
      return Error{Code::kConflict,
                   fmt::format("{} and another deployed artifact both have a server \"{}\" in {}", change->key.artifact, contested.front(),
                               change->site.shared.string()),
                   "undeploy the other one, or rename the server"};
    }
    file->Claim(change->site.kind, change->entries);
  }
  return {};
}

Status Placing::Merge(const CopyChange& change) {
  if (change.former && !change.former->shared.empty() && change.former->shared != change.site.shared) {
    ASSIGN_OR_RETURN(SharedFile * file, copies_.Shared(*change.former));
    file->Replace(change.former->kind, change.elsewhere.entries, {});
  }
  if (!change.shared()) return {};
  ASSIGN_OR_RETURN(SharedFile * file, copies_.Shared(change.site));
  if (!change.entries.empty()) file->Release(change.site.kind, change.entries);
  file->Replace(change.site.kind, change.standing.entries, change.entries);
  if (!change.entries.empty()) file->Claim(change.site.kind, change.entries);
  return {};
}

Result<std::vector<fs::path>> Placing::Check(const CopyChange& change) const {
  std::vector<fs::path> paths;
  if (change.former && change.former->own != change.site.own && !change.elsewhere.own.zero()) paths.push_back(change.former->own);
  if (change.standing.own != change.own_tree) paths.push_back(change.site.own);
  for (const auto& path : paths) RETURN_IF_ERROR(RefuseLink(path));
  return paths;
}

Status Placing::Bring(const CopyChange& change) {
  if (change.former && change.former->own != change.site.own) AddWork(change, change.former->own, change.elsewhere.own, {});
  if (change.shared() && !change.own.files.empty()) {
    ASSIGN_OR_RETURN(const collection::Version kept, writing_.Keep(change.own));
    CHECK(kept.tree_digest == change.own_tree);
  }
  AddWork(change, change.site.own, change.standing.own, change.own_tree);
  return {};
}

void Placing::AddWork(const CopyChange& change, const fs::path& path, const Digest& before, const Digest& after) {
  if (before != after) writing_.AddFileWork({path, before, after, change.key.collection, change.key.artifact});
}

std::vector<fs::path> Placing::SharedPaths() {
  std::vector<fs::path> paths;
  for (const auto& [path, file] : copies_.files()) {
    if (BytesOf(path, file) != file.text()) paths.push_back(file.path());
  }
  return paths;
}

Status Placing::BringShared() {
  for (const auto& [path, file] : copies_.files()) {
    const std::string bytes = BytesOf(path, file);
    if (bytes == file.text()) continue;
    Digest after;
    if (!bytes.empty()) {
      ASSIGN_OR_RETURN(const collection::Version kept, writing_.Keep(ContentOf(file, bytes)));
      after = kept.tree_digest;
    }
    const Digest before = file.existed() ? collection::Describe(ContentOf(file, file.text())).tree_digest : Digest{};
    writing_.AddFileWork({file.path(), before, after, {}, {}});
  }
  return {};
}

}  // namespace skilltrail::deploy
