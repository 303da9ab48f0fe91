#include "engine/refresh/gather.h"

#include "engine/refresh/source.h"

#include "tests/refresh/refresh_fixture.h"

#include <catch2/catch.hpp>

namespace skilltrail::refresh {
namespace {

using testing::GithubFiles;
using testing::Skill;
using Fixture = testing::RefreshFixture;

// Cuts the listing of one tree, as GitHub does with a large one: only entries without '/' are left.
class Cutting final : public upstream::Upstream {
 public:
  Cutting(upstream::Upstream& whole, std::string tree) : whole_(whole), tree_(std::move(tree)) {}
  void AskAll(std::vector<upstream::Question> questions, const Done& done) override {
    whole_.AskAll(std::move(questions), [&](size_t index, Result<upstream::Answer> answer, upstream::Batch& batch) {
      if (answer.ok() && answer->tree.sha == tree_) {
        answer->tree.truncated = true;
        std::erase_if(answer->tree.entries, [](const auto& entry) { return entry.path.find('/') != std::string::npos; });
      }
      done(index, std::move(answer), batch);
    });
  }
  upstream::Ledger ledger() const override { return whole_.ledger(); }
  void UseValidators(upstream::ValidatorCache* validators) override { whole_.UseValidators(validators); }

 private:
  upstream::Upstream& whole_;
  std::string tree_;
};

TEST_CASE_METHOD(Fixture, "a repository too large for one listing is listed where its artifacts stand, once for all of them") {
  GithubFiles files = Skill("skills/pdf", "Reads PDFs.");
  files.merge(Skill("skills/web", "Browses."));
  Publish("acme/skills", {}, files);
  AddAll("acme/skills");
  files["skills/pdf/SKILL.md"] = Skill("skills/pdf", "Other.").at("skills/pdf/SKILL.md");
  files.erase("skills/web/SKILL.md");
  Publish("acme/skills", {}, files);
  Cutting cutting(upstream, world.At("acme/skills").commits().back().tree);
  const size_t before = upstream.asked().size();
  RefreshRequest request;
  request.mode = schema::RefreshMode::sync;
  const auto report = refresh::Refresh(context, cutting, request);
  REQUIRE(report.ok());
  REQUIRE(report->entries[0].status == EntryStatus::kRefreshed);
  // Listed whole, so it is known to be gone.
  REQUIRE(report->entries[1].status == EntryStatus::kSkipped);
  size_t trees = 0;
  for (size_t i = before; i < upstream.asked().size(); ++i) trees += upstream.asked()[i].kind == upstream::Question::Kind::kTree ? 1 : 0;
  REQUIRE(trees == 2);
  REQUIRE(testing::ReadFile(Dir() / "skills/pdf/SKILL.md") == Skill("skills/pdf", "Other.").at("skills/pdf/SKILL.md").bytes);
}

TEST_CASE_METHOD(Fixture, "what a cut listing does not name is unknown, not gone") {
  Publish("acme/skills", {}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  Publish("acme/skills", {}, {{"README.md", {"moved"}}});
  Cutting cutting(upstream, world.At("acme/skills").commits().back().tree);
  const auto report = refresh::Refresh(context, cutting, {});
  REQUIRE(report.ok());
  REQUIRE(report->entries.front().status == EntryStatus::kError);
  REQUIRE(report->entries.front().code == Code::kUpstream);
}

TEST_CASE_METHOD(Fixture, "artifacts that follow different refs of a repository share what they have in common") {
  Publish("acme/skills", {"pdf"}, Skill("skills/pdf", "One."));
  world.At("acme/skills").Name("v1", "01");
  GithubFiles files = Skill("skills/pdf", "Two.");
  files.merge(Skill("skills/web", "Browses."));
  Publish("acme/skills", {"pdf"}, files);
  Add("acme/skills/skills/pdf@v1");
  Add("acme/skills/skills/web");
  // One repository, two commits, two trees.
  REQUIRE(Refresh().requests_sent == 5);
}

TEST_CASE_METHOD(Fixture, "topics alone cost one question a repository") {
  Publish("acme/skills", {"pdf"}, Skill("skills/pdf", "Reads."));
  Add("acme/skills/skills/pdf");
  world.At("acme/skills").facts.topics = {"other"};
  RefreshRequest request;
  request.fields = {"tags"};
  const auto report = Refresh(request);
  REQUIRE(report.requests_sent == 1);
  REQUIRE(report.entries.front().status == EntryStatus::kRefreshed);
  REQUIRE(State("skill:pdf").imported_tags == testing::Words{"other"});
  REQUIRE(State("skill:pdf").tags_checked_at != 0);
  // A check tells of content too.
  request.mode = schema::RefreshMode::check_only;
  REQUIRE(Refresh(request).requests_sent > 1);
}

TEST_CASE_METHOD(Fixture, "topics that had come when the limit ended are taken, and the entry says what was not looked at") {
  Publish("acme/skills", {"pdf"}, Skill("skills/pdf", "Reads."));
  Add("acme/skills/skills/pdf");
  Refresh();
  const Micros checked = State("skill:pdf").tags_checked_at;
  Publish("acme/skills", {"other"}, Skill("skills/pdf", "Changed."));
  upstream.remaining = 1;
  const auto report = Refresh();
  const Entry& entry = report.entries.front();
  REQUIRE(entry.status == EntryStatus::kError);
  REQUIRE(entry.code == Code::kRateLimited);
  REQUIRE(entry.changes == testing::Words{"tags"});
  REQUIRE(entry.error.find("its files were not compared") != std::string::npos);
  const auto state = State("skill:pdf");
  REQUIRE(state.imported_tags == testing::Words{"other"});
  REQUIRE(projections::MetadataOf(state, "description") == "Reads.");
  REQUIRE(state.tags_checked_at == checked);
}

TEST_CASE_METHOD(Fixture, "a source shows why its artifact could not be compared, until it can") {
  Publish("acme/skills", {}, Skill("skills/pdf", "Reads."));
  world.At("acme/skills").Name("v1", "01");
  Add("acme/skills/skills/pdf@v1");
  const auto shown = [&] { return ShowSource(context, "pdf")->trouble; };
  Refresh();
  REQUIRE_FALSE(shown());
  upstream.fail = [](const upstream::Question& question) {
    return question.kind == upstream::Question::Kind::kCommit ? std::optional(Error{Code::kNotFound, "not found", {}}) : std::nullopt;
  };
  Refresh();
  REQUIRE(shown());
  REQUIRE(shown()->why.find("no branch, tag or commit") != std::string::npos);
  RefreshRequest other;
  other.types = {ArtifactType::kAgent};
  Refresh(other);
  REQUIRE(shown());
  upstream.fail = nullptr;
  Refresh();
  REQUIRE_FALSE(shown());
  Publish("acme/skills", {}, Skill("skills/web", "Browses."));
  Add("acme/skills/skills/web");
  Publish("acme/skills", {}, {{"README.md", {"moved"}}});
  Refresh();
  REQUIRE_FALSE(shown());
  REQUIRE(ShowSource(context, "web")->trouble->why.find("is gone from") != std::string::npos);
}

}  // namespace
}  // namespace skilltrail::refresh
