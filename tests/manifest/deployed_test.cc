#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>

#include "engine/manifest/local_time.h"
#include "engine/manifest/manifest.h"
#include "tests/manifest/golden.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch.hpp>

namespace skilltrail::manifest {
namespace {

namespace fs = std::filesystem;
using skilltrail::testing::ReadFile;
using skilltrail::testing::TempDir;
using skilltrail::testing::WriteFile;

// The zone of the process, for as long as it lives.
class Zone {
 public:
  explicit Zone(const char* name) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    setenv("TZ", name, 1);
    tzset();
  }
  ~Zone() {
    if (before_.empty()) {
      unsetenv("TZ");
    } else {
      setenv("TZ", before_.c_str(), 1);
    }
    tzset();
  }
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;

 private:
  std::string before_;
};

constexpr const char* kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";

constexpr std::string_view kGolden = R"([[deployed]]
artifact_name = "chart-maker"
artifact_type = "skill"
from_collection = "default"
deployed_at = "2026-03-03T10:00:00.000004"
artifact_path = "skills/chart-maker"
content_hash = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
local_modifications = false
version_lineage = [
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
]
merge_base_snapshot = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
deployment_profile_id = "claude_code"
platform = "claude_code"
profile_root_dir = ".claude"
collection_sha = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)";

constexpr std::string_view kOldFormat = R"([[deployed]]
artifact_name = "review"
artifact_type = "command"
from_collection = "default"
deployed_at = "2025-01-01T00:00:00"
artifact_path = "commands/review.md"
collection_sha = "bbbb"
note = "kept"
)";

Deployed Record(const std::string& name, const std::string& root = ".claude") {
  Deployed record;
  record.name = name;
  record.type = "skill";
  record.collection = "default";
  record.deployed_at = 1'770'000'000'000'000;
  record.path = "skills/" + name;
  record.content_hash = std::string(64, 'a');
  record.profile_root = root;
  return record;
}

class Project {
 public:
  explicit Project(std::string_view claude = "") {
    if (!claude.empty()) Put(".claude", claude);
  }
  void Put(const std::string& root, std::string_view text) const { WriteFile(File(root), text); }
  fs::path File(const std::string& root) const { return dir_.path() / root / ".skillmeat-deployed.toml"; }
  std::string Text(const std::string& root = ".claude") const { return ReadFile(File(root)); }
  bool Has(const std::string& root) const { return fs::exists(File(root)); }
  std::vector<Deployed> Read() const { return ReadDeployed(dir_.path()).value(); }
  std::string ReadError() const {
    auto read = ReadDeployed(dir_.path());
    return read.ok() ? "" : read.error().message.substr(dir_.path().string().size() + 1);
  }
  Status Write(const std::vector<Deployed>& records) const { return WriteDeployed(dir_.path(), records); }
  const fs::path& path() const { return dir_.path(); }

 private:
  TempDir dir_;
};

TEST_CASE("a new record is written as the peer would, in local time") {
  const Zone zone(kBerlin);
  const Project project;
  Deployed record = Record("chart-maker");
  record.deployed_at = *ParseTime("2026-03-03T09:00:00.000004Z");
  REQUIRE(project.Write({record}).ok());
  REQUIRE(project.Text() == kGolden);
  const auto records = project.Read();
  REQUIRE(records.size() == 1);
  REQUIRE(records[0].deployed_at == record.deployed_at);
  REQUIRE(records[0].type == "skill");
  REQUIRE(records[0].collection == "default");
  REQUIRE(records[0].path == "skills/chart-maker");
  REQUIRE(records[0].content_hash == std::string(64, 'a'));
  REQUIRE(records[0].profile == "claude_code");
  REQUIRE(records[0].profile_root == ".claude");
  REQUIRE(records[0].version_lineage == std::vector<std::string>{std::string(64, 'a')});
  REQUIRE(project.Write(records).ok());
  REQUIRE(project.Text() == kGolden);
}

TEST_CASE("an old record is read by its collection_sha, and its unknown keys survive") {
  const Project project(kOldFormat);
  auto records = project.Read();
  REQUIRE(records.size() == 1);
  REQUIRE(records[0].content_hash == "bbbb");
  REQUIRE(records[0].version_lineage == std::vector<std::string>{"bbbb"});
  REQUIRE_FALSE(records[0].local_modifications);
  REQUIRE(project.Write(records).ok());
  const std::string once = project.Text();
  REQUIRE(once == Replaced(kOldFormat, "collection_sha", "content_hash = \"bbbb\"\ncollection_sha"));
  REQUIRE(project.Write(project.Read()).ok());
  REQUIRE(project.Text() == once);
}

TEST_CASE("a moved baseline is the merge base, and what was found against the old one is over") {
  const Zone zone("UTC");
  const Project project(Replaced(kGolden, "merge_base", "modification_detected_at = \"2026-03-04T00:00:00\"\nmerge_base") +
                        "\n[own]\nkey = 1\n");
  auto records = project.Read();
  records[0].content_hash = std::string(64, 'c');
  records[0].version_lineage.push_back(std::string(64, 'c'));
  records[0].local_modifications = true;
  REQUIRE(project.Write(records).ok());
  const std::string a = "\"" + std::string(64, 'a') + "\"", c = "\"" + std::string(64, 'c') + "\"";
  std::string want = Replaced(kGolden, "content_hash = " + a, "content_hash = " + c);
  want = Replaced(want, "collection_sha = " + a, "collection_sha = " + c);
  want = Replaced(want, "merge_base_snapshot = " + a, "merge_base_snapshot = " + c);
  want = Replaced(want, a + ",\n", a + ",\n    " + c + ",\n");
  want = Replaced(want, "local_modifications = false", "local_modifications = true");
  REQUIRE(project.Text() == want + "\n[own]\nkey = 1\n");
}

TEST_CASE("every profile root is read, .claude first, and written on its own") {
  const Zone zone("UTC");
  const Project project;
  REQUIRE(project.Read().empty());
  REQUIRE(project.Write({Record("b", ".codex"), Record("a"), Record("c", ".agents")}).ok());
  REQUIRE(project.Text(".codex").find("platform = \"codex\"\nprofile_root_dir = \".codex\"\n") != std::string::npos);
  REQUIRE(project.Text(".agents").find("platform = \"other\"\n") != std::string::npos);
  auto records = project.Read();
  REQUIRE(records.size() == 3);
  REQUIRE(records[0].name == "a");
  REQUIRE(records[1].profile_root == ".agents");
  REQUIRE(records[2].profile_root == ".codex");

  const std::string codex = project.Text(".codex");
  REQUIRE(project.Write({records[2]}).ok());
  REQUIRE_FALSE(project.Has(".claude"));
  REQUIRE_FALSE(project.Has(".agents"));
  REQUIRE(project.Text(".codex") == codex);
}

TEST_CASE("records of other types, and a file that holds more than records, stay") {
  const Project project("[[deployed]]\nartifact_name = \"rules\"\nartifact_type = \"rule_file\"\ncontent_hash = \"x\"\n");
  project.Put(".codex", std::string(kOldFormat) + "[own]\nkey = 1\n");
  REQUIRE(project.Read().size() == 1);
  REQUIRE(project.Write({}).ok());
  REQUIRE(project.Text().find("rule_file") != std::string::npos);
  REQUIRE(project.Text(".codex") == "[own]\nkey = 1\n");
}

TEST_CASE("a record that names another root than its file's stays where it stands") {
  const Project project(std::string(kOldFormat) + "profile_root_dir = \".codex\"\n");
  auto records = project.Read();
  REQUIRE(records.at(0).profile_root == ".codex");
  REQUIRE(project.Write(records).ok());
  REQUIRE_FALSE(project.Has(".codex"));
  REQUIRE(project.Text().find("note = \"kept\"") != std::string::npos);
}

TEST_CASE("a root that links to another is not a second one") {
  const Project project(kOldFormat);
  fs::create_directory_symlink(".claude", project.path() / ".codex");
  REQUIRE(project.Read().size() == 1);
  auto records = project.Read();
  records.push_back(Record("new", ".codex"));
  REQUIRE(project.Write(records).ok());
  REQUIRE(project.Read().size() == 2);
  REQUIRE(project.Text().find("note = \"kept\"") != std::string::npos);
}

TEST_CASE("a record that cannot be understood fails the read, naming file and line") {
  const auto error = [](std::string_view from, std::string_view to) { return Project(Replaced(kOldFormat, from, to)).ReadError(); };
  REQUIRE(error("collection_sha = \"bbbb\"\n", "") ==
          ".claude/.skillmeat-deployed.toml:1: content_hash of record 1 \"review\" is missing, and so is collection_sha");
  REQUIRE(error("deployed_at = \"2025-01-01T00:00:00\"", "deployed_at = \"2025-02-30T00:00:00\"")
              .starts_with(".claude/.skillmeat-deployed.toml:5: deployed_at"));
  REQUIRE(error("commands/review.md", "../../.bashrc").starts_with(".claude/.skillmeat-deployed.toml:6: artifact_path"));
  REQUIRE(error("\"review\"", "\"..\"").starts_with(".claude/.skillmeat-deployed.toml:2: artifact_name"));
  REQUIRE(error("note = \"kept\"", "profile_root_dir = \".a/.b\"").starts_with(".claude/.skillmeat-deployed.toml:8: profile_root_dir"));
  REQUIRE(error("note = \"kept\"", "profile_root_dir = \"src\"").starts_with(".claude/.skillmeat-deployed.toml:8: profile_root_dir"));
  REQUIRE(error("note = \"kept\"", "local_modifications = 1").starts_with(".claude/.skillmeat-deployed.toml:8: local_modifications"));
  REQUIRE(error("[[deployed]]", "[deployed]") == ".claude/.skillmeat-deployed.toml:1: deployed is not an array of tables");
}

TEST_CASE("one broken file keeps every file from being written") {
  const Project project(kOldFormat);
  project.Put(".codex", "[[deployed\n");
  REQUIRE_FALSE(project.Write({}).ok());
  REQUIRE(project.Text() == kOldFormat);
  REQUIRE(project.Text(".codex") == "[[deployed\n");
}

TEST_CASE("a record without collection or hash, or outside of a dot directory, is not written") {
  const Project project(kOldFormat);
  Deployed record = Record("a", "src");
  REQUIRE(project.Write({record}).error().code == Code::kUsage);
  record = Record("a");
  record.content_hash.clear();
  REQUIRE(project.Write({record}).error().code == Code::kUsage);
  REQUIRE(project.Text() == kOldFormat);
}

TEST_CASE("local time is read across the jumps of summer time") {
  const Zone zone(kBerlin);
  const auto utc = [](std::string_view local) { return FormatNaiveTime(ParseLocalTime(local).value()); };
  REQUIRE(utc("2026-01-15T12:00:00.000001") == "2026-01-15T11:00:00.000001");
  REQUIRE(utc("2026-07-15T12:00:00") == "2026-07-15T10:00:00");
  REQUIRE(utc("2026-07-15T12:00:00Z") == "2026-07-15T12:00:00");
  REQUIRE(utc("2026-03-29T01:59:59.999999") == "2026-03-29T00:59:59.999999");
  REQUIRE(utc("2026-03-29T02:30:00") == "2026-03-29T01:30:00");  // never shown
  REQUIRE(utc("2026-03-29T03:00:00") == "2026-03-29T01:00:00");
  REQUIRE(utc("2026-10-25T02:30:00") == "2026-10-25T00:30:00");  // shown twice: the first
  REQUIRE(utc("2026-10-25T03:00:00") == "2026-10-25T02:00:00");
  REQUIRE(utc("1969-12-31T23:59:59.5") == "1969-12-31T22:59:59.500000");
  REQUIRE(FormatLocalTime(*ParseTime("2026-10-25T01:30:00Z")) == "2026-10-25T02:30:00");
  REQUIRE(FormatLocalTime(*ParseTime("1969-12-31T22:59:59.5Z")) == "1969-12-31T23:59:59.500000");
  REQUIRE_FALSE(ParseLocalTime("noon").has_value());
}

TEST_CASE("where summer time is the standard and winter deviates, the first of two readings is still the first") {
  const Zone zone("IST-1GMT0,M10.5.0,M3.5.0/1");
  REQUIRE(FormatNaiveTime(ParseLocalTime("2026-07-15T12:00:00").value()) == "2026-07-15T11:00:00");
  REQUIRE(FormatNaiveTime(ParseLocalTime("2026-10-25T01:30:00").value()) == "2026-10-25T00:30:00");
}

TEST_CASE("a moment in the hour that is shown twice is written once and then left alone") {
  const Zone zone(kBerlin);
  const Project project;
  Deployed record = Record("a");
  record.deployed_at = *ParseTime("2026-10-25T01:30:00Z");
  REQUIRE(project.Write({record}).ok());
  const std::string once = project.Text();
  REQUIRE(project.Write({record}).ok());
  REQUIRE(project.Write(project.Read()).ok());
  REQUIRE(project.Text() == once);
}

TEST_CASE("each half hour of two years comes back from local time") {
  const Zone zone(kBerlin);
  Micros start = *ParseTime("2025-06-01T00:00:00.000001Z");
  for (int i = 0; i < 2 * 365 * 48; ++i) {
    const Micros time = start + Micros{i} * 1'800'000'000;
    const Micros back = ParseLocalTime(FormatLocalTime(time)).value();
    REQUIRE((back == time || FormatLocalTime(time - 3'600'000'000) == FormatLocalTime(time)));
  }
}

}  // namespace
}  // namespace skilltrail::manifest
