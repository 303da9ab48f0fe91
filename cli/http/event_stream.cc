#include "cli/http/event_stream.h"

#include <algorithm>

#include <fmt/format.h>

namespace skilltrail::cli::http {
namespace {

constexpr auto kHeartbeat = std::chrono::seconds(15);
constexpr uint64_t kEventsAtOnce = 100;
constexpr int kRetryMs = 2000;  // before a client that lost the connection comes again

}  // namespace

EventStream::EventStream(Services& services, Context context, query::LogRequest request, Seq after)
    : services_(services),
      context_(std::move(context)),
      request_(std::move(request)),
      seen_(after),
      last_sent_(std::chrono::steady_clock::now()) {}

Result<BodySource::Piece> EventStream::Next() {
  const auto now = std::chrono::steady_clock::now();
  Piece piece{Piece::Then::kWait, {}};
  if (!greeted_) {
    // So that a client knows at once that it is listening.
    piece.bytes = fmt::format("retry: {}\n: behind event {}\n\n", kRetryMs, seen_);
    greeted_ = true;
  }
  auto looked = Look();
  if (looked.ok()) {
    piece.bytes += looked->bytes;
    piece.then = looked->then;
  } else if (looked.error().code != Code::kBusy && looked.error().code != Code::kInterrupted) {
    const Answer problem = ProblemAnswer(ProblemOf(looked.error()), services_.secrets);
    piece.bytes += fmt::format("event: problem\ndata: {}\n\n", problem.body);
    piece.then = Piece::Then::kEnd;
  }
  if (piece.bytes.empty() && now - last_sent_ >= kHeartbeat) piece.bytes = ": still here\n\n";
  if (!piece.bytes.empty()) last_sent_ = now;
  return piece;
}

Result<BodySource::Piece> EventStream::Look() {
  ASSIGN_OR_RETURN(const auto lease, services_.views->Take());
  const Seq head = lease.head();
  Piece piece{Piece::Then::kWait, {}};
  if (head <= seen_) return piece;
  Reading reading = lease.Open(context_);
  request_.after = seen_;
  request_.limit = kEventsAtOnce;
  uint64_t count = 0;
  Seq last = seen_;
  RETURN_IF_ERROR(query::Log(reading, request_, [&](const query::LoggedEvent& event) {
    piece.bytes += fmt::format("id: {}\nevent: {}\ndata: {}\n\n", event.seq, event.type, query::LoggedEventJson(event));
    last = event.seq;
    ++count;
    return store::Visit::kContinue;
  }));
  seen_ = count == kEventsAtOnce ? last : head;
  if (count == kEventsAtOnce) piece.then = Piece::Then::kMore;
  return piece;
}

}  // namespace skilltrail::cli::http
