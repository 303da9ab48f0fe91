// Workbench: a store with its default collection on a real disk, for tests of the rooms that work on both. What the engine refuses throws,
// unless the test asks for the result itself.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/curate/curate.h"
#include "engine/session/reading.h"
#include "tests/support/log_fixture.h"
#include "tests/support/temp_dir.h"

namespace skilltrail::testing {

template <class T>
T Need(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

class Workbench {
 public:
  Workbench() {
    context.store = dir_ / "store";
    context.actor = "tester";
    context.command = "test";
    context.clock = &clock;
    Need(curate::Init(context));
  }

  TickingClock clock;
  Context context;

  std::filesystem::path Path(std::string_view name) const { return dir_ / name; }
  std::filesystem::path Collection() const { return context.store / "collections" / "default"; }

  // A skill on disk, as a person would write it.
  void WriteSkill(const std::string& name, const std::string& body, const std::string& front = "description: d") {
    WriteFile(Collection() / "skills" / name / "SKILL.md", "---\nname: " + name + "\n" + front + "\n---\n" + body + "\n");
  }
  std::string SkillText(const std::string& name) { return ReadFile(Collection() / "skills" / name / "SKILL.md"); }
  CaptureReport Capture() { return Need(curate::CaptureCollection(context)); }

  Seq Head() { return Need(Reading::Open(context))->log().head(); }
  projections::CollectionState State() {
    auto reading = Need(Reading::Open(context));
    return Need(reading->CollectionState("default", Need(reading->Resolve(""))));
  }
  // The types of the events after `seq`.
  std::vector<std::string> Since(Seq seq) {
    std::vector<std::string> types;
    auto reading = Need(Reading::Open(context));
    store::ScanOptions options;
    options.after = seq;
    Status scanned = reading->log().Scan(options, [&](const store::StoredEvent& event) {
      types.push_back(EventTypeName(*event.event));
      return store::Visit::kContinue;
    });
    if (!scanned.ok()) throw std::runtime_error(scanned.error().message);
    return types;
  }

 private:
  TempDir dir_;
};

}  // namespace skilltrail::testing
