// Deploys, undeploys and restores of a project that are killed at random moments: the project's files, its shared JSON files and its
// records come to agree with the log.
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <sstream>

#include "tests/system/killing.h"

namespace skilltrail::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kSkills = 24;
constexpr int kHooks = 4;
constexpr int kServers = 4;

// A collection of every kind that can be deployed, and a project whose settings.json and .mcp.json a person has written in.
class DeployStory {
 public:
  explicit DeployStory(unsigned seed) : killing_(world_, seed) {
    for (int i = 0; i < kSkills; ++i) {
      const auto name = "s" + std::to_string(i);
      WriteSkill(world_.collection() / "skills" / name, "Number " + name, std::string(3000, 'x') + "\n");
      WriteFile(world_.collection() / "skills" / name / "references" / "more.md", "more of " + name + "\n");
      all_.push_back("skill:" + name);
    }
    for (int i = 0; i < kHooks; ++i) {
      const auto name = "h" + std::to_string(i);
      WriteFile(world_.collection() / "hooks" / name / "settings.json", json{{"hooks", {{"PreToolUse", {Hook(name)}}}}}.dump(2) + "\n");
      WriteFile(world_.collection() / "hooks" / name / (name + ".sh"), "#!/bin/sh\n");
      all_.push_back("hook:" + name);
    }
    for (int i = 0; i < kServers; ++i) {
      const auto name = "m" + std::to_string(i);
      WriteFile(world_.collection() / "mcp" / name / ".mcp.json", json{{"mcpServers", {{name, {{"command", name}}}}}}.dump(2) + "\n");
      all_.push_back("mcp-server:" + name);
    }
    WriteFile(project_ / ".claude" / "settings.json",
              json{{"permissions", {{"allow", {"Bash"}}}}, {"hooks", {{"PreToolUse", {Hook("mine")}}}}}.dump(2) + "\n");
    WriteFile(project_ / ".mcp.json", json{{"mcpServers", {{"mine", {{"command", "mine"}}}}}}.dump(2) + "\n");
    WriteFile(project_ / ".claude" / "skills" / "mine" / "SKILL.md", "A skill that nobody deployed.\n");
    killing_.Finish({"capture"});
  }

  void Play(int round) {
    switch (round % 4) {
      case 0:
        return Deploy(round);
      case 1:
        return Undeploy();
      case 2:
        return Overwrite(round);
      default:
        return Restore();
    }
  }
  void RequireWhole() const {
    const auto report = world_.Json({"verify", "--full"});
    INFO(report.dump());
    REQUIRE(report.at("ok") == true);
    for (const auto& event : world_.Events({})) {
      INFO(event.dump());
      // What a command that was cut left in the records is nobody else's doing.
      if (event.at("data").contains("cause")) REQUIRE(event.at("data").at("cause") != "adopt");
    }
  }
  int killed() const { return killing_.killed(); }

 private:
  static json Hook(const std::string& name) {
    return {{"matcher", "Bash"}, {"hooks", {{{"type", "command"}, {"command", "run " + name + ".sh"}}}}};
  }
  Arguments On(const char* verb, const std::vector<std::string>& artifacts, const Arguments& more = {}) const {
    Arguments arguments = {verb, "--project", project_.string()};
    arguments.insert(arguments.end(), artifacts.begin(), artifacts.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  std::vector<std::string> SomeOf(const std::vector<std::string>& artifacts) {
    std::vector<std::string> some;
    for (const auto& artifact : artifacts) {
      if (killing_.Chance(0.7)) some.push_back(artifact);
    }
    return some.empty() ? artifacts : some;
  }
  static std::vector<std::string> Both(const std::vector<std::string>& one, const std::vector<std::string>& other) {
    const std::set<std::string> among(other.begin(), other.end());
    std::vector<std::string> both;
    for (const auto& artifact : one) {
      if (among.contains(artifact)) both.push_back(artifact);
    }
    return both;
  }

  // New versions over old ones, and what was not there.
  void Deploy(int round) {
    for (int i = 0; i < kSkills; i += 2) {
      WriteSkill(world_.collection() / "skills" / ("s" + std::to_string(i)), "Round " + std::to_string(round));
    }
    killing_.Finish({"capture"});
    const auto wanted = SomeOf(all_);
    Kill(On("deploy", wanted));
    killing_.Finish(On("deploy", wanted));
    REQUIRE(Both(wanted, Deployed()).size() == wanted.size());
    RequireAgreement(TempFiles::kNone);
    pasts_.push_back(Now());
  }

  void Undeploy() {
    const auto unwanted = SomeOf(Deployed());
    Kill(On("undeploy", unwanted, {"--yes"}));
    const auto left = Both(unwanted, Deployed());
    // One batch: all of them are gone, or none.
    REQUIRE((left.empty() || left == unwanted));
    if (!left.empty()) killing_.Finish(On("undeploy", left, {"--yes"}));
    REQUIRE(Both(unwanted, Deployed()).empty());
    RequireAgreement(left.empty() ? TempFiles::kMayStand : TempFiles::kNone);
    pasts_.push_back(Now());
  }

  void Overwrite(int round) {
    killing_.Finish(On("deploy", all_));
    const auto file = project_ / ".claude" / "skills" / "s1" / "SKILL.md";
    const auto edit = "An edit of round " + std::to_string(round) + "\n";
    WriteFile(file, ReadFile(file) + edit);
    WriteSkill(world_.collection() / "skills" / "s1", "Beside round " + std::to_string(round));
    killing_.Finish({"capture"});
    const auto head = world_.Head().seq;
    const auto overwrite = On("deploy", all_, {"--overwrite"});
    Kill(overwrite, "skill:s1");
    killing_.Finish(overwrite);
    REQUIRE(ReadFile(file).find(edit) == std::string::npos);
    RequireAgreement(TempFiles::kNone);
    // What a person wrote is in the log from before it was overwritten.
    json found;
    for (const auto& event : world_.Events({"--since", std::to_string(head + 1), "--type", "drift_detected"})) {
      if (event.at("artifact") == "skill:s1" && event.at("data").contains("project_tree")) found = event;
    }
    REQUIRE(found.is_object());
    const auto edited = world_.scratch() / "edited";
    fs::remove_all(edited);
    killing_.Finish({"restore", "--project", project_.string(), "--at", std::to_string(found.at("seq").get<int64_t>()), "--to",
                     edited.string(), "--yes"});
    bool kept = false;
    for (const auto& [path, bytes] : FilesBelow(edited)) kept = kept || bytes.find(edit) != std::string::npos;
    REQUIRE(kept);
    pasts_.push_back(Now());
  }

  // Back to a moment that was looked at, and forth again to now; one batch, so it is all there or not begun.
  void Restore() {
    const Past before = Now();
    REQUIRE_FALSE(pasts_.empty());
    const Past past = pasts_[static_cast<size_t>(killing_.Below(static_cast<int>(pasts_.size())))];
    const Arguments back = {"restore", "--project", project_.string(), "--at", std::to_string(past.seq), "--yes"};
    Kill(back);
    INFO("from " << before.seq << " to " << past.seq);
    const Past after = Now();
    REQUIRE((SamePlace(after, before) || SamePlace(after, past)));
    killing_.Finish(back);
    REQUIRE(SamePlace(Now(), past));
    killing_.Finish({"restore", "--project", project_.string(), "--at", std::to_string(before.seq), "--yes"});
    REQUIRE(SamePlace(Now(), before));
    RequireAgreement(TempFiles::kNone);
  }

  // The copies of a moment; what stands in shared files and records, RequireAgreement holds against the log.
  struct Past {
    int64_t seq = 0;
    std::vector<std::string> deployed;
    std::map<std::string, std::string> files;
  };
  static bool SamePlace(const Past& one, const Past& other) { return one.deployed == other.deployed && one.files == other.files; }
  Past Now() const {
    Past now{world_.Head().seq, Deployed(), {}};
    for (const auto* folder : {"skills", "hooks"}) {
      if (!fs::exists(project_ / ".claude" / folder)) continue;
      for (const auto& [path, bytes] : FilesBelow(project_ / ".claude" / folder)) now.files.emplace(folder / fs::path(path), bytes);
    }
    return now;
  }

  // The next command that writes finishes what was cut, or finds the old state. `edited` is the artifact that may be found edited.
  void Kill(const Arguments& arguments, const std::string& edited = {}) {
    if (killing_.Chance(0.7)) {
      killing_.KillWriting(arguments);
    } else {
      killing_.Kill(arguments);
    }
    killing_.Finish({"capture"});
    RequireAgreement(TempFiles::kMayStand, edited);
  }

  std::vector<std::string> Deployed() const {
    std::vector<std::string> deployed;
    const auto projects = world_.Json({"deployed", "--project", project_.string()}).at("projects");
    if (projects.empty()) return deployed;
    for (const auto& artifact : projects.at(0).at("artifacts")) deployed.push_back(artifact.at("artifact_id"));
    return Both(all_, deployed);
  }

  enum class TempFiles { kNone, kMayStand };
  void RequireAgreement(TempFiles temporary, const std::string& edited = {}) const {
    const auto deployed = Deployed();
    std::set<std::string> hooks = {"run mine.sh"}, servers = {"mine"};
    std::set<std::string> roots = {"skills/mine/SKILL.md", "settings.json", ".skillmeat-deployed.toml"};
    for (const auto& artifact : deployed) {
      const auto name = artifact.substr(artifact.find(':') + 1);
      if (artifact[0] == 's') roots.insert({"skills/" + name + "/SKILL.md", "skills/" + name + "/references/more.md"});
      if (artifact[0] == 'h') roots.insert("hooks/" + name + "/" + name + ".sh");
      if (artifact[0] == 'h') hooks.insert("run " + name + ".sh");
      if (artifact[0] == 'm') servers.insert(name);
    }
    for (const auto& [path, bytes] : FilesBelow(project_ / ".claude")) {
      INFO(path << " stands there, and is nobody's");
      // A killed writer's goes with the next write of the same file.
      const bool left_over = temporary == TempFiles::kMayStand && path.starts_with("..skillmeat-deployed.toml.tmp-");
      REQUIRE((left_over || roots.contains(path)));
    }
    REQUIRE(HooksStanding() == hooks);
    REQUIRE(ServersStanding() == servers);
    RequireInStep(deployed, edited);
    REQUIRE(Recorded() == std::set<std::string>(deployed.begin(), deployed.end()));
  }

  std::set<std::string> HooksStanding() const {
    const auto settings = json::parse(ReadFile(project_ / ".claude" / "settings.json"));
    REQUIRE(settings.at("permissions") == json{{"allow", {"Bash"}}});
    std::set<std::string> standing;
    for (const auto& hook : settings.at("hooks").at("PreToolUse")) {
      INFO(hook.dump());
      REQUIRE(standing.insert(hook.at("hooks").at(0).at("command")).second);
    }
    return standing;
  }
  std::set<std::string> ServersStanding() const {
    std::set<std::string> standing;
    const auto servers = json::parse(ReadFile(project_ / ".mcp.json")).at("mcpServers");
    for (const auto& [name, server] : servers.items()) standing.insert(name);
    return standing;
  }

  // Every copy is what the log says was deployed, in every byte that counts.
  void RequireInStep(const std::vector<std::string>& deployed, const std::string& edited) const {
    const auto report = world_.Json({"drift", "--project", project_.string()});
    REQUIRE(report.at("total_artifacts") == deployed.size());
    for (const auto& entry : report.at("drift_details")) {
      INFO(entry.dump());
      const auto& type = entry.at("drift_type");
      REQUIRE((type == "added" || type == "outdated" || entry.at("artifact_id") == edited));
    }
  }

  std::set<std::string> Recorded() const {
    std::set<std::string> recorded;
    const auto file = project_ / ".claude" / ".skillmeat-deployed.toml";
    if (!fs::exists(file)) return recorded;  // The first deploy was killed before it was one.
    std::istringstream lines(ReadFile(file));
    std::string name;
    for (std::string line; std::getline(lines, line);) {
      const auto value = [&] { return line.substr(line.find('"') + 1, line.rfind('"') - line.find('"') - 1); };
      if (line.starts_with("artifact_name = ")) name = value();
      if (line.starts_with("artifact_type = ")) recorded.insert((value() == "mcp" ? "mcp-server" : value()) + ":" + name);
    }
    return recorded;
  }

  World world_;
  Killing killing_;
  fs::path project_ = world_.root() / "project";
  std::vector<std::string> all_;
  std::vector<Past> pasts_;
};

}  // namespace

TEST_CASE("a deploy, undeploy or restore of a project that is killed is finished by the next command, or was never begun") {
  const unsigned seed = KillSeed();
  DeployStory story(seed);
  for (int round = 0; round < KillRounds(16); ++round) {
    INFO("seed " << seed << ", round " << round);
    story.Play(round);
  }
  story.RequireWhole();
  // Were none of them cut, nothing was tested.
  REQUIRE(story.killed() > 0);
}

}  // namespace skilltrail::testing
