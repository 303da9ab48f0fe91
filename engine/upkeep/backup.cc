#include "engine/upkeep/backup.h"

#include <fmt/format.h>

#include <system_error>

#include "engine/session/writing.h"
#include "engine/store/anchor.h"
#include "engine/store/store.h"
#include "engine/upkeep/new_store.h"

namespace skilltrail::upkeep {
namespace {

namespace fs = std::filesystem;

uint64_t BytesBelow(const fs::path& dir) {
  uint64_t bytes = 0;
  std::error_code ignored;
  for (auto entry = fs::recursive_directory_iterator(dir, ignored); entry != fs::recursive_directory_iterator(); entry.increment(ignored)) {
    if (entry->is_regular_file(ignored) && !entry->is_symlink(ignored)) bytes += entry->file_size(ignored);
  }
  return bytes;
}

}  // namespace

Result<BackupReport> Backup(const Context& context, const fs::path& target) {
  BackupReport report;
  report.path = target;
  // Opened as every changing command does, so that file work which a killed one left is done before files are copied.
  ASSIGN_OR_RETURN(const auto writing, Writing::Open(context));
  store::Store& store = writing->reading().store();
  ASSIGN_OR_RETURN(auto copy, NewStore::Begin(target));
  report.head = store.log->head();
  report.head_hash = store.log->head_hash();
  RETURN_IF_ERROR(store.database->CopyTo(copy.dir()));
  RETURN_IF_ERROR(store::WriteAnchor(copy.dir(), {store.log->store_id(), report.head, report.head_hash}));
  RETURN_IF_ERROR(copy.CopyFiles(context.store));
  {
    ASSIGN_OR_RETURN(const auto opened, store::Store::OpenReader(copy.dir(), *context.clock));
    if (opened->log->head() != report.head || opened->log->head_hash() != report.head_hash) {
      return Error{Code::kFailed,
                   fmt::format("the copy in {} ends at event {}, and the store at {}", target.string(), opened->log->head(), report.head),
                   "run the command again"};
    }
  }
  report.bytes = BytesBelow(copy.dir());
  RETURN_IF_ERROR(copy.Finish());
  return report;
}

}  // namespace skilltrail::upkeep
