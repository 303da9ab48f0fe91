#include "engine/manifest/toml_parse.h"

#include <algorithm>
#include <exception>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "engine/manifest/toml_nesting.h"
#include "events/check.h"

namespace skilltrail::manifest {
namespace {

// Deeper than this no real file goes.
constexpr size_t kMaxDepth = 64;
// What a line may show beyond the depth of what it says: the second bracket of [[a]], the point of a number.
constexpr size_t kLineSlack = 4;

Value Convert(const toml::node& node);

// toml++ keeps the keys of a table sorted; where each was first mentioned gives the order back.
Table ConvertTable(const toml::table& table) {
  std::vector<std::pair<toml::source_position, const toml::key*>> order;
  order.reserve(table.size());
  for (const auto& [key, node] : table) order.emplace_back(key.source().begin, &key);
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Table out;
  out.entries().reserve(order.size());
  for (const auto& [position, key] : order) out.Append(std::string(key->str()), Convert(*table.get(key->str())));
  return out;
}

Array ConvertArray(const toml::array& array) {
  Array out;
  out.reserve(array.size());
  for (const auto& item : array) out.push_back(Convert(item));
  return out;
}

std::string DateText(const toml::date& date) {
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::string TimeText(const toml::time& time) {
  std::string out = fmt::format("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
  if (time.nanosecond % 1000 != 0) return out + fmt::format(".{:09}", time.nanosecond);
  if (time.nanosecond != 0) out += fmt::format(".{:06}", time.nanosecond / 1000);
  return out;
}

// With a blank between and +00:00 for Z: that is how the peer, which holds it as a Python datetime, writes it.
std::string DateTimeText(const toml::date_time& moment) {
  std::string out = DateText(moment.date) + " " + TimeText(moment.time);
  if (moment.offset) {
    const int minutes = moment.offset->minutes;
    out += fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', std::abs(minutes) / 60, std::abs(minutes) % 60);
  }
  return out;
}

Value Convert(const toml::node& node) {
  Value out;
  out.line = node.source().begin.line;
  switch (node.type()) {
    case toml::node_type::table:
      out.held = ConvertTable(*node.as_table());
      break;
    case toml::node_type::array:
      out.held = ConvertArray(*node.as_array());
      break;
    case toml::node_type::string:
      out.held = node.as_string()->get();
      break;
    case toml::node_type::integer:
      out.held = node.as_integer()->get();
      break;
    case toml::node_type::floating_point:
      out.held = node.as_floating_point()->get();
      break;
    case toml::node_type::boolean:
      out.held = node.as_boolean()->get();
      break;
    case toml::node_type::date:
      out.held = Moment{DateText(node.as_date()->get())};
      break;
    case toml::node_type::time:
      out.held = Moment{TimeText(node.as_time()->get())};
      break;
    case toml::node_type::date_time:
      out.held = Moment{DateTimeText(node.as_date_time()->get())};
      break;
    case toml::node_type::none:
      CHECK(false);
  }
  return out;
}

// The line of a value more than `levels` below this one; 0 if there is none.
size_t FindDeeperLine(const Value& value, size_t levels) {
  if (levels == 0) return std::max<size_t>(value.line, 1);
  size_t line = 0;
  if (const Array* array = value.array()) {
    for (size_t i = 0; i < array->size() && line == 0; ++i) line = FindDeeperLine((*array)[i], levels - 1);
  }
  if (const Table* table = value.table()) {
    for (size_t i = 0; i < table->entries().size() && line == 0; ++i) line = FindDeeperLine(table->entries()[i].value, levels - 1);
  }
  return line;
}

}  // namespace

Error Fault(const std::filesystem::path& file, size_t line, const std::string& what) {
  const std::string place = line == 0 ? file.string() : fmt::format("{}:{}", file.string(), line);
  return Error{Code::kFailed, place + ": " + what, "Correct the file by hand or put back an older one; it was left as it is."};
}

Result<Table> ParseToml(std::string_view bytes, const std::filesystem::path& file) {
  const auto too_deep = [&](size_t line) { return Fault(file, line, fmt::format("nested deeper than {} levels", kMaxDepth)); };
  if (const size_t line = FindTooDeepLine(bytes, kMaxDepth + kLineSlack); line != 0) return too_deep(line);
  try {
    Value document{ConvertTable(toml::parse(bytes))};
    if (const size_t line = FindDeeperLine(document, kMaxDepth + 2); line != 0) return too_deep(line);
    return std::move(std::get<Table>(document.held));
  } catch (const toml::parse_error& error) {
    return Fault(file, error.source().begin.line, std::string(error.description()));
  } catch (const std::exception& error) {
    return Fault(file, 0, error.what());
  }
}

}  // namespace skilltrail::manifest
