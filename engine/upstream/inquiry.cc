#include "engine/upstream/inquiry.h"

#include <utility>

#include "events/check.h"

namespace skilltrail::upstream {

void Inquiry::Ask(Question question, Handler handler) {
  if (batch_ != nullptr && interrupted_ && interrupted_()) {
    handler(Error{Code::kInterrupted, "interrupted before upstream was asked", {}});
    return;
  }
  Key key{question.kind, question.repository, question.ref};
  if (auto open = open_.find(key); open != open_.end()) {
    questions_[open->second].handlers.push_back(std::move(handler));
    return;
  }
  open_.emplace(key, questions_.size());
  questions_.push_back({std::move(key), {}});
  questions_.back().handlers.push_back(std::move(handler));
  if (batch_ == nullptr) {
    first_.push_back(std::move(question));
  } else {
    CHECK(batch_->Add(std::move(question)) == questions_.size() - 1);
  }
}

void Inquiry::Run() {
  upstream_.AskAll(std::exchange(first_, {}), [&](size_t index, Result<Answer> answer, Batch& batch) {
    batch_ = &batch;
    open_.erase(questions_[index].key);
    // Moved out, since a handler that asks makes the list grow.
    const std::vector<Handler> handlers = std::move(questions_[index].handlers);
    for (const auto& handler : handlers) handler(answer);
  });
  batch_ = nullptr;
  questions_.clear();
}

}  // namespace skilltrail::upstream
