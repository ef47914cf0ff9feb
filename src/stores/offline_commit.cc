// OfflineTable::commit: the data file first, then the one step that counts, the log entry that names it.
//
//   .part-….tmp -> fsync -> rename to part-….parquet -> fsync folder -> N+1.json: fsync, link, fsync folder
//
// Whoever creates N+1.json has committed. Whoever finds it there replays it, looks for a conflict, and tries N+2.
#include <fmt/format.h>

#include <arrow/table.h>

#include "base/hash.h"
#include "gnomon/offline_table.h"
#include "stores/delta_log.h"
#include "stores/delta_schema.h"
#include "stores/offline_data_file.h"
#include "stores/offline_snapshot.h"

namespace gnomon {
namespace {

// Each lost attempt is another writer's success, so this only ends a commit that some hundred others overtook.
constexpr int kMaxAttempts = 500;
constexpr int kWriterVersion = 2;

std::string random_uuid(Env* env) {
  uint64_t high = (env->random_u64() & ~0xf000ull) | 0x4000ull;                         // version 4
  uint64_t low = (env->random_u64() & ~0xc000000000000000ull) | 0x8000000000000000ull;  // RFC 4122's variant
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xffff, low >> 48,
                     low & 0xffffffffffffull);
}

// One call of commit(): its parameters, and the log as last read.
class OfflineCommit {
 public:
  OfflineCommit(const std::string& path, Env* env, const CommitOptions& options, std::string schema, DeltaLog log)
      : path_(path),
        env_(env),
        options_(options),
        schema_(std::move(schema)),
        log_(std::move(log)),
        base_version_(log_.version()) {}

  Result<OfflineSnapshot> run(const arrow::Table& rows);

 private:
  bool appends() const { return options_.mode == CommitMode::kAppend; }
  bool already_done() const { return log_.has_transaction(options_.app_id, options_.app_version); }
  Status check_table() const;
  Status check_conflict() const;
  bool changes_nothing(const OfflineDataFile& file) const;
  DeltaEntry entry_for(const OfflineDataFile& file) const;
  Result<OfflineSnapshot> publish(OfflineDataFile* file);
  Result<OfflineSnapshot> snapshot() const { return offline_snapshot_of(log_, path_); }

  const std::string& path_;
  Env* env_;
  const CommitOptions& options_;
  std::string schema_;
  DeltaLog log_;
  int64_t base_version_;
};

// May these rows go into the table as it is now?
Status OfflineCommit::check_table() const {
  if (log_.version() < 0) return Status();
  if (log_.writer_version() > kWriterVersion) {
    return Status(Code::kUnimplemented, "GN524",
                  fmt::format("table {} asks for a Delta writer of version {}, this one has {}", path_,
                              log_.writer_version(), kWriterVersion),
                  "Write it with the tool that made it, or into another table");
  }
  if (appends()) {
    std::string difference = delta_schema_difference(log_.metadata().schema, schema_);
    if (difference.empty()) return Status();
    return Status(Code::kInvalidArgument, "GN522", fmt::format("rows do not fit table {}: {}", path_, difference),
                  "Overwrite the table, or write the columns it has, in its order");
  }
  if (!log_.metadata().append_only) return Status();
  return Status(Code::kFailedPrecondition, "GN522", fmt::format("table {} is append-only (delta.appendOnly)", path_),
                "Append to it");
}

// Another commit came between. Appends commute; an overwrite was decided on a table that is no longer there.
Status OfflineCommit::check_conflict() const {
  if (appends()) return check_table();
  return Status(Code::kAborted, "GN523",
                fmt::format("table {} went from version {} to {} while it was being overwritten", path_, base_version_,
                            log_.version()),
                "Run the command again");
}

// True if the table consists of just this content. The file is read, so that writing a damaged table again repairs it.
bool OfflineCommit::changes_nothing(const OfflineDataFile& file) const {
  std::vector<DeltaFile> files = log_.files();
  if (files.size() != 1 || content_hash_in_name(files[0].path) != file.content_hash()) return false;
  if (!delta_schema_difference(log_.metadata().schema, schema_).empty()) return false;
  Result<std::string> found = hash128_hex_of_file(path_ + "/" + files[0].path);
  return found.ok() && *found == file.content_hash();
}

DeltaEntry OfflineCommit::entry_for(const OfflineDataFile& file) const {
  DeltaEntry entry;
  if (!options_.app_id.empty()) entry.transactions.push_back({options_.app_id, options_.app_version});
  if (log_.version() < 0) {
    entry.protocol = DeltaProtocol{};
    entry.metadata = new_delta_metadata(random_uuid(env_), schema_, env_->now_us());
  }
  if (!appends() && log_.version() >= 0) {
    if (changes_nothing(file)) return entry;  // there is a transaction to record, and no rows
    if (!delta_schema_difference(log_.metadata().schema, schema_).empty()) {
      entry.metadata = with_delta_schema(log_.metadata(), schema_);
    }
    entry.removed = log_.files();
  }
  entry.added.push_back({file.name(), file.size_bytes(), file.row_count()});
  return entry;
}

Result<OfflineSnapshot> OfflineCommit::publish(OfflineDataFile* file) {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    DeltaEntry entry = entry_for(*file);
    GN_ASSIGN(std::string bytes, format_delta_entry(entry, {env_->now_us(), appends() ? "Append" : "Overwrite"}));
    Status appended = log_.append(bytes);
    if (appended.ok()) {
      if (!entry.added.empty()) file->keep();
      env_->kill_point("offline.after_log");
      GN_TRY(log_.refresh(log_.version() + 1));
      return snapshot();
    }
    if (appended.code() != Code::kAlreadyExists) {
      // The last fsync may fail after the entry became visible: its data must stay, though nothing was promised.
      if (log_.next_entry_is(bytes)) file->keep();
      return appended;
    }
    GN_TRY(log_.refresh());
    if (already_done()) return snapshot();
    GN_TRY(check_conflict());
  }
  return Status(Code::kAborted, "GN523", fmt::format("table {}: {} other commits were faster", path_, kMaxAttempts),
                "Run the command again");
}

Result<OfflineSnapshot> OfflineCommit::run(const arrow::Table& rows) {
  if (already_done()) return snapshot();
  GN_TRY(check_table());
  bool exists = log_.version() >= 0;
  if (appends())
    GN_TRY(snapshot().status());  // a damaged table is refused now, not reported after the rows are in; overwriting repairs
  if (exists && appends() && rows.num_rows() == 0 && options_.app_id.empty()) return snapshot();
  env_->kill_point("offline.before_data");
  GN_TRY(env_->make_dirs(log_.folder()));
  GN_ASSIGN(OfflineDataFile file, OfflineDataFile::write(rows, path_, env_));
  if (exists && !appends() && options_.app_id.empty() && changes_nothing(file)) return snapshot();
  GN_TRY(file.publish());
  env_->kill_point("offline.before_log");
  return publish(&file);
}

}  // namespace

Result<OfflineSnapshot> OfflineTable::commit(const arrow::Table& rows, const CommitOptions& options) {
  GN_ASSIGN(std::string schema, delta_schema_of(*rows.schema()));
  GN_ASSIGN(DeltaLog log, DeltaLog::open(path_, env_));
  return OfflineCommit(path_, env_, options, std::move(schema), std::move(log)).run(rows);
}

}  // namespace gnomon
