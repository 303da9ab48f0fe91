#include "cli/diff_printer.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/event_change.h"
#include "cli/table.h"
#include "cli/text.h"

namespace skilltrail::cli {
namespace {

constexpr size_t kShownValueColumns = 60;

Paint PaintOf(std::string_view change) {
  return change == "added" ? Paint::kGreen : change == "removed" ? Paint::kRed : Paint::kYellow;
}

std::string ValueText(const query::DiffValue& value) {
  return value.present ? CutTo(OneLine(value.text), kShownValueColumns) : "(none)";
}

// "+new -gone"
std::string ListText(const query::FieldDiff& field, const Output& out) {
  const auto before = field.before.list.value_or(std::vector<std::string>());
  const auto after = field.after.list.value_or(std::vector<std::string>());
  std::vector<std::string> words;
  const auto add = [&](const auto& from, const auto& other, char sign, Paint paint) {
    for (const auto& tag : from) {
      if (std::find(other.begin(), other.end(), tag) == other.end()) words.push_back(out.Painted(sign + OneLine(tag), paint));
    }
  };
  add(after, before, '+', Paint::kGreen);
  add(before, after, '-', Paint::kRed);
  return Join(words, " ");
}

void PrintField(const query::FieldDiff& field, Output& out) {
  const bool list = field.before.list || field.after.list;
  out.Write(fmt::format("    {}: {}\n", OneLine(field.field),
                        list ? ListText(field, out) : ValueText(field.before) + " -> " + ValueText(field.after)));
}

// On a terminal nothing in a file may steer it; anywhere else the text is to be fit for `patch`.
void PrintUnified(const std::string& unified, Output& out) {
  if (!out.terminal() && !out.color()) return out.Write(unified);
  size_t at = 0;
  while (at < unified.size()) {
    const size_t end = std::min(unified.find('\n', at), unified.size());
    const std::string_view line = std::string_view(unified).substr(at, end - at);
    const bool header = line.starts_with("--- ") || line.starts_with("+++ ");
    out.Write(out.Painted(OneLine(line), header ? Paint::kBold : UnifiedPaint(line)) + "\n");
    at = end + 1;
  }
}

struct Sums {
  size_t files = 0, added = 0, removed = 0;
};

Sums SumsOf(const query::ArtifactDiff& artifact) {
  Sums sums{artifact.files.size(), 0, 0};
  for (const auto& file : artifact.files) {
    sums.added += file.lines_added;
    sums.removed += file.lines_removed;
  }
  return sums;
}

std::string Name(const query::ArtifactDiff& artifact) {
  return artifact.side.empty() ? OneLine(artifact.artifact) : fmt::format("{} ({})", OneLine(artifact.artifact), artifact.side);
}

}  // namespace

void PrintDiffs(const std::vector<query::ArtifactDiff>& artifacts, Output& out) {
  for (const auto& artifact : artifacts) {
    out.Write(fmt::format("{}  {}\n", out.Painted(fmt::format("{:8}", artifact.change), PaintOf(artifact.change)), Name(artifact)));
    for (const auto& field : artifact.fields) PrintField(field, out);
    for (const auto& file : artifact.files) {
      const auto* name = collection::FileChangeName(file.kind);
      out.Write(fmt::format("    {}  {}\n", out.Painted(fmt::format("{:8}", name), PaintOf(name)), OneLine(file.path)));
    }
    for (const auto& file : artifact.files) PrintUnified(file.unified, out);
  }
}

void PrintDiffStat(const std::vector<query::ArtifactDiff>& artifacts, Output& out) {
  Table table({{.title = "ARTIFACT"},
               {.title = "CHANGE"},
               {.title = "FIELDS", .right = true},
               {.title = "FILES", .right = true},
               {.title = "+LINES", .right = true},
               {.title = "-LINES", .right = true}});
  Sums all;
  for (const auto& artifact : artifacts) {
    const Sums sums = SumsOf(artifact);
    all.files += sums.files;
    all.added += sums.added;
    all.removed += sums.removed;
    table.Add({{Name(artifact), Paint::kCyan},
               {artifact.change, PaintOf(artifact.change)},
               {std::to_string(artifact.fields.size())},
               {std::to_string(sums.files)},
               {std::to_string(sums.added), Paint::kGreen},
               {std::to_string(sums.removed), Paint::kRed}});
  }
  if (table.empty()) return;
  table.Print(out);
  out.Write(fmt::format("{}, {}, {} added, {} removed\n", Count(artifacts.size(), "artifact"), Count(all.files, "file"),
                        Count(all.added, "line"), all.removed));
}

}  // namespace skilltrail::cli
