#include "engine/projections/refresh_marks.h"

#include <catch2/catch.hpp>

#include "tests/projections/story.h"

namespace skilltrail::testing {
namespace {

using projections::ArtifactState;
using projections::RefreshMark;
using projections::RefreshMarks;

RefreshMark Mark(Seq seq, schema::RefreshCompletedT completed = Refresh()) {
  RefreshMark mark;
  mark.seq = seq;
  mark.recorded_at = TimeOf(seq);
  mark.completed = std::move(completed);
  return mark;
}

ArtifactState Pdf(Seq added_seq = 1) {
  ArtifactState artifact = Record("anthropics/skills/pdf@main");
  artifact.id = "skill:pdf";
  artifact.added_seq = added_seq;
  return artifact;
}

Seq SettledChecked(const RefreshMarks& marks) {
  ArtifactState artifact = Pdf();
  marks.Settle(artifact);
  return artifact.tags_checked_at == 0 ? 0 : static_cast<Seq>((artifact.tags_checked_at - TimeOf(0)) / kMinute);
}

TEST_CASE("a refresh covers what stood there, answered, passed the filters and was not excepted") {
  auto completed = Refresh({"anthropics/skills", "other/repo"});
  REQUIRE(Covers(Mark(5, completed), Pdf()));
  REQUIRE_FALSE(Covers(Mark(5, completed), Pdf(5)));
  REQUIRE_FALSE(Covers(Mark(5, Refresh({"other/repo"})), Pdf()));

  completed.excepted = {"skill:pdf"};
  REQUIRE_FALSE(Covers(Mark(5, completed), Pdf()));
  completed.excepted = {"command:pdf"};
  REQUIRE(Covers(Mark(5, completed), Pdf()));

  completed.types = {"agent", "skill"};
  REQUIRE(Covers(Mark(5, completed), Pdf()));
  completed.types = {"agent"};
  REQUIRE_FALSE(Covers(Mark(5, completed), Pdf()));

  completed.types.clear();
  completed.name_glob = "pd*";
  REQUIRE(Covers(Mark(5, completed), Pdf()));
  completed.name_glob = "skill*";
  REQUIRE_FALSE(Covers(Mark(5, completed), Pdf()));

  completed.name_glob.clear();
  completed.artifacts = {"skill:docx", "skill:pdf"};
  REQUIRE(Covers(Mark(5, completed), Pdf()));
  completed.artifacts = {"skill:docx"};
  REQUIRE_FALSE(Covers(Mark(5, completed), Pdf()));
}

TEST_CASE("the repository of a source ends at its path or its ref; a local artifact has none") {
  ArtifactState artifact = Pdf();
  const RefreshMark mark = Mark(5, Refresh({"a/b"}));
  for (const char* source : {"a/b", "a/b/path", "a/b@feature/x", "a/b/path@v1"}) {
    artifact.source = source;
    REQUIRE(Covers(mark, artifact));
  }
  for (const char* source : {"", "a/bc", "a", "a/c@a/b"}) {
    artifact.source = source;
    REQUIRE_FALSE(Covers(mark, artifact));
  }
}

TEST_CASE("a refresh that only checked tells tags_checked_at alone, one without the field tags the other alone") {
  auto check = Refresh();
  check.mode = schema::RefreshMode::check_only;
  auto description = Refresh();
  description.fields = {"description"};
  RefreshMarks marks;
  marks.Add(Mark(4, description));
  marks.Add(Mark(6, check));
  ArtifactState artifact = Pdf();
  marks.Settle(artifact);
  REQUIRE(artifact.last_refreshed_at == TimeOf(4));
  REQUIRE(artifact.tags_checked_at == TimeOf(6));
}

TEST_CASE("without a covering refresh an artifact keeps what it carries") {
  RefreshMarks marks;
  marks.Add(Mark(4));
  ArtifactState artifact = Pdf(5);
  artifact.tags_checked_at = artifact.last_refreshed_at = 12;
  marks.Settle(artifact);
  REQUIRE(artifact.tags_checked_at == 12);
  REQUIRE(artifact.last_refreshed_at == 12);
}

TEST_CASE("a mark that says nothing the later one does not is dropped, another is kept") {
  const auto wide = [] { return Refresh({"anthropics/skills", "other/repo"}); };
  auto earlier = wide();
  auto later = wide();
  size_t kept = 1;
  SECTION("the same again") {}
  SECTION("a wider one") {
    earlier.types = {"skill"};
    earlier.fields = {"tags"};
    earlier.artifacts = {"skill:pdf"};
    earlier.excepted = {"skill:docx"};
    earlier.repositories = {"anthropics/skills"};
    earlier.name_glob = "p*";
  }
  SECTION("check only, then a real one") {
    earlier.mode = schema::RefreshMode::check_only;
  }
  SECTION("a real one, then check only") {
    later.mode = schema::RefreshMode::check_only;
    kept = 2;
  }
  SECTION("a repository that failed later") {
    later.repositories = {"other/repo"};
    kept = 2;
  }
  SECTION("an artifact that failed later") {
    later.excepted = {"skill:pdf"};
    kept = 2;
  }
  SECTION("a narrower filter") {
    const int filter = GENERATE(0, 1, 2, 3);
    if (filter == 0) later.types = {"skill"};
    if (filter == 1) later.fields = {"tags"};
    if (filter == 2) later.artifacts = {"skill:pdf"};
    if (filter == 3) later.name_glob = "*";
    kept = 2;
  }
  SECTION("another filter") {
    earlier.types = {"agent"};
    later.types = {"skill"};
    kept = 2;
  }
  RefreshMarks marks;
  marks.Add(Mark(2, earlier));
  marks.Add(Mark(3, later));
  REQUIRE(marks.marks().size() == kept);
  REQUIRE(marks.marks().back().seq == 3);
}

TEST_CASE("lists that come out of order are put in order before they are searched") {
  RefreshMarks marks;
  marks.Add(Mark(2, Refresh({"z/z", "anthropics/skills", "b/b"})));
  REQUIRE(SettledChecked(marks) == 2);
}

TEST_CASE("settling is idempotent, also between marks") {
  auto failed = Refresh();
  failed.excepted = {"skill:pdf"};
  RefreshMarks marks;
  ArtifactState often = Pdf();
  for (Seq seq = 2; seq < 8; ++seq) {
    marks.Add(Mark(seq, seq % 3 == 0 ? failed : Refresh()));
    marks.Settle(often);
    marks.Settle(often);
  }
  ArtifactState once = Pdf();
  marks.Settle(once);
  REQUIRE(once == often);
  REQUIRE(once.tags_checked_at == TimeOf(7));
}

TEST_CASE("the last refresh in the log counts, also where a clock had jumped back") {
  RefreshMarks marks;
  marks.Add(Mark(2));
  RefreshMark late = Mark(3);
  late.recorded_at = TimeOf(1);
  marks.Add(late);
  REQUIRE(SettledChecked(marks) == 1);
}

}  // namespace
}  // namespace skilltrail::testing
