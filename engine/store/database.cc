#include "engine/store/database.h"

#include <fmt/format.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/listener.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <system_error>
#include <tuple>
#include <utility>

#include "engine/store/database_options.h"
#include "engine/store/database_rep.h"
#include "engine/store/gate.h"
#include "engine/store/keys.h"
#include "engine/store/merge_tables.h"
#include "events/check.h"

namespace skilltrail::store {
namespace {

constexpr uint64_t kMaxWalRecordsLeft = 1'000;  // each costs the next open about 10 µs
constexpr int kCopyTries = 3;
constexpr uint64_t kOpening = UINT64_MAX;  // the gate's reason for the open itself; the others are flush jobs

rocksdb::Slice SliceOf(std::string_view text) {
  return {text.data(), text.size()};
}

std::string_view ViewOf(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

// Shuts the gate while tables are written and the manifest learns of them.
class GateKeeper : public rocksdb::EventListener {
 public:
  explicit GateKeeper(Gate& gate) : gate_(gate) {}
  void OnFlushBegin(rocksdb::DB* /*db*/, const rocksdb::FlushJobInfo& info) override { gate_.Shut(Reason(info)); }
  void OnFlushCompleted(rocksdb::DB* /*db*/, const rocksdb::FlushJobInfo& info) override { gate_.Release(Reason(info)); }
  // A flush that failed reports nothing else, and writing has ended.
  void OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status* /*error*/) override { gate_.ReleaseAll(); }

 private:
  static uint64_t Reason(const rocksdb::FlushJobInfo& info) { return info.cf_id; }
  Gate& gate_;
};

}  // namespace

// What was put, in one buffer; RocksDB's own batch wants its family handles, which a batch made before the database is open has not.
struct Batch::Rep {
  struct Operation {
    Family family;
    bool put;
    size_t key_bytes;
    size_t value_bytes;
  };
  std::string bytes;
  std::vector<Operation> operations;
};

Batch::Batch() : rep_(std::make_unique<Rep>()) {}
Batch::~Batch() = default;
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;

void Batch::Put(Family family, std::string_view key, std::string_view value) {
  rep_->operations.push_back({family, true, key.size(), value.size()});
  rep_->bytes.append(key).append(value);
}

void Batch::Delete(Family family, std::string_view key) {
  rep_->operations.push_back({family, false, key.size(), 0});
  rep_->bytes.append(key);
}

size_t Batch::bytes() const {
  return rep_->bytes.size();
}

bool Batch::empty() const {
  return rep_->operations.empty();
}

void Batch::Clear() {
  rep_->bytes.clear();
  rep_->operations.clear();
}

struct Cursor::Rep {
  std::unique_ptr<rocksdb::Iterator> iterator;
  Family family;
};

Cursor::Cursor(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Cursor::~Cursor() = default;
Cursor::Cursor(Cursor&&) noexcept = default;
void Cursor::Seek(std::string_view key) {
  rep_->iterator->Seek(SliceOf(key));
}
void Cursor::SeekForPrev(std::string_view key) {
  rep_->iterator->SeekForPrev(SliceOf(key));
}
void Cursor::SeekToFirst() {
  rep_->iterator->SeekToFirst();
}
void Cursor::SeekToLast() {
  rep_->iterator->SeekToLast();
}
void Cursor::Next() {
  rep_->iterator->Next();
}
void Cursor::Prev() {
  rep_->iterator->Prev();
}
bool Cursor::valid() const {
  return rep_->iterator->Valid();
}
std::string_view Cursor::key() const {
  return ViewOf(rep_->iterator->key());
}
std::string_view Cursor::value() const {
  return ViewOf(rep_->iterator->value());
}

Status Cursor::status() const {
  const rocksdb::Status status = rep_->iterator->status();
  if (status.ok()) return {};
  return Translate(status, fmt::format("read the store's {}", kFamilyNames[static_cast<size_t>(rep_->family)]));
}

namespace {

Error NoDatabase(const std::filesystem::path& dir) {
  return {Code::kNotFound, fmt::format("no database in {}", dir.string()), "create a store: skilltrail init"};
}

Error NewerFormat(const std::filesystem::path& dir, std::string_view which) {
  return {Code::kFailed, fmt::format("the store in {} was written by a newer skilltrail ({})", dir.string(), which),
          "upgrade this one to open it"};
}

}  // namespace

Error Database::Rep::OpenError(const rocksdb::Status& status) const {
  const std::string text = status.ToString();
  // RocksDB gives these a plain IOError: held by another process, and by another open of this one.
  const bool held = text.find("temporarily unavailable") != std::string::npos || text.find("No locks available") != std::string::npos;
  if (status.IsIOError() && held && text.find("/LOCK") != std::string::npos) {
    return {Code::kBusy, fmt::format("the database in {} is open for writing elsewhere", dir.string()), "is skilltrail serve running?"};
  }
  if (status.IsInvalidArgument() && text.find("olumn families not opened") != std::string::npos) return NewerFormat(dir, text);
  return Translate(status, Doing("open"));
}

Status Database::Rep::Open(const DatabaseOptions& options, bool create) {
  ASSIGN_OR_RETURN(gate, Gate::Open(dir));
  rocksdb::DBOptions db_options = WriterOptions(options);
  db_options.create_if_missing = create;
  db_options.create_missing_column_families = create;
  db_options.listeners.push_back(std::make_shared<GateKeeper>(*gate));
  rocksdb::DB* opened = nullptr;
  gate->Shut(kOpening);
  const rocksdb::Status status = rocksdb::DB::Open(db_options, DatabasePath(dir), Families(options), &handles, &opened);
  db.reset(opened);
  gate->Release(kOpening);
  if (!status.ok()) return OpenError(status);
  return {};
}

Status Database::Rep::OpenReadOnly() {
  ASSIGN_OR_RETURN(const GatePass pass, GatePass::Take(dir));
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(ReaderOptions(), DatabasePath(dir), Families({}), &handles, &opened);
  db.reset(opened);
  if (!status.ok()) return OpenError(status);
  return {};
}

Status Database::Rep::CheckFormat(const Database& database) const {
  ASSIGN_OR_RETURN(const auto version, database.Get(Family::kMeta, kFormatVersionKey));
  if (!version || version->size() != sizeof(uint32_t)) {
    return Error{Code::kCorrupt,
                 fmt::format("the database in {} has no format version: its creation was cut short, or it was damaged", dir.string()),
                 "skilltrail init finishes a creation that was cut short"};
  }
  const uint32_t format = ReadU32(version->data());
  if (format > kFormatVersion) return NewerFormat(dir, fmt::format("format {}; this one knows {}", format, kFormatVersion));
  return {};
}

Database::Database(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}

Database::~Database() {
  // A flush that fails leaves the records in the WAL, where the next open finds them.
  if (writable() && rep_->wal_records > kMaxWalRecordsLeft) std::ignore = Flush();
  if (!writable()) return;
  for (rocksdb::ColumnFamilyHandle* family : rep_->handles) MergeSmallTables(*rep_->db, family).PermitUncheckedError();
}

bool Database::Exists(const std::filesystem::path& dir) {
  std::error_code ignored;
  return std::filesystem::exists(dir / kDatabaseDirectory / "CURRENT", ignored);
}

Result<std::unique_ptr<Database>> Database::Create(const std::filesystem::path& dir, const DatabaseOptions& options) {
  auto rep = std::make_unique<Rep>();
  rep->dir = dir;
  RETURN_IF_ERROR(rep->Open(options, true));
  std::unique_ptr<Database> database(new Database(std::move(rep)));
  ASSIGN_OR_RETURN(const auto version, database->Get(Family::kMeta, kFormatVersionKey));
  if (version) {
    return Error{Code::kConflict, fmt::format("there is a database in {} already", dir.string()), ""};
  }
  std::string value;
  AppendU32(value, kFormatVersion);
  Batch batch;
  batch.Put(Family::kMeta, kFormatVersionKey, value);
  RETURN_IF_ERROR(database->Commit(batch));
  return database;
}

Result<std::unique_ptr<Database>> Database::OpenWriter(const std::filesystem::path& dir, const DatabaseOptions& options) {
  if (!Exists(dir)) return NoDatabase(dir);
  auto rep = std::make_unique<Rep>();
  rep->dir = dir;
  RETURN_IF_ERROR(rep->Open(options, false));
  std::unique_ptr<Database> database(new Database(std::move(rep)));
  RETURN_IF_ERROR(database->rep_->CheckFormat(*database));
  return database;
}

Result<std::unique_ptr<Database>> Database::OpenReader(const std::filesystem::path& dir) {
  if (!Exists(dir)) return NoDatabase(dir);
  auto rep = std::make_unique<Rep>();
  rep->dir = dir;
  RETURN_IF_ERROR(rep->OpenReadOnly());
  std::unique_ptr<Database> database(new Database(std::move(rep)));
  RETURN_IF_ERROR(database->rep_->CheckFormat(*database));
  return database;
}

bool Database::writable() const {
  return rep_->gate != nullptr;
}

Result<std::optional<std::string>> Database::Get(Family family, std::string_view key) const {
  std::string value;
  const rocksdb::Status status = rep_->db->Get(LookOptionsOf(), rep_->Handle(family), SliceOf(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return Translate(status, rep_->Doing("read"));
  return std::optional(std::move(value));
}

Result<bool> Database::Has(Family family, std::string_view key) const {
  // RocksDB has no question for a key alone. Absent keys stop at the bloom filter; the value of a present one is pinned, not copied.
  rocksdb::PinnableSlice value;
  const rocksdb::Status status = rep_->db->Get(LookOptionsOf(), rep_->Handle(family), SliceOf(key), &value);
  if (status.IsNotFound()) return false;
  if (!status.ok()) return Translate(status, rep_->Doing("read"));
  return true;
}

Result<std::vector<std::optional<std::string>>> Database::MultiGet(Family family, const std::vector<std::string>& keys) const {
  const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  const std::vector<rocksdb::ColumnFamilyHandle*> handles(keys.size(), rep_->Handle(family));
  std::vector<std::string> values;
  const std::vector<rocksdb::Status> statuses = rep_->db->MultiGet(LookOptionsOf(), handles, slices, &values);
  std::vector<std::optional<std::string>> out(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].IsNotFound()) continue;
    if (!statuses[i].ok()) return Translate(statuses[i], rep_->Doing("read"));
    out[i] = std::move(values[i]);
  }
  return out;
}

Cursor Database::Scan(Family family) const {
  std::unique_ptr<rocksdb::Iterator> iterator(rep_->db->NewIterator(ScanOptionsOf(), rep_->Handle(family)));
  return Cursor(std::make_unique<Cursor::Rep>(Cursor::Rep{std::move(iterator), family}));
}

Cursor Database::Look(Family family) const {
  std::unique_ptr<rocksdb::Iterator> iterator(rep_->db->NewIterator(LookOptionsOf(), rep_->Handle(family)));
  return Cursor(std::make_unique<Cursor::Rep>(Cursor::Rep{std::move(iterator), family}));
}

Status Database::Commit(Batch& batch) {
  return CommitAs(batch, true);
}

Status Database::CommitRelaxed(Batch& batch) {
  return CommitAs(batch, false);
}

Status Database::CommitAs(Batch& batch, bool synced) {
  if (!writable()) return Error{Code::kFailed, fmt::format("the database in {} is open for reading only", rep_->dir.string()), ""};
  constexpr size_t kOperationOverhead = 16;
  rocksdb::WriteBatch out(batch.bytes() + batch.rep_->operations.size() * kOperationOverhead);
  const char* at = batch.rep_->bytes.data();
  for (const Batch::Rep::Operation& operation : batch.rep_->operations) {
    const rocksdb::Slice key(at, operation.key_bytes);
    const rocksdb::Slice value(at + operation.key_bytes, operation.value_bytes);
    at += operation.key_bytes + operation.value_bytes;
    rocksdb::ColumnFamilyHandle* handle = rep_->Handle(operation.family);
    const rocksdb::Status added = operation.put ? out.Put(handle, key, value) : out.Delete(handle, key);
    if (!added.ok()) return Translate(added, rep_->Doing("write"));
  }
  rocksdb::WriteOptions options;
  options.sync = synced;
  const rocksdb::Status status = rep_->db->Write(options, &out);
  if (!status.ok()) return Translate(status, rep_->Doing("write"));
  rep_->wal_records += batch.rep_->operations.size();
  batch.Clear();
  return {};
}

Status Database::Flush() {
  // Asked for one after the other, each would wait for the syncs of the one before it.
  rocksdb::FlushOptions begin;
  begin.wait = false;
  rocksdb::Status status;
  for (size_t i = 0; i < rep_->handles.size() && status.ok(); ++i) status = rep_->db->Flush(begin, rep_->handles[i]);
  if (status.ok()) status = rep_->db->Flush(rocksdb::FlushOptions(), rep_->handles);
  if (!status.ok()) return Translate(status, rep_->Doing("flush"));
  rep_->wal_records = 0;
  return {};
}

Status Database::CopyTo(const std::filesystem::path& target) {
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(rep_->db.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  // 7.8's copy of a WAL that was not synced can lose its end in a power failure; after a flush there is none to copy.
  if (status.ok()) status = rep_->db->FlushWAL(true);
  if (status.ok()) {
    // A checkpoint that meets a change of manifests may ask for one that is gone; it leaves nothing behind.
    for (int tries = 0; tries < kCopyTries; ++tries) {
      status = checkpoint->CreateCheckpoint(DatabasePath(target), 0);
      if (status.ok() || status.IsInvalidArgument()) break;
    }
  }
  if (!status.ok()) return Translate(status, fmt::format("copy the database from {} to {}", rep_->dir.string(), target.string()));
  return {};
}

Result<std::vector<Database::Size>> Database::Sizes() const {
  std::vector<Size> out;
  for (size_t i = 0; i < kFamilyNames.size(); ++i) {
    Size size{std::string(kFamilyNames[i]), 0};
    for (const std::string& property : {rocksdb::DB::Properties::kTotalSstFilesSize, rocksdb::DB::Properties::kTotalBlobFileSize}) {
      uint64_t bytes = 0;
      if (!rep_->db->GetIntProperty(rep_->handles[i], property, &bytes)) {
        return Error{Code::kFailed, fmt::format("cannot tell the size of {} in {}", size.family, rep_->dir.string()), ""};
      }
      size.bytes += bytes;
    }
    out.push_back(std::move(size));
  }
  return out;
}

Result<std::vector<std::string>> Database::DamagedTables() const {
  std::vector<std::string> damaged;
  for (size_t i = 0; i < kFamilyNames.size(); ++i) {
    rocksdb::ColumnFamilyMetaData family;
    rep_->db->GetColumnFamilyMetaData(rep_->handles[i], &family);
    const rocksdb::Options options = rep_->db->GetOptions(rep_->handles[i]);
    for (const auto& level : family.levels) {
      for (const auto& file : level.files) {
        const std::string path = DatabasePath(rep_->dir) + "/" + file.relative_filename;
        const rocksdb::Status status = rocksdb::VerifySstFileChecksum(options, rocksdb::EnvOptions(), path);
        std::error_code ignored;
        if (status.ok() || !std::filesystem::exists(path, ignored)) continue;
        damaged.push_back(fmt::format("table {} of the {} is damaged: {}", path, kFamilyNames[i], status.ToString()));
      }
    }
  }
  return damaged;
}

}  // namespace skilltrail::store
