// EventPrinter: events as they are read, in the format asked for.
#pragma once

#include "cli/output.h"
#include "cli/table.h"
#include "engine/query/log_query.h"

namespace skilltrail::cli {

enum class EventFormat { kTable, kOneLine, kJson, kNdjson, kCsv };

class EventPrinter {
 public:
  // `changes`: a person is shown what each event changed, too. `now`: on a terminal times are told as ages.
  EventPrinter(Output& out, EventFormat format, bool changes, Micros now);
  // Where the contents of the events that follow are; it must outlive their printing.
  void ReadFrom(const Reading& reading) { reading_ = &reading; }
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
  void PrintChange(const query::LoggedEvent& event);
  std::string TimeText(Micros time) const;

  Output& out_;
  const EventFormat format_;
  const bool changes_;
  const Micros now_;
  const Reading* reading_ = nullptr;
  uint64_t printed_ = 0;
  size_t waiting_ = 0;  // rows that the table holds back to find its widths
  Table table_;
};

}  // namespace skilltrail::cli
