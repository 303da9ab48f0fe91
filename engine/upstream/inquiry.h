// Inquiry: questions to upstream, and what is to be done with each answer. An answer may raise further questions; one that is open already
// is not asked twice.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/upstream/upstream.h"

namespace skilltrail::upstream {

class Inquiry {
 public:
  using Handler = std::function<void(const Result<Answer>&)>;

  // `upstream` outlives it. `interrupted` may be null.
  Inquiry(Upstream& upstream, std::function<bool()> interrupted) : upstream_(upstream), interrupted_(std::move(interrupted)) {}

  // Handlers are called by Run, in the caller's thread; they may ask. Once `interrupted` says true, what a handler asks is answered with
  // kInterrupted at once.
  void Ask(Question question, Handler handler);
  // Until nothing is open.
  void Run();

 private:
  using Key = std::tuple<Question::Kind, std::string, std::string>;
  struct Open {
    Key key;
    std::vector<Handler> handlers;
  };

  Upstream& upstream_;
  const std::function<bool()> interrupted_;
  std::vector<Question> first_;  // those from before Run
  std::vector<Open> questions_;  // by index in the batch
  std::map<Key, size_t> open_;
  Batch* batch_ = nullptr;  // while Run runs
};

}  // namespace skilltrail::upstream
