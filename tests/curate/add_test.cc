#include <algorithm>
#include <map>

#include "tests/refresh/refresh_fixture.h"

#include <catch2/catch.hpp>

namespace skilltrail::curate {
namespace {

using testing::GithubFiles;
using testing::Skill;
using testing::Words;
using upstream::Question;
using Fixture = testing::RefreshFixture;
using ItemStatus = AddedItem::Status;

// Answers the questions that wait in the opposite order, as no network would promise not to.
class LastFirst final : public upstream::Upstream {
 public:
  explicit LastFirst(upstream::Upstream& whole) : whole_(whole) {}

  void AskAll(std::vector<Question> questions, const Done& done) override {
    Waiting waiting;
    for (auto& question : questions) std::ignore = waiting.Add(std::move(question));
    while (!waiting.open.empty()) {
      most_at_once = std::max(most_at_once, waiting.open.size());
      auto node = waiting.open.extract(std::prev(waiting.open.end()));
      whole_.Ask({node.mapped()}, [&](size_t, Result<upstream::Answer> answer) { done(node.key(), std::move(answer), waiting); });
    }
  }
  upstream::Ledger ledger() const override { return whole_.ledger(); }
  void UseValidators(upstream::ValidatorCache* validators) override { whole_.UseValidators(validators); }

  size_t most_at_once = 0;

 private:
  struct Waiting final : upstream::Batch {
    size_t Add(Question question) override {
      open.emplace(next, std::move(question));
      return next++;
    }
    std::map<size_t, Question> open;
    size_t next = 0;
  };
  upstream::Upstream& whole_;
};

class AddFixture : public Fixture {
 public:
  AddReport AddTo(upstream::Upstream& from, Words sources) {
    auto report = curate::Add(context, from, {std::move(sources), {}, {}, false});
    REQUIRE(report.ok());
    return std::move(*report);
  }
  Words AddedSince(Seq seq) {
    Words added;
    auto reading = Reading::Open(context);
    REQUIRE(reading.ok());
    store::ScanOptions options;
    options.after = seq;
    REQUIRE((*reading)
                ->log()
                .Scan(options,
                      [&](const store::StoredEvent& event) {
                        if (event.event->payload_as_ArtifactAdded() != nullptr) added.emplace_back(View(event.event->artifact()));
                        return store::Visit::kContinue;
                      })
                .ok());
    return added;
  }
  size_t Asked(Question::Kind kind) const {
    return static_cast<size_t>(
        std::count_if(upstream.asked().begin(), upstream.asked().end(), [&](const Question& asked) { return asked.kind == kind; }));
  }
};

TEST_CASE_METHOD(AddFixture, "many repositories are asked at once, and added in the order of the command line, in one run") {
  Words sources, expected;
  for (int i = 0; i < 25; ++i) {
    const std::string name = "s" + std::to_string((i * 7) % 25);
    Publish("team/" + name, {}, Skill("skills/" + name, "One."));
    sources.push_back("team/" + name + "/skills/" + name);
    expected.push_back("skill:" + name);
  }
  LastFirst from(upstream);
  const Seq before = Head();
  const auto report = AddTo(from, sources);
  REQUIRE(from.most_at_once == 10);
  REQUIRE(AddedSince(before) == expected);
  const Words types = Since(before);
  REQUIRE(std::count(types.begin(), types.end(), "run_started") == 1);
  REQUIRE(report.items.size() == 25);
  REQUIRE(std::is_sorted(report.items.begin(), report.items.end(),
                         [](const AddedItem& a, const AddedItem& b) { return a.artifact < b.artifact; }));
}

TEST_CASE_METHOD(AddFixture, "a source that fails is an item of its own, whichever answer comes first") {
  Publish("a/kit", {}, Skill("skills/pdf", "A."));
  Publish("b/kit", {}, Skill("skills/pdf", "B."));
  LastFirst from(upstream);
  const auto report = AddTo(from, {"a/kit/skills/pdf", "none/such", "b/kit/skills/pdf", "a/kit/skills/nothing", "not a source"});
  REQUIRE(report.items.size() == 5);
  REQUIRE(report.items[0].status == ItemStatus::kAdded);
  REQUIRE(report.items[0].source == "a/kit/skills/pdf");
  REQUIRE(report.items[1].source == "b/kit/skills/pdf");
  REQUIRE(report.items[1].name_taken);
  for (size_t i = 2; i < 5; ++i) REQUIRE(report.items[i].status == ItemStatus::kError);
  REQUIRE(State("skill:pdf").source == "a/kit/skills/pdf");
}

TEST_CASE_METHOD(AddFixture, "paths of one repository and ref cost one listing") {
  GithubFiles files = Skill("skills/pdf", "Reads.");
  files.merge(Skill("skills/web", "Browses."));
  Publish("acme/kit", {}, files);
  REQUIRE(AddTo(upstream, {"acme/kit/skills/web", "acme/kit/skills/pdf"}).items.size() == 2);
  REQUIRE(Asked(Question::Kind::kRepository) == 1);
  REQUIRE(Asked(Question::Kind::kCommit) == 1);
  REQUIRE(Asked(Question::Kind::kTree) == 1);
}

TEST_CASE_METHOD(AddFixture, "what is more than is held at a time is added in steps of one run, a dry run's too") {
  Words sources;
  for (int i = 0; i < 14; ++i) {
    const std::string name = "big" + std::to_string(i);
    GithubFiles files = Skill("skills/" + name, "Big.");
    files["skills/" + name + "/data.bin"] = {std::string(8u << 20, static_cast<char>('a' + i))};
    Publish("team/" + name, {}, files);
    sources.push_back("team/" + name + "/skills/" + name);
  }
  // The same name from elsewhere, in a later step.
  Publish("late/big0", {}, Skill("skills/big0", "Other."));
  sources.push_back("late/big0/skills/big0");
  const Seq before = Head();
  context.dry_run = true;
  const auto said = AddTo(upstream, sources);
  REQUIRE(Head() == before);
  context.dry_run = false;
  const auto done = AddTo(upstream, sources);
  for (const auto* report : {&said, &done}) {
    REQUIRE(report->items.size() == 15);
    REQUIRE(std::count_if(report->items.begin(), report->items.end(), [](const auto& item) { return item.name_taken; }) == 1);
  }
  REQUIRE(AddedSince(before).size() == 14);
  const Words types = Since(before);
  REQUIRE(std::count(types.begin(), types.end(), "run_started") == 1);
  REQUIRE(std::count(types.begin(), types.end(), "run_completed") == 1);
}

TEST_CASE_METHOD(AddFixture, "a source that is there already is skipped, whatever its repository is called now") {
  Publish("acme/kit", {}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/kit/skills/pdf");
  for (const std::string again : {"acme/kit/skills/pdf", "https://github.com/acme/kit/tree/main/skills/pdf"}) {
    REQUIRE(AddTo(upstream, {again}).items.front().status == ItemStatus::kSkipped);
  }
  world.At("acme/kit").facts.renamed_to = "emca/tik";
  REQUIRE(AddTo(upstream, {"acme/kit/skills/pdf"}).items.front().status == ItemStatus::kSkipped);
  Publish("other/kit", {}, Skill("skills/pdf", "Reads PDFs."));
  REQUIRE(AddTo(upstream, {"other/kit/skills/pdf"}).items.front().status == ItemStatus::kError);
}

TEST_CASE_METHOD(AddFixture, "of all that a repository holds, what is blank is no artifact") {
  auto files = Skill("skills/pdf", "Reads PDFs.");
  files["skills/blank/SKILL.md"] = {" \n"};
  Publish("acme/kit", {}, files);
  AddAll("acme/kit");
  Publish("acme/nothing", {}, {{"skills/blank/SKILL.md", {" \n"}}});
  const auto report = curate::Add(context, upstream, {{"acme/nothing"}, {}, {}, true});
  REQUIRE(report->items.front().code == Code::kNotFound);
}

}  // namespace
}  // namespace skilltrail::curate
