#include "engine/snapshot/restore.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "engine/collection/capture.h"
#include "engine/session/capture.h"
#include "engine/session/writing.h"
#include "engine/snapshot/beside.h"
#include "engine/snapshot/plan.h"
#include "engine/snapshot/project_restore.h"
#include "engine/snapshot/restore_answer.h"

namespace skilltrail::snapshot {
namespace {

namespace fs = std::filesystem;
using projections::CollectionState;

std::optional<projections::ArtifactState> Copy(const projections::ArtifactState* artifact) {
  return artifact == nullptr ? std::nullopt : std::optional(*artifact);
}

// The artifacts asked for, or all that there were or are.
Result<std::set<std::string>> Chosen(const CollectionState& past, const CollectionState& present,
                                     const std::vector<std::string>& artifacts) {
  std::set<std::string> ids;
  if (artifacts.empty()) {
    for (const auto* one : past.artifacts()) ids.insert(one->id);
    for (const auto* one : present.artifacts()) ids.insert(one->id);
  }
  for (const auto& artifact : artifacts) {
    auto then = Reading::Find(past, artifact);
    auto now = Reading::Find(present, artifact);
    if (!then.ok() && (!now.ok() || then.error().code == Code::kUsage)) return then.error();
    ids.insert(then.ok() ? *then : *now);
  }
  return ids;
}

Result<std::vector<Step>> PlanSteps(const CollectionState& past, const CollectionState& present, const std::vector<std::string>& artifacts,
                                    const LoadTree& load_tree) {
  ASSIGN_OR_RETURN(const auto ids, Chosen(past, present, artifacts));
  std::vector<Step> steps;
  for (const auto& id : ids) {
    ASSIGN_OR_RETURN(Step step, PlanStep(id, Copy(past.Find(id)), Copy(present.Find(id)), load_tree));
    steps.push_back(std::move(step));
  }
  return steps;
}

RestoreReport Describe(const std::string& collection, const Moment& moment, const std::vector<Step>& steps) {
  RestoreReport report;
  report.as_of = moment;
  report.collection = collection;
  for (const auto& step : steps) report.plan.push_back(step.planned);
  return report;
}

Result<RestoreReport> RestoreInPlace(const Context& context, const RestoreRequest& request) {
  ASSIGN_OR_RETURN(const auto writing, Writing::Open(context));
  ASSIGN_OR_RETURN(const Moment moment, writing->reading().At());
  ASSIGN_OR_RETURN(const CollectionState past, writing->reading().CollectionState("", moment));
  RETURN_IF_ERROR(CaptureGone(*writing, past.name()));
  ASSIGN_OR_RETURN(CollectionState* const present, writing->Collection(past.name()));
  ASSIGN_OR_RETURN(const auto steps,
                   PlanSteps(past, *present, request.artifacts, [&](const Digest& digest) { return writing->TreeOf(digest); }));
  RETURN_IF_ERROR(CheckBlobs(writing->reading(), steps));
  const auto dir = writing->reading().DirectoryOf(*present);
  RETURN_IF_ERROR(CheckStepTargets(dir, steps));
  RestoreReport report = Describe(past.name(), moment, steps);
  report.safety_seq = context.dry_run ? writing->reading().log().head() : writing->next_seq() - 1;
  AddSteps(*writing, past.name(), dir, schema::ChangeCause::restore, moment.seq, steps);
  if (writing->run_events() > 0) report.run_id = writing->run_id().text();
  RETURN_IF_ERROR(writing->Finish(schema::RunStatus::completed, context.idempotency ? AnswerText(report) : std::string()));
  report.applied = !context.dry_run;
  report.run_id = writing->run_text();
  report.notes = writing->notes();
  return report;
}

Result<RestoreReport> RestoreBeside(const Context& context, const RestoreRequest& request) {
  ASSIGN_OR_RETURN(const auto reading, Reading::Open(context));
  RETURN_IF_ERROR(CheckOutsideCollections(*reading, request.to));
  ASSIGN_OR_RETURN(const Moment moment, reading->At());
  ASSIGN_OR_RETURN(const CollectionState past, reading->CollectionState("", moment));
  const CollectionState nothing(past.name());
  ASSIGN_OR_RETURN(const auto steps, PlanSteps(past, nothing, request.artifacts,
                                               [&](const Digest& digest) { return collection::LoadTree(digest, reading->blobs()); }));
  RestoreReport report = Describe(past.name(), moment, steps);
  report.safety_seq = reading->log().head();
  if (context.dry_run) return report;
  std::vector<BesideItem> items;
  for (const auto& step : steps) items.push_back({step.planned.artifact, step.past->path, TreeOf(*step.past)});
  RETURN_IF_ERROR(WriteBeside(*reading, items, request.to));
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
  RestoreRequest asked = request;
  if (!asked.to.empty()) {
    asked.to = asked.to.lexically_normal();
    if (!asked.to.has_filename()) asked.to = asked.to.parent_path();
    RETURN_IF_ERROR(CheckBesideTarget(asked.to));
  }
  if (!asked.project.empty()) return asked.to.empty() ? RestoreProject(context, asked) : RestoreProjectBeside(context, asked);
  return asked.to.empty() ? RestoreInPlace(context, asked) : RestoreBeside(context, asked);
}

}  // namespace skilltrail::snapshot
