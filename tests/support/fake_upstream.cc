#include "tests/support/fake_upstream.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "events/digest.h"
#include "tests/support/github_tarball.h"

namespace skilltrail::testing {
namespace {

using upstream::Answer;
using upstream::Question;

constexpr Micros kHour = 3'600'000'000;

class FakeBatch final : public upstream::Batch {
 public:
  explicit FakeBatch(std::vector<Question> questions) {
    for (auto& question : questions) waiting.emplace_back(next_index++, std::move(question));
  }
  size_t Add(Question question) override {
    added.emplace_back(next_index, std::move(question));
    return next_index++;
  }
  // Puts what `done` added before what waits.
  void Advance() {
    waiting.insert(waiting.begin(), added.begin(), added.end());
    added.clear();
  }

  std::deque<std::pair<size_t, Question>> waiting;
  std::vector<std::pair<size_t, Question>> added;
  size_t next_index = 0;
};

bool IsRepositoryName(const std::string& name) {
  static constexpr const char* kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  const size_t slash = name.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == name.size()) return false;
  return name.find_first_not_of(kAllowed) == slash && name.find_first_not_of(kAllowed, slash + 1) == std::string::npos;
}

bool IsRefName(const std::string& ref) {
  return ("/" + ref + "/").find("/../") == std::string::npos && ("/" + ref + "/").find("/./") == std::string::npos &&
         ref.find("//") == std::string::npos;
}

upstream::Repository Describe(const GithubRepository& repository) {
  const GithubFacts& facts = repository.facts;
  upstream::Repository out;
  out.id = facts.id;
  out.full_name = repository.current_name();
  out.html_url = "https://github.com/" + out.full_name;
  out.description = facts.description;
  out.license = facts.license == "NOASSERTION" ? std::string() : facts.license;
  out.default_branch = facts.default_branch;
  out.topics = facts.topics;
  out.archived = facts.archived;
  out.is_private = facts.is_private;
  if (const GithubCommit* head = repository.Resolve("")) out.pushed_at = FormatTime(head->date_s * 1'000'000);
  out.etag = "W/\"" +
             Sha256(fmt::format("{}|{}|{}|{}|{}|{}|{}|{}", facts.id, out.full_name, facts.description, facts.license, facts.default_branch,
                                fmt::join(facts.topics, ","), facts.archived, facts.is_private))
                 .hex() +
             "\"";
  return out;
}

}  // namespace

void FakeUpstream::AskAll(std::vector<Question> questions, const Done& done) {
  FakeBatch batch(std::move(questions));
  while (!batch.waiting.empty()) {
    auto [index, question] = std::move(batch.waiting.front());
    batch.waiting.pop_front();
    done(index, AnswerOne(question), batch);
    batch.Advance();
  }
}

Error FakeUpstream::Exhausted() const {
  return {Code::kRateLimited, fmt::format("github.example: rate limit exhausted until {}", FormatTime(*ledger().reset_at)),
          "wait until then, or give a token, which has a higher limit"};
}

Result<Answer> FakeUpstream::AnswerOne(const Question& question) {
  if (interrupted && interrupted()) return Error{Code::kInterrupted, "interrupted while asking github.example", {}};
  if (!IsRepositoryName(question.repository) || !IsRefName(question.ref))
    return Error{Code::kUsage, "no such form of repository or ref", {}};
  if (remaining <= 0) return Exhausted();
  asked_.push_back(question);
  if (fail) {
    if (auto error = fail(question)) return *error;
  }
  if (!token.empty() && std::find(good_tokens.begin(), good_tokens.end(), token) == good_tokens.end()) {
    return Error{Code::kUnauthorized, fmt::format("{}: github.example refuses the token", question.repository), {}};
  }
  --remaining;
  auto answer = Look(question);
  if (answer.ok()) Count(question, *answer);
  return answer;
}

Result<Answer> FakeUpstream::Look(const Question& question) {
  const auto missing = [&](const std::string& what) {
    return Error{Code::kNotFound, fmt::format("{} of {}: not found on github.example", what, question.repository),
                 "if it is private, give a token that may read it"};
  };
  const GithubRepository* repository = world_.Find(question.repository);
  if (repository == nullptr || repository->facts.gone || (repository->facts.is_private && token.empty())) return missing("all");
  Answer answer;
  switch (question.kind) {
    case Question::Kind::kRepository:
      answer.repository = Describe(*repository);
      return answer;
    case Question::Kind::kCommit:
      if (const auto* commit = repository->Resolve(question.ref)) {
        answer.commit = {commit->sha, commit->tree};
        return answer;
      }
      return missing("commit " + question.ref);
    case Question::Kind::kTree:
      if (const auto* rows = repository->TreeRows(question.ref)) {
        answer.tree.sha = question.ref;
        for (const auto& row : *rows) answer.tree.entries.push_back({row.path, row.mode, row.sha, row.size});
        return answer;
      }
      return missing("tree " + question.ref);
    case Question::Kind::kBlob:
      if (const auto* bytes = repository->Blob(question.ref)) {
        answer.bytes = *bytes;
        return answer;
      }
      return missing("blob " + question.ref);
    case Question::Kind::kTarball:
      if (const auto* commit = repository->Resolve(question.ref)) {
        answer.bytes = MakeTarball(*repository, *commit);
        return answer;
      }
      return missing("tarball " + question.ref);
  }
  return answer;
}

// As the real client: a kept repository or commit costs a request but not the limit, a kept tree nothing, nor the commit of a repository
// without a push where there is no token.
void FakeUpstream::Count(const Question& question, Answer& answer) {
  if (validators == nullptr || question.kind == Question::Kind::kBlob || question.kind == Question::Kind::kTarball) return;
  const std::string key = fmt::format("fake\n{}\n{}\n{}", static_cast<int>(question.kind), question.repository, question.ref);
  const std::string etag =
      question.kind == Question::Kind::kRepository ? answer.repository.etag : "\"" + answer.commit.sha + answer.tree.sha + "\"";
  const auto kept = validators->Find(key);
  const bool trusted = token.empty() && question.kind == Question::Kind::kCommit && !question.pushed_at.empty() && kept &&
                       kept->pushed_at == question.pushed_at;
  if (!trusted && (!kept || kept->etag != etag || kept->pushed_at != question.pushed_at))
    validators->Keep(key, {etag, {}, question.pushed_at});
  if (!kept || kept->etag != etag) return;
  ++remaining;
  if (trusted) ++trusted_;
  if (trusted || question.kind == Question::Kind::kTree) {
    asked_.pop_back();
  } else {
    ++not_modified_;
  }
}

upstream::Ledger FakeUpstream::ledger() const {
  upstream::Ledger ledger;
  ledger.host = "github.example";
  if (!token.empty()) ledger.token_fingerprint = Sha256(token).hex();
  ledger.sent = static_cast<int64_t>(asked_.size());
  ledger.not_modified = not_modified_;
  ledger.trusted = trusted_;
  ledger.limit = limit;
  ledger.remaining = remaining;
  ledger.reset_at = reset_at != 0 ? reset_at : SystemClock().Now() + kHour;
  if (remaining <= 0) ledger.blocked_until = ledger.reset_at;
  return ledger;
}

}  // namespace skilltrail::testing
