#include "engine/collection/artifact_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace skilltrail::collection {
namespace {

constexpr size_t kTypes = 7;

// One row a type, in the order of ArtifactType. Source: INTEROP 1.8.
struct Kind {
  ArtifactType type;
  std::array<std::string_view, 5> containers;
  std::array<std::string_view, 6> markers;   // of a directory; one of them makes it an artifact
  bool text_marker;                          // a blank marker makes none
  std::array<std::string_view, 2> metadata;  // first that is there
  const char* wanted;
};

constexpr std::array<Kind, kTypes> kKinds = {{
    {ArtifactType::kSkill,
     {"skills", "skill", "claude-skills"},
     {"SKILL.md", "skill.md"},
     true,
     {"SKILL.md", "skill.md"},
     "a directory with a SKILL.md that is not blank"},
    {ArtifactType::kCommand,
     {"commands", "command", "claude-commands"},
     {},
     true,
     {"command.md", "COMMAND.md"},
     "a .md file that is not blank"},
    {ArtifactType::kAgent,
     {"agents", "agent", "subagents", "claude-agents"},
     {},
     true,
     {"AGENT.md", "agent.md"},
     "a .md file that is not blank"},
    {ArtifactType::kHook,
     {"hooks", "hook", "claude-hooks"},
     {"settings.json", "hooks.json"},
     false,
     {},
     "a directory with a settings.json or hooks.json"},
    {ArtifactType::kMcpServer,
     {"mcp", "mcp-servers", "servers", "mcp_servers", "claude-mcp"},
     {".mcp.json", "mcp.json"},
     false,
     {},
     "a directory with a .mcp.json or mcp.json"},
    {ArtifactType::kWorkflow,
     {"workflows", "workflow", "claude-workflows"},
     {"WORKFLOW.yaml", "WORKFLOW.yml", "WORKFLOW.json", "workflow.yaml", "workflow.yml", "workflow.json"},
     false,
     {},
     "a directory with a WORKFLOW.yaml or WORKFLOW.json"},
    {ArtifactType::kComposite,
     {"composites", "composite", "plugins", "plugin", "claude-composites"},
     {"COMPOSITE.md", "composite.md", "PLUGIN.md", "plugin.md"},
     false,
     {},
     "a directory with a COMPOSITE.md or PLUGIN.md"},
}};

// Of a directory that stands in no container folder: which type its markers are asked for first.
constexpr std::array<ArtifactType, 5> kInferenceOrder = {ArtifactType::kSkill, ArtifactType::kComposite, ArtifactType::kWorkflow,
                                                         ArtifactType::kMcpServer, ArtifactType::kHook};

const Kind& KindOf(ArtifactType type) {
  const Kind& kind = kKinds[static_cast<size_t>(type)];
  CHECK(kind.type == type);
  return kind;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

template <size_t N>
bool Contains(const std::array<std::string_view, N>& words, std::string_view word) {
  return !word.empty() && std::find(words.begin(), words.end(), word) != words.end();
}

std::optional<ArtifactType> InnermostContainerType(std::string_view path) {
  while (!path.empty()) {
    const size_t slash = path.rfind('/');
    if (const auto type = ContainerType(path.substr(slash == std::string_view::npos ? 0 : slash + 1))) return type;
    path = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  }
  return std::nullopt;
}

bool IsMarkdown(std::string_view path) {
  return path.size() > 3 && path.ends_with(".md");
}

}  // namespace

std::string CollectionPath(const ArtifactId& id) {
  return std::string(ContainerName(id.type)) + "/" + id.name + (IsSingleFile(id.type) ? ".md" : "");
}

std::optional<ArtifactType> ContainerType(std::string_view folder) {
  const std::string lower = Lower(folder);
  for (const Kind& kind : kKinds) {
    if (Contains(kind.containers, lower)) return kind.type;
  }
  return std::nullopt;
}

std::string MetadataFile(ArtifactType type, std::span<const std::string> paths) {
  for (const auto& name : KindOf(type).metadata) {
    if (!name.empty() && std::find(paths.begin(), paths.end(), name) != paths.end()) return std::string(name);
  }
  if (!IsSingleFile(type)) return {};
  // Any .md file: those that stand least deep first.
  const std::string* best = nullptr;
  const auto depth = [](const std::string& path) { return std::count(path.begin(), path.end(), '/'); };
  for (const auto& path : paths) {
    if (!IsMarkdown(path)) continue;
    if (best == nullptr || depth(path) < depth(*best) || (depth(path) == depth(*best) && PathLess(path, *best))) best = &path;
  }
  return best == nullptr ? std::string() : *best;
}

bool IsMarker(ArtifactType type, std::string_view file_name) {
  return Contains(KindOf(type).markers, file_name);
}

bool IsDocumentation(std::string_view file_name) {
  // In capitals by convention, so that an agent "security" can be told from the page SECURITY.md.
  static constexpr std::array<std::string_view, 10> kNames = {"CHANGELOG.md", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "LICENSE.md",
                                                              "SECURITY.md",  "NOTICE.md",       "CLAUDE.md",          "AGENTS.md",
                                                              "GEMINI.md",    "SKILL.md"};
  return Contains(kNames, file_name) || Lower(file_name) == "readme.md";
}

bool IsBlank(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

Status CheckContent(ArtifactType type, const Content& content) {
  const Kind& kind = KindOf(type);
  const auto refuse = [&](std::string_view what) {
    return Error{Code::kUsage, fmt::format("it is no {}: {}", TypeName(type), what),
                 fmt::format("a {} is {}", TypeName(type), kind.wanted)};
  };
  if (content.single_file && !IsSingleFile(type)) return refuse("it is a file");
  const File* blank = nullptr;
  for (const auto& file : content.files) {
    const bool counts = IsSingleFile(type) ? IsMarkdown(file.path) : IsMarker(type, file.path);
    if (!counts) continue;
    if (!kind.text_marker || !IsBlank(file.bytes)) return {};
    blank = &file;
  }
  if (blank != nullptr) return refuse(fmt::format("its {} is blank", blank->path));
  if (IsSingleFile(type)) return refuse(content.single_file ? "its name does not end in .md" : "it holds no .md file");
  return refuse(fmt::format("it has no {}", kind.markers.front()));
}

std::optional<ArtifactType> InferType(const Content& content, std::string_view parent_folder) {
  const auto container = InnermostContainerType(parent_folder);
  const bool fits = container && CheckContent(*container, content).ok();
  // Any directory with some .md file could be a command, so there its markers speak first.
  const bool weak = container && IsSingleFile(*container) && !content.single_file;
  if (fits && !weak) return container;
  for (const ArtifactType type : kInferenceOrder) {
    if (CheckContent(type, content).ok()) return type;
  }
  return fits ? container : std::nullopt;
}

}  // namespace skilltrail::collection
