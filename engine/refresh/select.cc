#include "engine/refresh/select.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/session/reading.h"
#include "events/name.h"

namespace skilltrail::refresh {
namespace {

template <class List, class Value>
bool PassesList(const List& list, const Value& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

Status CheckFields(const RefreshRequest& request) {
  for (const auto& field : request.fields) {
    const auto& known = FieldNames();
    if (std::find(known.begin(), known.end(), field) != known.end()) continue;
    const std::string near = Nearest(field, known);
    return Error{Code::kUsage, fmt::format("no field {}", Quote(field)),
                 near.empty() ? fmt::format("fields are {}", fmt::join(known, ", ")) : fmt::format("did you mean \"{}\"?", near)};
  }
  return {};
}

}  // namespace

const std::vector<std::string>& FieldNames() {
  static const std::vector<std::string> names = {"description", "author", "license", "tags", "origin_source"};
  return names;
}

bool Wants(const RefreshRequest& request, std::string_view field) {
  return PassesList(request.fields, field);
}

bool WantsRepositoryOnly(const RefreshRequest& request) {
  return request.mode == schema::RefreshMode::metadata_only && !request.fields.empty() &&
         std::all_of(request.fields.begin(), request.fields.end(),
                     [](const std::string& field) { return field == "tags" || field == "origin_source"; });
}

bool Passes(const RefreshRequest& request, const std::vector<std::string>& asked, std::string_view artifact) {
  auto id = ParseArtifactId(artifact);
  if (!id.ok()) return false;
  return PassesList(asked, artifact) && PassesList(request.types, id->type) &&
         (request.name_glob.empty() || GlobMatch(request.name_glob, id->name));
}

Result<Selection> Select(const projections::CollectionState& state, const RefreshRequest& request) {
  RETURN_IF_ERROR(CheckFields(request));
  Selection selection;
  for (const auto& artifact : request.artifacts) {
    ASSIGN_OR_RETURN(std::string id, Reading::Find(state, artifact));
    selection.asked.push_back(std::move(id));
  }
  std::sort(selection.asked.begin(), selection.asked.end());
  selection.asked.erase(std::unique(selection.asked.begin(), selection.asked.end()), selection.asked.end());
  for (const auto* artifact : state.artifacts()) {
    if (Passes(request, selection.asked, artifact->id)) selection.chosen.push_back(artifact->id);
  }
  return selection;
}

}  // namespace skilltrail::refresh
