// EventPrinter: events as they are read, in the format asked for.
#pragma once

#include "cli/output.h"
#include "cli/table.h"
#include "engine/query/log_query.h"

namespace skilltrail::cli {

enum class EventFormat { kTable, kOneLine, kJson, kNdjson, kCsv };

class EventPrinter {
 public:
  // `data`: a person is shown each event's data too.
  EventPrinter(Output& out, EventFormat format, bool data);
  // kStop if nobody reads any more.
  store::Visit Print(const query::LoggedEvent& event);
  // All that was given so far is on its way; more may follow.
  void Pause();
  // The end: closes the array; says so if there was nothing.
  void Finish();

 private:
  void PrintTableRow(const query::LoggedEvent& event);
  void PrintOneLine(const query::LoggedEvent& event);
  void PrintCsvRow(const query::LoggedEvent& event);
  void PrintData(const query::LoggedEvent& event);

  Output& out_;
  const EventFormat format_;
  const bool data_;
  uint64_t printed_ = 0;
  size_t waiting_ = 0;  // rows that the table holds back to find its widths
  Table table_;
};

}  // namespace skilltrail::cli
