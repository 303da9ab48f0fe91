#include "engine/snapshot/restore.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <system_error>

#include "engine/collection/capture.h"
#include "engine/collection/materialise.h"
#include "engine/session/capture.h"
#include "engine/session/writing.h"

namespace skilltrail::snapshot {
namespace {

namespace fs = std::filesystem;
using projections::ArtifactState;
using Action = PlannedArtifact::Action;

Digest TreeOf(const ArtifactState& artifact) {
  return DigestFromBytes(artifact.tree.data(), artifact.tree.size());
}

// Two states that a person could tell apart differ in more than the marks of looking and of when.
bool Same(ArtifactState a, ArtifactState b) {
  for (ArtifactState* one : {&a, &b}) {
    one->tags_checked_at = one->last_refreshed_at = one->updated_at = 0;
    one->added_seq = one->changed_seq = 0;
  }
  return a == b;
}

struct Step {
  PlannedArtifact planned;
  const ArtifactState* past = nullptr;
  std::optional<ArtifactState> present;  // a copy: events change the state
};

class Planner {
 public:
  using LoadTree = std::function<Result<collection::Tree>(const Digest&)>;
  Planner(LoadTree load_tree, const projections::CollectionState& past, const projections::CollectionState& present)
      : load_tree_(std::move(load_tree)), past_(past), present_(present) {}

  Result<std::vector<Step>> Plan(const std::vector<std::string>& artifacts) {
    std::set<std::string> ids;
    if (artifacts.empty()) {
      for (const auto* one : past_.artifacts()) ids.insert(one->id);
      for (const auto* one : present_.artifacts()) ids.insert(one->id);
    }
    for (const auto& artifact : artifacts) {
      auto then = Reading::Find(past_, artifact);
      auto now = Reading::Find(present_, artifact);
      if (!then.ok() && (!now.ok() || then.error().code == Code::kUsage)) return then.error();
      ids.insert(then.ok() ? *then : *now);
    }
    std::vector<Step> steps;
    for (const auto& id : ids) {
      auto step = PlanOne(id);
      if (!step.ok()) return step.error();
      steps.push_back(std::move(*step));
    }
    return steps;
  }

 private:
  Result<Step> PlanOne(const std::string& id) {
    Step step;
    step.planned.artifact = id;
    step.past = past_.Find(id);
    if (const auto* now = present_.Find(id)) step.present = *now;
    collection::Tree before, after;
    const ArtifactState* present = step.present ? &*step.present : nullptr;
    for (auto [state, tree] : {std::pair(present, &before), std::pair(step.past, &after)}) {
      if (state == nullptr) continue;
      auto loaded = load_tree_(TreeOf(*state));
      if (!loaded.ok()) return loaded.error();
      *tree = std::move(*loaded);
    }
    step.planned.files = collection::CompareTrees(before, after).size();
    if (step.past == nullptr) {
      step.planned.action = Action::kRemove;
    } else if (!step.present) {
      step.planned.action = Action::kCreate;
    } else {
      step.planned.action = Same(*step.past, *step.present) ? Action::kKeep : Action::kUpdate;
    }
    return step;
  }

  LoadTree load_tree_;
  const projections::CollectionState& past_;
  const projections::CollectionState& present_;
};

// Every byte that is about to be brought back is there and true, before anything is decided for good.
Status CheckBlobs(const Reading& reading, const std::vector<Step>& steps) {
  for (const auto& step : steps) {
    if (step.past == nullptr || step.planned.action == Action::kKeep) continue;
    auto tree = collection::LoadTree(TreeOf(*step.past), reading.blobs());
    if (!tree.ok()) return tree.error();
    for (const auto& entry : tree->entries) {
      if (auto bytes = reading.blobs().Get(entry.digest); !bytes.ok()) {
        Error error = bytes.error();
        error.message = fmt::format("{} cannot be restored: {}: {}", step.planned.artifact, entry.path, error.message);
        return error;
      }
    }
  }
  return {};
}

void AddStep(Writing& writing, const std::string& collection, const fs::path& dir, Seq from, const Step& step) {
  const Digest before = step.present ? TreeOf(*step.present) : Digest{};
  if (step.past == nullptr) {
    schema::ArtifactRemovedT removed;
    removed.cause = schema::ChangeCause::restore;
    removed.tree = step.present->tree;
    writing.Add({collection, step.planned.artifact, {}, std::move(removed)});
    writing.AddFileWork({dir / step.present->path, before, {}, collection, step.planned.artifact});
    return;
  }
  schema::ArtifactRestoredT restored;
  restored.cause = schema::ChangeCause::restore;
  restored.from_seq = from;
  restored.record = std::make_unique<schema::ArtifactRecordT>(*step.past);
  restored.record->added_seq = restored.record->changed_seq = 0;
  writing.Add({collection, step.planned.artifact, {}, std::move(restored)});
  const bool moved = step.present && step.present->path != step.past->path;
  if (moved) writing.AddFileWork({dir / step.present->path, before, {}, collection, step.planned.artifact});
  if (moved || before != TreeOf(*step.past)) {
    writing.AddFileWork({dir / step.past->path, moved ? Digest{} : before, TreeOf(*step.past), collection, step.planned.artifact});
  }
}

RestoreReport Describe(const std::string& collection, const Moment& moment, const std::vector<Step>& steps) {
  RestoreReport report;
  report.as_of = moment;
  report.collection = collection;
  for (const auto& step : steps) report.plan.push_back(step.planned);
  return report;
}

Result<RestoreReport> RestoreInPlace(const Context& context, const RestoreRequest& request) {
  auto opened = Writing::Open(context);
  if (!opened.ok()) return opened.error();
  Writing& writing = **opened;
  auto moment = writing.reading().At();
  if (!moment.ok()) return moment.error();
  auto past = writing.reading().CollectionState("", *moment);
  if (!past.ok()) return past.error();
  auto captured = Capture(writing, past->name());
  if (!captured.ok()) return captured.error();
  auto present = writing.Collection(past->name());
  if (!present.ok()) return present.error();
  auto steps = Planner([&](const Digest& digest) { return writing.TreeOf(digest); }, *past, **present).Plan(request.artifacts);
  if (!steps.ok()) return steps.error();
  if (Status good = CheckBlobs(writing.reading(), *steps); !good.ok()) return good.error();
  RestoreReport report = Describe(past->name(), *moment, *steps);
  report.safety_seq = (*present)->seq();
  const auto dir = writing.reading().DirectoryOf(**present);
  for (const auto& step : *steps) {
    if (step.planned.action != Action::kKeep) AddStep(writing, past->name(), dir, moment->seq, step);
  }
  if (Status finished = writing.Finish(); !finished.ok()) return finished.error();
  report.applied = !context.dry_run;
  report.run_id = writing.run_text();
  if (!writing.wrote()) report.safety_seq = writing.reading().log().head();
  report.notes = writing.notes();
  return report;
}

Error CannotWrite(const fs::path& path, const std::error_code& why) {
  return {Code::kFailed, fmt::format("cannot write {}: {}", path.string(), why.message()), {}};
}

// Built beside and renamed at the end: DIR is absent or empty, or whole.
Status WriteBeside(const Reading& reading, const std::vector<Step>& steps, const fs::path& to) {
  const fs::path staging = to.parent_path() / (to.filename().string() + ".skilltrail-tmp");
  std::error_code failed;
  fs::remove_all(staging, failed);
  fs::create_directories(staging, failed);
  if (failed) return CannotWrite(staging, failed);
  auto write = [&]() -> Status {
    uint64_t done = 0;
    for (const auto& step : steps) {
      Report(reading.context(), "writing files", done++, steps.size());
      if (step.past == nullptr) continue;
      auto tree = collection::LoadTree(TreeOf(*step.past), reading.blobs());
      if (!tree.ok()) return tree.error();
      const fs::path path = staging / step.past->path;
      fs::create_directories(path.parent_path(), failed);
      if (failed) return CannotWrite(path.parent_path(), failed);
      const bool single_file = IsFilePath(step.past->id, path);
      if (Status written = collection::WriteTree(*tree, single_file, path, reading.blobs()); !written.ok()) return written;
      if (Interrupted(reading.context())) return Error{Code::kInterrupted, fmt::format("interrupted: {} was not written", to.string()), {}};
    }
    if (Status synced = collection::SyncFileSystem(staging); !synced.ok()) return synced;
    fs::rename(staging, to, failed);
    if (failed) return CannotWrite(to, failed);
    return collection::SyncFileSystem(to);
  };
  Status written = write();
  if (!written.ok()) fs::remove_all(staging, failed);
  return written;
}

Status CheckTarget(const fs::path& to) {
  std::error_code failed;
  if (!fs::exists(to, failed)) return {};
  if (!fs::is_directory(to, failed)) return Error{Code::kConflict, fmt::format("{} is there and is no directory", to.string()), {}};
  const bool empty = fs::is_empty(to, failed);
  if (failed) return Error{Code::kFailed, fmt::format("cannot list {}: {}", to.string(), failed.message()), {}};
  if (empty) return {};
  return Error{Code::kConflict, fmt::format("{} is not empty", to.string()), "give a directory that is empty or does not exist"};
}

Result<RestoreReport> RestoreBeside(const Context& context, const RestoreRequest& request) {
  fs::path to = request.to.lexically_normal();
  if (!to.has_filename()) to = to.parent_path();
  if (Status free = CheckTarget(to); !free.ok()) return free.error();
  auto reading = Reading::Open(context);
  if (!reading.ok()) return reading.error();
  auto moment = (*reading)->At();
  if (!moment.ok()) return moment.error();
  auto past = (*reading)->CollectionState("", *moment);
  if (!past.ok()) return past.error();
  const projections::CollectionState nothing(past->name());
  auto steps = Planner([&](const Digest& digest) { return collection::LoadTree(digest, (*reading)->blobs()); }, *past, nothing)
                   .Plan(request.artifacts);
  if (!steps.ok()) return steps.error();
  RestoreReport report = Describe(past->name(), *moment, *steps);
  report.safety_seq = (*reading)->log().head();
  if (context.dry_run) return report;
  if (Status written = WriteBeside(**reading, *steps, to); !written.ok()) return written.error();
  report.applied = true;
  return report;
}

}  // namespace

Result<RestoreReport> Plan(const Context& context, const RestoreRequest& request) {
  Context looking = context;
  looking.dry_run = true;
  return Restore(looking, request);
}

Result<RestoreReport> Restore(const Context& context, const RestoreRequest& request) {
  return request.to.empty() ? RestoreInPlace(context, request) : RestoreBeside(context, request);
}

}  // namespace skilltrail::snapshot
