#include "engine/collection/provenance.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <exception>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "engine/collection/artifact_kind.h"
#include "engine/collection/front_matter.h"
#include "events/name.h"
#include "events/source.h"

namespace skilltrail::collection {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFrontMatterBytes = size_t{64} << 10;
constexpr size_t kMaxLockBytes = size_t{8} << 20;
constexpr size_t kMaxDepth = 32;
constexpr int kMaxLockDepth = 32;
constexpr int kMaxLevelsUp = 3;  // .claude/skills/NAME stands three below its project
constexpr std::string_view kInjected[] = {"github-owner", "github-path", "github-pinned",   "github-ref",
                                          "github-repo",  "github-sha",  "github-tree-sha", "local-path"};

struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A YAML value: a scalar's text, a list, or a map whose keys are scalars. Sorted, so that two maps with the same pairs are the same.
struct Yaml {
  enum class Kind { kNull, kScalar, kList, kMap } kind = Kind::kNull;
  std::string text;
  std::vector<Yaml> items;
  std::map<std::string, Yaml> pairs;
};

// Builds one value out of the parser's events. Throws at what front matter has no use for: anchors, aliases, tags, a 33rd level.
class Builder final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override { throw Refused("an alias"); }
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t anchor) override { Add({}, "", anchor); }
  void OnScalar(const YAML::Mark& /*mark*/, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    Add({Yaml::Kind::kScalar, value, {}, {}}, tag, anchor);
  }
  void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Open({Yaml::Kind::kList, {}, {}, {}}, tag, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& /*mark*/, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Open({Yaml::Kind::kMap, {}, {}, {}}, tag, anchor);
  }
  void OnMapEnd() override { Close(); }

  Yaml& root() { return root_; }

 private:
  struct Level {
    Yaml value;
    std::optional<std::string> key;  // of a map: read, its value not yet
  };

  static void Check(const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) throw Refused("an anchor");
    if (!tag.empty() && tag != "?" && tag != "!") throw Refused("a tag");
  }
  void Add(Yaml value, const std::string& tag, YAML::anchor_t anchor) {
    Check(tag, anchor);
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Level& level = open_.back();
    if (level.value.kind == Yaml::Kind::kList) {
      level.value.items.push_back(std::move(value));
    } else if (level.key) {
      if (!level.value.pairs.emplace(std::move(*level.key), std::move(value)).second) throw Refused("a key twice");
      level.key.reset();
    } else if (value.kind == Yaml::Kind::kScalar) {
      level.key = std::move(value.text);
    } else {
      throw Refused("a key that is no text");
    }
  }
  void Open(Yaml value, const std::string& tag, YAML::anchor_t anchor) {
    Check(tag, anchor);
    if (open_.size() == kMaxDepth) throw Refused("too deep");
    open_.push_back({std::move(value), {}});
  }
  void Close() {
    Yaml value = std::move(open_.back().value);
    open_.pop_back();
    Add(std::move(value), "", YAML::NullAnchor);
  }

  std::vector<Level> open_;
  Yaml root_;
};

// Nothing unless it is a map in plain YAML.
std::optional<Yaml> Parse(std::string_view block) {
  if (block.size() > kMaxFrontMatterBytes) return std::nullopt;
  try {
    std::istringstream in{std::string(block)};
    YAML::Parser parser(in);
    Builder builder;
    if (!parser.HandleNextDocument(builder) || builder.root().kind != Yaml::Kind::kMap) return std::nullopt;
    return std::move(builder.root());
  } catch (const std::exception&) {
    return std::nullopt;  // whatever the parser throws on hostile text means the same: not YAML
  }
}

// One text a value, without ambiguity: every part says its length.
void Write(const Yaml& value, std::string& out) {
  const auto text = [&](std::string_view word) { (out += std::to_string(word.size()) + ':') += word; };
  switch (value.kind) {
    case Yaml::Kind::kNull:
      out += 'n';
      return;
    case Yaml::Kind::kScalar:
      out += 's';
      text(value.text);
      return;
    case Yaml::Kind::kList:
      out += 'l' + std::to_string(value.items.size()) + ':';
      for (const auto& item : value.items) Write(item, out);
      return;
    case Yaml::Kind::kMap:
      out += 'm' + std::to_string(value.pairs.size()) + ':';
      for (const auto& [key, item] : value.pairs) {
        text(key);
        Write(item, out);
      }
      return;
  }
}

std::string ScalarIn(const Yaml& map, const std::string& key) {
  const auto found = map.pairs.find(key);
  return found == map.pairs.end() || found->second.kind != Yaml::Kind::kScalar ? std::string() : ToUtf8(found->second.text);
}

// A path to the skill's own file means the directory that holds it.
std::string FolderOf(std::string path) {
  if (path == "SKILL.md") return {};
  if (path.ends_with("/SKILL.md")) path.resize(path.size() - std::string_view("/SKILL.md").size());
  return path;
}

// Nothing if they do not make a source.
std::optional<Provenance> From(const std::string& repository, const std::string& path, const std::string& ref) {
  auto source = ParseSource(repository);
  if (!source.ok()) return std::nullopt;
  if (!path.empty()) {
    if (!CheckRelativePath(path).ok()) return std::nullopt;
    source->path = path;
  }
  if (!ref.empty()) source->ref = ref;
  // Said in our own words and read again: what strangers wrote must be a source to us, too.
  if (auto again = ParseSource(source->text()); !again.ok()) return std::nullopt;
  return Provenance{source->repository(), source->text(), source->ref.empty() ? "latest" : source->ref, {}};
}

std::string Text(const nlohmann::json& entry, const char* key) {
  const auto found = entry.find(key);
  return found == entry.end() || !found->is_string() ? std::string() : found->get<std::string>();
}

// What stands behind the front matter, blank lines around it left out.
std::string_view BodyOf(const FrontMatterParts& parts) {
  std::string_view body = parts.body;
  body.remove_prefix(std::min(body.find_first_not_of("\r\n"), body.size()));
  if (body.ends_with('\n')) body.remove_suffix(1);
  return body;
}

// Without reading the YAML of two whose bodies differ already, as with most edits.
bool SameFileButProvenance(std::string_view a, std::string_view b) {
  const FrontMatterParts left = SplitFrontMatter(a), right = SplitFrontMatter(b);
  if (left.present && right.present && BodyOf(left) != BodyOf(right)) return false;
  return WithoutProvenance(a) == WithoutProvenance(b);
}

}  // namespace

std::optional<Provenance> StatedProvenance(ArtifactType type, const Content& content) {
  const File* file = MetadataFileOf(type, content);
  if (file == nullptr) return std::nullopt;
  const FrontMatterParts parts = SplitFrontMatter(file->bytes);
  const auto front_matter = parts.present ? Parse(parts.block) : std::nullopt;
  if (!front_matter) return std::nullopt;
  const auto metadata = front_matter->pairs.find("metadata");
  if (metadata == front_matter->pairs.end() || metadata->second.kind != Yaml::Kind::kMap) return std::nullopt;
  const std::string repository = ScalarIn(metadata->second, "github-repo");
  if (repository.empty()) return std::nullopt;
  // A branch is followed; a tag only where a person pinned it, for otherwise it was the newest release at that time.
  std::string ref = ScalarIn(metadata->second, "github-pinned");
  const std::string installed = ScalarIn(metadata->second, "github-ref");
  if (ref.empty() && installed.starts_with("refs/heads/")) ref = installed.substr(std::string_view("refs/heads/").size());
  return From(repository, FolderOf(ScalarIn(metadata->second, "github-path")), ref);
}

std::string WithoutProvenance(std::string_view text) {
  const FrontMatterParts parts = SplitFrontMatter(text);
  auto front_matter = parts.present ? Parse(parts.block) : std::nullopt;
  if (!front_matter) return std::string(text);
  const auto metadata = front_matter->pairs.find("metadata");
  if (metadata != front_matter->pairs.end() && metadata->second.kind == Yaml::Kind::kMap) {
    for (const auto key : kInjected) metadata->second.pairs.erase(std::string(key));
    if (metadata->second.pairs.empty()) front_matter->pairs.erase(metadata);
  }
  std::string out;
  Write(*front_matter, out);
  return out.append("\n").append(BodyOf(parts));
}

bool SameButProvenance(ArtifactType type, const Content& a, const Content& b) {
  const File* stated = MetadataFileOf(type, a);
  if (stated == nullptr || a.single_file != b.single_file || a.files.size() != b.files.size()) return false;
  return std::equal(a.files.begin(), a.files.end(), b.files.begin(), [&](const File& left, const File& right) {
    if (left.path != right.path) return false;
    return left.bytes == right.bytes || (&left == stated && SameFileButProvenance(left.bytes, right.bytes));
  });
}

std::map<std::string, Provenance> ReadSkillsLock(const fs::path& dir) {
  std::map<std::string, Provenance> skills;
  std::ifstream in;
  fs::path at = dir;
  for (int up = 0; up <= kMaxLevelsUp && !in.is_open(); ++up, at = at.parent_path()) in.open(at / "skills-lock.json", std::ios::binary);
  if (!in.is_open()) return skills;
  std::string bytes(kMaxLockBytes + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(in.gcount()));
  if (bytes.size() > kMaxLockBytes) return skills;
  // A hostile file may be nested so deep that the library runs out of stack; what is read stands near the top.
  const auto shallow = [](int depth, nlohmann::json::parse_event_t, const nlohmann::json&) { return depth <= kMaxLockDepth; };
  const auto lock = nlohmann::json::parse(bytes, shallow, false);
  const auto found = lock.is_object() ? lock.find("skills") : lock.end();
  if (!lock.is_object() || found == lock.end() || !found->is_object()) return skills;
  for (const auto& [name, entry] : found->items()) {
    if (!entry.is_object() || Text(entry, "sourceType") != "github") continue;
    std::string path = Text(entry, "skillPath");
    if (path.empty()) path = Text(entry, "path");
    auto provenance = From(Text(entry, "source"), FolderOf(std::move(path)), Text(entry, "ref"));
    if (!provenance) continue;
    provenance->hash = Text(entry, "computedHash");
    skills.emplace(name, std::move(*provenance));
  }
  return skills;
}

std::optional<Provenance> ProvenanceOf(const ArtifactId& id, const Content& content, const std::map<std::string, Provenance>& locked,
                                       std::vector<std::string>& notes) {
  const auto entry = id.type == ArtifactType::kSkill ? locked.find(id.name) : locked.end();
  if (entry != locked.end() && !entry->second.hash.empty() && !IsAsLocked(content, entry->second.hash)) {
    notes.push_back(fmt::format("{} was edited since it was installed: skills-lock.json has another hash of it", id.text()));
  }
  auto stated = StatedProvenance(id.type, content);
  if (stated || entry == locked.end()) return stated;
  return entry->second;
}

bool IsAsLocked(const Content& content, std::string_view hash) {
  std::vector<const File*> files;
  for (const auto& file : content.files) {
    const bool module = file.path.starts_with("node_modules/") || file.path.find("/node_modules/") != std::string::npos;
    if (!module) files.push_back(&file);
  }
  const auto folded = [](std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    return text;
  };
  const auto matches = [&](auto less) {
    std::sort(files.begin(), files.end(), less);
    Hasher hasher;
    for (const File* file : files) {
      hasher.Update(file->path);
      hasher.Update(file->bytes);
    }
    return hasher.Finish().hex() == hash;
  };
  return matches([](const File* a, const File* b) { return a->path < b->path; }) ||
         matches([](const File* a, const File* b) { return PathLess(a->path, b->path); }) ||
         matches([&](const File* a, const File* b) { return std::pair(folded(a->path), b->path) < std::pair(folded(b->path), a->path); });
}

}  // namespace skilltrail::collection
