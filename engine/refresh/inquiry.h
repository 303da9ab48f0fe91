// Inquiry: questions to upstream, and what is to be done with each answer. An answer may raise further questions; one that is open already
// is not asked twice.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "engine/session/context.h"
#include "engine/upstream/upstream.h"

namespace skilltrail::refresh {

class Inquiry {
 public:
  using Handler = std::function<void(const Result<upstream::Answer>&)>;

  // Both must outlive it.
  Inquiry(const Context& context, upstream::Upstream& upstream) : context_(context), upstream_(upstream) {}

  // Handlers are called by Run, in the caller's thread; they may ask. Once the context is interrupted, what a handler asks is answered with
  // kInterrupted at once.
  void Ask(upstream::Question question, Handler handler);
  // Until nothing is open.
  void Run();

 private:
  using Key = std::tuple<upstream::Question::Kind, std::string, std::string>;
  struct Open {
    Key key;
    std::vector<Handler> handlers;
  };

  const Context& context_;
  upstream::Upstream& upstream_;
  std::vector<upstream::Question> first_;  // those from before Run
  std::vector<Open> questions_;            // by index in the batch
  std::map<Key, size_t> open_;
  upstream::Batch* batch_ = nullptr;  // while Run runs
};

}  // namespace skilltrail::refresh
