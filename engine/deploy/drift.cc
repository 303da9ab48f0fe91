#include "engine/deploy/drift.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include "engine/collection/looks.h"
#include "engine/deploy/check.h"
#include "engine/deploy/records.h"
#include "engine/session/capture.h"
#include "engine/session/record_file.h"
#include "engine/session/writing.h"

namespace skilltrail::deploy {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRecordsNote = "records";

// One pass over all projects asked for: by a look, which takes no lock, or by a writer.
class Sweep {
 public:
  Sweep(const Context& context, const DriftRequest& request, bool keeps)
      : context_(context), request_(request), looks_(context.store, OptionsOf(context, request, keeps)) {}

  Status Open() {
    // A writer looks under its lock only.
    if (context_.dry_run) {
      for (const auto& project : request_.projects) looks_.LookAhead(project);
    }
    ASSIGN_OR_RETURN(writing_, Writing::Open(context_));
    return {};
  }

  Status Run() {
    ASSIGN_OR_RETURN(const auto* main, writing_->Collection(""));
    const std::string collection = main->name();
    RETURN_IF_ERROR(LoadProjects());
    RETURN_IF_ERROR(LoadCollections(collection));
    for (const auto& project : projects_) ProjectCheck::Want(*project.state, looks_);
    looks_.Run();
    CaptureCollections();  // first: edits that are found are a run of their own
    for (auto& project : projects_) {
      if (!project.in_step && project.broken.empty()) RETURN_IF_ERROR(TakeInRecords(*writing_, *project.state, project.records));
      ProjectCheck::Want(*project.state, looks_);
    }
    looks_.Run();
    for (auto& project : projects_) {
      ProjectCheck check(*writing_, *project.state, collections_, looks_, project.broken);
      ASSIGN_OR_RETURN(auto report, check.Run(collection, !context_.collection.empty()));
      const bool gone = project.broken.empty() && !report.notes.empty();
      if (request_.all && report.total_artifacts == 0 && gone) continue;  // and nothing was left there
      reports_.push_back(std::move(report));
    }
    looks_.Save();
    return {};
  }

  // After the pass of a look: true if a writer would write something.
  Result<bool> WantsWriter() const {
    if (writing_->gathered()) return true;
    ASSIGN_OR_RETURN(const auto pending, writing_->reading().log().Pending());
    if (!pending.empty()) return true;
    for (const auto& project : projects_) {
      ASSIGN_OR_RETURN(const bool behind, RecordsBehind(writing_->reading().log(), project.state->project));
      if (behind) return true;
    }
    return false;
  }

  Status Finish() {
    RETURN_IF_ERROR(writing_->Finish());
    for (auto& report : reports_) report.run_id = writing_->run_text();
    if (!reports_.empty()) {
      auto& notes = reports_.front().notes;
      notes.insert(notes.end(), writing_->notes().begin(), writing_->notes().end());
    }
    return {};
  }

  std::vector<DriftReport> Reports() && { return std::move(reports_); }

 private:
  struct Project {
    projections::ProjectState* state = nullptr;
    bool in_step = false;                     // nothing is to be taken in
    std::vector<manifest::Deployed> records;  // unless it was known to be in step
    std::string broken;                       // why its records cannot be read; empty: they can
  };

  static collection::Looks::Options OptionsOf(const Context& context, const DriftRequest& request, bool keeps) {
    collection::Looks::Options options;
    options.rehash = request.rehash;
    options.keep = keeps;
    options.progress = [&context](size_t done, size_t total) { Report(context, "comparing", done, total); };
    return options;
  }

  Result<std::set<fs::path>> ChooseProjects() const {
    std::error_code ignored;
    for (const auto& project : request_.projects) {
      if (!fs::is_directory(project, ignored)) return Error{Code::kNotFound, fmt::format("no directory {}", project.string()), {}};
    }
    std::set<fs::path> projects(request_.projects.begin(), request_.projects.end());
    if (request_.all) {
      ASSIGN_OR_RETURN(const auto known, writing_->reading().states().Projects());
      projects.insert(known.begin(), known.end());
    }
    return projects;
  }

  // Every state is loaded before the first event is gathered.
  Status LoadProjects() {
    ASSIGN_OR_RETURN(const auto chosen, ChooseProjects());
    for (const auto& path : chosen) {
      Project project;
      ASSIGN_OR_RETURN(project.state, writing_->Project(path));
      if (Status read = ReadRecords(project); !read.ok()) {
        if (!request_.all && chosen.size() == 1 && project.state->deployments.empty()) return read;
        project.broken = read.error().message;
      }
      projects_.push_back(std::move(project));
    }
    return {};
  }

  // A thousand records take longer to parse than their copies to compare: they are not, if they were seen to be in step before.
  Status ReadRecords(Project& project) {
    const fs::path path = project.state->project;
    ASSIGN_OR_RETURN(const Digest digest, DigestOfRecords(*project.state));
    project.in_step = looks_.Noted(path, kRecordsNote) == digest;
    if (project.in_step) return {};
    ASSIGN_OR_RETURN(project.records, manifest::ReadDeployed(path));
    project.in_step = InStep(*project.state, project.records);
    if (project.in_step) looks_.Note(path, kRecordsNote, digest);
    return {};
  }

  Status LoadCollections(const std::string& main) {
    std::set<std::string> names{main};
    for (const auto& project : projects_) {
      for (const auto& record : project.records) names.insert(record.collection);
      for (const auto& [key, deployment] : project.state->deployments) names.insert(key.collection);
    }
    for (const auto& name : names) {
      CheckedCollection& checked = collections_[name];
      auto state = writing_->Collection(name);
      if (!state.ok()) {
        checked.error = state.error();
        continue;
      }
      checked.state = *state;
      checked.dir = writing_->reading().DirectoryOf(**state);
      RETURN_IF_ERROR(WantCapture(*writing_, name, looks_));
    }
    return {};
  }

  void CaptureCollections() {
    for (auto& [name, checked] : collections_) {
      if (checked.state == nullptr) continue;
      auto captured = CaptureReadable(*writing_, name, looks_);
      if (captured.ok()) {
        checked.unreadable = std::move(captured->unreadable);
      } else {
        checked.error = captured.error();
      }
    }
  }

  const Context& context_;
  const DriftRequest& request_;
  collection::Looks looks_;
  std::unique_ptr<Writing> writing_;
  std::vector<Project> projects_;
  CheckedCollections collections_;
  std::vector<DriftReport> reports_;
};

}  // namespace

Result<std::vector<DriftReport>> Drift(const Context& context, const DriftRequest& request) {
  // Most checks find what the last one found, and then there is nothing to write: so the first pass takes no lock.
  Context looking = context;
  looking.dry_run = true;
  Sweep look(looking, request, !context.dry_run);
  RETURN_IF_ERROR(look.Open());
  RETURN_IF_ERROR(look.Run());
  ASSIGN_OR_RETURN(const bool writes, look.WantsWriter());
  if (!writes || context.dry_run) return std::move(look).Reports();

  Sweep sweep(context, request, true);
  const Status opened = sweep.Open();
  if (opened.ok()) {
    RETURN_IF_ERROR(sweep.Run());
    RETURN_IF_ERROR(sweep.Finish());
    return std::move(sweep).Reports();
  }
  // Another writer at work, or a store that is not this user's to write: what was seen is told all the same.
  if (opened.error().code != Code::kBusy && opened.error().code != Code::kFailed) return opened.error();
  auto reports = std::move(look).Reports();
  if (!reports.empty()) reports.front().notes.push_back(fmt::format("not recorded: {}", opened.error().message));
  return reports;
}

}  // namespace skilltrail::deploy
