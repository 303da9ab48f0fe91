// What the tests of this room share: a stock of repositories, the labs they run in, and short forms of asking.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/upstream/github.h"
#include "tests/support/upstream_lab.h"

namespace skilltrail::testing {

using upstream::Answer;
using upstream::GithubOptions;
using upstream::Question;
using Kind = Question::Kind;
using nlohmann::json;

inline GithubFiles FirstFiles() {
  return {{"README.md", {"# Kit\n"}},
          {"skills/lint/SKILL.md", {"---\nname: lint\n---\n"}},
          {"skills/lint/scripts/run.sh", {"#!/bin/sh\necho lint\n", "100755"}},
          {"skills/lint/latest", {"SKILL.md", "120000"}},
          {"skills/lint-more/SKILL.md", {"more\n"}},  // "lint-more" sorts before "lint/" but after "lint" in git's order
          {"sub/module", {"0123456789012345678901234567890123456789", "160000"}},
          {"caf\xc3\xa9/men\xc3\xba.md", {"caf\xc3\xa9\n"}},
          {"data.bin", {std::string("\0\x01\xff\r\n\0", 6)}},
          {"empty", {""}}};
}

inline void StockUp(GithubWorld& world) {
  auto& kit = world.At("acme/kit");
  kit.Set({{"id", 77}, {"description", "A kit"}, {"license", "MIT"}, {"topics", {"tools", "agents"}}});
  auto files = FirstFiles();
  kit.Commit("first", files);
  files["skills/lint/SKILL.md"].bytes += "Second.\n";
  kit.Commit("second", files);
  files.erase("empty");
  kit.Commit("third", files);
  kit.Name("v1.0", "01");
  kit.Name("feature/colour", "02");
  auto& plain = world.At("acme/plain");
  plain.Set({{"id", 78}, {"license", "NOASSERTION"}});
  plain.Commit("only", {{"a", {"a"}}});
  auto& secret = world.At("acme/secret");
  secret.Set({{"id", 79}, {"private", true}});
  secret.Commit("only", {{"b", {"b"}}});
}

// The same, as it would be in the lab's world.
inline GithubWorld& Reference() {
  static GithubWorld world;
  if (world.All().empty()) StockUp(world);
  return world;
}

inline const GithubCommit& CommitOfKit(const std::string& ref) {
  return *Reference().At("acme/kit").Resolve(ref);
}

// Time-outs short enough for a test, long enough for a busy machine.
inline GithubOptions Quick(std::string token = "good-token") {
  GithubOptions options;
  options.token = std::move(token);
  options.max_concurrent = 4;
  options.stall_timeout_ms = 5'000;
  options.max_retry_wait_ms = 2'000;
  return options;
}

class KeptValidators final : public upstream::ValidatorCache {
 public:
  std::optional<Entry> Find(const std::string& key) override {
    const auto found = entries.find(key);
    return found == entries.end() ? std::nullopt : std::optional(found->second);
  }
  void Keep(const std::string& key, Entry entry) override { entries.insert_or_assign(key, std::move(entry)); }
  std::map<std::string, Entry> entries;
};

// A client that has these validators.
inline std::unique_ptr<upstream::Upstream> Connect(UpstreamLab& lab, const GithubOptions& options, upstream::ValidatorCache& kept) {
  auto client = lab.Connect(options);
  client->UseValidators(&kept);
  return client;
}

// The answers in the order of the questions; aborts if one is answered twice or not at all.
inline std::vector<Result<Answer>> AskInOrder(upstream::Upstream& upstream, const std::vector<Question>& questions) {
  std::vector<std::optional<Result<Answer>>> got(questions.size());
  upstream.Ask(questions, [&](size_t index, Result<Answer> answer) {
    if (got.at(index)) throw std::logic_error("answered twice");
    got[index].emplace(std::move(answer));
  });
  std::vector<Result<Answer>> answers;
  for (auto& one : got) answers.push_back(std::move(one.value()));
  return answers;
}

inline Result<Answer> AskFor(UpstreamLab& lab, const Question& question, const std::string& token = "good-token") {
  return AskOne(*lab.Connect(Quick(token)), question);
}

inline bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline bool HasTokenIn(const Error& error) {
  return Has(error.message, "good-token") || Has(error.hint, "good-token") || Has(error.message, "bad-token") ||
         Has(error.hint, "bad-token");
}

}  // namespace skilltrail::testing
