#include "cli/http/services.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "events/name.h"

namespace skilltrail::cli::http {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxKeyBytes = 255;
constexpr int kMaxBodyDepth = 32;

bool IsKey(std::string_view text) {
  return text.size() <= kMaxKeyBytes && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

// One request at a time with that key.
class KeyHold {
 public:
  KeyHold(Services& services, std::string key) : services_(services), key_(std::move(key)) {
    const std::lock_guard lock(services_.mutex);
    held_ = key_.empty() || services_.keys_under_way.insert(key_).second;
  }
  ~KeyHold() {
    if (!held_ || key_.empty()) return;
    const std::lock_guard lock(services_.mutex);
    services_.keys_under_way.erase(key_);
  }
  KeyHold(const KeyHold&) = delete;
  KeyHold& operator=(const KeyHold&) = delete;
  bool held() const { return held_; }

 private:
  Services& services_;
  const std::string key_;
  bool held_ = false;
};

Answer Refuse(const Call& call, Refusal refusal, std::string detail, std::string hint = {}) {
  return ProblemAnswer(ProblemOf(refusal, std::move(detail), std::move(hint)), call.services.secrets);
}

// The answer given before, if the key was used before.
Result<std::optional<Answer>> Before(Call& call, const Once& once) {
  ASSIGN_OR_RETURN(const auto lease, call.services.views->Take());
  Reading reading = lease.Open(call.context);
  ASSIGN_OR_RETURN(const auto prior, FindPriorRun(reading, call.context.idempotency->key));
  if (!prior) return std::optional<Answer>();
  if (prior->body != call.context.idempotency->body) {
    return Error{
        Code::kConflict,
        fmt::format("this Idempotency-Key came with another request before: that of the run that began at event {}", prior->started_seq),
        "take a new key for a new request"};
  }
  if (!prior->completed) {
    return Error{Code::kConflict,
                 fmt::format("the request with this Idempotency-Key goes on still, or was cut short: it is the run that began at event {}",
                             prior->started_seq),
                 "look at that run before you send it again with a new key"};
  }
  ASSIGN_OR_RETURN(Answer answer, once.again(reading, *prior));
  answer.headers.emplace_back("Idempotency-Replayed", "true");
  return std::optional(std::move(answer));
}

Result<bool> HeadIs(Call& call, Seq expected) {
  ASSIGN_OR_RETURN(const auto lease, call.services.views->Take());
  return lease.head() == expected;
}

Answer Moved(const Call& call) {
  return Refuse(call, Refusal::kMoved, fmt::format("the log does not end at event {} any more", *call.context.expected_head),
                "look at what has happened since, and decide again");
}

}  // namespace

Answer JsonAnswer(const Json& document, int status) {
  Answer answer;
  answer.status = status;
  answer.content_type = "application/json";
  answer.body = document.dump(-1, ' ', false, Json::error_handler_t::replace);
  return answer;
}

Answer TextAnswer(std::string body, std::string content_type) {
  Answer answer;
  answer.content_type = std::move(content_type);
  answer.body = std::move(body);
  return answer;
}

Body ReadBody(const Call& call, const std::vector<std::string>& known) {
  Body body;
  const auto& text = call.request.body;
  const bool blank = text.find_first_not_of(" \t\r\n") == std::string::npos;
  // The library takes a frame of the stack for each level, so levels that no request has are not built.
  bool deep = false;
  bool twice = false;
  std::map<int, std::set<std::string>> keys;  // of the object that is open at that depth
  const auto shallow = [&](int depth, Json::parse_event_t event, const Json& parsed) {
    deep = deep || depth > kMaxBodyDepth;
    if (event == Json::parse_event_t::object_start) keys[depth + 1].clear();
    if (event == Json::parse_event_t::key) twice = twice || !keys[depth].insert(parsed.get<std::string>()).second;
    return depth <= kMaxBodyDepth;
  };
  body.object = std::make_unique<Json>(blank ? Json::object() : Json::parse(text, shallow, false));
  if (body.object->is_discarded()) {
    body.refused = Refuse(call, Refusal::kMalformed, "the body is no JSON");
  } else if (twice) {
    body.refused = Refuse(call, Refusal::kMalformed, "an object of the body has a key twice");
  } else if (deep) {
    body.refused =
        ProblemAnswer(ProblemOf(Error{Code::kUsage, fmt::format("the body is nested more than {} levels deep", kMaxBodyDepth), {}}),
                      call.services.secrets);
  } else if (!body.object->is_object()) {
    body.refused = ProblemAnswer(ProblemOf(Error{Code::kUsage, "the body is JSON, but no object", {}}), call.services.secrets);
  } else {
    for (const auto& [key, value] : body.object->items()) {
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      const std::string near = Nearest(key, known);
      body.refused = ProblemAnswer(ProblemOf(Error{Code::kUsage, fmt::format("body: unknown key {}", Quote(key)),
                                                   near.empty() ? "" : fmt::format("did you mean \"{}\"?", near)}),
                                   call.services.secrets);
      break;
    }
  }
  return body;
}

Result<Answer> WriteOnce(Call& call, const Once& once) {
  const std::string key(call.request.header("idempotency-key"));
  if (!IsKey(key)) {
    return Refuse(call, Refusal::kMalformed, fmt::format("Idempotency-Key: 1 to {} visible ASCII characters are a key", kMaxKeyBytes));
  }
  ASSIGN_OR_RETURN(const auto expected, call.parameters.Number("expected_seq", 0, UINT64_MAX));
  call.context.expected_head = expected ? expected : once.expected_in_body;
  const KeyHold hold(call.services, key);
  if (!hold.held()) {
    return Error{Code::kConflict, "a request with this Idempotency-Key is being worked on", "wait for its answer"};
  }
  if (!key.empty()) {
    call.context.idempotency =
        Idempotency{key, Sha256(fmt::format("{} {}\n{}", call.request.method, call.request.target, call.request.body))};
    ASSIGN_OR_RETURN(auto before, Before(call, once));
    if (before) return std::move(*before);
  }
  if (call.context.expected_head) {
    // Before upstream is asked or a lock waited for; under the lock the engine looks again.
    ASSIGN_OR_RETURN(const bool same, HeadIs(call, *call.context.expected_head));
    if (!same) return Moved(call);
  }
  auto answer = once.perform(call.context);
  if (answer.ok() || answer.error().code != Code::kConflict) return answer;
  if (call.context.idempotency) {
    // Another process may have been faster with the same key.
    ASSIGN_OR_RETURN(auto before, Before(call, once));
    if (before) return std::move(*before);
  }
  if (call.context.expected_head) {
    // Whatever else is in the way: the client decided on another state than the present one.
    ASSIGN_OR_RETURN(const bool same, HeadIs(call, *call.context.expected_head));
    if (!same) return Moved(call);
  }
  return answer;
}

void UseCollection(Call& call, const std::string& name) {
  if (!name.empty()) call.context.collection = name;
}

}  // namespace skilltrail::cli::http
