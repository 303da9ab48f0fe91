// Table: aligned columns for people.
#pragma once

#include <string>
#include <vector>

#include "cli/output.h"

namespace skilltrail::cli {

struct Column {
  std::string title;
  bool right = false;     // numbers
  bool flexible = false;  // what is cut first where the terminal is too narrow; else the last one
};

struct Cell {
  std::string text;
  Paint paint = Paint::kNone;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns);
  // As many cells as columns; made one line each.
  void Add(std::vector<Cell> cells);
  bool empty() const { return rows_.empty() && !started_; }
  // The rows added since the last call, under the titles the first time. Later rows keep to the widths then, or widen them: so a long
  // answer can be printed while it is read. Nothing, not even titles, if no row was ever added.
  void Print(Output& out);

 private:
  std::vector<size_t> Fit(size_t width) const;
  void PrintRow(Output& out, const std::vector<Cell>& cells, const std::vector<size_t>& widths) const;

  std::vector<Column> columns_;
  std::vector<size_t> widths_;
  std::vector<std::vector<Cell>> rows_;
  bool started_ = false;
};

}  // namespace skilltrail::cli
