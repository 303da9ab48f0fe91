#include "cli/event_printer.h"

#include <fmt/format.h>

#include "cli/event_change.h"
#include "cli/event_summary.h"
#include "cli/text.h"
#include "events/check.h"

namespace skilltrail::cli {
namespace {

constexpr const char* kCsvTitles = "seq,logged_at,recorded_at,type,collection,artifact,project,run_id,run_seq,actor,command,hash\n";
constexpr size_t kRowsAhead = 200;  // enough to find widths that fit, few enough to print at once

// RFC 4180. What would steer a terminal or end the row is shown as in a table: the exact text is in ndjson.
std::string CsvField(const std::string& field) {
  const std::string text = OneLine(field);
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string out = "\"";
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string Subject(const query::LoggedEvent& event) {
  return event.artifact.empty() ? event.collection : event.artifact;
}

}  // namespace

EventPrinter::EventPrinter(Output& out, EventFormat format, bool changes, Micros now)
    : out_(out),
      format_(format),
      changes_(changes),
      now_(now),
      table_({{.title = "EVENT", .right = true},
              {.title = "TIME"},
              {.title = "TYPE"},
              {.title = "SUBJECT"},
              {.title = "WHAT", .flexible = true}}) {}

store::Visit EventPrinter::Print(const query::LoggedEvent& event) {
  switch (format_) {
    case EventFormat::kTable:
      PrintTableRow(event);
      break;
    case EventFormat::kOneLine:
      PrintOneLine(event);
      break;
    case EventFormat::kJson:
      out_.Write(printed_ == 0 ? "[\n" : ",\n");
      out_.Write(query::LoggedEventJson(event));
      break;
    case EventFormat::kNdjson:
      out_.Write(query::LoggedEventJson(event));
      out_.Write("\n");
      break;
    case EventFormat::kCsv:
      PrintCsvRow(event);
      break;
  }
  ++printed_;
  return out_.open() ? store::Visit::kContinue : store::Visit::kStop;
}

void EventPrinter::PrintTableRow(const query::LoggedEvent& event) {
  table_.Add({{std::to_string(event.seq), Paint::kYellow},
              {TimeText(event.logged_at)},
              {event.type},
              {Subject(event), Paint::kCyan},
              {EventSummary(*event.event)}});
  if (changes_ || ++waiting_ == kRowsAhead) {
    table_.Print(out_);
    waiting_ = 0;
  }
  if (changes_) PrintChange(event);
}

void EventPrinter::PrintOneLine(const query::LoggedEvent& event) {
  auto line = fmt::format("{} {} {}", out_.Painted(std::to_string(event.seq), Paint::kYellow), TimeText(event.logged_at), event.type);
  if (!Subject(event).empty()) line += " " + out_.Painted(OneLine(Subject(event)), Paint::kCyan);
  if (const auto what = EventSummary(*event.event); !what.empty()) line += " " + OneLine(what);
  out_.Write(line + "\n");
  if (changes_) PrintChange(event);
}

void EventPrinter::PrintCsvRow(const query::LoggedEvent& event) {
  if (printed_ == 0) out_.Write(kCsvTitles);
  std::string line = fmt::format("{},{},{},{}", event.seq, FormatTime(event.logged_at), FormatTime(event.recorded_at), event.type);
  for (const auto& field : {event.collection, event.artifact, event.project, event.run_id, std::to_string(event.run_seq), event.actor,
                            event.command, event.hash.hex()}) {
    line += "," + CsvField(field);
  }
  out_.Write(line + "\n");
}

std::string EventPrinter::TimeText(Micros time) const {
  return out_.terminal() ? Age(time, now_) : LocalTime(time);
}

void EventPrinter::PrintChange(const query::LoggedEvent& event) {
  out_.Write(fmt::format("    by {}, run {}: {}\n", OneLine(event.actor), event.run_seq, OneLine(event.command)));
  CHECK(reading_ != nullptr);
  for (const auto& line : EventChange(event, *reading_)) out_.Write(fmt::format("    {}\n", out_.Painted(line.text, line.paint)));
}

void EventPrinter::Pause() {
  table_.Print(out_);
  waiting_ = 0;
  out_.Flush();
}

void EventPrinter::Finish() {
  if (format_ == EventFormat::kCsv && printed_ == 0) out_.Write(kCsvTitles);
  if (format_ == EventFormat::kJson) out_.Write(printed_ == 0 ? "[]\n" : "\n]\n");
  table_.Print(out_);
  if (printed_ == 0 && (format_ == EventFormat::kTable || format_ == EventFormat::kOneLine)) out_.Note("no events");
}

}  // namespace skilltrail::cli
