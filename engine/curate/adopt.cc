#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <system_error>

#include "engine/collection/artifact_kind.h"
#include "engine/collection/capture.h"
#include "engine/collection/front_matter.h"
#include "engine/curate/adopt_artifacts.h"
#include "engine/curate/curate.h"
#include "engine/manifest/manifest.h"
#include "engine/session/writing.h"
#include "events/name.h"
#include "events/source.h"

namespace skilltrail::curate {
namespace {

namespace fs = std::filesystem;

bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool HasContainer(const fs::path& dir) {
  std::error_code ignored;
  const auto& types = AllTypes();
  return std::any_of(types.begin(), types.end(), [&](ArtifactType type) { return fs::is_directory(dir / ContainerName(type), ignored); });
}

// The collections of a SkillMeat home, or `dir` itself.
Result<std::vector<fs::path>> CollectionsIn(const fs::path& dir) {
  std::error_code failed;
  if (!fs::is_directory(dir, failed)) return Error{Code::kNotFound, fmt::format("no directory {}", dir.string()), {}};
  if (Exists(dir / "collection.toml")) return std::vector{dir};
  std::vector<fs::path> found;
  if (fs::is_directory(dir / "collections", failed)) {
    for (fs::directory_iterator at(dir / "collections", failed), end; !failed && at != end; at.increment(failed)) {
      if (Exists(at->path() / "collection.toml") || HasContainer(at->path())) found.push_back(at->path());
    }
    if (failed) return Error{Code::kFailed, fmt::format("cannot list {}: {}", (dir / "collections").string(), failed.message()), {}};
  }
  std::sort(found.begin(), found.end());
  if (!found.empty()) return found;
  if (HasContainer(dir)) return std::vector{dir};
  return Error{Code::kUsage,
               fmt::format("{} is no collection: it has neither collection.toml nor folders such as skills/ or commands/", dir.string()),
               {}};
}

// What the manifest says of an artifact beyond its files.
void Overlay(schema::ArtifactRecordT& record, const manifest::ArtifactEntry& entry) {
  record.origin = entry.origin.empty() ? "local" : entry.origin;
  if (auto source = ParseSource(entry.upstream); !entry.upstream.empty() && source.ok()) {
    source->ref = entry.version_spec == "latest" ? "" : entry.version_spec;
    record.source = source->text();
    record.version_spec = entry.version_spec.empty() ? "latest" : entry.version_spec;
    record.resolved_sha = entry.resolved_sha;
    record.origin_source = entry.origin_source.empty() ? "https://github.com/" + source->repository() : entry.origin_source;
  }
  for (const auto& [field, value] : entry.metadata) projections::SetMetadata(record, field, value);
  record.added_at = entry.added;
  record.tags_imported_at = entry.tags_imported_at;
}

// Whatever SkillMeat's one list holds, nobody knows where it came from.
void AddAdoptedTags(Writing& writing, const std::string& collection, const schema::ArtifactRecordT& record,
                    const std::vector<std::string>& tags) {
  const std::set<std::string> sorted(tags.begin(), tags.end());
  if (sorted.empty()) return;
  schema::TagsEditedT edit;
  edit.cause = schema::ChangeCause::adopt;
  edit.user_tags.assign(sorted.begin(), sorted.end());
  edit.adopted_tags = edit.user_tags;
  edit.added = edit.user_tags;
  edit.after = edit.user_tags;
  writing.Add({collection, record.id, {}, std::move(edit)});
}

using Locked = std::map<std::string, collection::Provenance>;

Status AdoptArtifact(Writing& writing, const std::string& collection, const fs::path& dir, const ArtifactId& id, const std::string& path,
                     const manifest::ArtifactEntry* entry, const Locked& locked) {
  auto content = collection::ReadContent(dir / path);
  if (!content.ok()) return content.error();
  auto version = writing.Keep(*content);
  if (!version.ok()) return version.error();
  schema::ArtifactAddedT added;
  added.cause = schema::ChangeCause::adopt;
  added.record = std::make_unique<schema::ArtifactRecordT>(MakeRecord(id, path, *content, *version));
  if (entry != nullptr) Overlay(*added.record, *entry);
  if (auto from = collection::ProvenanceOf(id, *content, locked, writing.notes())) RecordProvenance(*added.record, *from);
  const schema::ArtifactRecordT record = *added.record;
  writing.Add({collection, record.id, {}, std::move(added)});
  if (entry != nullptr) AddAdoptedTags(writing, collection, record, entry->tags);
  auto state = writing.Collection(collection);
  if (!state.ok()) return state.error();
  const projections::ArtifactState artifact = *(*state)->Find(record.id);
  AddStatedTags(writing, collection, artifact, *content);
  return {};
}

}  // namespace

Result<schema::ArtifactRecordT> ReadAdopted(Writing& writing, const fs::path& dir, const ArtifactId& id, const std::string& path,
                                            const manifest::ArtifactEntry* entry) {
  ASSIGN_OR_RETURN(const auto content, collection::ReadContent(dir / path));
  ASSIGN_OR_RETURN(const auto version, writing.Keep(content));
  schema::ArtifactRecordT record = MakeRecord(id, path, content, version);
  if (entry != nullptr) {
    Overlay(record, *entry);
    const std::set<std::string> tags(entry->tags.begin(), entry->tags.end());
    record.user_tags.assign(tags.begin(), tags.end());
    record.adopted_tags = record.user_tags;
  }
  if (auto from = collection::ProvenanceOf(id, content, collection::ReadSkillsLock(dir), writing.notes())) RecordProvenance(record, *from);
  if (const auto front_matter = collection::FrontMatterOf(id.type, content)) {
    const std::set<std::string> stated(front_matter->tags.begin(), front_matter->tags.end());
    record.front_matter_tags.assign(stated.begin(), stated.end());
  }
  return record;
}

Status AdoptArtifacts(Writing& writing, const std::string& name, const fs::path& dir, const manifest::Collection& manifest,
                      std::vector<std::string>& notes) {
  auto on_disk = collection::ListCollection(dir);
  if (!on_disk.ok()) return on_disk.error();
  const Locked locked = collection::ReadSkillsLock(dir);
  std::set<std::string> taken;
  for (const auto& entry : manifest.artifacts) {
    auto id = ParseArtifactId(entry.type + ":" + entry.name);
    if (!id.ok()) return id.error();
    Status adopted = AdoptArtifact(writing, name, dir, *id, entry.path, &entry, locked);
    if (!adopted.ok() && adopted.error().code == Code::kNotFound) {
      notes.push_back(fmt::format("collection.toml lists {}, but {} is not there", id->text(), (dir / entry.path).string()));
      continue;
    }
    if (!adopted.ok()) return adopted;
    taken.insert(entry.path);
    Report(writing.context(), "adopting", taken.size(), on_disk->size());
  }
  auto state = writing.Collection(name);
  if (!state.ok()) return state.error();
  for (const auto& found : *on_disk) {
    if (taken.contains(found.path)) continue;
    if (!found.problem.empty()) {
      notes.push_back(fmt::format("{} is no artifact: {}", (dir / found.path).string(), found.problem));
    } else if ((*state)->Find(found.id.text()) != nullptr) {
      notes.push_back(fmt::format("{} is left alone: {} stands elsewhere", (dir / found.path).string(), found.id.text()));
    } else if (Status adopted = AdoptArtifact(writing, name, dir, found.id, found.path, nullptr, locked); !adopted.ok()) {
      return adopted;
    }
  }
  return {};
}

namespace {

Status AdoptOne(const Context& context, const fs::path& dir, const std::string& wanted, AdoptReport& report) {
  manifest::Collection manifest;
  auto read = manifest::ReadCollection(dir);
  if (read.ok()) {
    manifest = std::move(*read);
  } else if (read.error().code != Code::kNotFound) {
    return read.error();
  }
  const std::string name = !wanted.empty() ? wanted : !manifest.name.empty() ? manifest.name : dir.filename().string();
  if (Status good = CheckName(name, "collection"); !good.ok()) return good;
  auto opened = Writing::Open(context);
  if (!opened.ok()) return opened.error();
  Writing& writing = **opened;
  auto moment = writing.reading().Resolve("");
  if (!moment.ok()) return moment.error();
  auto all = writing.reading().states().CollectionsAt(moment->seq);
  if (!all.ok()) return all.error();
  for (const auto& [known, info] : *all) {
    if (info.exists && writing.reading().DirectoryOf(info) == dir) {
      return Error{Code::kConflict, fmt::format("{} is collection \"{}\" already", dir.string(), known), {}};
    }
  }
  auto state = writing.CollectionOrNew(name);
  if (!state.ok()) return state.error();
  if ((*state)->exists()) {
    // The one that `init` made, and that nobody has used, gives way.
    if (auto captured = Capture(writing, name); !captured.ok()) return captured.error();
    if (!(*state)->path().empty() || (*state)->size() > 0)
      return Error{Code::kConflict, fmt::format("collection \"{}\" exists already", name), "give another name: --name NAME"};
    writing.Add({name, {}, {}, schema::CollectionRemovedT()});
    writing.notes().push_back(fmt::format("the collection \"{}\" of this store was empty, and is {} now", name, dir.string()));
  }
  schema::CollectionCreatedT created;
  created.path = dir.string();
  created.cause = schema::ChangeCause::adopt;
  writing.Add({name, {}, {}, std::move(created)});
  if (Status adopted = AdoptArtifacts(writing, name, dir, manifest, report.notes); !adopted.ok()) return adopted;
  if (Status finished = writing.Finish(); !finished.ok()) return finished;
  report.collections.push_back({name, dir, writing.reading().DefaultCollection() == name, (*state)->size()});
  report.notes.insert(report.notes.end(), writing.notes().begin(), writing.notes().end());
  return {};
}

}  // namespace

Result<AdoptReport> Adopt(const Context& context, const AdoptRequest& request) {
  fs::path dir = fs::absolute(request.dir).lexically_normal();
  if (!dir.has_filename()) dir = dir.parent_path();
  auto found = CollectionsIn(dir);
  if (!found.ok()) return found.error();
  if (found->size() > 1 && !request.name.empty()) {
    return Error{Code::kUsage, fmt::format("--name names one collection, and {} holds {}", dir.string(), found->size()), {}};
  }
  AdoptReport report;
  std::vector<Error> failures;
  for (const auto& one : *found) {
    Status adopted = AdoptOne(context, one, request.name, report);
    if (adopted.ok()) continue;
    if (found->size() == 1) return adopted.error();
    // One of a home's collections that cannot be taken keeps nobody from the others.
    report.notes.push_back(fmt::format("{} was not adopted: {}", one.string(), adopted.error().message));
    failures.push_back(adopted.error());
  }
  report.failed = failures.size();
  if (!report.collections.empty() || failures.empty()) return report;
  std::vector<std::string> reasons;
  for (const auto& failure : failures) reasons.push_back(failure.message);
  return Error{failures.front().code, fmt::format("none of {} collections was adopted: {}", failures.size(), fmt::join(reasons, "; ")),
               failures.front().hint};
}

}  // namespace skilltrail::curate
