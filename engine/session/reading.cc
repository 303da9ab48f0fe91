#include "engine/session/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "engine/manifest/manifest.h"
#include "events/name.h"
#include "events/point.h"

namespace skilltrail {
namespace {

constexpr std::string_view kPointForms =
    "a point is a sequence (1042), @, @~3, run:SEQ, run:SEQ-, snap:NAME, a time (2026-01-22T09:30:00Z), a date, today, yesterday, or 2d "
    "ago";

Error NoSuch(std::string_view what, std::string_view name, std::string_view where, std::span<const std::string> known,
             std::string otherwise) {
  std::string near = Nearest(name, known);
  return Error{Code::kNotFound, fmt::format("no {} \"{}\"{}", what, name, where),
               near.empty() ? std::move(otherwise) : fmt::format("did you mean \"{}\"?", near)};
}

}  // namespace

Result<std::unique_ptr<Reading>> Reading::Open(const Context& context) {
  auto store = store::Store::OpenReader(context.store, *context.clock);
  if (!store.ok()) return store.error();
  auto reading = std::make_unique<Reading>(context, **store);
  reading->owned_ = std::move(*store);
  return reading;
}

Reading::Reading(const Context& context, store::Store& store, projections::StateMemory* memory)
    : context_(context), store_(&store), states_(std::make_unique<projections::StateReader>(*store.log, *store.cache, memory)) {}

Reading::~Reading() = default;

const store::EventLog& Reading::log() const {
  return *store_->log;
}

const store::BlobStore& Reading::blobs() const {
  return *store_->blobs;
}

Result<Moment> Reading::Resolve(std::string_view text) const {
  const Seq head = log().head();
  auto at = [&](Seq seq, std::string collection = {}) -> Result<Moment> {
    Moment moment{seq, 0, std::move(collection)};
    if (seq == 0) return moment;
    if (seq == head) {
      moment.logged_at = log().head_logged_at();
      return moment;
    }
    Status found = log().At(seq, [&](const store::StoredEvent& event) {
      moment.logged_at = event.logged_at;
      return store::Visit::kStop;
    });
    if (!found.ok()) return found.error();
    return moment;
  };
  if (text.empty()) return at(head);
  auto point = ParsePoint(text, context_.clock->Now());
  if (!point.ok()) return point.error();

  if (const auto* seq = std::get_if<PointSeq>(&*point)) {
    if (seq->seq > head) {
      return Error{Code::kUsage, fmt::format("point {}: the log ends at {}", seq->seq, head), std::string(kPointForms)};
    }
    return at(seq->seq);
  }
  if (const auto* back = std::get_if<PointHead>(&*point)) return at(back->before > head ? 0 : head - back->before);
  if (const auto* time = std::get_if<PointTime>(&*point)) {
    auto seq = log().SeqAtTime(time->time);
    if (!seq.ok()) return seq.error();
    return at(*seq);
  }
  if (const auto* run = std::get_if<PointRun>(&*point)) return ResolveRun(*run, at);
  auto found = FindSnapshot(std::get<PointSnapshot>(*point).name);
  if (!found.ok()) return found.error();
  return at(found->seq, found->collection);
}

Result<Moment> Reading::ResolveRun(const PointRun& run, const std::function<Result<Moment>(Seq)>& at) const {
  std::optional<RunId> id;
  if (run.seq >= 1 && run.seq <= log().head()) {
    Status found = log().At(run.seq, [&](const store::StoredEvent& event) {
      if (event.event->payload_type() == schema::Payload::RunStarted) id = RunIdOf(*event.event);
      return store::Visit::kStop;
    });
    if (!found.ok()) return found.error();
  }
  if (!id) return Error{Code::kNotFound, fmt::format("no run began at {}", run.seq), "skilltrail log --type run_started lists them"};
  if (run.before) return at(run.seq - 1);
  auto last = log().LastOf(store::RunStream(*id));
  if (!last.ok()) return last.error();
  return at(*last);
}

Result<Seq> Reading::ResolveSince(std::string_view text) const {
  auto point = ParsePoint(text, context_.clock->Now());
  if (!point.ok()) return point.error();
  if (const auto* time = std::get_if<PointTime>(&*point)) {
    auto before = log().SeqAtTime(time->time - 1);
    if (!before.ok()) return before.error();
    return *before + 1;
  }
  auto moment = Resolve(text);
  if (!moment.ok()) return moment.error();
  return moment->seq;
}

Result<projections::SnapshotInfo> Reading::FindSnapshot(std::string_view text) const {
  auto snapshots = states_->SnapshotsAt(log().head());
  if (!snapshots.ok()) return snapshots.error();
  auto pick = [&](auto matches) -> std::vector<const projections::SnapshotInfo*> {
    std::vector<const projections::SnapshotInfo*> found;
    for (const auto& snapshot : *snapshots) {
      if (matches(snapshot)) found.push_back(&snapshot);
    }
    if (found.size() > 1) {
      const std::string mine = context_.collection.empty() ? DefaultCollection() : context_.collection;
      std::vector<const projections::SnapshotInfo*> here;
      std::copy_if(found.begin(), found.end(), std::back_inserter(here), [&](const auto* one) { return one->collection == mine; });
      if (!here.empty()) return here;
    }
    return found;
  };
  auto found = pick([&](const auto& one) { return one.id == text; });
  if (found.empty()) found = pick([&](const auto& one) { return !one.name.empty() && one.name == text; });
  if (found.empty() && !text.empty()) found = pick([&](const auto& one) { return one.id.starts_with(text); });
  if (found.empty()) {
    std::vector<std::string> names;
    for (const auto& snapshot : *snapshots) names.push_back(snapshot.name);
    return NoSuch("snapshot", text, "", names, "skilltrail snapshot list shows them");
  }
  if (found.size() > 1) {
    std::string ids;
    for (const auto* one : found) ids += fmt::format("{}{} of {}", ids.empty() ? "" : ", ", one->id, one->collection);
    return Error{Code::kUsage, fmt::format("snapshot \"{}\" is ambiguous: {}", text, ids), "give the id, or name the collection with -c"};
  }
  return *found.front();
}

std::string Reading::DefaultCollection() const {
  auto config = manifest::ReadConfig(context_.store / "config.toml");
  if (config.ok()) {
    auto found = config->find("settings.default-collection");
    if (found != config->end() && !found->second.empty()) return found->second;
  }
  return "default";
}

Result<projections::CollectionInfo> Reading::Collection(std::string_view name, const Moment& moment) const {
  std::string wanted(name);
  if (wanted.empty()) wanted = moment.collection;
  if (wanted.empty()) wanted = context_.collection;
  if (wanted.empty()) wanted = DefaultCollection();
  auto all = states_->CollectionsAt(moment.seq);
  if (!all.ok()) return all.error();
  auto found = all->find(wanted);
  if (found != all->end() && found->second.exists) return found->second;
  if (moment.seq < log().head()) {
    // Before it was made a collection is empty, not unknown.
    auto later = states_->CollectionsAt(log().head());
    if (!later.ok()) return later.error();
    auto made = later->find(wanted);
    if (made != later->end() && made->second.created_seq > moment.seq) {
      return projections::CollectionInfo{wanted, made->second.path, false, 0, made->second.created_seq};
    }
  }
  std::vector<std::string> names;
  for (const auto& [known, info] : *all) {
    if (info.exists) names.push_back(known);
  }
  const std::string when = moment.seq < log().head() ? fmt::format(" at {}", moment.seq) : std::string();
  return NoSuch("collection", wanted, when, names, "skilltrail collection list shows them");
}

Result<projections::CollectionState> Reading::CollectionState(std::string_view name, const Moment& moment) const {
  auto info = Collection(name, moment);
  if (!info.ok()) return info.error();
  return states_->CollectionAt(info->name, moment.seq);
}

std::filesystem::path Reading::DirectoryOf(const projections::CollectionInfo& info) const {
  return info.path.empty() ? context_.store / "collections" / info.name : std::filesystem::path(info.path);
}

std::filesystem::path Reading::DirectoryOf(const projections::CollectionState& state) const {
  return state.path().empty() ? context_.store / "collections" / state.name() : std::filesystem::path(state.path());
}

Result<std::string> Reading::Find(const projections::CollectionState& state, std::string_view artifact) {
  const std::string in = fmt::format(" in collection \"{}\"", state.name());
  std::vector<std::string> known;
  if (artifact.find(':') != std::string_view::npos) {
    auto id = ParseArtifactId(artifact);
    if (!id.ok()) return id.error();
    if (state.Find(id->text()) != nullptr) return id->text();
    for (const auto* one : state.artifacts()) known.push_back(one->id);
    return NoSuch("artifact", artifact, in, known, "skilltrail list shows them");
  }
  if (Status good = CheckName(artifact, "artifact"); !good.ok()) return good.error();
  std::vector<std::string> found;
  for (ArtifactType type : AllTypes()) {
    std::string id = ArtifactId{type, std::string(artifact)}.text();
    if (state.Find(id) != nullptr) found.push_back(std::move(id));
  }
  if (found.size() == 1) return found.front();
  std::sort(found.begin(), found.end());
  if (found.size() > 1) {
    return Error{Code::kUsage, fmt::format("\"{}\" is ambiguous: {}", artifact, fmt::join(found, ", ")), "give type:name"};
  }
  for (const auto* one : state.artifacts()) known.push_back(one->id.substr(one->id.find(':') + 1));
  return NoSuch("artifact", artifact, in, known, "skilltrail list shows them");
}

Result<std::string> Reading::FindEver(std::string_view collection, std::string_view artifact, const Moment& moment) const {
  std::vector<std::string> found;
  if (artifact.find(':') != std::string_view::npos) {
    auto id = ParseArtifactId(artifact);
    if (!id.ok()) return id.error();
    auto last = log().LastOf(store::ArtifactStream(collection, id->text()), moment.seq);
    if (!last.ok()) return last.error();
    if (*last != 0) found.push_back(id->text());
  } else {
    if (Status good = CheckName(artifact, "artifact"); !good.ok()) return good.error();
    auto ids = states_->IdsNamed(collection, artifact, moment.seq);
    if (!ids.ok()) return ids.error();
    found = std::move(*ids);
  }
  if (found.size() == 1) return found.front();
  if (found.size() > 1) {
    // Several types have had the name: the one that stands there now is meant, if only one does.
    std::vector<std::string> standing;
    for (const auto& id : found) {
      auto state = states_->ArtifactAt(collection, id, moment.seq);
      if (!state.ok()) return state.error();
      if (state->has_value()) standing.push_back(id);
    }
    if (standing.size() == 1) return standing.front();
    return Error{Code::kUsage, fmt::format("\"{}\" is ambiguous: {}", artifact, fmt::join(found, ", ")), "give type:name"};
  }
  auto state = states_->CollectionAt(collection, moment.seq);
  if (!state.ok()) return state.error();
  return Find(*state, artifact);  // not there: the error with its suggestion
}

}  // namespace skilltrail
