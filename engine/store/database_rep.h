// Database's inside. Only database*.cc include this.
#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "engine/store/database.h"
#include "engine/store/gate.h"

namespace skilltrail::store {

inline constexpr const char* kDatabaseDirectory = "db";

inline std::string DatabasePath(const std::filesystem::path& dir) {
  return (dir / kDatabaseDirectory).string();
}

// The members go from last to first: the handles before the database that gave them, the gate after it has written its last.
struct Database::Rep {
  std::filesystem::path dir;
  std::unique_ptr<Gate> gate;  // of a writer only
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;  // in the order of enum Family; given back to db at the end
  std::atomic<uint64_t> wal_records = 0;

  ~Rep() {
    for (rocksdb::ColumnFamilyHandle* handle : handles) std::ignore = db->DestroyColumnFamilyHandle(handle);  // it only drops a reference
  }
  rocksdb::ColumnFamilyHandle* Handle(Family family) const { return handles[static_cast<size_t>(family)]; }
  std::string Doing(std::string_view verb) const { return std::string(verb) + " the database in " + dir.string(); }

  Error OpenError(const rocksdb::Status& status) const;
  Status Open(const DatabaseOptions& options, bool create);
  Status OpenReadOnly();
  Result<std::optional<uint32_t>> FormatVersion() const;
  Status CheckFormat(const Database& database) const;
};

}  // namespace skilltrail::store
