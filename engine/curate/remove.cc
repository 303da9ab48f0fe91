#include <fmt/format.h>

#include <algorithm>

#include "engine/curate/curate.h"
#include "engine/session/writing.h"

namespace skilltrail::curate {

Result<RemoveReport> Remove(const Context& context, const std::vector<std::string>& artifacts) {
  auto opened = Writing::Open(context);
  if (!opened.ok()) return opened.error();
  Writing& writing = **opened;
  auto captured = CaptureReadable(writing, "");
  if (!captured.ok()) return captured.error();
  auto state = writing.Collection(captured->collection);
  if (!state.ok()) return state.error();
  const auto dir = writing.reading().DirectoryOf(**state);
  RemoveReport report;
  report.collection = captured->collection;
  for (const auto& artifact : artifacts) {
    auto id = Reading::Find(**state, artifact);
    if (!id.ok()) return id.error();
    if (Status readable = CheckReadable(*captured, *id); !readable.ok()) return readable.error();
    report.removed.push_back(std::move(*id));
  }
  std::sort(report.removed.begin(), report.removed.end());
  report.removed.erase(std::unique(report.removed.begin(), report.removed.end()), report.removed.end());
  std::vector<std::filesystem::path> paths;
  for (const auto& id : report.removed) {
    const projections::ArtifactState artifact = *(*state)->Find(id);
    if (std::filesystem::is_symlink(dir / artifact.path)) {
      return Error{Code::kConflict, fmt::format("{} is a symbolic link", (dir / artifact.path).string()),
                   "remove the link, then run: skilltrail capture"};
    }
    schema::ArtifactRemovedT removed;
    paths.push_back(dir / artifact.path);
    removed.cause = schema::ChangeCause::command;
    removed.tree = artifact.tree;
    writing.Add({report.collection, id, {}, std::move(removed)});
    writing.AddFileWork({dir / artifact.path, DigestFromBytes(artifact.tree.data(), artifact.tree.size()), {}, report.collection, id});
  }
  if (Status finished = writing.Finish(); !finished.ok()) return finished.error();
  report.run_id = writing.run_text();
  report.notes = writing.notes();
  std::error_code failed;
  for (const auto& path : paths) {
    if (context.dry_run || !std::filesystem::exists(std::filesystem::symlink_status(path, failed))) continue;
    report.notes.push_back(fmt::format("{} stays: something in it is not part of the artifact, and the log has not got it", path.string()));
  }
  return report;
}

Result<CaptureReport> CaptureCollection(const Context& context) {
  auto opened = Writing::Open(context);
  if (!opened.ok()) return opened.error();
  auto report = CaptureReadable(**opened, "");
  if (!report.ok()) return report.error();
  if (Status finished = (*opened)->Finish(); !finished.ok()) return finished.error();
  const auto& notes = (*opened)->notes();
  report->notes.insert(report->notes.end(), notes.begin(), notes.end());
  return report;
}

}  // namespace skilltrail::curate
