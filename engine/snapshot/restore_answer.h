// RestoreAnswer: a restore's report as its run keeps it, for the same request that comes again.
#pragma once

#include <string>
#include <string_view>

#include "engine/snapshot/restore.h"

namespace skilltrail::snapshot {

std::string AnswerText(const RestoreReport& report);
// kCorrupt if it is no such text. Notes are not kept.
Result<RestoreReport> ReadAnswer(std::string_view text);

}  // namespace skilltrail::snapshot
