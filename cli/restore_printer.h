// What a restore would do and did, for people: `restore`, `undo`, and whatever else brings the past back.
#pragma once

#include <string>

#include "cli/invocation.h"
#include "engine/snapshot/restore.h"

namespace skilltrail::cli {

// Artifacts that the plan changes.
size_t ChangesOf(const snapshot::RestoreReport& report);
// "event 12 (2026-01-22 09:30:05)"
std::string PointText(const Moment& moment);
// The plan on stderr, `question` under it, for instance "undoing run 12"; as Invocation::Confirm.
Result<bool> AskAboutPlan(const snapshot::RestoreReport& plan, const std::string& question, Invocation& in);
// The plan as a table, artifacts that stay only with -v, and under it `done`, or that there was nothing to do.
void PrintRestored(const snapshot::RestoreReport& report, const std::string& done, Invocation& in);

}  // namespace skilltrail::cli
