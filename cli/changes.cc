#include "cli/changes.h"

#include <fmt/format.h>

#include "cli/text.h"

namespace skilltrail::cli {
namespace {

Paint PaintOf(std::string_view change) {
  return change == "added" ? Paint::kGreen : change == "removed" ? Paint::kRed : Paint::kYellow;
}

}  // namespace

void PrintChanges(const std::vector<CapturedChange>& changes, Output& out) {
  for (const auto& change : changes) {
    out.Write(fmt::format("{}  {}\n", out.Painted(fmt::format("{:8}", change.change), PaintOf(change.change)), OneLine(change.artifact)));
    for (const auto& file : change.files) {
      const auto* name = collection::FileChangeName(file.kind);
      out.Write(fmt::format("    {}  {}\n", out.Painted(fmt::format("{:8}", name), PaintOf(name)), OneLine(file.path)));
    }
  }
}

}  // namespace skilltrail::cli
