// Services: what every request is answered with. One object for the life of the server; thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/http/message.h"
#include "cli/http/metrics.h"
#include "cli/http/problem.h"
#include "cli/http/routes.h"
#include "cli/http/views.h"
#include "engine/query/event_lines.h"
#include "engine/session/prior_run.h"
#include "engine/upstream/upstream.h"

#include <nlohmann/json_fwd.hpp>

namespace skilltrail::cli::http {

struct Services {
  Context base;            // store, actor, lock timeout, clock
  std::string collection;  // the one that -c or the environment names; empty: the store's default
  std::vector<std::string> secrets;
  std::string token;  // empty: none is asked for
  std::function<Result<std::unique_ptr<upstream::Upstream>>(std::function<bool()> interrupted)> open_upstream;
  Views* views = nullptr;
  query::EventLines event_lines{32u << 20};
  Metrics metrics;
  std::function<size_t()> connections;  // how many are open
  std::atomic<bool> stopping{false};

  std::mutex mutex;
  std::set<std::string> keys_under_way;  // Idempotency-Keys that are being worked on
};

// The longest that a reading request may take.
inline constexpr auto kReadingTime = std::chrono::seconds(60);

Answer JsonAnswer(const nlohmann::ordered_json& document, int status = 200);
Answer TextAnswer(std::string body, std::string content_type);

// The body as an object; nothing and an answer (400 for what is no JSON, 422 for another shape or a key that is none of `known`) otherwise.
struct Body {
  std::unique_ptr<nlohmann::ordered_json> object;
  std::optional<Answer> refused;
};
Body ReadBody(const Call& call, const std::vector<std::string>& known);

// A write, once: with an Idempotency-Key that was used before, `again` makes the answer that was given then. Checks expected_seq.
struct Once {
  std::optional<Seq> expected_in_body;
  std::function<Result<Answer>(const Context&)> perform;
  std::function<Result<Answer>(Reading&, const PriorRun&)> again;
};
Result<Answer> WriteOnce(Call& call, const Once& once);

// Collection named in path or body, `collection_name` or -c, in this order.
void UseCollection(Call& call, const std::string& name);

}  // namespace skilltrail::cli::http
