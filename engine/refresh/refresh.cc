#include "engine/refresh/refresh.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <system_error>
#include <utility>

#include "engine/refresh/gather.h"
#include "engine/refresh/record.h"
#include "engine/refresh/select.h"
#include "engine/refresh/validators.h"
#include "engine/session/reading.h"
#include "events/source.h"

namespace skilltrail::refresh {
namespace {

using Steady = std::chrono::steady_clock;
using Ids = std::vector<std::string>;

// What one gathering asks about: enough to keep all connections busy, few enough that what they list fits in memory.
constexpr size_t kRepositoriesAtOnce = 50;

// A burst captures the whole collection and writes its manifest. So that recording takes no more than a fifth of the time, the pause after
// one is at least so many times as long as it was.
constexpr int kBurstPause = 4;

// The ids that pass, by repository, and those that were checked longest ago first: where a limit ends a refresh, the next one goes on.
std::vector<Ids> Batches(const projections::CollectionState& state, const Ids& chosen) {
  struct Group {
    Micros checked_at = INT64_MAX;
    Ids ids;
  };
  std::map<std::string, Group> groups;
  Ids others;
  for (const auto& id : chosen) {
    const projections::ArtifactState* artifact = state.Find(id);
    const auto source = ParseSource(artifact == nullptr ? std::string() : artifact->source);
    if (!source.ok()) {
      others.push_back(id);
      continue;
    }
    Group& group = groups[source->repository()];
    group.checked_at = std::min(group.checked_at, std::max(artifact->last_refreshed_at, artifact->tags_checked_at));
    group.ids.push_back(id);
  }
  std::vector<Group*> oldest_first;
  for (auto& [name, group] : groups) oldest_first.push_back(&group);
  std::stable_sort(oldest_first.begin(), oldest_first.end(), [](const Group* a, const Group* b) { return a->checked_at < b->checked_at; });
  std::vector<Ids> batches(1, std::move(others));
  for (size_t i = 0; i < oldest_first.size(); ++i) {
    if (i > 0 && i % kRepositoriesAtOnce == 0) batches.emplace_back();
    Ids& batch = batches.back();
    batch.insert(batch.end(), oldest_first[i]->ids.begin(), oldest_first[i]->ids.end());
  }
  return batches;
}

class Refreshing {
 public:
  Refreshing(const Context& context, const RefreshRequest& request)
      : context_(context),
        request_(request),
        validators_(context.clock->Now()),
        recorder_(context, request_, findings_, validators_, stated_) {
    findings_.began = Steady::now();
  }
  ~Refreshing() {
    if (upstream_ != nullptr) upstream_->UseValidators(nullptr);
  }
  Refreshing(const Refreshing&) = delete;
  Refreshing& operator=(const Refreshing&) = delete;

  // A view of the store, without the lock.
  Status Look() {
    if (reading_) return {};
    ASSIGN_OR_RETURN(reading_, Reading::Open(context_));
    ASSIGN_OR_RETURN(const Moment head, reading_->Resolve(""));
    ASSIGN_OR_RETURN(auto state, reading_->CollectionState(findings_.collection, head));
    state_ = std::make_unique<projections::CollectionState>(std::move(state));
    validators_.ReadFrom(reading_->store().cache.get());
    return {};
  }

  // `upstream` must outlive this.
  Result<RefreshReport> Run(upstream::Upstream& upstream) {
    upstream_ = &upstream;
    upstream_->UseValidators(&validators_);
    last_burst_ = Steady::now();
    ASSIGN_OR_RETURN(const auto batches, Plan());
    Ids arrived;
    for (const Ids& batch : batches) {
      RETURN_IF_ERROR(Ask(batch));
      arrived.insert(arrived.end(), batch.begin(), batch.end());
      if (&batch == &batches.back() || context_.dry_run || Steady::now() - last_burst_ < pause_) continue;
      Release();
      const auto began = Steady::now();
      RETURN_IF_ERROR(recorder_.Burst(arrived));
      recorded_ = true;
      arrived.clear();
      last_burst_ = Steady::now();
      if (request_.record_every.count() > 0)
        pause_ = std::max<Steady::duration>(request_.record_every, kBurstPause * (last_burst_ - began));
    }
    Release();
    const auto answered = [](const auto& found) { return found.second.repository_answered; };
    const bool interrupted = Interrupted(context_);
    if (interrupted && !recorded_ && std::none_of(findings_.facts.begin(), findings_.facts.end(), answered)) {
      return Error{Code::kInterrupted, "interrupted: nothing was recorded", {}};
    }
    ASSIGN_OR_RETURN(RefreshReport report, recorder_.Finish(arrived));
    if (interrupted) return Error{Code::kInterrupted, "interrupted: what had arrived was recorded", {}};
    if (findings_.ledger.trusted > 0) {
      report.notes.push_back(fmt::format("nothing was pushed to {} {}: without a token the newest commit was not asked for",
                                         findings_.ledger.trusted, findings_.ledger.trusted == 1 ? "repository" : "repositories"));
    }
    return report;
  }

 private:
  void Release() {
    validators_.ReadFrom(nullptr);
    if (state_) {
      auto dir = reading_->DirectoryOf(*state_);
      recorder_.Know(std::move(*state_), std::move(dir));
    }
    state_.reset();
    reading_.reset();
  }

  Result<std::vector<Ids>> Plan() {
    RETURN_IF_ERROR(Look());
    findings_.collection = state_->name();
    stated_.ReadFrom(*reading_->store().cache, findings_.collection);
    ASSIGN_OR_RETURN(findings_.selection, Select(*state_, request_));
    std::error_code failed;
    if (!request_.project.empty() && !std::filesystem::is_directory(request_.project, failed)) {
      return Error{Code::kNotFound, fmt::format("no project {}", request_.project.string()), {}};
    }
    before_ = upstream_->ledger();
    return Batches(*state_, findings_.selection.chosen);
  }

  Status Ask(const Ids& batch) {
    RETURN_IF_ERROR(Look());
    const auto news = [&] { recorder_.Expect(reading_->DirectoryOf(*state_)); };
    ASSIGN_OR_RETURN(auto facts, Gather(context_, *upstream_, *reading_, *state_, batch, request_, stated_, news));
    findings_.facts.merge(facts);
    findings_.ledger = upstream_->ledger();
    findings_.ledger.sent -= before_.sent;
    findings_.ledger.not_modified -= before_.not_modified;
    findings_.ledger.trusted -= before_.trusted;
    return {};
  }

  const Context& context_;
  const RefreshRequest& request_;
  upstream::Upstream* upstream_ = nullptr;
  Findings findings_;
  Validators validators_;
  StatedCache stated_;
  Recorder recorder_;
  upstream::Ledger before_;
  std::unique_ptr<Reading> reading_;
  std::unique_ptr<projections::CollectionState> state_;
  Steady::time_point last_burst_;
  Steady::duration pause_ = request_.record_every;  // from a burst to the next
  bool recorded_ = false;
};

}  // namespace

Result<RefreshReport> Refresh(const Context& context, upstream::Upstream& upstream, const RefreshRequest& request) {
  return Refreshing(context, request).Run(upstream);
}

Result<RefreshReport> Refresh(const Context& context, const OpenUpstream& open, const RefreshRequest& request) {
  auto opening = std::async(std::launch::async, open);
  std::unique_ptr<upstream::Upstream> upstream;
  Refreshing refreshing(context, request);
  const Status looked = refreshing.Look();
  ASSIGN_OR_RETURN(upstream, opening.get());
  RETURN_IF_ERROR(looked);
  return refreshing.Run(*upstream);
}

}  // namespace skilltrail::refresh
