#include <fmt/format.h>

#include "cli/exit_codes.h"
#include "cli/help.h"
#include "cli/text.h"
#include "events/event.h"

namespace skilltrail::cli {
namespace {

constexpr const char* kPoints =
    R"(A point is a moment of the log. Every reading command takes one with --at, `log` also with --since and --until.

  1042                   just after event 1042
  @, @~3                 now; three events before now
  run:1040               the end of the run that began at event 1040
  run:1040-              just before that run
  snap:NAME, snap:ID     a snapshot, by its name, its id or a unique beginning of that
  2026-01-22T09:30:00Z   a time: the last event logged at or before it
  2026-01-22             midnight of that day, local time
  today, yesterday       the midnight before; the one before that
  2d, 90min ago          so long before now: s, min, h, d, w, or spelt out

A point before the first event is the empty state; one in the future is refused. `log --since TIME` begins with the first event logged at or
after it, `log --after SEQ` with the one behind that event.
)";

std::string Filters() {
  return fmt::format(R"(Filters of `log` narrow each other: an event is shown if it passes all of them.

  ARTIFACT...            it concerns one of these; a bare name means every type of it
  -c NAME                it concerns that collection; without it `log` is about the whole store
  --type T,...           it is of one of these types
  --run SEQ              it was written by the run that began there
  --project DIR          it concerns that project
  --tag TAG              it is an import or an edit that added or took away that tag
  --grep RE              its JSON line matches the regular expression (RE2's syntax)
  --since, --until P     it stands between these points, both included (`help points`)
  --after SEQ            it stands behind that event; the order is then the oldest first
  -n N                   at most so many

All but --grep are found in the index, so they are quick in a log of any length.

Types: {}
)",
                     Join(EventTypeNames()));
}

std::string ExitCodes() {
  std::string out = "What a command's exit code means.\n\n";
  for (const int code : {kDone, kFailedExit, kUsageExit, kNotFoundExit, kConflictExit, kBusyExit, kCorruptExit, kUpstreamExit, kPartExit,
                         kDifferencesExit, kInterruptedExit}) {
    out += fmt::format("  {:<5}{}\n", code, ExitMeaning(code));
  }
  return out;
}

}  // namespace

const std::vector<Topic>& Topics() {
  static const std::vector<Topic> topics = {{"points", "how to name a moment", kPoints},
                                            {"filters", "which events `log` shows", Filters()},
                                            {"exit-codes", "what an exit code means", ExitCodes()}};
  return topics;
}

}  // namespace skilltrail::cli
