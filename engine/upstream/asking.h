// Asking: one batch on its way through the client: what waits, what flies, what is to be tried again.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/upstream/address.h"
#include "engine/upstream/github.h"
#include "engine/upstream/rate_limit.h"
#include "engine/upstream/transfers.h"
#include "engine/upstream/upstream.h"
#include "engine/upstream/verdict.h"

namespace skilltrail::upstream {

// What outlives a batch.
struct Client {
  GithubOptions options;
  Address api;
  std::string token_fingerprint;
  std::unique_ptr<Transfers> transfers;
  RateLimit rate_limit;
  ValidatorCache* validators = nullptr;                      // not owned
  std::deque<std::chrono::steady_clock::time_point> starts;  // of the requests in the pace's window; empty without a pace
  int unanswered_in_a_row = 0;                               // questions that ended without the host saying anything
  bool token_proven = false;                                 // some request with it succeeded
  bool token_refused = false;
};

class Asking final : public Batch {
 public:
  // All three outlive it.
  Asking(Client& client, std::vector<Question> questions, const Upstream::Done& done);
  // Gives up what still flies: `done` threw.
  ~Asking() override;
  void Run();
  size_t Add(Question question) override;

 private:
  using Steady = std::chrono::steady_clock;

  struct Task {
    size_t index = 0;
    Question question;
    Address address = {};        // moves with redirects; no URL before the first try
    std::string cache_key = {};  // empty: not conditional
    std::optional<ValidatorCache::Entry> kept = {};
    int tries = 0;
    int redirects = 0;
    bool fresh_connection = false;
  };

  std::optional<Error> Refusal() const;
  std::optional<Task> NextWaiting();
  std::optional<Task> NextDue();
  void RefuseWaiting(const Error& error);
  void Interrupt();
  void Begin(Task task);
  bool KeptIsEnough(const Task& task);
  bool AnswerFromKept(Task& task);
  void Launch(Task task);
  void Handle(Task task, Response response);
  void TakeBody(Task task, Response response);
  void TakeKept(Task task);
  void Redirect(Task task, const Response& response);
  void TryAgain(Task task, const Verdict& verdict);
  void Finish(Task& task, Result<Answer> answer);
  bool AtHome(const Task& task) const { return task.address.origin == client_.api.origin; }
  bool full() const { return flying_.size() + delayed_.size() >= static_cast<size_t>(client_.options.max_concurrent); }
  int UntilNextStart() const;
  // When the pace and the pauses that upstream asked for allow another request.
  Steady::time_point NextStart() const;

  Client& client_;
  const Upstream::Done& done_;
  std::deque<Task> waiting_;
  std::multimap<Steady::time_point, Task> delayed_;
  std::map<size_t, Task> flying_;
  std::vector<Task> added_;  // by the `done` that runs
  size_t next_index_ = 0;
  Steady::time_point paused_to_{};
};

}  // namespace skilltrail::upstream
