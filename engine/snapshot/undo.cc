#include "engine/snapshot/undo.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "engine/deploy/deployment.h"
#include "engine/session/capture.h"
#include "engine/session/writing.h"
#include "engine/snapshot/plan.h"
#include "events/codec.h"

namespace skilltrail::snapshot {
namespace {

using projections::ArtifactState;
using States = std::map<std::string, std::optional<ArtifactState>>;

// Up to so many artifacts are folded one by one, each from its own stream; more by way of the whole collection.
constexpr size_t kFewArtifacts = 16;
constexpr size_t kNamedArtifacts = 8;  // in a refusal

// A deployment whose baseline the run moved because it took the project's edits into the collection.
struct MovedBaseline {
  std::string project;
  projections::DeploymentKey key;
  projections::Deployment before;
  Digest tree;  // as the run left it
};

// A run, and how the artifacts it changed stood around it.
struct Deed {
  RunFacts run;
  States before, after;
  std::vector<MovedBaseline> moved;
};

Result<States> StatesAt(const Reading& reading, const std::string& collection, const std::set<std::string>& ids, Seq at) {
  States states;
  if (ids.size() <= kFewArtifacts) {
    for (const auto& id : ids) {
      ASSIGN_OR_RETURN(states[id], reading.states().ArtifactAt(collection, id, at));
    }
    return states;
  }
  ASSIGN_OR_RETURN(const auto whole, reading.states().CollectionAt(collection, at));
  for (const auto& id : ids) {
    const ArtifactState* found = whole.Find(id);
    states[id] = found == nullptr ? std::nullopt : std::optional(*found);
  }
  return states;
}

std::optional<MovedBaseline> MovedBy(const schema::Event& event) {
  const auto* moved = event.payload_as_BaselineMoved();
  if (moved == nullptr || moved->cause() == schema::ChangeCause::converged) return std::nullopt;
  return MovedBaseline{
      std::string(View(event.project())),
      {std::string(View(event.collection())), std::string(View(event.artifact())), std::string(View(moved->profile_root()))},
      {},
      DigestOf(moved->tree())};
}

Result<Deed> ReadDeed(const Reading& reading, Seq seq) {
  Deed deed;
  std::set<std::string> ids;
  ASSIGN_OR_RETURN(deed.run, ReadRun(reading, seq, reading.log().head(), [&](const store::StoredEvent& event) {
                     if (ChangesArtifact(event.event->payload_type())) ids.emplace(View(event.event->artifact()));
                     if (auto moved = MovedBy(*event.event)) deed.moved.push_back(std::move(*moved));
                     return store::Visit::kContinue;
                   }));
  ASSIGN_OR_RETURN(deed.before, StatesAt(reading, deed.run.collection, ids, deed.run.seq - 1));
  ASSIGN_OR_RETURN(deed.after, StatesAt(reading, deed.run.collection, ids, deed.run.last_seq));
  std::erase_if(deed.after, [&](const auto& one) { return SameArtifact(deed.before[one.first], one.second); });
  std::erase_if(deed.before, [&](const auto& one) { return !deed.after.contains(one.first); });
  for (auto& moved : deed.moved) {
    ASSIGN_OR_RETURN(const auto project, reading.states().ProjectAt(moved.project, deed.run.seq - 1));
    if (const auto before = project.deployments.find(moved.key); before != project.deployments.end()) moved.before = before->second;
  }
  std::erase_if(deed.moved, [](const MovedBaseline& moved) { return moved.before.artifact.empty(); });
  return deed;
}

Result<Seq> StartOfRunAt(const Reading& reading, Seq seq) {
  RunId id;
  RETURN_IF_ERROR(reading.log().At(seq, [&](const store::StoredEvent& event) {
    id = RunIdOf(*event.event);
    return store::Visit::kStop;
  }));
  Seq start = 0;
  RETURN_IF_ERROR(reading.log().ScanStream(store::RunStream(id), {}, [&](const store::StoredEvent& event) {
    start = event.seq;
    return store::Visit::kStop;
  }));
  return start;
}

// Sequences at which events stand that came with an import: what others did elsewhere.
struct ImportedRange {
  Seq first = 0, last = 0;
};

Result<std::vector<ImportedRange>> ImportedRanges(const Reading& reading) {
  std::vector<ImportedRange> ranges;
  RETURN_IF_ERROR(
      reading.log().ScanStream(store::TypeStream(schema::Payload::CollectionImported), {}, [&](const store::StoredEvent& event) {
        // They stand just before it, the RunStarted of the import among them or between.
        const Seq events = event.event->payload_as_CollectionImported()->events();
        if (events > 0) ranges.push_back({event.seq - std::min(event.seq - 1, events + 1), event.seq - 1});
        return store::Visit::kContinue;
      }));
  return ranges;
}

// The newest run that left an artifact other than it was, imported ones passed over.
Result<Deed> NewestDeed(const Reading& reading) {
  const std::string& collection = reading.context().collection;
  ASSIGN_OR_RETURN(const auto imported, ImportedRanges(reading));
  std::set<Seq> passed;
  Seq through = reading.log().head();
  while (true) {
    ASSIGN_OR_RETURN(const Seq changed, LastArtifactChange(reading, collection, through));
    if (changed == 0) {
      return Error{Code::kNotFound, "no run has changed artifacts: there is nothing to undo", "skilltrail runs lists what was done"};
    }
    const auto range = std::find_if(imported.begin(), imported.end(),
                                    [&](const ImportedRange& one) { return one.first <= changed && changed <= one.last; });
    if (range != imported.end()) {
      through = range->first - 1;
      continue;
    }
    ASSIGN_OR_RETURN(const Seq start, StartOfRunAt(reading, changed));
    if (passed.insert(start).second) {
      ASSIGN_OR_RETURN(Deed deed, ReadDeed(reading, start));
      if (!deed.after.empty()) return deed;
    }
    through = changed - 1;
  }
}

// What changed the artifact after the run: another run, or an edit on disk that is only captured now.
Result<std::string> WhatChanged(const Reading& reading, const RunFacts& run, const std::string& artifact) {
  Seq last = 0;
  store::ScanOptions newest_first;
  newest_first.after = run.seq;
  newest_first.newest_first = true;
  RETURN_IF_ERROR(
      reading.log().ScanStream(store::ArtifactStream(run.collection, artifact), newest_first, [&](const store::StoredEvent& event) {
        if (!ChangesArtifact(event.event->payload_type()) || RunIdOf(*event.event) == run.id) return store::Visit::kContinue;
        last = event.seq;
        return store::Visit::kStop;
      }));
  if (last == 0) return std::string("an edit on disk");
  ASSIGN_OR_RETURN(const Seq start, StartOfRunAt(reading, last));
  ASSIGN_OR_RETURN(const RunFacts by, ReadRun(reading, start, reading.log().head()));
  return fmt::format("run {}, {}", by.seq, by.command);
}

// True for one that a person asked for, and no record that was taken in.
bool IsCommand(const schema::Event& event) {
  using schema::ChangeCause;
  if (const auto* deployed = event.payload_as_ArtifactDeployed())
    return deployed->cause() == ChangeCause::deploy || deployed->cause() == ChangeCause::redeploy;
  const auto* gone = event.payload_as_ArtifactUndeployed();
  return gone != nullptr && gone->cause() == ChangeCause::command;
}

// Who says nothing but `undo` means what was done last: that may have been a deployment, which is no deed of a collection's.
Status RefuseDeployment(const Reading& reading, const Deed& deed) {
  for (const auto type : {schema::Payload::ArtifactDeployed, schema::Payload::ArtifactUndeployed}) {
    ASSIGN_OR_RETURN(const Seq last, reading.log().LastOf(store::TypeStream(type)));
    if (last <= deed.run.seq) continue;
    std::string project;
    RETURN_IF_ERROR(reading.log().At(last, [&](const store::StoredEvent& event) {
      const std::string& asked = reading.context().collection;
      const bool meant = asked.empty() || View(event.event->collection()) == asked;
      if (meant && IsCommand(*event.event)) project = View(event.event->project());
      return store::Visit::kStop;
    }));
    if (project.empty()) continue;
    ASSIGN_OR_RETURN(const Seq start, StartOfRunAt(reading, last));
    ASSIGN_OR_RETURN(const RunFacts run, ReadRun(reading, start, reading.log().head()));
    return Error{Code::kConflict,
                 fmt::format("the last command was run {} ({}), and undo does not reach into projects", run.seq, run.command),
                 fmt::format("skilltrail restore --project {} --at {} goes back there; skilltrail undo {} undoes run {}, {}", project,
                             run.seq - 1, deed.run.seq, deed.run.seq, deed.run.command)};
  }
  return {};
}

// Who names an older run is told of them.
Status NoteDeployments(const Reading& reading, const Deed& deed, std::vector<std::string>& notes) {
  ASSIGN_OR_RETURN(const Seq in, reading.log().LastOf(store::TypeStream(schema::Payload::ArtifactDeployed)));
  ASSIGN_OR_RETURN(const Seq out, reading.log().LastOf(store::TypeStream(schema::Payload::ArtifactUndeployed)));
  if (std::max(in, out) < deed.run.seq) return {};
  notes.push_back(fmt::format("{} is undone; what was deployed or undeployed since stays: skilltrail restore --project DIR goes back there",
                              deed.run.command));
  return {};
}

// Refuses where an artifact is not as the run left it, or another run changed it while this one went on.
Status CheckUnchangedSince(const Reading& reading, const Deed& deed, const projections::CollectionState& present) {
  std::vector<std::string> changed;
  const bool alone = deed.run.last_seq - deed.run.seq + 1 == deed.run.events;
  for (const auto& [id, after] : deed.after) {
    const ArtifactState* now = present.Find(id);
    bool same = SameArtifact(after, now == nullptr ? std::nullopt : std::optional(*now));
    if (same && !alone) {
      store::ScanOptions during;
      during.after = deed.run.seq;
      during.through = deed.run.last_seq;
      RETURN_IF_ERROR(
          reading.log().ScanStream(store::ArtifactStream(deed.run.collection, id), during, [&](const store::StoredEvent& event) {
            same = same && (RunIdOf(*event.event) == deed.run.id || !ChangesArtifact(event.event->payload_type()));
            return store::Visit::kContinue;
          }));
    }
    if (!same) changed.push_back(id);
  }
  if (changed.empty()) return {};
  std::string named;
  for (size_t i = 0; i < std::min(changed.size(), kNamedArtifacts); ++i) {
    ASSIGN_OR_RETURN(const std::string what, WhatChanged(reading, deed.run, changed[i]));
    named += fmt::format("{}{} ({})", i == 0 ? "" : ", ", changed[i], what);
  }
  if (changed.size() > kNamedArtifacts) named += fmt::format(" and {} more", changed.size() - kNamedArtifacts);
  return Error{Code::kConflict, fmt::format("cannot undo run {} ({}): changed since: {}", deed.run.seq, deed.run.command, named),
               fmt::format("skilltrail restore --at run:{}- {} brings back what was there before all the same", deed.run.seq, changed[0])};
}

Status CheckCollectionExisted(const Reading& reading, const Deed& deed) {
  ASSIGN_OR_RETURN(const auto collections, reading.states().CollectionsAt(deed.run.seq - 1));
  const auto found = collections.find(deed.run.collection);
  if (found != collections.end() && found->second.exists) return {};
  return Error{Code::kConflict,
               fmt::format("cannot undo run {} ({}): it made the collection \"{}\", and every file of it would go", deed.run.seq,
                           deed.run.command, deed.run.collection),
               fmt::format("skilltrail collection remove {} forgets it and leaves its files", deed.run.collection)};
}

// What a pull took in is taken out again, so in the project it is an edit once more. Where something was deployed since, that is agreed.
class Baselines {
 public:
  explicit Baselines(Writing& writing) : writing_(writing) {}

  // Before events are gathered.
  Status Load(const std::vector<MovedBaseline>& moved) {
    for (const auto& one : moved) {
      ASSIGN_OR_RETURN(projects_[one.project], writing_.Project(one.project));
      writing_.RestateRecords(one.project);
    }
    return {};
  }

  void AddEvents(const std::vector<MovedBaseline>& moved) {
    for (const auto& one : moved) {
      const auto now = projects_.at(one.project)->deployments.find(one.key);
      if (now == projects_.at(one.project)->deployments.end() || now->second.tree != one.tree) continue;
      deploy::ResolveDrift(writing_, *projects_.at(one.project), one.key);
      schema::BaselineMovedT back;
      back.cause = schema::ChangeCause::undo;
      if (!one.before.tree.zero()) back.tree = one.before.tree.vector();
      back.content_hash_before = now->second.content_hash;
      back.content_hash = one.before.content_hash;
      back.tags = one.before.tags;
      back.profile_root = one.key.profile_root;
      writing_.Add({one.key.collection, one.key.artifact, one.project, std::move(back)});
    }
  }

 private:
  Writing& writing_;
  std::map<std::string, projections::ProjectState*> projects_;
};

}  // namespace

Result<UndoReport> Undo(const Context& context, const UndoRequest& request) {
  ASSIGN_OR_RETURN(const auto writing, Writing::Open(context));
  const Reading& reading = writing->reading();
  ASSIGN_OR_RETURN(const Deed deed, request.run ? ReadDeed(reading, *request.run) : NewestDeed(reading));
  if (!request.run) RETURN_IF_ERROR(RefuseDeployment(reading, deed));
  UndoReport report;
  report.undone = deed.run;
  report.restore.collection = deed.run.collection;
  report.restore.safety_seq = reading.log().head();
  ASSIGN_OR_RETURN(report.restore.as_of, reading.Resolve(fmt::format("run:{}-", deed.run.seq)));
  if (deed.after.empty() && deed.moved.empty()) return report;
  RETURN_IF_ERROR(CheckCollectionExisted(reading, deed));
  Baselines baselines(*writing);
  RETURN_IF_ERROR(baselines.Load(deed.moved));
  RETURN_IF_ERROR(Capture(*writing, deed.run.collection));
  ASSIGN_OR_RETURN(projections::CollectionState* const present, writing->Collection(deed.run.collection));
  RETURN_IF_ERROR(CheckUnchangedSince(reading, deed, *present));
  std::vector<Step> steps;
  for (const auto& [id, before] : deed.before) {
    const ArtifactState* now = present->Find(id);
    ASSIGN_OR_RETURN(Step step, PlanStep(id, before, now == nullptr ? std::nullopt : std::optional(*now),
                                         [&](const Digest& digest) { return writing->TreeOf(digest); }));
    report.restore.plan.push_back(step.planned);
    steps.push_back(std::move(step));
  }
  RETURN_IF_ERROR(CheckBlobs(reading, steps));
  const auto dir = reading.DirectoryOf(*present);
  RETURN_IF_ERROR(CheckStepTargets(dir, steps));
  if (!context.dry_run) report.restore.safety_seq = writing->next_seq() - 1;
  AddSteps(*writing, deed.run.collection, dir, schema::ChangeCause::undo, deed.run.seq - 1, steps);
  baselines.AddEvents(deed.moved);
  RETURN_IF_ERROR(writing->Finish());
  report.restore.applied = !context.dry_run;
  report.restore.run_id = writing->run_text();
  report.restore.notes = writing->notes();
  if (request.run) RETURN_IF_ERROR(NoteDeployments(writing->reading(), deed, report.restore.notes));
  return report;
}

}  // namespace skilltrail::snapshot
