// EventStream: Server-Sent Events of the log: each event once, in order, as soon as any process has reported it done.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "cli/http/message.h"
#include "cli/http/services.h"
#include "engine/query/log_query.h"

namespace skilltrail::cli::http {

class EventStream final : public BodySource {
 public:
  // What the request filters, behind the event `after`. The services outlive it.
  EventStream(Services& services, Context context, query::LogRequest request, Seq after);
  Result<Piece> Next() override;

 private:
  Result<Piece> Look();

  Services& services_;
  const Context context_;
  query::LogRequest request_;
  Seq seen_;  // everything up to here was sent, or filtered out
  bool greeted_ = false;
  std::chrono::steady_clock::time_point last_sent_;
};

}  // namespace skilltrail::cli::http
