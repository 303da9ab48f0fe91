#include "engine/refresh/refresh.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <system_error>

#include "engine/refresh/gather.h"
#include "engine/refresh/record.h"
#include "engine/refresh/select.h"
#include "engine/session/reading.h"

namespace skilltrail::refresh {
namespace {

// Phase one: everything that takes time, without the lock. The view of the store ends with it.
Result<Findings> Find(const Context& context, upstream::Upstream& upstream, const RefreshRequest& request) {
  Findings findings;
  findings.began = std::chrono::steady_clock::now();
  ASSIGN_OR_RETURN(const auto reading, Reading::Open(context));
  ASSIGN_OR_RETURN(const Moment head, reading->Resolve(""));
  ASSIGN_OR_RETURN(const projections::CollectionState state, reading->CollectionState("", head));
  findings.collection = state.name();
  ASSIGN_OR_RETURN(findings.selection, Select(state, request));
  std::error_code failed;
  if (!request.project.empty() && !std::filesystem::is_directory(request.project, failed)) {
    return Error{Code::kNotFound, fmt::format("no project {}", request.project.string()), {}};
  }
  const upstream::Ledger before = upstream.ledger();
  ASSIGN_OR_RETURN(findings.facts, Gather(context, upstream, *reading, state, findings.selection.chosen, request));
  findings.ledger = upstream.ledger();
  findings.ledger.sent -= before.sent;
  findings.ledger.not_modified -= before.not_modified;
  return findings;
}

}  // namespace

Result<RefreshReport> Refresh(const Context& context, upstream::Upstream& upstream, const RefreshRequest& request) {
  ASSIGN_OR_RETURN(const Findings findings, Find(context, upstream, request));
  const auto answered = [](const auto& found) { return found.second.repository_answered; };
  const bool interrupted = Interrupted(context);
  if (interrupted && std::none_of(findings.facts.begin(), findings.facts.end(), answered)) {
    return Error{Code::kInterrupted, "interrupted: nothing was recorded", {}};
  }
  ASSIGN_OR_RETURN(RefreshReport report, Record(context, request, findings));
  if (interrupted) return Error{Code::kInterrupted, "interrupted: what had arrived was recorded", {}};
  return report;
}

}  // namespace skilltrail::refresh
