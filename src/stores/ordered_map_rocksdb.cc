#include <algorithm>
#include <cstdarg>
#include <filesystem>

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/experimental.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include "stores/ordered_map.h"
#include "stores/version_record.h"
#include "stores/window_key.h"

namespace gnomon {
namespace {

constexpr size_t kBlockCacheBytes = size_t{128} << 20;
constexpr size_t kMemtableBytes = size_t{64} << 20;
constexpr size_t kMaxBatchBytes = size_t{3} << 30;  // RocksDB's batches end at 4 GiB
constexpr int kFilterBitsPerKey = 10;
constexpr int kStepsBeforeSeek = 4;   // walking on is cheaper than seeking for about as many keys
constexpr int kReadOnlyAttempts = 5;  // the owner may remove a file between our reading its list and opening it
constexpr size_t kWindowBlockBytes = size_t{16} << 10;  // a read takes most of an entity's records
constexpr const char* kRowsSpace = "rows";
constexpr const char* kWindowsSpace = "windows";

rocksdb::Slice slice(std::string_view bytes) { return rocksdb::Slice(bytes.data(), bytes.size()); }
std::string_view view(const rocksdb::Slice& bytes) { return std::string_view(bytes.data(), bytes.size()); }

// All versions of one entity share a prefix: the key without its times.
class EntityPrefix : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "gnomon.EntityPrefix"; }
  bool InDomain(const rocksdb::Slice& key) const override { return key.size() > kVersionKeyBytes; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override { return {key.data(), key.size() - kVersionKeyBytes}; }
};

// All window records of one entity share a prefix.
class WindowEntityPrefix : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "gnomon.WindowEntityPrefix"; }
  bool InDomain(const rocksdb::Slice& key) const override { return window_prefix_bytes(view(key)) > 0; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override { return {key.data(), window_prefix_bytes(view(key))}; }
};

// RocksDB's own log would be one more file to fill a disk with, and a full disk ends its writer in an assertion.
class NoLog : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// After a failed write the map decides itself whether and when to go on (see apply): RocksDB's own recovery waits for
// much more room than a write needs, and would also retry where the state of the disk is unknown.
class NoAutomaticRecovery : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* automatic) override {
    *automatic = false;
  }
};

bool is_lock_failure(const rocksdb::Status& status) {
  std::string text = status.ToString();
  return status.IsIOError() &&
         (text.find("While lock file") != std::string::npos || text.find("lock hold by") != std::string::npos);
}

Status from_rocksdb(const rocksdb::Status& status, const std::string& folder) {
  if (status.ok()) return Status();
  std::string text = fmt::format("online store {}: {}", folder, status.ToString());
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::kNoSpace) {
    return Status(Code::kResourceExhausted, "GN501", text, "Free space and try again; nothing was changed and reads go on");
  }
  if (is_lock_failure(status)) return Status(Code::kFailedPrecondition, "GN510", text);
  if (status.IsCorruption()) {
    return Status(Code::kDataLoss, "GN511", text, "Move the folder away and materialize again: history is kept elsewhere");
  }
  return Status(Code::kUnavailable, "GN512", text);
}

rocksdb::ColumnFamilyOptions entity_options(std::shared_ptr<rocksdb::Cache> cache,
                                            std::shared_ptr<const rocksdb::SliceTransform> prefix, size_t block_bytes) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = std::move(cache);
  table.block_size = block_bytes;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));
  table.whole_key_filtering = false;
  table.format_version = 5;
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.prefix_extractor = std::move(prefix);
  options.write_buffer_size = kMemtableBytes;
  options.compression = rocksdb::kLZ4Compression;
  return options;
}

rocksdb::DBOptions database_options(OpenMode mode) {
  rocksdb::DBOptions options;
  options.create_if_missing = mode == OpenMode::kOwn;
  options.create_missing_column_families = mode == OpenMode::kOwn;
  // Every batch is synced, so a damaged record that is not the torn last one means lost writes: refuse, never drop them.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.info_log = std::make_shared<NoLog>();
  options.listeners = {std::make_shared<NoAutomaticRecovery>()};
  options.max_bgerror_resume_count = 0;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.max_background_jobs = 2;
  return options;
}

class Database {
 public:
  std::string folder;
  std::unique_ptr<rocksdb::DB> database;
  std::vector<rocksdb::ColumnFamilyHandle*> spaces;

  rocksdb::ColumnFamilyHandle* handle(OrderedMap::Space space) const { return spaces[static_cast<size_t>(space)]; }

  bool has_unflushed_rows() const {
    return std::any_of(spaces.begin(), spaces.end(), [&](rocksdb::ColumnFamilyHandle* space) {
      uint64_t active = 0;
      uint64_t waiting = 0;  // for a flush that may have failed
      database->GetIntProperty(space, rocksdb::DB::Properties::kNumEntriesActiveMemTable, &active);
      database->GetIntProperty(space, rocksdb::DB::Properties::kNumEntriesImmMemTables, &waiting);
      return active + waiting > 0;
    });
  }

  ~Database() {
    for (rocksdb::ColumnFamilyHandle* space : spaces) {
      if (space != nullptr) database->DestroyColumnFamilyHandle(space);
    }
  }
};

// The batch lives in memory and takes any key: its calls cannot fail.
class RocksChanges : public OrderedMap::Changes {
 public:
  explicit RocksChanges(const Database& database) : database_(database) {}

  void put(OrderedMap::Space space, std::string_view key, std::string_view value) override {
    GN_ASSERT(batch_.Put(database_.handle(space), slice(key), slice(value)).ok());
  }
  void remove(OrderedMap::Space space, std::string_view key) override {
    GN_ASSERT(batch_.Delete(database_.handle(space), slice(key)).ok());
  }
  void remove_range(OrderedMap::Space space, std::string_view begin, std::string_view end) override {
    GN_ASSERT(batch_.DeleteRange(database_.handle(space), slice(begin), slice(end)).ok());
  }
  size_t size_bytes() const override { return batch_.GetDataSize(); }
  rocksdb::WriteBatch* batch() { return &batch_; }

 private:
  const Database& database_;
  rocksdb::WriteBatch batch_;
};

class RocksCursor : public OrderedMap::Cursor {
 public:
  RocksCursor(const Database& database, std::unique_ptr<rocksdb::Iterator> iterator)
      : database_(database), iterator_(std::move(iterator)) {}

  void seek(std::string_view key) override { iterator_->Seek(slice(key)); }

  void advance_to(std::string_view key) override {
    for (int step = 0; step < kStepsBeforeSeek; ++step) {
      if (!iterator_->Valid() || view(iterator_->key()) >= key) return;
      iterator_->Next();
    }
    if (iterator_->Valid() && view(iterator_->key()) < key) seek(key);
  }

  void seek_before(std::string_view key) override {
    iterator_->SeekForPrev(slice(key));
    if (iterator_->Valid() && view(iterator_->key()) == key) iterator_->Prev();
  }

  void previous() override { iterator_->Prev(); }
  void next() override { iterator_->Next(); }
  bool valid() const override { return iterator_->Valid(); }
  std::string_view key() const override { return view(iterator_->key()); }
  std::string_view value() const override { return view(iterator_->value()); }
  Status status() const override { return from_rocksdb(iterator_->status(), database_.folder); }

 private:
  const Database& database_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

class RocksMap : public OrderedMap {
 public:
  explicit RocksMap(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  std::unique_ptr<Changes> changes() const override { return std::make_unique<RocksChanges>(*database_); }

  std::unique_ptr<Cursor> cursor(Space space, Reach reach) const override {
    rocksdb::ReadOptions options;
    options.total_order_seek = reach == Reach::kWholeSpace;
    options.prefix_same_as_start = reach == Reach::kOneEntity;
    rocksdb::ColumnFamilyHandle* handle = database_->handle(space);
    std::unique_ptr<rocksdb::Iterator> iterator(handle == nullptr ? rocksdb::NewEmptyIterator()
                                                                  : database_->database->NewIterator(options, handle));
    return std::make_unique<RocksCursor>(*database_, std::move(iterator));
  }

  Result<std::optional<std::string>> get(Space space, std::string_view key) const override {
    std::string value;
    rocksdb::Status status = database_->database->Get(rocksdb::ReadOptions(), database_->handle(space), slice(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    GN_TRY(from_rocksdb(status, database_->folder));
    return std::optional<std::string>(std::move(value));
  }

  Status apply(Changes* changes) override { return write(changes, Log::kSynced); }
  Status apply_unsynced(Changes* changes) override { return write(changes, Log::kNone); }

  Status flush(Space space) override {
    return from_rocksdb(database_->database->Flush(rocksdb::FlushOptions(), database_->handle(space)), database_->folder);
  }

  void reclaim(Space space, std::string_view begin, std::string_view end) override {
    const rocksdb::Slice from = slice(begin);
    const rocksdb::Slice to = slice(end);
    // Only a hint: where it fails the space is reclaimed by a later compaction.
    rocksdb::experimental::SuggestCompactRange(database_->database.get(), database_->handle(space), &from, &to)
        .PermitUncheckedError();
  }

 private:
  enum class Log { kSynced, kNone };

  Status write(Changes* changes, Log log) {
    if (changes->size_bytes() > kMaxBatchBytes) {
      return Status(
          Code::kInvalidArgument, "GN517",
          fmt::format("{} bytes in one write to the online store, at most {} fit", changes->size_bytes(), kMaxBatchBytes),
          "Write fewer rows at once");
    }
    rocksdb::WriteBatch* batch = static_cast<RocksChanges*>(changes)->batch();
    rocksdb::WriteOptions options;
    options.sync = log == Log::kSynced;
    options.disableWAL = log == Log::kNone;
    Status status = from_rocksdb(database_->database->Write(options, batch), database_->folder);
    // A disk that was full, now or when a memtable was flushed, makes RocksDB refuse all writes until it is resumed. Only then
    // a write is tried again: after another failure, of fsync say, what is on disk is unknown, and the map stays closed.
    // Resuming replaces a log file that failed only by flushing a memtable; where there is nothing to flush the old log would be
    // written on, which RocksDB forbids: such a map takes no writes until it is opened again.
    if (status.code() != Code::kResourceExhausted || !database_->has_unflushed_rows() || !database_->database->Resume().ok())
      return status;
    return from_rocksdb(database_->database->Write(options, batch), database_->folder);
  }

  std::unique_ptr<Database> database_;
};

// RocksDB opens one column family a space; the order is that of OrderedMap::Space.
rocksdb::Status open_database(const std::string& folder, OpenMode mode, std::vector<rocksdb::ColumnFamilyHandle*>* spaces,
                              rocksdb::DB** database) {
  rocksdb::DBOptions options = database_options(mode);
  const size_t row_block_bytes = rocksdb::BlockBasedTableOptions().block_size;
  std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, {}},
      {kRowsSpace, entity_options(cache, std::make_shared<EntityPrefix>(), row_block_bytes)},
      {kWindowsSpace, entity_options(cache, std::make_shared<WindowEntityPrefix>(), kWindowBlockBytes)}};
  if (mode == OpenMode::kOwn) return rocksdb::DB::Open(options, folder, families, spaces, database);
  // A store that its owner has not opened since there are windows has no space for them; reading cannot make one.
  std::vector<std::string> known;
  const bool is_listed = rocksdb::DB::ListColumnFamilies(options, folder, &known).ok();
  const bool has_windows = !is_listed || std::find(known.begin(), known.end(), kWindowsSpace) != known.end();
  if (!has_windows) families.pop_back();
  rocksdb::Status status;
  for (int attempt = 0; attempt < kReadOnlyAttempts; ++attempt) {
    status = rocksdb::DB::OpenForReadOnly(options, folder, families, spaces, database);
    if (status.ok()) break;
  }
  if (status.ok() && !has_windows) spaces->push_back(nullptr);
  return status;
}

}  // namespace

Result<std::unique_ptr<OrderedMap>> open_rocksdb_map(const std::string& folder, OpenMode mode) {
  if (mode == OpenMode::kReadOnly && !std::filesystem::exists(folder + "/CURRENT")) {
    return Status(Code::kNotFound, "GN516", fmt::format("there is no online store in {}", folder), "Materialize first");
  }
  auto opened = std::make_unique<Database>();
  opened->folder = folder;
  rocksdb::DB* database = nullptr;
  GN_TRY(from_rocksdb(open_database(folder, mode, &opened->spaces, &database), folder));
  opened->database.reset(database);
  return std::unique_ptr<OrderedMap>(std::make_unique<RocksMap>(std::move(opened)));
}

}  // namespace gnomon
