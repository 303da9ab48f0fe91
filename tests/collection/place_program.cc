// Brings the artifacts of CrashWorld from one version to another: STORE DIR FROM TO atomic|two-steps. Says "ready" before and "done" after.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/collection/crash_world.h"

namespace skilltrail::collection {
namespace {

void Say(std::string_view line) {
  if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::abort();
}

void Run(char** arguments) {
  const std::filesystem::path dir = arguments[2];
  const auto database = Require(store::Database::OpenReader(arguments[1]));
  const store::BlobStore blobs(*database);
  const auto placements = CrashPlacements(dir, std::atoi(arguments[3]), std::atoi(arguments[4]));
  const auto exchange = std::string_view(arguments[5]) == "two-steps" ? Exchange::kTwoSteps : Exchange::kAtomic;
  Say("ready\n");
  for (const auto& outcome : Require(Place(placements, blobs, dir / ".staging", exchange))) {
    if (outcome.placed == Placed::kEdited) throw std::runtime_error("took our own content for an edit: " + outcome.note);
  }
  Say("done\n");
}

}  // namespace
}  // namespace skilltrail::collection

int main(int count, char** arguments) {
  if (count != 6) return 2;
  try {
    skilltrail::collection::Run(arguments);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
  }
}
