// What other people do while a refresh waits for upstream, and what the log holds of earlier days.
#include "engine/deploy/deploy.h"
#include "engine/refresh/ours.h"
#include "engine/refresh/refresh.h"
#include "engine/session/writing.h"
#include "tests/refresh/refresh_fixture.h"

#include <catch2/catch.hpp>

namespace skilltrail::refresh {
namespace {

using testing::GithubFiles;
using testing::Skill;
using testing::Words;
using Fixture = testing::RefreshFixture;
using upstream::Question;

RefreshRequest Sync() {
  RefreshRequest request;
  request.mode = schema::RefreshMode::sync;
  return request;
}

const Entry& Of(const RefreshReport& report, const std::string& artifact) {
  for (const auto& entry : report.entries) {
    if (entry.artifact == artifact) return entry;
  }
  throw std::runtime_error("no entry of " + artifact);
}

TEST_CASE_METHOD(Fixture, "the lock is free while upstream is asked, and what happened meanwhile is decided upon") {
  GithubFiles files = Skill("skills/pdf", "Reads PDFs.");
  files.merge(Skill("skills/web", "Browses."));
  files.merge(Skill("skills/late", "Late."));
  Publish("acme/skills", {"one"}, files);
  Add("acme/skills/skills/pdf");
  Add("acme/skills/skills/web");
  bool done = false;
  upstream.fail = [&](const Question& question) -> std::optional<Error> {
    if (question.kind == Question::Kind::kTree && !std::exchange(done, true)) {
      REQUIRE(curate::Remove(context, {"skill:web"}).ok());
      testing::FakeUpstream other(world);
      REQUIRE(curate::Add(context, other, {{"acme/skills/skills/late"}, {}, {}, false}).ok());
    }
    return std::nullopt;
  };
  const auto report = Refresh();
  REQUIRE(done);
  REQUIRE(report.entries.size() == 2);
  REQUIRE(Of(report, "skill:web").status == EntryStatus::kSkipped);
  REQUIRE(Of(report, "skill:pdf").status == EntryStatus::kRefreshed);
  REQUIRE(State("skill:pdf").tags_checked_at != 0);
  // Its repository answered, but nobody looked at it.
  REQUIRE(State("skill:late").tags_checked_at == 0);
}

TEST_CASE_METHOD(Fixture, "an edit made while a sync waits for upstream is not overwritten") {
  Publish("acme/skills", {}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  Publish("acme/skills", {}, Skill("skills/pdf", "Other."));
  upstream.fail = [&](const Question& question) -> std::optional<Error> {
    if (question.kind == Question::Kind::kTree) testing::WriteFile(Dir() / "skills/pdf/SKILL.md", "mine");
    return std::nullopt;
  };
  REQUIRE(Refresh(Sync()).entries.front().reason == "local changes");
  REQUIRE(testing::ReadFile(Dir() / "skills/pdf/SKILL.md") == "mine");
}

TEST_CASE_METHOD(Fixture, "what had arrived when a refresh was interrupted is recorded, the rest is not taken for checked") {
  Publish("acme/skills", {"pdf"}, Skill("skills/pdf", "Reads PDFs."));
  Publish("other/tools", {"web"}, Skill("skills/web", "Browses."));
  Add("acme/skills/skills/pdf");
  Add("other/tools/skills/web");
  bool stop = false;
  upstream.interrupted = [&] { return stop; };
  context.interrupted = [&] { return stop; };
  upstream.fail = [&](const Question& question) -> std::optional<Error> {
    stop = question.kind == Question::Kind::kTree;  // the last that acme/skills needs
    return std::nullopt;
  };
  auto report = refresh::Refresh(context, upstream, {});
  REQUIRE(report.error().code == Code::kInterrupted);
  context.interrupted = nullptr;
  REQUIRE(State("skill:pdf").imported_tags == Words{"pdf"});
  REQUIRE(State("skill:pdf").tags_checked_at != 0);
  REQUIRE(State("skill:web").imported_tags.empty());
  REQUIRE(State("skill:web").tags_checked_at == 0);
}

TEST_CASE_METHOD(Fixture, "an exhausted limit fails what it hit with its code, and nothing is erased") {
  Publish("acme/skills", {"pdf"}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  Refresh();
  upstream.remaining = 0;
  const auto report = Refresh();
  REQUIRE(report.status == "failed");
  REQUIRE(report.entries.front().code == Code::kRateLimited);
  REQUIRE(State("skill:pdf").imported_tags == Words{"pdf"});
}

TEST_CASE_METHOD(Fixture, "a metadata file that is a link is read through its target, and synced as the file it means") {
  Publish("acme/skills", {}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  Publish("acme/skills", {}, {{"skills/pdf/SKILL.md", {"../../shared.md", "120000"}}, {"shared.md", {"---\ndescription: Shared.\n---\n"}}});
  const auto report = Refresh();
  REQUIRE(report.entries.front().new_values.at("description").text == "Shared.");
  REQUIRE(Refresh(Sync()).entries.front().changes == Words{"content"});
  REQUIRE(testing::ReadFile(Dir() / "skills/pdf/SKILL.md") == "---\ndescription: Shared.\n---\n");
  // Upstream's tree holds a link where ours holds a file: still the same version.
  REQUIRE(Refresh(Sync()).entries.front().merge_strategy == "no_update");
}

TEST_CASE_METHOD(Fixture, "a sync whose content is no artifact any more is skipped with the reason, and the copy stays") {
  Publish("acme/skills", {}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  Publish("acme/skills", {}, {{"skills/pdf/README.md", {"moved elsewhere"}}});
  const auto report = Refresh(Sync());
  REQUIRE(report.entries.front().status == EntryStatus::kSkipped);
  REQUIRE(report.entries.front().reason.find("no artifact there any more") != std::string::npos);
  REQUIRE(std::filesystem::exists(Dir() / "skills/pdf/SKILL.md"));
}

TEST_CASE_METHOD(Fixture, "where upstream has no artifact any more, or a blank one, nothing that is known of ours is lost") {
  for (const std::string text : {"", " \n\n"}) {
    const std::string path = "skills/s" + std::to_string(text.size());
    Publish("acme/skills", {"pdf"}, Skill(path, "Reads PDFs."));
    world.At("acme/skills").facts.description = "A kit.";
    Add("acme/skills/" + path);
    Refresh();
    Publish("acme/skills", {"pdf"}, {{path + (text.empty() ? "/README.md" : "/SKILL.md"), {text.empty() ? "moved" : text}}});
    for (const auto mode : {schema::RefreshMode::metadata_only, schema::RefreshMode::sync}) {
      RefreshRequest request;
      request.mode = mode;
      request.artifacts = {"skill:" + path.substr(7)};
      const auto report = Refresh(request);
      REQUIRE(report.entries.front().status == EntryStatus::kSkipped);
      REQUIRE(report.entries.front().reason.find("no artifact there any more") != std::string::npos);
      REQUIRE(report.entries.front().changes.empty());
    }
    REQUIRE(projections::MetadataOf(State("skill:" + path.substr(7)), "description") == "Reads PDFs.");
  }
}

TEST_CASE_METHOD(Fixture, "what a refresh has learned stays when a file beside the metadata file is edited, and goes when that one is") {
  Publish("acme/skills", {}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  Publish("acme/skills", {}, Skill("skills/pdf", "Reads and writes PDFs."));
  Refresh();
  testing::WriteFile(Dir() / "skills/pdf/notes.txt", "mine\n");
  Capture();
  REQUIRE(projections::MetadataOf(State("skill:pdf"), "description") == "Reads and writes PDFs.");
  const Seq before = Head();
  REQUIRE(Refresh().entries.front().status == EntryStatus::kUnchanged);
  REQUIRE(Since(before) == Words{"run_started", "refresh_completed", "run_completed"});
  testing::WriteFile(Dir() / "skills/pdf/SKILL.md", Skill("skills/pdf", "My own words.").begin()->second.bytes);
  Capture();
  REQUIRE(projections::MetadataOf(State("skill:pdf"), "description") == "My own words.");
}

TEST_CASE_METHOD(Fixture, "a command that upstream keeps under another name keeps ours") {
  Publish("acme/skills", {}, {{"commands/review.md", {"Review it.\n"}}});
  Add(curate::AddRequest{{"acme/skills/commands/review.md"}, {}, "check", false});
  Publish("acme/skills", {}, {{"commands/review.md", {"Review it well.\n"}}});
  REQUIRE(Refresh(Sync()).entries.front().changes == Words{"content", "description"});
  REQUIRE(testing::ReadFile(Dir() / "commands/check.md") == "Review it well.\n");
  REQUIRE(Refresh(Sync()).entries.front().status == EntryStatus::kUnchanged);
}

TEST_CASE_METHOD(Fixture, "a project's edit asks for a review, an edit on both sides is a conflict") {
  Publish("acme/skills", {}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  const auto project = context.store.parent_path() / "project";
  std::filesystem::create_directories(project);
  deploy::DeployRequest deployment;
  deployment.artifacts = {"skill:pdf"};
  deployment.project = project;
  REQUIRE(deploy::Deploy(context, deployment).ok());
  Publish("acme/skills", {}, Skill("skills/pdf", "Other."));
  RefreshRequest request;
  request.mode = schema::RefreshMode::check_only;
  request.project = project;
  REQUIRE(Refresh(request).entries.front().merge_strategy == "safe_update");
  testing::WriteFile(project / ".claude/skills/pdf/NOTES.md", "an edit");
  REQUIRE(Refresh(request).entries.front().merge_strategy == "review_required");
  testing::WriteFile(Dir() / "skills/pdf/NOTES.md", "another");
  REQUIRE(Refresh(request).entries.front().merge_strategy == "conflict");
  request.project = project / "nowhere";
  REQUIRE(refresh::Refresh(context, upstream, request).error().code == Code::kNotFound);
}

TEST_CASE_METHOD(Fixture, "a restored artifact has the base that its content had, though it was edited when it was restored") {
  Publish("acme/skills", {}, Skill("skills/pdf", "One."));
  Add("acme/skills/skills/pdf");
  testing::WriteFile(Dir() / "skills/pdf/NOTES.md", "an edit");
  Capture();
  const auto edited = State("skill:pdf");
  const std::string first = world.At("acme/skills").commits().front().sha;
  Publish("acme/skills", {}, Skill("skills/pdf", "Two."));
  auto overwrite = Sync();
  overwrite.overwrite = true;
  Refresh(overwrite);

  Write([&](Writing& writing) {
    schema::ArtifactRestoredT restored;
    restored.cause = schema::ChangeCause::restore;
    restored.record = std::make_unique<schema::ArtifactRecordT>(edited);
    const auto now = State("skill:pdf");
    writing.Add({"default", "skill:pdf", {}, std::move(restored)});
    writing.AddFileWork({Dir() / "skills/pdf", TreeOf(now), TreeOf(edited), "default", "skill:pdf"});
  });
  auto reading = Reading::Open(context);
  const auto origin = ReadOrigin((*reading)->log(), "default", State("skill:pdf"));
  REQUIRE(origin->base.commit == first);
  REQUIRE(origin->base.git_id != edited.git_tree);
  REQUIRE(origin->base.proven);
  REQUIRE(Refresh(Sync()).entries.front().reason == "local changes");
}

TEST_CASE_METHOD(Fixture, "an adopted copy that was edited before is not overwritten") {
  Publish("acme/skills", {}, Skill("skills/pdf", "One."));
  const std::string first = world.At("acme/skills").commits().front().sha;
  const std::string lines = "path = \"skills/pdf\"\norigin = \"github\"\nadded = \"2026-03-01T08:05:00\"\nversion_spec = \"latest\"\n";
  const auto adopted = context.store.parent_path() / "peer";
  testing::WriteFile(
      adopted / "collection.toml",
      "[collection]\nname = \"peer\"\nversion = \"1.0.0\"\ncreated = \"2026-03-01T08:00:00\"\nupdated = \"2026-03-01T08:00:00\"\n"
      "[[artifacts]]\nname = \"pdf\"\ntype = \"skill\"\n" +
          lines + "upstream = \"https://github.com/acme/skills/tree/" + first + "/skills/pdf\"\nresolved_sha = \"" + first + "\"\n");
  testing::WriteFile(adopted / "skills/pdf/SKILL.md", "mine before anyone looked");
  REQUIRE(curate::Adopt(context, {adopted, {}}).ok());
  context.collection = "peer";
  REQUIRE(Refresh(Sync()).entries.front().status != EntryStatus::kError);
  Publish("acme/skills", {}, Skill("skills/pdf", "Two."));
  REQUIRE(Refresh(Sync()).entries.front().reason == "local changes");
  REQUIRE(testing::ReadFile(adopted / "skills/pdf/SKILL.md") == "mine before anyone looked");
}

}  // namespace
}  // namespace skilltrail::refresh
