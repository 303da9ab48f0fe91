#include "engine/curate/candidate.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "engine/checkout/checkout.h"
#include "engine/collection/artifact_kind.h"
#include "events/name.h"
#include "events/source.h"

namespace skilltrail::curate {
namespace {

namespace fs = std::filesystem;

std::string LastComponent(const std::string& path) {
  return path.substr(path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1);
}

std::string ParentFolder(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : LastComponent(path.substr(0, slash));
}

// The rules that decide what an artifact is look at names first; for those, files without their bytes will do.
collection::Content Skeleton(const std::vector<std::string>& files, bool single_file) {
  collection::Content content;
  content.single_file = single_file;
  for (const auto& path : files) content.files.push_back({path, false, "text"});
  return content;
}

std::vector<collection::Found> Wanted(std::vector<collection::Found> found, const AddRequest& request) {
  if (request.type) std::erase_if(found, [&](const auto& one) { return one.id.type != *request.type; });
  return found;
}

// Names only: a file that cannot be read is a fault of its own artifact, not of the others. Hidden folders are passed over.
Result<std::vector<std::string>> ListFiles(const fs::path& path, bool single_file) {
  if (single_file) return std::vector{path.filename().string()};
  std::vector<std::string> files;
  std::error_code failed;
  for (fs::recursive_directory_iterator at(path, failed), end; !failed && at != end; at.increment(failed)) {
    std::error_code ignored;
    const bool directory = at->is_directory(ignored);
    if (directory && at->path().filename().string().starts_with('.')) at.disable_recursion_pending();
    if (!directory) files.push_back(at->path().lexically_relative(path).generic_string());
  }
  if (failed) return Error{Code::kFailed, fmt::format("cannot list {}: {}", path.string(), failed.message()), {}};
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> FilesOf(const upstream::RemoteTree& tree) {
  std::vector<std::string> files;
  for (const auto& entry : tree.entries) {
    if (entry.mode == "100644" || entry.mode == "100755" || entry.mode == "120000") files.push_back(entry.path);
  }
  return files;
}

std::vector<std::string> Below(const std::vector<std::string>& files, const std::string& path) {
  if (path.empty()) return files;
  std::vector<std::string> below;
  for (const auto& file : files) {
    if (file.starts_with(path + "/")) below.push_back(file.substr(path.size() + 1));
  }
  return below;
}

}  // namespace

Result<ArtifactType> TypeOf(const std::vector<std::string>& files, bool single_file, const std::string& path, const AddRequest& request) {
  const auto content = Skeleton(files, single_file);
  if (request.type) {
    if (Status good = collection::CheckContent(*request.type, content); !good.ok()) return good.error();
    return *request.type;
  }
  if (auto type = collection::InferType(content, ParentFolder(path))) return *type;
  const auto inside = collection::FindArtifacts(files, "");
  Error error{Code::kUsage, fmt::format("\"{}\" is no artifact", path.empty() ? "/" : path),
              "say what it is: --type skill, command, agent, hook or mcp-server"};
  if (!inside.empty()) {
    error.message += fmt::format(": it holds {} of them", inside.size());
    error.hint = fmt::format("add one of them (for example {}), or --all", inside.front().path);
  }
  return error;
}

Result<ArtifactId> NameOf(ArtifactType type, const std::string& path, const std::string& otherwise, const AddRequest& request) {
  std::string name = !request.name.empty() ? request.name : path.empty() ? otherwise : LastComponent(path);
  if (request.name.empty() && name.ends_with(".md")) name.resize(name.size() - 3);
  if (Status good = CheckName(name, "artifact"); !good.ok()) return good.error();
  return ArtifactId{type, std::move(name)};
}

Error NothingFound(const std::string& said, const AddRequest& request) {
  return {Code::kNotFound, fmt::format("{} holds no {}", said, request.type ? TypeName(*request.type) : "artifacts"),
          "artifacts stand in folders named skills, commands, agents, hooks or mcp"};
}

Candidate Failed(const std::string& said, Error error) {
  Candidate candidate;
  candidate.said = said;
  candidate.error = std::move(error);
  return candidate;
}

// The address of a SKILL.md, as a browser shows it, means the skill that it makes of its folder.
void NameTheFolder(Source& source, const AddRequest& request) {
  const std::string file = LastComponent(source.path);
  for (ArtifactType type : AllTypes()) {
    if (request.type && *request.type != type) continue;
    if (!collection::IsMarker(type, file)) continue;
    source.path = source.path.size() == file.size() ? "" : source.path.substr(0, source.path.size() - file.size() - 1);
    return;
  }
}

Result<std::vector<collection::Found>> Choose(const checkout::Listing& listing, const Source& source, const AddRequest& request,
                                              const std::string& said) {
  const auto files = FilesOf(listing.tree);
  if (request.all) {
    auto found = Wanted(collection::FindArtifacts(files, source.path), request);
    if (found.empty()) return NothingFound(said, request);
    return found;
  }
  const auto place = checkout::Find(listing.tree, source.path);
  if (!place) {
    const std::string near = Nearest(source.path, files);
    return Error{Code::kNotFound,
                 fmt::format("{} has no \"{}\" at {}", listing.repository.full_name, source.path, listing.commit.sha.substr(0, 12)),
                 near.empty() ? "" : fmt::format("did you mean \"{}\"?", near)};
  }
  const auto inside = place->single_file ? std::vector{LastComponent(source.path)} : Below(files, source.path);
  auto type = TypeOf(inside, place->single_file, source.path, request);
  if (!type.ok()) return type.error();
  auto id = NameOf(*type, source.path, source.repo, request);
  if (!id.ok()) return id.error();
  return std::vector{collection::Found{*id, source.path}};
}

Candidate FromListing(const checkout::Listing& listing, Source source, const std::string& said, const collection::Found& found,
                      Result<checkout::Fetched> fetched) {
  Candidate candidate;
  candidate.id = found.id;
  candidate.said = said;
  const size_t slash = listing.repository.full_name.find('/');
  source.owner = listing.repository.full_name.substr(0, slash);
  source.repo = listing.repository.full_name.substr(slash + 1);
  source.path = found.path;
  candidate.source = source.text();
  candidate.version_spec = source.ref.empty() ? "latest" : source.ref;
  candidate.commit = listing.commit.sha;
  candidate.repository = listing.repository;
  if (fetched.ok()) {
    candidate.content = std::move(fetched->content);
    candidate.git_id = std::move(fetched->git_id);
    candidate.notes = std::move(fetched->notes);
    if (Status good = collection::CheckContent(candidate.id.type, candidate.content); !good.ok()) candidate.error = good.error();
  } else {
    candidate.error = fetched.error();
  }
  // What a refresh would not find again is not taken.
  const auto again = ParseSource(candidate.source);
  if (!candidate.error && (!again.ok() || again->path != source.path || again->ref != source.ref)) {
    candidate.error =
        Error{Code::kUsage, fmt::format("a source cannot say the path \"{}\"", source.path), "an '@' stands before a branch or tag there"};
  }
  return candidate;
}

std::vector<Candidate> FromDisk(const AddRequest& request, const std::string& said) {
  std::error_code failed;
  const fs::path root = fs::absolute(said).lexically_normal();
  if (!fs::exists(root, failed)) return {Failed(said, {Code::kNotFound, fmt::format("no file or directory {}", root.string()), {}})};
  const std::string path = (root.has_filename() ? root : root.parent_path()).string();
  const bool single_file = !fs::is_directory(path, failed);
  auto listed = ListFiles(path, single_file);
  if (!listed.ok()) return {Failed(said, listed.error())};
  const std::vector<std::string>& files = *listed;

  std::vector<collection::Found> chosen;
  if (request.all) {
    // The directory itself may be the container: `add ./skills --all`.
    const std::string folder = fs::path(path).filename().string();
    std::vector<std::string> under;
    for (const auto& file : files) under.push_back(folder + "/" + file);
    chosen = Wanted(collection::FindArtifacts(under, ""), request);
    for (auto& one : chosen) one.path.erase(0, folder.size() + 1);
    if (chosen.empty()) return {Failed(said, NothingFound(said, request))};
  } else {
    auto type = TypeOf(files, single_file, path, request);
    if (!type.ok()) return {Failed(said, type.error())};
    auto id = NameOf(*type, path, {}, request);
    if (!id.ok()) return {Failed(said, id.error())};
    chosen.push_back({*id, {}});
  }
  const auto locked = collection::ReadSkillsLock(fs::path(path).parent_path());
  std::vector<Candidate> candidates;
  for (const auto& one : chosen) {
    Candidate candidate;
    candidate.id = one.id;
    candidate.said = said;
    auto content = collection::ReadContent(one.path.empty() ? fs::path(path) : root / one.path);
    if (content.ok()) {
      candidate.content = std::move(*content);
      if (Status good = collection::CheckContent(one.id.type, candidate.content); !good.ok()) {
        if (request.all) continue;
        candidate.error = good.error();
      }
      candidate.provenance = collection::ProvenanceOf(one.id, candidate.content, locked, candidate.notes);
    } else {
      candidate.error = content.error();
    }
    candidates.push_back(std::move(candidate));
  }
  if (candidates.empty()) candidates.push_back(Failed(said, NothingFound(said, request)));
  return candidates;
}

}  // namespace skilltrail::curate
