// Few tables instead of many small ones. Keys of the log only grow, so its tables never overlap, and RocksDB moves such tables down a level
// as they are: each flush would leave one for good, and every command opens all of them.
#pragma once

#include <rocksdb/db.h>

namespace skilltrail::store {

// Makes one of each run of small neighbours in the family, until there is no long run. An error leaves the tables as they were; the next
// call tries again.
rocksdb::Status MergeSmallTables(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family);

}  // namespace skilltrail::store
