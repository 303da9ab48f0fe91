// A workbench with a project to deploy into, and artifacts of every kind that can be.
#pragma once

#include <string>
#include <vector>

#include "engine/deploy/deploy.h"
#include "engine/deploy/deployed.h"
#include "engine/deploy/drift.h"
#include "engine/deploy/pull.h"
#include "tests/support/workbench.h"

namespace skilltrail::testing {

inline const std::string kHookDefinition =
    "{\n  \"hooks\": {\n    \"PreToolUse\": [\n      {\n        \"matcher\": \"Bash\",\n        \"hooks\": [{\"type\": \"command\", "
    "\"command\": "
    "\"run guard.sh\"}]\n      }\n    ]\n  }\n}\n";
inline const std::string kServerDefinition = "{\"mcpServers\": {\"git\": {\"command\": \"uvx\", \"args\": [\"mcp-server-git\"]}}}\n";
inline const std::vector<std::string> kEverything = {"skill:a", "command:go", "agent:help", "hook:guard", "mcp-server:git"};

class ProjectBench {
 public:
  ProjectBench() {
    bench.WriteSkill("a", "1\n2\n3\n4\n5\n6\n7");
    WriteFile(bench.Collection() / "commands/go.md", "go 1\n2\n3\n4\n5\n6\n");
    WriteFile(bench.Collection() / "agents/help.md", "help 1\n2\n3\n4\n5\n6\n");
    WriteFile(bench.Collection() / "hooks/guard/settings.json", kHookDefinition);
    WriteFile(bench.Collection() / "hooks/guard/guard.sh", "#!/bin/sh\n");
    WriteFile(bench.Collection() / "mcp/git/.mcp.json", kServerDefinition);
    std::filesystem::create_directories(dir);
    bench.Capture();
  }

  Workbench bench;
  std::filesystem::path dir = bench.Path("project");
  std::filesystem::path root = dir / ".claude";
  std::filesystem::path settings = root / "settings.json";
  std::filesystem::path servers = dir / ".mcp.json";

  Result<deploy::DeployReport> Deploy(std::vector<std::string> artifacts, bool overwrite = false, std::string profile = "") {
    return deploy::Deploy(bench.context, {std::move(artifacts), dir, std::move(profile), overwrite});
  }
  Result<deploy::DeployReport> Undeploy(std::vector<std::string> artifacts, bool overwrite = false, std::string profile = "") {
    return deploy::Undeploy(bench.context, {std::move(artifacts), dir, std::move(profile), overwrite});
  }
  Result<deploy::PullReport> Pull(std::vector<std::string> artifacts, deploy::PullStrategy strategy, bool allow_conflicts = false) {
    return deploy::Pull(bench.context, {std::move(artifacts), dir, "", strategy, allow_conflicts});
  }
  deploy::DriftReport Drift() { return Need(deploy::Drift(bench.context, {{dir}, false, false})).front(); }
  // Of one artifact; unspecified: in sync.
  schema::DriftType DriftOf(const std::string& artifact) {
    for (const auto& entry : Drift().entries) {
      if (entry.artifact == artifact) return entry.verdict.type;
    }
    return schema::DriftType::unspecified;
  }
  std::string InCollection(const std::string& path) const { return ReadFile(bench.Collection() / path); }
};

// With everything deployed.
class DeployedBench : public ProjectBench {
 public:
  DeployedBench() { Need(Deploy(kEverything)); }
};

// A record as the peer writes it, before anything was deployed here.
inline std::string Record(const std::string& type, const std::string& name, const std::string& path, const std::string& hash,
                          const std::string& collection = "default") {
  return "[[deployed]]\nartifact_name = \"" + name + "\"\nartifact_type = \"" + type + "\"\nfrom_collection = \"" + collection +
         "\"\ndeployed_at = \"2020-03-03T10:00:00.000004\"\nartifact_path = \"" + path + "\"\ncontent_hash = \"" + hash + "\"\n\n";
}

// One place of the text becomes another; a text without it throws.
inline void Edit(const std::filesystem::path& file, const std::string& from, const std::string& to) {
  std::string text = ReadFile(file);
  const size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error(file.string() + " holds no '" + from + "'");
  WriteFile(file, text.replace(at, from.size(), to));
}

}  // namespace skilltrail::testing
