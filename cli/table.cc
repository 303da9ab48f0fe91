#include "cli/table.h"

#include <algorithm>
#include <numeric>

#include "cli/text.h"
#include "events/check.h"

namespace skilltrail::cli {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kNarrowest = 8;  // a column cut further says nothing

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (const auto& column : columns_) widths_.push_back(DisplayWidth(column.title));
}

void Table::Add(std::vector<Cell> cells) {
  CHECK(cells.size() == columns_.size());
  for (size_t i = 0; i < cells.size(); ++i) {
    cells[i].text = OneLine(cells[i].text);
    widths_[i] = std::max(widths_[i], DisplayWidth(cells[i].text));
  }
  rows_.push_back(std::move(cells));
}

// The widths that keep a row within `width` columns, if anything can: the flexible column gives first, then the last.
std::vector<size_t> Table::Fit(size_t width) const {
  auto widths = widths_;
  if (width == 0) return widths;
  const auto flexible = std::find_if(columns_.begin(), columns_.end(), [](const Column& column) { return column.flexible; });
  for (const auto index : {static_cast<size_t>(flexible - columns_.begin()), columns_.size() - 1}) {
    const auto total = std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1));
    if (index >= widths.size() || total <= width) continue;
    widths[index] = std::max(std::min(kNarrowest, widths[index]), widths[index] - std::min(widths[index], total - width));
  }
  return widths;
}

void Table::PrintRow(Output& out, const std::vector<Cell>& cells, const std::vector<size_t>& widths) const {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    const auto text = CutTo(cells[i].text, widths[i]);
    const std::string padding(widths[i] - std::min(widths[i], DisplayWidth(text)), ' ');
    if (i > 0) line.append(kGap, ' ');
    if (columns_[i].right) line += padding;
    line += out.Painted(text, text.empty() ? Paint::kNone : cells[i].paint);
    if (!columns_[i].right) line += padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out.Write(line + "\n");
}

void Table::Print(Output& out) {
  if (rows_.empty()) return;
  const auto widths = Fit(out.width());
  if (!started_) {
    std::vector<Cell> titles;
    for (const auto& column : columns_) titles.push_back({column.title, Paint::kBold});
    PrintRow(out, titles, widths);
    started_ = true;
  }
  for (const auto& row : rows_) PrintRow(out, row, widths);
  rows_.clear();
}

}  // namespace skilltrail::cli
