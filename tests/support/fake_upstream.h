// FakeUpstream: the seam Upstream out of a GithubWorld in memory, without network or threads. It passes the same contract suite as the real
// client (tests/upstream).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/upstream/upstream.h"
#include "tests/support/github_world.h"

namespace skilltrail::testing {

class FakeUpstream final : public upstream::Upstream {
 public:
  // What a test may turn, also between batches.
  std::string token;                                                    // that questions come with
  std::vector<std::string> good_tokens;                                 // any other is refused
  int64_t limit = 5000;                                                 // requests an hour
  int64_t remaining = 5000;                                             // of them
  Micros reset_at = 0;                                                  // when the limit is whole again; 0: in an hour
  upstream::ValidatorCache* validators = nullptr;                       // not owned
  std::function<bool()> interrupted;                                    // asked before each question
  std::function<std::optional<Error>(const upstream::Question&)> fail;  // an error is the answer

  // Which repositories there are. It outlives this.
  explicit FakeUpstream(GithubWorld& world) : world_(world) {}

  void AskAll(std::vector<upstream::Question> questions, const Done& done) override;
  upstream::Ledger ledger() const override;
  void UseValidators(upstream::ValidatorCache* kept) override { validators = kept; }
  // All that was asked and not refused unasked, in order.
  const std::vector<upstream::Question>& asked() const { return asked_; }

 private:
  Result<upstream::Answer> AnswerOne(const upstream::Question& question);
  Result<upstream::Answer> Look(const upstream::Question& question);
  Error Exhausted() const;
  void Count(const upstream::Question& question, upstream::Answer& answer);

  GithubWorld& world_;
  std::vector<upstream::Question> asked_;
  int64_t not_modified_ = 0;
  int64_t trusted_ = 0;
};

}  // namespace skilltrail::testing
