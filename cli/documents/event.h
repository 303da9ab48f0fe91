// log.
#pragma once

#include <string>

#include "engine/query/event_lines.h"
#include "engine/query/log_query.h"
#include "engine/session/reading.h"
#include "events/result.h"

namespace skilltrail::cli::documents {

// The members "events": [...], "next_after" and "next_until" of a page of the log, as text: each event stands as LoggedEventJson gives it.
// Oldest first, next_after is the request's `after` of the next page; newest first, next_until is its `until`; null where nothing follows.
// `lines` keeps what was made.
Result<std::string> EventsText(Reading& reading, query::LogRequest request, uint64_t limit, query::EventLines& lines);

}  // namespace skilltrail::cli::documents
