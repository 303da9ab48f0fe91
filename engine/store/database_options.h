// How RocksDB is set up: the families, their options, and why. Only the database's own files include this.
#pragma once

#include <rocksdb/db.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/database.h"

namespace skilltrail::store {

// In the order of enum Family. `meta` stands in RocksDB's default family, which exists in any case: one family less to open.
inline constexpr std::array<std::string_view, 7> kFamilyNames = {"meta", "tail", "log", "index", "blobs", "checkpoints", "cache"};

rocksdb::DBOptions WriterOptions(const DatabaseOptions& options);
rocksdb::DBOptions ReaderOptions();
// One descriptor a family, in the order of enum Family. They share one block cache.
std::vector<rocksdb::ColumnFamilyDescriptor> Families(const DatabaseOptions& options);

rocksdb::ReadOptions ScanOptionsOf();
rocksdb::ReadOptions LookOptionsOf();

// RocksDB's failure in our words: `doing` is what failed ("open the database in DIR").
Error Translate(const rocksdb::Status& status, std::string_view doing);

}  // namespace skilltrail::store
