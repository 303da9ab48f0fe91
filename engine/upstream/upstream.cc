#include "engine/upstream/upstream.h"

#include <utility>

namespace skilltrail::upstream {

void Upstream::Ask(const std::vector<Question>& questions, const std::function<void(size_t, Result<Answer>)>& done) {
  AskAll(questions, [&](size_t index, Result<Answer> answer, Batch&) { done(index, std::move(answer)); });
}

Result<Answer> AskOne(Upstream& upstream, const Question& question) {
  std::optional<Result<Answer>> got;
  upstream.Ask({question}, [&](size_t, Result<Answer> answer) { got.emplace(std::move(answer)); });
  CHECK(got.has_value());
  return std::move(*got);
}

}  // namespace skilltrail::upstream
