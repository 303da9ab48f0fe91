#include "cli/event_printer.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/event_summary.h"
#include "cli/text.h"
#include "events/json.h"

namespace skilltrail::cli {
namespace {

constexpr size_t kRowsAhead = 200;  // enough to find widths that fit, few enough to print at once

// RFC 4180.
std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
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

EventPrinter::EventPrinter(Output& out, EventFormat format, bool data)
    : out_(out),
      format_(format),
      data_(data),
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
              {LocalTime(event.logged_at)},
              {event.type},
              {Subject(event), Paint::kCyan},
              {EventSummary(*event.event)}});
  if (data_ || ++waiting_ == kRowsAhead) {
    table_.Print(out_);
    waiting_ = 0;
  }
  if (data_) PrintData(event);
}

void EventPrinter::PrintOneLine(const query::LoggedEvent& event) {
  auto line = fmt::format("{} {} {}", out_.Painted(std::to_string(event.seq), Paint::kYellow), LocalTime(event.logged_at), event.type);
  if (!Subject(event).empty()) line += " " + out_.Painted(OneLine(Subject(event)), Paint::kCyan);
  if (const auto what = EventSummary(*event.event); !what.empty()) line += " " + OneLine(what);
  out_.Write(line + "\n");
  if (data_) PrintData(event);
}

void EventPrinter::PrintCsvRow(const query::LoggedEvent& event) {
  if (printed_ == 0) out_.Write("seq,logged_at,recorded_at,type,collection,artifact,project,run_id,run_seq,actor,command,hash\n");
  std::string line = fmt::format("{},{},{},{}", event.seq, FormatTime(event.logged_at), FormatTime(event.recorded_at), event.type);
  for (const auto& field : {event.collection, event.artifact, event.project, event.run_id, std::to_string(event.run_seq), event.actor,
                            event.command, event.hash.hex()}) {
    line += "," + CsvField(field);
  }
  out_.Write(line + "\n");
}

void EventPrinter::PrintData(const query::LoggedEvent& event) {
  out_.Write(fmt::format("    by {}, run {}: {}\n", OneLine(event.actor), event.run_seq, OneLine(event.command)));
  const auto data = PayloadJson(*event.event);
  if (!data.is_object()) return;
  for (const auto& [key, value] : data.items()) {
    if (value.is_null() || (value.is_array() && value.empty())) continue;
    const auto text = value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    out_.Write(fmt::format("    {}: {}\n", key, OneLine(text)));
  }
}

void EventPrinter::Pause() {
  table_.Print(out_);
  waiting_ = 0;
  out_.Flush();
}

void EventPrinter::Finish() {
  if (format_ == EventFormat::kJson) out_.Write(printed_ == 0 ? "[]\n" : "\n]\n");
  table_.Print(out_);
  if (printed_ == 0 && (format_ == EventFormat::kTable || format_ == EventFormat::kOneLine)) out_.Note("no events");
}

}  // namespace skilltrail::cli
