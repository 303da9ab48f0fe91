#include "engine/upkeep/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "engine/collection/materialise.h"
#include "engine/manifest/manifest.h"
#include "engine/projections/checkpoint.h"
#include "engine/query/verify.h"
#include "engine/session/manifest_sync.h"
#include "engine/session/writing.h"
#include "engine/store/anchor.h"
#include "engine/store/restore_anchor.h"
#include "engine/upkeep/rebuild.h"
#include "events/name.h"

namespace skilltrail::upkeep {
namespace {

namespace fs = std::filesystem;

constexpr Micros kMaxClockAhead = Micros{5} * 60 * 1'000'000;
constexpr const char* kStaging = ".skilltrail-staging";
constexpr const char* kSalvage = "restore it from a backup, or skilltrail salvage --to DIR";

// All checks share what was found so far.
class Examination {
 public:
  Examination(const Context& context, DoctorReport& report) : context_(context), report_(report) {}

  Status Look() {
    Begin("settings");
    if (const auto config = manifest::ReadConfig(context_.store / "config.toml"); !config.ok()) {
      Add({.check = "settings", .damage = true, .problem = config.error().message, .fix = "put it right with an editor"});
    }
    Scratch();
    Begin("store");
    if (store::AnchorLost(context_.store)) return LostAnchor();
    auto opened = Reading::Open(context_);
    if (!opened.ok() && opened.error().code != Code::kCorrupt) return opened.error();
    if (!opened.ok()) {
      Add({.check = "store", .damage = true, .problem = opened.error().message, .fix = kSalvage});
      return {};
    }
    Reading& reading = **opened;
    report_.head = reading.log().head();
    report_.limits = refresh::ReadLimits(*reading.store().cache);
    Status looked = Log(reading);
    if (looked.ok()) looked = Rest(reading);
    if (looked.ok() || looked.error().code != Code::kCorrupt) return looked;
    // What rests on damage cannot be looked at. If it was not told yet, this tells it.
    if (report_.healthy()) Add({.check = "store", .damage = true, .problem = looked.error().message, .fix = kSalvage});
    return {};
  }

 private:
  void Begin(const char* check) { report_.checks.emplace_back(check); }
  void Add(Finding finding) { report_.findings.push_back(std::move(finding)); }

  // Nothing opens the store without it.
  Status LostAnchor() {
    Begin("anchor");
    const auto anchor = store::ReadAnchor(context_.store);
    Add({.check = "anchor",
         .damage = true,
         .problem = anchor.ok() ? fmt::format("HEAD of the store in {} is missing", context_.store.string()) : anchor.error().message,
         .fix = "HEAD is written anew from the database; a log that was cut before is then told by a signed head alone (verify --head)",
         .mendable = true});
    return {};
  }

  // What a killed rebuild or HEAD's writer left.
  void Scratch() {
    Begin("scratch");
    std::error_code ignored;
    for (auto entry = fs::directory_iterator(context_.store, ignored); entry != fs::directory_iterator(); entry.increment(ignored)) {
      const std::string name = entry->path().filename().string();
      if (name != "HEAD.tmp" && !(name.starts_with("rebuild") && name.ends_with(".tmp"))) continue;
      Add({.check = "scratch",
           .problem = entry->path().string() + " was left by a command that was killed",
           .fix = "it is removed",
           .mendable = true});
    }
  }

  Status Log(Reading& reading) {
    for (const char* check : {"tables", "log", "index", "blobs", "anchor", "clock"}) Begin(check);
    ASSIGN_OR_RETURN(auto damaged, reading.store().database->DamagedTables());
    for (auto& problem : damaged) Add({.check = "tables", .damage = true, .problem = std::move(problem), .fix = kSalvage});
    ASSIGN_OR_RETURN(const auto verified, query::Verify(reading, false));
    for (const auto& problem : verified.problems) {
      const bool index = problem.find("the index ") != std::string::npos;
      const bool content = problem.starts_with("content ") || problem.starts_with("blob ");
      Add({.check = index     ? "index"
                    : content ? "blobs"
                              : "log",
           .damage = true,
           .problem = problem,
           .fix = index ? "the index is rebuilt from the log" : kSalvage,
           .mendable = index});
    }
    ASSIGN_OR_RETURN(const auto anchor, store::ReadAnchor(context_.store));
    if (anchor && anchor->seq < reading.log().head()) {
      Add({.check = "anchor",
           .problem = fmt::format("HEAD is behind: it says {}, and the log ends at {}", anchor->seq, reading.log().head()),
           .fix = "HEAD is brought up to the log",
           .mendable = true});
    }
    const Micros now = context_.clock->Now();
    if (reading.log().head_logged_at() - now > kMaxClockAhead) {
      Add({.check = "clock",
           .damage = true,
           .problem = fmt::format("the last event was logged at {}, and the clock says {}", FormatTime(reading.log().head_logged_at()),
                                  FormatTime(now)),
           .fix = "set the clock; nothing can be written until that time has passed"});
    }
    return {};
  }

  Status Rest(Reading& reading) {
    RETURN_IF_ERROR(Checkpoints(reading));
    RETURN_IF_ERROR(Pending(reading));
    return Collections(reading);
  }

  Status Checkpoints(Reading& reading) {
    Begin("checkpoints");
    const auto& cache = *reading.store().cache;
    const auto standing = cache.Checkpoints();
    uint64_t unreadable = 0;
    if (standing.ok()) {
      for (const auto& one : *standing) {
        const auto bytes = cache.GetCheckpoint(one.projection, one.subject, one.seq);
        if (!bytes.ok() || !*bytes || !projections::Checkpoint::Open(**bytes).ok()) ++unreadable;
      }
    } else {
      ++unreadable;
    }
    if (unreadable > 0) {
      Add({.check = "checkpoints",
           .damage = true,
           .problem = fmt::format("{} checkpoints cannot be read; answers are right, and slower", unreadable),
           .fix = "checkpoints are made anew from the log",
           .mendable = true});
    }
    return {};
  }

  Status Pending(Reading& reading) {
    Begin("pending");
    ASSIGN_OR_RETURN(const auto pending, reading.log().Pending());
    for (const auto& work : pending) {
      Add({.check = "pending",
           .problem = fmt::format("{} has still to be brought to what event {} says", work.path, work.seq),
           .fix = "it is brought over, as any changing command would",
           .mendable = true});
    }
    return {};
  }

  Status Collections(Reading& reading) {
    Begin("staging");
    Begin("manifest");
    ASSIGN_OR_RETURN(const auto all, reading.states().CollectionsAt(reading.log().head()));
    ASSIGN_OR_RETURN(const auto behind, reading.log().ManifestsBehind());
    std::error_code ignored;
    for (const auto& [name, info] : all) {
      if (!info.exists) continue;
      const fs::path dir = reading.DirectoryOf(info);
      if (fs::exists(dir / kStaging, ignored)) {
        Add({.check = "staging",
             .problem = fmt::format("{} was left by a command that was killed", (dir / kStaging).string()),
             .fix = "what is a person's in it is put back, the rest removed",
             .mendable = true});
      }
      const auto manifest = manifest::ReadCollection(dir);
      if (std::binary_search(behind.begin(), behind.end(), name)) {
        Add({.check = "manifest",
             .problem = fmt::format("collection.toml of {} does not say yet what the log does", Quote(name)),
             .fix = "edits made there are taken in, and it is written, as any changing command would",
             .mendable = true});
      }
      if (!manifest.ok() && manifest.error().code != Code::kNotFound) {
        Add({.check = "manifest", .damage = true, .problem = manifest.error().message, .fix = "put it right with an editor"});
      }
    }
    return {};
  }

  const Context& context_;
  DoctorReport& report_;
};

bool Has(const DoctorReport& report, std::string_view check) {
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [&](const Finding& finding) { return finding.check == check && finding.mendable; });
}

// Opening a store for writing finishes pending work.
Status MendFiles(const Context& context, bool staging) {
  ASSIGN_OR_RETURN(const auto writing, Writing::Open(context));
  RETURN_IF_ERROR(writing->reading().store().log->Anchor());
  if (!staging) return {};
  ASSIGN_OR_RETURN(const auto all, writing->reading().states().CollectionsAt(writing->reading().log().head()));
  std::error_code ignored;
  for (const auto& [name, info] : all) {
    const fs::path dir = writing->reading().DirectoryOf(info);
    if (!info.exists || !fs::exists(dir / kStaging, ignored)) continue;
    RETURN_IF_ERROR(collection::SettleStaging(dir / kStaging));
  }
  return {};
}

Status MendManifests(const Context& context) {
  ASSIGN_OR_RETURN(const auto writing, Writing::Open(context));
  ASSIGN_OR_RETURN(const auto behind, writing->reading().log().ManifestsBehind());
  // States first: none may be loaded once events are gathered.
  std::vector<std::string> standing;
  for (const auto& name : behind) {
    ASSIGN_OR_RETURN(const auto* state, writing->CollectionOrNew(name));
    if (state->exists()) standing.push_back(name);
  }
  for (const auto& name : standing) RETURN_IF_ERROR(CaptureManifestEdits(*writing, name));
  return writing->Finish();
}

void RemoveScratch(const Context& context) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(context.store, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name == "HEAD.tmp" || (name.starts_with("rebuild") && name.ends_with(".tmp"))) fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace

bool DoctorReport::healthy() const {
  return std::none_of(findings.begin(), findings.end(), [](const Finding& finding) { return finding.damage && !finding.fixed; });
}

Result<DoctorReport> Examine(const Context& context, bool fix) {
  DoctorReport report;
  RETURN_IF_ERROR(Examination(context, report).Look());
  if (fix && store::AnchorLost(context.store)) {
    RETURN_IF_ERROR(store::RestoreAnchor(context.store, context.command, context.lock_timeout_ms, *context.clock));
    // All else can be looked at from now on.
    const auto first = std::exchange(report, {}).findings;
    RETURN_IF_ERROR(Examination(context, report).Look());
    const auto lost = std::find_if(first.begin(), first.end(), [](const Finding& one) { return one.check == "anchor"; });
    if (lost != first.end()) report.findings.insert(report.findings.begin(), *lost);
  }
  const bool mendable = std::any_of(report.findings.begin(), report.findings.end(), [](const Finding& one) { return one.mendable; });
  if (!fix || !mendable) return report;
  if (Has(report, "scratch")) RemoveScratch(context);
  if (Has(report, "index") || Has(report, "checkpoints")) {
    const auto rebuilt = Rebuild(context);
    if (!rebuilt.ok()) return rebuilt.error();
  }
  if (Has(report, "anchor") || Has(report, "pending") || Has(report, "staging"))
    RETURN_IF_ERROR(MendFiles(context, Has(report, "staging")));
  if (Has(report, "manifest")) RETURN_IF_ERROR(MendManifests(context));
  // Fixed is what a second look does not find again.
  DoctorReport after;
  RETURN_IF_ERROR(Examination(context, after).Look());
  std::set<std::pair<std::string, std::string>> left;
  for (const auto& finding : after.findings) left.emplace(finding.check, finding.problem);
  for (auto& finding : report.findings) finding.fixed = !left.contains({finding.check, finding.problem});
  report.head = after.head;
  return report;
}

}  // namespace skilltrail::upkeep
