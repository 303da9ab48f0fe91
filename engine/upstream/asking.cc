#include "engine/upstream/asking.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/upstream/answer.h"
#include "engine/upstream/question.h"

namespace skilltrail::upstream {
namespace {

constexpr const char* kApiVersion = "2022-11-28";
constexpr int kMaxTries = 3;
constexpr int kMaxRedirects = 3;
constexpr int kMaxUnanswered = 5;           // in a row, then the rest of the batch is not asked
constexpr int kPollMs = 100;                // how long an interruption goes unnoticed
constexpr size_t kMaxKeptBytes = 8u << 20;  // of a body beside its validator: a tree of some 25,000 files

// What GitHub's answers stay far below, so that a hostile one is cut off early. A commit's repeats what it changed.
constexpr size_t kMaxRepositoryBytes = 1u << 20;
constexpr size_t kMaxCommitBytes = 16u << 20;

size_t MostBytes(const Question& question, const GithubOptions& options) {
  switch (question.kind) {
    case Question::Kind::kRepository:
      return std::min(options.max_json_bytes, kMaxRepositoryBytes);
    case Question::Kind::kCommit:
      return std::min(options.max_json_bytes, kMaxCommitBytes);
    case Question::Kind::kTree:
      return options.max_json_bytes;
    case Question::Kind::kBlob:
      return static_cast<size_t>(std::min<uint64_t>(question.size.value_or(UINT64_MAX), options.max_content_bytes));
    case Question::Kind::kTarball:
      return options.max_content_bytes;
  }
  return options.max_json_bytes;
}

bool IsObjectId(const std::string& ref) {
  return ref.size() == 40 && ref.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// An upstream that repeats what it was sent must not make us print it.
Error WithoutToken(Error error, const std::string& token) {
  for (std::string* text : {&error.message, &error.hint}) {
    for (size_t at = 0; !token.empty() && (at = text->find(token, at)) != std::string::npos;) text->replace(at, token.size(), "***");
  }
  return error;
}

}  // namespace

Asking::Asking(Client& client, std::vector<Question> questions, const Upstream::Done& done) : client_(client), done_(done) {
  for (auto& question : questions) waiting_.push_back({next_index_++, std::move(question)});
}

Asking::~Asking() {
  client_.transfers->CancelAll();
}

size_t Asking::Add(Question question) {
  added_.push_back({next_index_, std::move(question)});
  return next_index_++;
}

void Asking::Run() {
  while (!waiting_.empty() || !delayed_.empty() || !flying_.empty()) {
    if (client_.options.interrupted && client_.options.interrupted()) return Interrupt();
    if (const auto refusal = Refusal()) RefuseWaiting(*refusal);
    while (!Refusal()) {
      auto task = NextDue();
      if (!task) break;
      Begin(std::move(*task));
    }
    if (waiting_.empty() && delayed_.empty() && flying_.empty()) break;
    for (auto& [ticket, response] : client_.transfers->Wait(UntilNextStart())) {
      auto task = flying_.extract(ticket);
      Handle(std::move(task.mapped()), std::move(response));
    }
  }
}

// Why nothing more is asked in this batch, if so.
std::optional<Error> Asking::Refusal() const {
  const std::string host = client_.api.origin.name();
  if (client_.rate_limit.blocked() && !client_.options.wait_for_limit)
    return client_.rate_limit.Refusal(host, !client_.options.token.empty());
  if (client_.token_refused)
    return Error{Code::kUnauthorized, fmt::format("{} refuses the token", host), "check that it is complete and has not expired"};
  if (client_.unanswered_in_a_row >= kMaxUnanswered) {
    return Error{Code::kUpstream, fmt::format("not asked: {} did not answer {} questions in a row", host, client_.unanswered_in_a_row),
                 "check the network, then try again"};
  }
  return std::nullopt;
}

std::optional<Asking::Task> Asking::NextWaiting() {
  if (waiting_.empty()) return std::nullopt;
  Task task = std::move(waiting_.front());
  waiting_.pop_front();
  return task;
}

// A question that is to be tried again keeps its place among those in flight, so that an upstream in trouble is asked less, not more.
std::optional<Asking::Task> Asking::NextDue() {
  const auto now = Steady::now();
  if (now < NextStart()) return std::nullopt;
  if (!delayed_.empty() && delayed_.begin()->first <= now) return std::move(delayed_.extract(delayed_.begin()).mapped());
  return full() ? std::nullopt : NextWaiting();
}

void Asking::RefuseWaiting(const Error& error) {
  while (!delayed_.empty()) {
    auto node = delayed_.extract(delayed_.begin());
    Finish(node.mapped(), error);
  }
  while (auto task = NextWaiting()) Finish(*task, error);
}

void Asking::Interrupt() {
  const Error error{Code::kInterrupted, "interrupted while asking " + client_.api.origin.name(), {}};
  client_.transfers->CancelAll();
  while (!flying_.empty()) {
    auto node = flying_.extract(flying_.begin());
    Finish(node.mapped(), error);
  }
  RefuseWaiting(error);
}

Asking::Steady::time_point Asking::NextStart() const {
  auto next = paused_to_;
  if (client_.rate_limit.blocked()) next = std::max(next, client_.rate_limit.blocked_to());
  const auto& pace = client_.options.pace;
  if (pace && client_.starts.size() >= pace->requests) next = std::max(next, client_.starts.front() + pace->window);
  return next;
}

// Milliseconds until something may be begun, or the next look at `interrupted`.
int Asking::UntilNextStart() const {
  const bool room = !waiting_.empty() && !full();
  if (!room && delayed_.empty()) return kPollMs;
  const auto first = room ? Steady::now() : delayed_.begin()->first;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(std::max(first, NextStart()) - Steady::now()).count();
  return static_cast<int>(std::clamp<int64_t>(wait, 0, kPollMs));
}

void Asking::Begin(Task task) {
  if (task.address.url.empty()) {
    const auto path = Path(task.question);
    if (!path.ok()) return Finish(task, path.error());
    task.address = {client_.api.origin, client_.api.url + *path};
    if (client_.validators != nullptr && !IsContent(task.question.kind)) {
      task.cache_key = fmt::format("{}\n{}\n{}\n{}", task.address.url, Accept(task.question.kind), kApiVersion, client_.token_fingerprint);
      task.kept = client_.validators->Find(task.cache_key);
    }
    if (task.kept && KeptIsEnough(task) && AnswerFromKept(task)) return;
  }
  Launch(std::move(task));
}

// A tree's id, and a commit's, is a digest of what it holds, so a kept one needs no question. Where a request would count although nothing
// changed, a repository without a push since is believed to have its branches and tags where they were.
bool Asking::KeptIsEnough(const Task& task) {
  const Question& question = task.question;
  if (question.kind == Question::Kind::kTree) return true;
  if (question.kind != Question::Kind::kCommit) return false;
  if (IsObjectId(question.ref)) return true;
  const bool trusted = client_.options.token.empty() && !question.pushed_at.empty() && task.kept->pushed_at == question.pushed_at;
  if (trusted) client_.rate_limit.CountTrusted();
  return trusted;
}

// False if what was kept is broken, and forgotten now.
bool Asking::AnswerFromKept(Task& task) {
  auto answer = ReadAnswer(task.question, task.kept->body);
  if (!answer.ok()) {
    task.kept.reset();
    return false;
  }
  answer->repository.etag = task.question.kind == Question::Kind::kRepository ? task.kept->etag : std::string();
  Finish(task, std::move(answer));
  return true;
}

void Asking::Launch(Task task) {
  const auto kind = task.question.kind;
  Request request;
  request.address = task.address;
  request.accept = AtHome(task) ? Accept(kind) : "*/*";
  if (AtHome(task)) {
    request.api_version = kApiVersion;
    request.token = client_.options.token;
    if (task.kept) request.if_none_match = task.kept->etag;
  }
  request.max_bytes = MostBytes(task.question, client_.options);
  request.may_compress = kind != Question::Kind::kTarball;  // it is compressed, and its bytes are wanted as they are
  request.fresh_connection = task.fresh_connection;
  ++task.tries;
  client_.rate_limit.CountSent();
  if (const auto& pace = client_.options.pace) {
    const auto now = Steady::now();
    while (!client_.starts.empty() && client_.starts.front() + pace->window <= now) client_.starts.pop_front();
    client_.starts.push_back(now);
  }
  client_.transfers->Start(task.index, request);
  const size_t index = task.index;
  flying_.emplace(index, std::move(task));
}

void Asking::Handle(Task task, Response response) {
  const bool answered = response.outcome == Response::Outcome::kAnswered;
  const bool with_token = AtHome(task) && !client_.options.token.empty();
  if (answered && AtHome(task)) {
    client_.rate_limit.Note(response);
    client_.token_proven = client_.token_proven || (with_token && response.status < 400);
  }
  const std::string host = task.address.origin.name();
  const Asked asked{task.question, host, with_token, task.tries, client_.options.stall_timeout_ms, client_.options.max_retry_wait_ms};
  const Verdict verdict = Judge(asked, response);
  if (!verdict.unreachable) client_.unanswered_in_a_row = 0;
  switch (verdict.kind) {
    case Verdict::Kind::kBody:
      return TakeBody(std::move(task), std::move(response));
    case Verdict::Kind::kNotModified:
      return TakeKept(std::move(task));
    case Verdict::Kind::kRedirect:
      return Redirect(std::move(task), response);
    case Verdict::Kind::kRetry:
      task.fresh_connection = !answered;
      if (task.tries < kMaxTries) return TryAgain(std::move(task), verdict);
      break;
    case Verdict::Kind::kPause:
      if (task.tries < kMaxTries) {
        paused_to_ = std::max(paused_to_, Steady::now() + verdict.wait);
        return TryAgain(std::move(task), verdict);
      }
      [[fallthrough]];
    case Verdict::Kind::kExhausted:
      if (!AtHome(task))
        return Finish(task, Error{Code::kUpstream, fmt::format("{}: {} refuses for now", Name(task.question), host), "try again later"});
      client_.rate_limit.Block(response);
      if (client_.options.wait_for_limit) {
        delayed_.emplace(client_.rate_limit.blocked_to(), std::move(task));
        return;
      }
      return Finish(task, client_.rate_limit.Refusal(host, with_token));
    case Verdict::Kind::kFailed:
      break;
  }
  if (verdict.unreachable) ++client_.unanswered_in_a_row;
  client_.token_refused = client_.token_refused || (verdict.bad_token && !client_.token_proven);
  Finish(task, verdict.error);
}

void Asking::TakeBody(Task task, Response response) {
  if (IsContent(task.question.kind)) {
    Answer answer;
    answer.bytes = std::move(response.body);
    return Finish(task, std::move(answer));
  }
  auto answer = ReadAnswer(task.question, response.body);
  if (answer.ok()) {
    if (task.question.kind == Question::Kind::kRepository) answer->repository.etag = response.etag;
    if (!task.cache_key.empty() && !response.etag.empty() && response.body.size() <= kMaxKeptBytes) {
      client_.validators->Keep(task.cache_key, {response.etag, std::move(response.body), task.question.pushed_at});
    }
  }
  Finish(task, std::move(answer));
}

void Asking::TakeKept(Task task) {
  if (!task.kept)
    return Finish(task, Error{Code::kUpstream, Name(task.question) + ": broken answer: not modified, but nothing was kept", {}});
  if (task.kept->pushed_at != task.question.pushed_at) {
    task.kept->pushed_at = task.question.pushed_at;
    client_.validators->Keep(task.cache_key, *task.kept);
  }
  if (!AnswerFromKept(task)) Launch(std::move(task));  // what was kept is of no use: the same question without condition
}

// A renamed or moved repository is found by redirects inside the API. Only a tarball lies elsewhere, one step away, where our token has no
// business and from where nothing leads on.
void Asking::Redirect(Task task, const Response& response) {
  const auto broken = [&](const std::string& why) {
    Finish(task, Error{Code::kUpstream, fmt::format("{}: {}", Name(task.question), why), {}});
  };
  auto target = ParseRedirect(task.address, response.location);
  if (!target.ok()) return broken(target.error().message);
  if (++task.redirects > kMaxRedirects) return broken(fmt::format("broken answer: more than {} redirects", kMaxRedirects));
  const bool may_leave = task.question.kind == Question::Kind::kTarball;
  if (!AtHome(task) || (target->origin != client_.api.origin && !may_leave)) {
    return broken(fmt::format("broken answer: {} redirects to another host", task.address.origin.name()));
  }
  task.address = std::move(*target);
  task.tries = 0;
  Launch(std::move(task));
}

void Asking::TryAgain(Task task, const Verdict& verdict) {
  delayed_.emplace(Steady::now() + verdict.wait, std::move(task));
}

void Asking::Finish(Task& task, Result<Answer> answer) {
  const size_t index = task.index;
  if (answer.ok()) {
    done_(index, std::move(answer), *this);
  } else {
    done_(index, WithoutToken(answer.error(), client_.options.token), *this);
  }
  waiting_.insert(waiting_.begin(), std::make_move_iterator(added_.begin()), std::make_move_iterator(added_.end()));
  added_.clear();
}

}  // namespace skilltrail::upstream
