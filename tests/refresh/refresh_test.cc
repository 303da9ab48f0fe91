#include "engine/refresh/refresh.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/refresh/refresh_fixture.h"

#include <catch2/catch.hpp>

namespace skilltrail::refresh {
namespace {

using testing::GithubFiles;
using testing::Skill;
using testing::Words;
using Fixture = testing::RefreshFixture;
using schema::RefreshMode;

RefreshRequest In(RefreshMode mode) {
  RefreshRequest request;
  request.mode = mode;
  return request;
}

TEST_CASE_METHOD(Fixture, "topics that moved upstream become imported tags, and a moment before still shows the old") {
  Publish("acme/skills", {"pdf", "docs"}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  Refresh();
  REQUIRE(State("skill:pdf").imported_tags == Words{"docs", "pdf"});
  const Seq before = Head();
  world.At("acme/skills").facts.topics = {"pdf", "ai"};

  const auto report = Refresh();
  REQUIRE(report.status == "completed");
  REQUIRE(report.entries.front().changes == Words{"tags"});
  REQUIRE(Since(before) == Words{"run_started", "tags_imported", "refresh_completed", "run_completed"});
  REQUIRE(State("skill:pdf").imported_tags == Words{"ai", "pdf"});
  REQUIRE(State("skill:pdf", before).imported_tags == Words{"docs", "pdf"});
  REQUIRE(State("skill:pdf").tags_imported_at > State("skill:pdf", before).tags_imported_at);
}

TEST_CASE_METHOD(Fixture, "a refresh that finds nothing new leaves only that it looked") {
  Publish("acme/skills", {"pdf"}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  Refresh();
  const Seq before = Head();
  const Micros checked = State("skill:pdf").tags_checked_at;
  const auto report = Refresh();
  REQUIRE(report.entries.front().status == EntryStatus::kUnchanged);
  REQUIRE(Since(before) == Words{"run_started", "refresh_completed", "run_completed"});
  REQUIRE(State("skill:pdf").tags_checked_at > checked);
  REQUIRE(report.success_rate() == 100.0);
}

TEST_CASE_METHOD(Fixture, "one repository is asked once, however many artifacts come from it") {
  GithubFiles files;
  for (int i = 0; i < 20; ++i) files.merge(Skill("skills/s" + std::to_string(i), "Number " + std::to_string(i) + "."));
  Publish("acme/skills", {"pdf"}, files);
  AddAll("acme/skills");
  const auto report = Refresh();
  REQUIRE(report.entries.size() == 20);
  REQUIRE(report.requests_sent == 3);
  REQUIRE(Refresh().requests_sent == 1);  // nothing was pushed since
}

TEST_CASE_METHOD(Fixture, "a changed description upstream is taken over without its content") {
  Publish("acme/skills", {}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  Refresh();
  const auto content = State("skill:pdf").git_tree;
  Publish("acme/skills", {}, Skill("skills/pdf", "Reads and writes PDFs."));
  const auto report = Refresh();
  const Entry& entry = report.entries.front();
  REQUIRE(entry.changes == Words{"description"});
  REQUIRE(entry.old_values.at("description").text == "Reads PDFs.");
  REQUIRE(entry.new_values.at("description").text == "Reads and writes PDFs.");
  REQUIRE(entry.update_available);
  REQUIRE(entry.merge_strategy == "safe_update");
  REQUIRE(entry.current_sha != entry.upstream_sha);
  REQUIRE(State("skill:pdf").git_tree == content);
  REQUIRE(Refresh().entries.front().status == EntryStatus::kUnchanged);
}

TEST_CASE_METHOD(Fixture, "a check reports what a refresh would do and changes no artifact") {
  Publish("acme/skills", {"pdf"}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  Publish("acme/skills", {"ai"}, Skill("skills/pdf", "Other."));
  const Seq before = Head();
  const auto check = Refresh(In(RefreshMode::check_only));
  REQUIRE(check.entries.front().changes == Words{"description", "tags"});
  REQUIRE(Since(before) == Words{"run_started", "refresh_completed", "run_completed"});
  REQUIRE(State("skill:pdf").tags_imported_at == 0);
  REQUIRE(Refresh().entries.front().changes == check.entries.front().changes);
}

TEST_CASE_METHOD(Fixture, "a dry run makes the same report and writes nothing at all") {
  Publish("acme/skills", {"pdf"}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  Publish("acme/skills", {"pdf"}, Skill("skills/pdf", "Other."));
  testing::WriteFile(Dir() / "skills/pdf/NOTES.md", "an edit that nobody captured");
  const Seq before = Head();
  context.dry_run = true;
  const auto dry = Refresh(In(RefreshMode::metadata_only));
  context.dry_run = false;
  REQUIRE(Head() == before);
  REQUIRE(dry.run_id.empty());
  REQUIRE(dry.dry_run);
  const auto real = Refresh();
  REQUIRE(dry.entries.front().changes == real.entries.front().changes);
  REQUIRE(dry.entries.front().merge_strategy == "conflict");
}

TEST_CASE_METHOD(Fixture, "fields limit what is applied, and an unknown one is named with the nearest") {
  Publish("acme/skills", {"pdf"}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  Publish("acme/skills", {"pdf"}, Skill("skills/pdf", "Other."));
  RefreshRequest request;
  request.fields = {"tags"};
  REQUIRE(Refresh(request).entries.front().changes == Words{"tags"});
  REQUIRE(projections::MetadataOf(State("skill:pdf"), "description") == "Reads PDFs.");

  request.fields = {"descripton"};
  auto refused = refresh::Refresh(context, upstream, request);
  REQUIRE(refused.error().code == Code::kUsage);
  REQUIRE(refused.error().hint.find("description") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "filters that nothing passes make an empty, recorded run; an unknown artifact is an error") {
  Publish("acme/skills", {}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  const Seq before = Head();
  RefreshRequest request;
  request.name_glob = "nothing*";
  const auto report = Refresh(request);
  REQUIRE(report.status == "completed");
  REQUIRE(report.entries.empty());
  REQUIRE(report.success_rate() == 0.0);
  REQUIRE(report.requests_sent == 0);
  REQUIRE(Since(before) == Words{"run_started", "refresh_completed", "run_completed"});
  request = {};
  request.artifacts = {"pfd"};
  REQUIRE(refresh::Refresh(context, upstream, request).error().code == Code::kNotFound);
}

TEST_CASE_METHOD(Fixture, "a pinned artifact is compared with its pin") {
  Publish("acme/skills", {}, Skill("skills/pdf", "One."));
  world.At("acme/skills").Name("v1", "01");
  Publish("acme/skills", {}, Skill("skills/pdf", "Two."));
  Add("acme/skills/skills/pdf@v1");
  const auto report = Refresh();
  REQUIRE_FALSE(report.entries.front().update_available);
  REQUIRE(report.entries.front().current_sha == report.entries.front().upstream_sha);
}

TEST_CASE_METHOD(Fixture, "a path that is gone is skipped, its copy stays, and it does not count as checked") {
  Publish("acme/skills", {"pdf"}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  Publish("acme/skills", {"pdf"}, Skill("skills/other", "Other."));
  const auto report = Refresh(In(RefreshMode::sync));
  REQUIRE(report.entries.front().status == EntryStatus::kSkipped);
  REQUIRE(report.status == "completed");
  REQUIRE(std::filesystem::exists(Dir() / "skills/pdf/SKILL.md"));
  REQUIRE(State("skill:pdf").last_refreshed_at == 0);
}

TEST_CASE_METHOD(Fixture, "a repository that is gone is an error, and the others are refreshed") {
  Publish("acme/skills", {"pdf"}, Skill("skills/pdf", "Reads PDFs."));
  Publish("other/tools", {"web"}, Skill("skills/web", "Browses."));
  Add("acme/skills/skills/pdf");
  Add("other/tools/skills/web");
  world.At("acme/skills").facts.gone = true;
  const auto report = Refresh();
  REQUIRE(report.status == "partial");
  REQUIRE(report.Count(EntryStatus::kError) == 1);
  REQUIRE(report.entries[0].code == Code::kNotFound);
  REQUIRE(report.success_rate() == 50.0);
  REQUIRE(State("skill:web").imported_tags == Words{"web"});
  REQUIRE(State("skill:pdf").tags_checked_at == 0);
  REQUIRE(State("skill:web").tags_checked_at != 0);

  world.At("other/tools").facts.gone = true;
  const Seq before = Head();
  REQUIRE(Refresh().status == "failed");
  REQUIRE(Since(before) == Words{"run_started", "source_changed", "refresh_completed", "run_completed"});
  REQUIRE(State("skill:web").imported_tags == Words{"web"});
}

TEST_CASE_METHOD(Fixture, "a sync brings the files, their metadata and their commit") {
  auto files = Skill("skills/pdf", "Reads PDFs.");
  files["skills/pdf/old.txt"] = {"old"};
  Publish("acme/skills", {}, files);
  Add("acme/skills/skills/pdf");
  files = Skill("skills/pdf", "Reads and writes PDFs.");
  files["skills/pdf/scripts/run.sh"] = {"#!/bin/sh\n", "100755"};
  Publish("acme/skills", {}, files);

  const auto report = Refresh(In(RefreshMode::sync));
  REQUIRE(report.entries.front().changes == Words{"content", "description"});
  REQUIRE_FALSE(std::filesystem::exists(Dir() / "skills/pdf/old.txt"));
  REQUIRE(testing::ReadFile(Dir() / "skills/pdf/scripts/run.sh") == "#!/bin/sh\n");
  const auto state = State("skill:pdf");
  REQUIRE(state.resolved_sha == report.entries.front().upstream_sha);
  REQUIRE(projections::MetadataOf(state, "description") == "Reads and writes PDFs.");
  const auto again = Refresh(In(RefreshMode::sync));
  REQUIRE(again.entries.front().status == EntryStatus::kUnchanged);
  REQUIRE(again.entries.front().merge_strategy == "no_update");
}

TEST_CASE_METHOD(Fixture, "a sync leaves a local edit alone; with overwrite it is captured, then replaced") {
  Publish("acme/skills", {}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  Publish("acme/skills", {}, Skill("skills/pdf", "Other."));
  const auto file = Dir() / "skills/pdf/SKILL.md";
  testing::WriteFile(file, "---\ndescription: Mine.\n---\nmine\n");

  const auto kept = Refresh(In(RefreshMode::sync));
  REQUIRE(kept.entries.front().status == EntryStatus::kSkipped);
  REQUIRE(kept.entries.front().reason == "local changes");
  REQUIRE(kept.entries.front().merge_strategy == "conflict");
  REQUIRE(testing::ReadFile(file) == "---\ndescription: Mine.\n---\nmine\n");
  const Seq edited = Head();

  auto request = In(RefreshMode::sync);
  request.overwrite = true;
  REQUIRE(Refresh(request).entries.front().status == EntryStatus::kRefreshed);
  REQUIRE(testing::ReadFile(file) == Skill("skills/pdf", "Other.").at("skills/pdf/SKILL.md").bytes);
  REQUIRE(projections::MetadataOf(State("skill:pdf"), "description") == "Other.");
  REQUIRE(FileAt(edited, "skill:pdf", "SKILL.md") == "---\ndescription: Mine.\n---\nmine\n");
}

TEST_CASE_METHOD(Fixture, "overwrite takes an edit back where upstream stands still, from what the store holds") {
  Publish("acme/skills", {}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  testing::WriteFile(Dir() / "skills/pdf/SKILL.md", "mine");
  auto request = In(RefreshMode::sync);
  request.overwrite = true;
  const auto report = Refresh(request);
  REQUIRE(report.entries.front().changes.front() == "content");
  REQUIRE(report.requests_sent == 3);
  REQUIRE(testing::ReadFile(Dir() / "skills/pdf/SKILL.md") == Skill("skills/pdf", "Reads PDFs.").at("skills/pdf/SKILL.md").bytes);
}

TEST_CASE_METHOD(Fixture, "a merge keeps edits in files that upstream left alone, and stops at a file that both changed") {
  auto files = Skill("skills/pdf", "Reads PDFs.");
  files["skills/pdf/notes.txt"] = {"one"};
  Publish("acme/skills", {}, files);
  Add("acme/skills/skills/pdf");
  testing::WriteFile(Dir() / "skills/pdf/notes.txt", "mine");
  files.merge(Skill("skills/pdf", "Other."));
  files["skills/pdf/SKILL.md"] = Skill("skills/pdf", "Other.").at("skills/pdf/SKILL.md");
  Publish("acme/skills", {}, files);
  auto request = In(RefreshMode::sync);
  request.merge = true;
  REQUIRE(Refresh(request).entries.front().status == EntryStatus::kRefreshed);
  REQUIRE(testing::ReadFile(Dir() / "skills/pdf/notes.txt") == "mine");
  REQUIRE(projections::MetadataOf(State("skill:pdf"), "description") == "Other.");
  // The edit is still one: upstream's content is the base now.
  REQUIRE(Refresh().entries.front().merge_strategy == "no_update");

  files["skills/pdf/notes.txt"] = {"theirs"};
  Publish("acme/skills", {}, files);
  const auto report = Refresh(request);
  REQUIRE(report.entries.front().status == EntryStatus::kSkipped);
  REQUIRE(report.entries.front().reason.find("notes.txt") != std::string::npos);
  REQUIRE(testing::ReadFile(Dir() / "skills/pdf/notes.txt") == "mine");
}

TEST_CASE_METHOD(Fixture, "a merge goes by lines where both sides changed a text") {
  GithubFiles files = Skill("skills/pdf", "Reads PDFs.");
  files["skills/pdf/notes.txt"] = {"1\n2\n3\n4\n5\n"};
  Publish("acme/skills", {}, files);
  Add("acme/skills/skills/pdf");
  testing::WriteFile(Dir() / "skills/pdf/notes.txt", "mine\n2\n3\n4\n5\n");
  files["skills/pdf/notes.txt"] = {"1\n2\n3\n4\ntheirs\n"};
  Publish("acme/skills", {}, files);
  auto request = In(RefreshMode::sync);
  request.merge = true;
  REQUIRE(Refresh(request).entries.front().status == EntryStatus::kRefreshed);
  REQUIRE(testing::ReadFile(Dir() / "skills/pdf/notes.txt") == "mine\n2\n3\n4\ntheirs\n");
}

TEST_CASE_METHOD(Fixture, "a renamed repository moves its artifacts' sources, and they count as checked") {
  Publish("acme/skills", {"pdf"}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  world.At("acme/skills").facts.renamed_to = "acme-inc/skills";
  Refresh();
  const auto state = State("skill:pdf");
  REQUIRE(state.source == "acme-inc/skills/skills/pdf");
  REQUIRE(state.origin_source.find("acme-inc/skills") != std::string::npos);
  REQUIRE(state.tags_checked_at != 0);
  REQUIRE(Refresh().entries.front().status == EntryStatus::kUnchanged);
}

TEST_CASE_METHOD(Fixture, "another repository under the old name is said once and changes nothing") {
  Publish("acme/skills", {"pdf"}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  world.At("acme/skills").facts.id += 1;
  world.At("acme/skills").facts.topics = {"malware"};
  Seq before = Head();
  REQUIRE(Refresh().entries.front().status == EntryStatus::kSkipped);
  REQUIRE(Since(before) == Words{"run_started", "source_identity_changed", "refresh_completed", "run_completed"});
  before = Head();
  Refresh();
  REQUIRE(Since(before) == Words{"run_started", "refresh_completed", "run_completed"});
  REQUIRE(State("skill:pdf").imported_tags.empty());
}

TEST_CASE_METHOD(Fixture, "local artifacts are skipped and do not make a run partial") {
  testing::WriteFile(Dir() / "skills/mine/SKILL.md", "mine\n");
  Capture();
  const auto report = Refresh();
  REQUIRE(report.entries.front().reason == "local artifact");
  REQUIRE(report.status == "completed");
  REQUIRE(report.requests_sent == 0);
}

TEST_CASE_METHOD(Fixture, "an interrupted refresh records nothing it has not learned") {
  Publish("acme/skills", {"pdf"}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  const Seq before = Head();
  int looks = 0;
  context.interrupted = [&] { return ++looks > 0; };
  auto report = refresh::Refresh(context, upstream, {});
  REQUIRE(report.error().code == Code::kInterrupted);
  context.interrupted = nullptr;
  for (const auto& type : Since(before)) REQUIRE(type != "tags_imported");
  REQUIRE(State("skill:pdf").tags_checked_at == 0);
}

TEST_CASE_METHOD(Fixture, "the report's document has the contract's members and is kept as a blob") {
  Publish("acme/skills", {"pdf"}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  const auto report = Refresh();
  const auto json = nlohmann::json::parse(ReportJson(report));
  REQUIRE(json["collection_id"] == "default");
  REQUIRE(json["run_id"] == report.run_id);
  REQUIRE(json["mode"] == "metadata_only");
  REQUIRE(json["summary"] == nlohmann::json{{"total_processed", 1},
                                            {"refreshed_count", 1},
                                            {"unchanged_count", 0},
                                            {"skipped_count", 0},
                                            {"error_count", 0},
                                            {"success_rate", 100.0}});
  const auto& detail = json["details"][0];
  REQUIRE(detail["artifact_id"] == "skill:pdf");
  REQUIRE(detail["old_values"] == nlohmann::json{{"tags", nlohmann::json::array()}});
  REQUIRE(detail["new_values"] == nlohmann::json{{"tags", {"pdf"}}});
  REQUIRE(detail["error"].is_null());
  REQUIRE(detail["tags_imported_at"].is_string());
  REQUIRE(LastReportBlob() == ReportJson(report));
}

}  // namespace
}  // namespace skilltrail::refresh
