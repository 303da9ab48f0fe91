// The life of a source as refreshes see it, and what they keep between them.
#include "engine/refresh/limits.h"
#include "engine/refresh/source.h"
#include "engine/refresh/validators.h"

#include "tests/refresh/refresh_fixture.h"

#include <catch2/catch.hpp>

namespace skilltrail::refresh {
namespace {

using testing::Skill;
using testing::Words;
using Fixture = testing::RefreshFixture;

struct LifeFixture : Fixture {
  LifeFixture() {
    Publish("acme/skills", {"pdf"}, Skill("skills/pdf", "Reads PDFs."));
    world.At("acme/skills").facts.license = "MIT";
    Add("acme/skills/skills/pdf");
    Refresh();
  }

  // The changes of sources recorded after `seq`, as "change before after".
  Words Changes(Seq seq) {
    Words changes;
    auto reading = Reading::Open(context);
    store::ScanOptions options;
    options.after = seq;
    REQUIRE((*reading)
                ->log()
                .Scan(options,
                      [&](const store::StoredEvent& event) {
                        if (const auto* changed = event.event->payload_as_SourceChanged()) {
                          REQUIRE(View(changed->source()) == "acme/skills");
                          changes.push_back(std::string(schema::EnumNameSourceChange(changed->change())) + " " +
                                            std::string(View(changed->before())) + " " + std::string(View(changed->after())));
                        }
                        return store::Visit::kContinue;
                      })
                .ok());
    return changes;
  }
  Words AfterRefresh() {
    const Seq before = Head();
    REQUIRE(refresh::Refresh(context, upstream, {}).ok());
    return Changes(before);
  }
  SourceReport Source() {
    auto report = ShowSource(context, "pdf");
    REQUIRE(report.ok());
    return *report;
  }
};

TEST_CASE_METHOD(LifeFixture, "what a repository says of itself is known from the first refresh, and its changes are events") {
  REQUIRE(Changes(0).empty());
  REQUIRE(Source().state->license == "MIT");
  REQUIRE(AfterRefresh().empty());
  auto& facts = world.At("acme/skills").facts;
  facts.archived = true;
  facts.license = "Apache-2.0";
  REQUIRE(AfterRefresh() == Words{"archived false true", "license MIT Apache-2.0"});
  REQUIRE(AfterRefresh().empty());
  REQUIRE(Source().state->archived);
}

TEST_CASE_METHOD(LifeFixture, "a check changes nothing, so the next refresh still has the change to tell") {
  world.At("acme/skills").facts.archived = true;
  RefreshRequest check;
  check.mode = schema::RefreshMode::check_only;
  const Seq before = Head();
  Refresh(check);
  REQUIRE(Changes(before).empty());
  REQUIRE(AfterRefresh() == Words{"archived false true"});
}

TEST_CASE_METHOD(LifeFixture, "a repository that is gone is lost once, counted, and back once; the copy stays") {
  auto& facts = world.At("acme/skills").facts;
  facts.gone = true;
  REQUIRE(AfterRefresh() == Words{"lost  "});
  REQUIRE(AfterRefresh().empty());
  const auto lost = Source();
  REQUIRE(lost.state->failures == 2);
  REQUIRE(lost.state->lost_at > 0);
  REQUIRE(lost.state->license == "MIT");  // what was said of it stands
  REQUIRE(std::filesystem::exists(Dir() / "skills/pdf/SKILL.md"));
  facts.gone = false;
  facts.archived = true;
  REQUIRE(AfterRefresh() == Words{"back  ", "archived false true"});
  REQUIRE(Source().state->failures == 0);
  REQUIRE(Source().state->lost_at == 0);
}

TEST_CASE_METHOD(LifeFixture, "trouble that is not absence says nothing of a repository") {
  upstream.fail = [](const upstream::Question&) { return Error{Code::kUpstream, "bad weather", {}}; };
  REQUIRE(AfterRefresh().empty());
  REQUIRE(Source().state->failures == 0);
}

TEST_CASE_METHOD(LifeFixture, "another repository under the name blocks updates until a person accepts it") {
  world.At("acme/skills").facts.id += 1;
  world.At("acme/skills").facts.topics = {"other"};
  REQUIRE(Refresh().entries.front().status == EntryStatus::kSkipped);
  REQUIRE(State("skill:pdf").imported_tags == Words{"pdf"});
  REQUIRE(Source().identity->after == world.At("acme/skills").facts.id);

  const auto accepted = AcceptSource(context, "skill:pdf");
  REQUIRE(accepted.ok());
  REQUIRE(accepted->repository_id == world.At("acme/skills").facts.id);
  REQUIRE_FALSE(Source().identity);
  REQUIRE(AcceptSource(context, "skill:pdf").error().code == Code::kConflict);
  REQUIRE(Refresh().entries.front().status == EntryStatus::kRefreshed);
  REQUIRE(State("skill:pdf").imported_tags == Words{"other"});
}

TEST_CASE_METHOD(LifeFixture, "a second refresh asks with validators, and a dry run keeps none") {
  upstream.token = "good-token";
  upstream.good_tokens = {"good-token"};
  REQUIRE(Refresh().requests_not_modified == 2);
  world.At("acme/skills").facts.topics = {"moved"};
  context.dry_run = true;
  Refresh();
  context.dry_run = false;
  REQUIRE(Refresh().requests_not_modified == 1);
  REQUIRE(Refresh().requests_sent == 2);
}

TEST_CASE_METHOD(LifeFixture, "without a token an unchanged repository costs one request, which is said") {
  const auto report = Refresh();
  REQUIRE(report.requests_sent == 1);
  REQUIRE(report.notes.size() == 1);
  REQUIRE(report.notes.front().find("nothing was pushed") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a long refresh records what it has learned while it goes on, in one run") {
  constexpr int kRepositories = 120;
  for (int i = 100; i < 100 + kRepositories; ++i) {
    const std::string number = std::to_string(i);
    Publish("acme/r" + number, {"tag" + number}, Skill("skills/s" + number, "Number " + number + "."));
    Add("acme/r" + number + "/skills/s" + number);
  }
  const Seq before = Head();
  size_t asked = 0;
  Words recorded;  // when the last repositories are asked
  upstream.fail = [&](const upstream::Question& question) -> std::optional<Error> {
    if (question.kind == upstream::Question::Kind::kRepository && ++asked == kRepositories) recorded = Since(before);
    return std::nullopt;
  };
  RefreshRequest request;
  request.record_every = std::chrono::milliseconds(0);
  const auto report = Refresh(request);
  REQUIRE(report.entries.size() == kRepositories);
  REQUIRE(report.Count(EntryStatus::kRefreshed) == kRepositories);
  REQUIRE(
      std::is_sorted(report.entries.begin(), report.entries.end(), [](const Entry& a, const Entry& b) { return a.artifact < b.artifact; }));
  REQUIRE(std::count(recorded.begin(), recorded.end(), "tags_imported") == 100);
  REQUIRE(std::count(recorded.begin(), recorded.end(), "refresh_completed") == 2);
  const auto all = Since(before);
  REQUIRE(std::count(all.begin(), all.end(), "run_started") == 1);
  REQUIRE(all.back() == "run_completed");
  REQUIRE(std::count(all.begin(), all.end(), "tags_imported") == kRepositories);
  for (int i = 100; i < 100 + kRepositories; ++i) REQUIRE(State("skill:s" + std::to_string(i)).tags_checked_at > 0);
}

TEST_CASE_METHOD(Fixture, "what was checked longest ago is asked first") {
  for (const std::string name : {"acme/a", "acme/b"}) {
    Publish(name, {}, Skill("skills/" + name.substr(5), "A skill."));
    Add(name + "/skills/" + name.substr(5));
  }
  RefreshRequest only;
  only.artifacts = {"skill:a"};
  Refresh(only);
  const size_t before = upstream.asked().size();
  Refresh();
  REQUIRE(upstream.asked()[before].repository == "acme/b");
}

TEST_CASE_METHOD(Fixture, "what upstream said of its limit is kept by host and token") {
  Publish("acme/skills", {}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  upstream.remaining = 40;
  Refresh();
  upstream.token = "good-token";
  upstream.good_tokens = {"good-token"};
  Refresh();
  auto reading = Reading::Open(context);
  const auto limits = ReadLimits(*(*reading)->store().cache);
  REQUIRE(limits.size() == 2);
  REQUIRE(limits[0].host == "github.example");
  REQUIRE(limits[0].token.empty());
  REQUIRE(limits[0].remaining == 37);
  REQUIRE(limits[1].token == Sha256("good-token").hex());
  REQUIRE(limits[1].said_at > limits[0].said_at);
}

TEST_CASE("what no refresh has used for a month is dropped, what is used stays") {
  testing::LogFixture log;
  constexpr Micros kDay = 86'400'000'000;
  Validators first(100 * kDay);
  first.Keep("old", {"e1", "body\nof two lines", {}});
  first.Keep("used", {"e2", "body", "2026-01-01T00:00:00Z"});
  REQUIRE(first.WriteTo(log.cache()).ok());

  Validators later(120 * kDay);
  later.ReadFrom(&log.cache());
  REQUIRE(later.Find("used")->pushed_at == "2026-01-01T00:00:00Z");
  REQUIRE(later.WriteTo(log.cache()).ok());

  Validators last(131 * kDay);
  last.ReadFrom(&log.cache());
  REQUIRE(last.Find("old")->body == "body\nof two lines");
  REQUIRE(last.WriteTo(log.cache()).ok());  // just used, so kept
  Validators much_later(170 * kDay);
  REQUIRE(much_later.WriteTo(log.cache()).ok());
  much_later.ReadFrom(&log.cache());
  REQUIRE_FALSE(much_later.Find("old"));
  REQUIRE_FALSE(much_later.Find("used"));
}

}  // namespace
}  // namespace skilltrail::refresh
