#include <fmt/format.h>
#include <rocksdb/db.h>

#include <system_error>
#include <utility>

#include "engine/store/database_options.h"
#include "engine/store/database_rep.h"

namespace skilltrail::store {
namespace {

namespace fs = std::filesystem;

// Tables and blob files never change once they are written, so a link to one is a copy; all else RocksDB may write to.
Status CopyDatabase(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::create_directories(to, failed);
  for (auto entry = fs::directory_iterator(from, failed); !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    if (!entry->is_regular_file() || entry->path().filename() == "LOCK") continue;
    const auto target = to / entry->path().filename();
    const auto extension = entry->path().extension();
    if (extension == ".sst" || extension == ".blob") {
      fs::create_hard_link(entry->path(), target, failed);
      if (!failed) continue;
    }
    fs::copy_file(entry->path(), target, failed);
    // A file that the disk no longer gives is one of those that are lost.
    if (failed && fs::is_regular_file(entry->path())) failed.clear();
  }
  if (failed) return Error{Code::kFailed, fmt::format("cannot copy {} to {}: {}", from.string(), to.string(), failed.message()), ""};
  return {};
}

rocksdb::DBOptions LenientOptions() {
  rocksdb::DBOptions options = WriterOptions({});
  options.paranoid_checks = false;
  options.create_missing_column_families = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
  options.max_open_files = -1;
  return options;
}

}  // namespace

Result<std::vector<std::unique_ptr<Database>>> Database::OpenDamaged(const fs::path& dir, const fs::path& scratch) {
  std::error_code ignored;
  if (!fs::is_directory(dir / kDatabaseDirectory, ignored)) {
    return Error{Code::kNotFound, fmt::format("no database in {}", dir.string()), ""};
  }
  std::vector<std::unique_ptr<Database>> opened;
  rocksdb::Status why;
  const auto attempt = [&](const char* name, const rocksdb::DBOptions& options, bool repair) -> Status {
    auto rep = std::make_unique<Rep>();
    rep->dir = scratch / name;
    RETURN_IF_ERROR(CopyDatabase(dir / kDatabaseDirectory, rep->dir / kDatabaseDirectory));
    ASSIGN_OR_RETURN(rep->gate, Gate::Open(rep->dir));
    rocksdb::Status status;
    if (repair) status = rocksdb::RepairDB(DatabasePath(rep->dir), options, Families({}));
    rocksdb::DB* db = nullptr;
    if (status.ok()) status = rocksdb::DB::Open(options, DatabasePath(rep->dir), Families({}), &rep->handles, &db);
    rep->db.reset(db);
    if (status.ok()) {
      opened.push_back(std::unique_ptr<Database>(new Database(std::move(rep))));
    } else {
      why = status;
    }
    return {};
  };
  RETURN_IF_ERROR(attempt("as-it-is", LenientOptions(), false));
  if (!opened.empty()) return opened;
  // With tables missing. This looks at no WAL, and a repair knows no blob files: the two make up for each other.
  rocksdb::DBOptions without_missing = LenientOptions();
  without_missing.best_efforts_recovery = true;
  RETURN_IF_ERROR(attempt("without-missing", without_missing, false));
  RETURN_IF_ERROR(attempt("repaired", LenientOptions(), true));
  if (opened.empty())
    return Error{Code::kCorrupt, fmt::format("nothing of the database in {} opens: {}", dir.string(), why.ToString()), ""};
  return opened;
}

}  // namespace skilltrail::store
