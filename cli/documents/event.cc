#include "cli/documents/event.h"

#include <fmt/format.h>

namespace skilltrail::cli::documents {

Result<std::string> EventsText(Reading& reading, query::LogRequest request, uint64_t limit, query::EventLines& lines) {
  request.limit = limit + 1;  // one more tells whether there is another page
  const bool oldest_first = request.after || request.oldest_first;
  std::string events;
  uint64_t count = 0;
  Seq last = 0;
  bool more = false;
  RETURN_IF_ERROR(query::Log(reading, request, [&](const query::LoggedEvent& event) {
    more = count == limit;
    if (more) return store::Visit::kStop;
    events += count++ == 0 ? "" : ",";
    if (!lines.AppendTo(events, event.seq)) {
      std::string line = query::LoggedEventJson(event);
      events += line;
      lines.Keep(event.seq, std::move(line));
    }
    last = event.seq;
    return store::Visit::kContinue;
  }));
  const std::string after = more && oldest_first ? fmt::format("{}", last) : "null";
  const std::string until = more && !oldest_first ? fmt::format("{}", last - 1) : "null";
  return fmt::format(R"("events":[{}],"next_after":{},"next_until":{})", events, after, until);
}

}  // namespace skilltrail::cli::documents
