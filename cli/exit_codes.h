// The one table from error codes to exit codes and HTTP status.
#pragma once

#include "events/result.h"

namespace skilltrail::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailedExit = 1;
inline constexpr int kUsageExit = 2;
inline constexpr int kNotFoundExit = 3;
inline constexpr int kConflictExit = 4;
inline constexpr int kBusyExit = 5;
inline constexpr int kCorruptExit = 6;
inline constexpr int kUpstreamExit = 7;
inline constexpr int kPartExit = 8;
inline constexpr int kDifferencesExit = 9;
inline constexpr int kInterruptedExit = 130;

int ExitCode(Code code);
int HttpStatus(Code code);
// What an exit code means, for help.
const char* ExitMeaning(int exit_code);

}  // namespace skilltrail::cli
