#include "engine/query/blame.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "events/name.h"

namespace skilltrail::query {
namespace {

using projections::kTagPrefix;

// Words that people use for a field that is called something else here.
std::string FieldMeant(const std::string& field) {
  if (field == "content") return "content_hash";
  if (field == "commit") return "resolved_sha";
  return field;
}

bool IsTag(std::string_view field) {
  return field.starts_with(kTagPrefix);
}

Error UnknownField(const projections::Blame& blame, const std::string& artifact, const std::string& field) {
  std::vector<std::string> known;
  for (const auto& [name, changes] : blame.changes()) known.push_back(name);
  const std::string near = Nearest(field, known);
  const std::string what = IsTag(field) ? fmt::format("{} has never had the tag {}", artifact, Quote(field.substr(kTagPrefix.size())))
                                        : fmt::format("{} has never had a field {}", artifact, Quote(field));
  return {Code::kNotFound, what,
          near.empty() ? fmt::format("`skilltrail blame {}` shows all of them", artifact) : fmt::format("did you mean {}?", Quote(near))};
}

Result<BlameStep> StepOf(const projections::BlameChange& change, RunBook& runs) {
  ASSIGN_OR_RETURN(const auto* run, runs.Of(change.run));
  return BlameStep{change, *run};
}

// `whole`: with its history. Each run that it names costs a look at the log.
Result<BlameEntry> EntryOf(const projections::Blame& blame, const std::string& field, const std::vector<projections::BlameChange>& changes,
                           RunBook& runs, bool whole) {
  BlameEntry entry;
  entry.field = field;
  entry.gone = changes.back().removed;
  const auto set = std::find_if(changes.rbegin(), changes.rend(), [](const auto& change) { return !change.removed; });
  ASSIGN_OR_RETURN(entry.set, StepOf(*set, runs));
  if (entry.gone) {
    ASSIGN_OR_RETURN(entry.removed, StepOf(changes.back(), runs));
  }
  if (!whole) return entry;
  for (const auto& change : changes) {
    ASSIGN_OR_RETURN(auto step, StepOf(change, runs));
    entry.history.push_back(std::move(step));
  }
  if (!IsTag(field)) return entry;
  const std::string tag = field.substr(kTagPrefix.size());
  for (const auto& import : blame.imports()) {
    if (import.seq > entry.set.change.seq) break;
    entry.imports.push_back({import, std::binary_search(import.topics.begin(), import.topics.end(), tag)});
  }
  return entry;
}

}  // namespace

Result<BlameReport> BlameOf(Reading& reading, const std::string& artifact, const std::string& field) {
  BlameReport report;
  ASSIGN_OR_RETURN(report.as_of, reading.At());
  ASSIGN_OR_RETURN(const auto info, reading.Collection("", report.as_of));
  ASSIGN_OR_RETURN(report.artifact, reading.FindEver(info.name, artifact, report.as_of));
  ASSIGN_OR_RETURN(const auto blame, reading.states().BlameAt(info.name, report.artifact, report.as_of.seq));

  const std::string wanted = FieldMeant(field);
  const bool all_tags = wanted == "tags";
  if (!wanted.empty() && !all_tags && !blame.changes().contains(wanted)) return UnknownField(blame, report.artifact, field);
  RunBook runs(reading.log());
  for (const auto& [name, changes] : blame.changes()) {
    const bool asked_for = wanted.empty() ? !changes.back().removed : all_tags ? IsTag(name) : name == wanted;
    if (!asked_for) continue;
    ASSIGN_OR_RETURN(auto entry, EntryOf(blame, name, changes, runs, name == wanted));
    report.entries.push_back(std::move(entry));
  }
  std::stable_sort(report.entries.begin(), report.entries.end(),
                   [](const BlameEntry& a, const BlameEntry& b) { return IsTag(a.field) < IsTag(b.field); });
  return report;
}

}  // namespace skilltrail::query
