// RefreshFixture: a store in a temporary directory, and a pretended GitHub that its artifacts come from.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/collection/capture.h"
#include "engine/curate/curate.h"
#include "engine/refresh/refresh.h"
#include "engine/session/reading.h"
#include "engine/session/writing.h"
#include "events/codec.h"
#include "tests/support/fake_upstream.h"
#include "tests/support/log_fixture.h"
#include "tests/support/temp_dir.h"

namespace skilltrail::testing {

using Words = std::vector<std::string>;

// The files of a skill at `path`.
inline GithubFiles Skill(const std::string& path, const std::string& description) {
  return {{path + "/SKILL.md", {"---\nname: skill\ndescription: " + description + "\n---\n# Skill\n"}}};
}

// What the store refuses throws: no test here expects it in passing.
class RefreshFixture {
 public:
  RefreshFixture() {
    context.store = dir_ / "store";
    context.actor = "tester";
    context.command = "test";
    context.clock = &clock_;
    Need(curate::Init(context));
  }

  GithubWorld world;
  FakeUpstream upstream{world};
  Context context;

  std::filesystem::path Dir() const { return context.store / "collections" / "default"; }

  // A commit of exactly these files; the repository's topics are these from now on.
  void Publish(const std::string& repository, Words topics, const GithubFiles& files) {
    auto& at = world.At(repository);
    at.facts.topics = std::move(topics);
    at.Commit("a commit", files);
  }

  void Add(const std::string& source) { Add(curate::AddRequest{{source}, {}, {}, false}); }
  void AddAll(const std::string& source) { Add(curate::AddRequest{{source}, {}, {}, true}); }
  void Add(const curate::AddRequest& request) {
    const auto report = Need(curate::Add(context, upstream, request));
    for (const auto& item : report.items) {
      if (item.status != curate::AddedItem::Status::kAdded) throw std::runtime_error(item.source + ": " + item.reason);
    }
  }
  // A command of the test's own.
  template <class Command>
  void Write(const Command& command) {
    auto writing = Need(Writing::Open(context));
    Need(writing->Collection("default"));
    command(*writing);
    if (Status finished = writing->Finish(); !finished.ok()) throw std::runtime_error(finished.error().message);
  }
  void Capture() { Need(curate::CaptureCollection(context)); }
  refresh::RefreshReport Refresh(const refresh::RefreshRequest& request = {}) { return Need(refresh::Refresh(context, upstream, request)); }

  Seq Head() { return Need(Reading::Open(context))->log().head(); }
  // The types of the events after `seq`.
  Words Since(Seq seq) {
    Words types;
    Scan(seq, [&](const store::StoredEvent& event) { types.push_back(EventTypeName(*event.event)); });
    return types;
  }

  projections::ArtifactState State(const std::string& id, std::optional<Seq> at = std::nullopt) {
    auto reading = Need(Reading::Open(context));
    auto state = Need(reading->states().ArtifactAt("default", id, at.value_or(reading->log().head())));
    if (!state) throw std::runtime_error("no " + id);
    return std::move(*state);
  }

  std::string FileAt(Seq at, const std::string& id, const std::string& path) {
    const auto state = State(id, at);
    auto reading = Need(Reading::Open(context));
    const auto tree = Need(collection::LoadTree(DigestFromBytes(state.tree.data(), state.tree.size()), reading->blobs()));
    const auto* entry = tree.Find(path);
    if (entry == nullptr) throw std::runtime_error("no " + path);
    return Need(reading->blobs().Get(entry->digest));
  }

  std::string LastReportBlob() {
    Digest digest;
    Scan(0, [&](const store::StoredEvent& event) {
      if (const auto* completed = event.event->payload_as_RefreshCompleted()) digest = DigestOf(completed->report());
    });
    return Need(Need(Reading::Open(context))->blobs().Get(digest));
  }

 private:
  template <class T>
  static T Need(Result<T> result) {
    if (!result.ok()) throw std::runtime_error(result.error().message);
    return std::move(*result);
  }

  template <class Visit>
  void Scan(Seq after, const Visit& visit) {
    auto reading = Need(Reading::Open(context));
    store::ScanOptions options;
    options.after = after;
    Status scanned = reading->log().Scan(options, [&](const store::StoredEvent& event) {
      visit(event);
      return store::Visit::kContinue;
    });
    if (!scanned.ok()) throw std::runtime_error(scanned.error().message);
  }

  TempDir dir_;
  TickingClock clock_;
};

}  // namespace skilltrail::testing
