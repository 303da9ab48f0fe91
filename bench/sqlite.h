// Sqlite: the little of SQLite that the benchmarks compare with. Errors end the program.
#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>

#include "bench/measure.h"

namespace skilltrail::bench {

struct SqliteCloser {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

class Sqlite {
 public:
  // WAL with synchronous=FULL: a commit is durable when it returns, as an append of ours is.
  explicit Sqlite(const std::filesystem::path& file) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open(file.c_str(), &opened);
    database_.reset(opened);
    if (code != SQLITE_OK) Fail("cannot open the SQLite database");
    Run("PRAGMA journal_mode=WAL");
    Run("PRAGMA synchronous=FULL");
    Run("PRAGMA mmap_size=4294967296");
  }

  void Run(const char* sql) {
    if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) Fail(sqlite3_errmsg(database_.get()));
  }
  std::unique_ptr<sqlite3_stmt, SqliteCloser> Prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr) != SQLITE_OK) Fail(sqlite3_errmsg(database_.get()));
    return std::unique_ptr<sqlite3_stmt, SqliteCloser>(statement);
  }
  // Of a statement that gives no rows; it can be bound and stepped again.
  void Step(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) Fail(sqlite3_errmsg(database_.get()));
    sqlite3_reset(statement);
  }

 private:
  std::unique_ptr<sqlite3, SqliteCloser> database_;
};

}  // namespace skilltrail::bench
