#include "engine/upstream/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "engine/upstream/question.h"
#include "events/name.h"

namespace skilltrail::upstream {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 32;                       // GitHub's own answers nest six deep
constexpr size_t kMaxDescriptionBytes = 64u << 10;  // GitHub's own have at most 350 characters
constexpr size_t kMaxErrorBytes = 64u << 10;        // of an error body that is looked into

// Thrown and caught in this file: a member that is missing or of another type.
struct Broken {
  std::string why;
};

// Nothing if it is no JSON or too deep. The parser holds its own stack, so depth costs it no call frames; what is too deep is left out.
std::optional<json> Parse(std::string_view body) {
  bool too_deep = false;
  json parsed = json::parse(
      body.begin(), body.end(),
      [&](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > kMaxDepth;
        return !too_deep;
      },
      /*allow_exceptions=*/false);
  if (too_deep || parsed.is_discarded()) return std::nullopt;
  return parsed;
}

const json& Member(const json& object, const char* name) {
  if (!object.is_object()) throw Broken{fmt::format("what should hold \"{}\" is no object", name)};
  const auto found = object.find(name);
  if (found == object.end()) throw Broken{fmt::format("\"{}\" is missing", name)};
  return *found;
}

const std::string& Text(const json& object, const char* name) {
  const json& value = Member(object, name);
  if (!value.is_string()) throw Broken{fmt::format("\"{}\" is no string", name)};
  return value.get_ref<const std::string&>();
}

std::string TextOrNull(const json& object, const char* name) {
  return Member(object, name).is_null() ? std::string() : Text(object, name);
}

bool Flag(const json& object, const char* name) {
  const json& value = Member(object, name);
  if (!value.is_boolean()) throw Broken{fmt::format("\"{}\" is no boolean", name)};
  return value.get<bool>();
}

uint64_t Number(const json& object, const char* name) {
  const json& value = Member(object, name);
  if (!value.is_number_unsigned()) throw Broken{fmt::format("\"{}\" is no number", name)};
  return value.get<uint64_t>();
}

const json& List(const json& object, const char* name) {
  const json& value = Member(object, name);
  if (!value.is_array()) throw Broken{fmt::format("\"{}\" is no list", name)};
  return value;
}

std::string ObjectId(const json& object, const char* name) {
  const std::string& id = Text(object, name);
  if ((id.size() != 40 && id.size() != 64) || id.find_first_not_of("0123456789abcdef") != std::string::npos) {
    throw Broken{fmt::format("\"{}\" is no git object id", name)};
  }
  return id;
}

std::string License(const json& object) {
  const json& license = Member(object, "license");
  if (license.is_null()) return {};
  std::string spdx = TextOrNull(license, "spdx_id");
  return spdx == "NOASSERTION" ? std::string() : spdx;
}

// GitHub's own are lower-case letters, digits and hyphens, at most 50; other servers may allow more, but nothing that could not be a tag.
bool IsTopic(const std::string& topic) {
  const bool good = std::all_of(topic.begin(), topic.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f && c != ',';
  });
  return good && !topic.empty() && topic.size() <= 255 && IsUtf8(topic);
}

Repository ReadRepository(const json& said) {
  Repository repository;
  repository.id = Number(said, "id");
  repository.full_name = Text(said, "full_name");
  if (!Path({Question::Kind::kRepository, repository.full_name, {}}).ok()) throw Broken{"'full_name' is no owner/repo"};
  repository.html_url = Text(said, "html_url");
  repository.description = TextOrNull(said, "description");
  repository.license = License(said);
  repository.default_branch = Text(said, "default_branch");
  if (repository.default_branch.empty()) throw Broken{"'default_branch' is empty"};
  for (const json& topic : List(said, "topics")) {
    if (!topic.is_string()) throw Broken{"a topic is no string"};
    repository.topics.push_back(topic.get<std::string>());
    if (!IsTopic(repository.topics.back())) throw Broken{"a topic is no word"};
  }
  if (!repository.html_url.starts_with("https://") && !repository.html_url.starts_with("http://"))
    throw Broken{"'html_url' is no web address"};
  if (repository.description.size() > kMaxDescriptionBytes) throw Broken{"'description' is of more than 64 KiB"};
  repository.archived = Flag(said, "archived");
  repository.is_private = Flag(said, "private");
  if (said.contains("pushed_at")) repository.pushed_at = TextOrNull(said, "pushed_at");  // only saves requests
  return repository;
}

// Old commits hold 100664, which git itself reads as 100644.
std::string Mode(const json& entry) {
  static constexpr std::array<std::string_view, 5> kModes = {"100644", "100755", "120000", "040000", "160000"};
  const std::string& mode = Text(entry, "mode");
  if (mode == "100664") return "100644";
  for (const auto known : kModes) {
    if (mode == known) return mode;
  }
  throw Broken{fmt::format("{} is no mode of git's", Quote(mode))};
}

RemoteTree ReadTree(const json& said, const std::string& asked) {
  RemoteTree tree;
  tree.sha = ObjectId(said, "sha");
  if (tree.sha != asked) throw Broken{"it is another tree than was asked for"};
  tree.truncated = Flag(said, "truncated");
  const json& entries = List(said, "tree");
  tree.entries.reserve(entries.size());
  for (const json& one : entries) {
    RemoteEntry entry;
    entry.path = Text(one, "path");
    if (!CheckRelativePath(entry.path).ok()) throw Broken{fmt::format("{} is no path inside a repository", Quote(entry.path))};
    entry.mode = Mode(one);
    entry.sha = ObjectId(one, "sha");
    if (Text(one, "type") == "blob") entry.size = Number(one, "size");
    tree.entries.push_back(std::move(entry));
  }
  return tree;
}

Answer ReadJson(const Question& question, const json& said) {
  Answer answer;
  if (question.kind == Question::Kind::kRepository) {
    answer.repository = ReadRepository(said);
  } else if (question.kind == Question::Kind::kCommit) {
    answer.commit = {ObjectId(said, "sha"), ObjectId(Member(Member(said, "commit"), "tree"), "sha")};
  } else {
    answer.tree = ReadTree(said, question.ref);
  }
  return answer;
}

}  // namespace

Result<Answer> ReadAnswer(const Question& question, std::string_view body) {
  CHECK(!IsContent(question.kind));
  try {
    const auto said = Parse(body);
    if (!said) throw Broken{fmt::format("{} bytes that are no JSON, or nested deeper than {}", body.size(), kMaxDepth)};
    return ReadJson(question, *said);
  } catch (const Broken& broken) {
    return Error{Code::kUpstream, fmt::format("{}: broken answer: {}", Name(question), broken.why), {}};
  }
}

std::string ReadMessage(std::string_view body) {
  if (body.size() > kMaxErrorBytes) return {};
  const auto said = Parse(body);
  if (!said || !said->is_object()) return {};
  const auto message = said->find("message");
  return message != said->end() && message->is_string() ? Quote(message->get_ref<const std::string&>()) : std::string();
}

}  // namespace skilltrail::upstream
