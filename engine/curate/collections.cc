#include <fmt/format.h>

#include <system_error>

#include "engine/curate/curate.h"
#include "engine/manifest/manifest.h"
#include "engine/session/capture.h"
#include "engine/session/reading.h"
#include "engine/session/writing.h"
#include "events/name.h"

namespace skilltrail::curate {
namespace {

Error CannotMake(const std::filesystem::path& path, const std::error_code& why) {
  return {Code::kFailed, fmt::format("cannot make {}: {}", path.string(), why.message()), {}};
}

Status CheckFree(Reading& reading, const std::filesystem::path& dir) {
  auto moment = reading.Resolve("");
  if (!moment.ok()) return moment.error();
  auto all = reading.states().CollectionsAt(moment->seq);
  if (!all.ok()) return all.error();
  for (const auto& [name, info] : *all) {
    if (info.exists && reading.DirectoryOf(info).lexically_normal() == dir) {
      return Error{Code::kConflict, fmt::format("{} is the directory of collection \"{}\"", dir.string(), name), {}};
    }
  }
  return {};
}

Result<CollectionReport> CreateIn(Writing& writing, const std::string& name, const std::filesystem::path& path) {
  auto state = writing.CollectionOrNew(name);
  if (!state.ok()) return state.error();
  if ((*state)->exists())
    return Error{Code::kConflict, fmt::format("collection \"{}\" exists already", name), "skilltrail collection list shows them"};
  schema::CollectionCreatedT created;
  created.cause = schema::ChangeCause::command;
  std::filesystem::path dir = writing.context().store / "collections" / name;
  if (!path.empty()) {
    dir = std::filesystem::absolute(path).lexically_normal();
    if (!dir.has_filename()) dir = dir.parent_path();
    created.path = dir.string();
  }
  if (Status free = CheckFree(writing.reading(), dir); !free.ok()) return free.error();
  std::error_code failed;
  if (std::filesystem::exists(dir, failed) && !std::filesystem::is_empty(dir, failed)) {
    return Error{Code::kConflict, fmt::format("{} is not empty", dir.string()), "skilltrail adopt takes a directory as it is"};
  }
  if (!writing.dry_run()) {
    for (ArtifactType type : {ArtifactType::kSkill, ArtifactType::kCommand, ArtifactType::kAgent}) {
      std::filesystem::create_directories(dir / ContainerName(type), failed);
      if (failed) return CannotMake(dir / ContainerName(type), failed);
    }
  }
  writing.Add({name, {}, {}, std::move(created)});
  if (Status finished = writing.Finish(); !finished.ok()) return finished.error();
  return CollectionReport{name, dir, writing.reading().DefaultCollection() == name, 0};
}

}  // namespace

Result<CollectionReport> CreateCollection(const Context& context, const std::string& name, const std::filesystem::path& path) {
  if (Status good = CheckName(name, "collection"); !good.ok()) return good.error();
  auto writing = Writing::Open(context);
  if (!writing.ok()) return writing.error();
  return CreateIn(**writing, name, path);
}

Result<InitReport> Init(const Context& context) {
  InitReport report;
  report.store = context.store;
  auto reading = Reading::Open(context);
  if (reading.ok()) {
    report.collection = (*reading)->DefaultCollection();
    auto moment = (*reading)->Resolve("");
    if (!moment.ok()) return moment.error();
    auto known = (*reading)->states().CollectionsAt(moment->seq);
    if (!known.ok()) return known.error();
    // An init that was killed between its two steps left a store without a collection.
    report.already = !known->empty();
    if (report.already) return report;
    reading->reset();
  } else if (reading.error().code != Code::kNotFound) {
    return reading.error();
  } else {
    report.collection = "default";
    if (context.dry_run) return report;
    auto created = store::Store::Create(context.store, context.command, context.lock_timeout_ms, *context.clock, context.database);
    if (!created.ok() && created.error().code != Code::kConflict) return created.error();
  }
  auto writing = Writing::Open(context);
  if (!writing.ok()) return writing.error();
  if (auto standing = (*writing)->Collection(report.collection); standing.ok()) {
    report.already = true;  // another init came first
    return report;
  }
  auto collection = CreateIn(**writing, report.collection, {});
  if (!collection.ok()) return collection.error();
  return report;
}

Result<CollectionReport> UseCollection(const Context& context, const std::string& name) {
  auto reading = Reading::Open(context);
  if (!reading.ok()) return reading.error();
  auto moment = (*reading)->Resolve("");
  if (!moment.ok()) return moment.error();
  auto state = (*reading)->CollectionState(name, *moment);
  if (!state.ok()) return state.error();
  if (!context.dry_run) {
    auto config = manifest::ReadConfig(context.store / "config.toml");
    if (!config.ok()) return config.error();
    (*config)["settings.default-collection"] = state->name();
    if (Status written = manifest::WriteConfig(context.store / "config.toml", *config); !written.ok()) return written.error();
  }
  return CollectionReport{state->name(), (*reading)->DirectoryOf(*state), true, state->size()};
}

Result<RemoveCollectionReport> RemoveCollection(const Context& context, const std::string& name) {
  ASSIGN_OR_RETURN(const auto opened, Writing::Open(context));
  Writing& writing = *opened;
  RemoveCollectionReport report;
  ASSIGN_OR_RETURN(auto* state, writing.Collection(name));
  report.name = state->name();
  report.path = writing.reading().DirectoryOf(*state);
  // What cannot be read now is left as it was last captured: the collection goes, its files do not.
  std::error_code ignored;
  if (std::filesystem::is_directory(report.path, ignored)) {
    if (const auto captured = Capture(writing, report.name); !captured.ok()) {
      report.notes.push_back("not captured: " + captured.error().message);
    }
  }
  report.artifact_count = state->size();
  report.was_default = writing.reading().DefaultCollection() == report.name;
  schema::CollectionRemovedT removed;
  removed.path = state->path();
  writing.Add({report.name, {}, {}, std::move(removed)});
  RETURN_IF_ERROR(writing.Finish());
  report.run_id = writing.run_text();
  report.notes.insert(report.notes.end(), writing.notes().begin(), writing.notes().end());
  return report;
}

}  // namespace skilltrail::curate
