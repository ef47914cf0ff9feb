// OfflineTable: a history of rows on disk as Parquet files with a Delta log; what is not in the log does not exist.
// Readable by delta-rs, DuckDB, Polars, Spark. See docs/internals/offline-table.md for the commit protocol.
// Thread-safety: a handle may be used from one thread at a time; any number of processes may commit concurrently.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

struct OfflineSnapshot {
  int64_t version = -1;            // Delta version; -1: the table does not exist
  std::vector<std::string> files;  // absolute paths, in commit order
  std::vector<int64_t> file_rows;  // rows in each file
  std::string content_hash;        // of the files' content, in commit order; the same in any table; "" if there is none
};

enum class CommitMode { kAppend, kOverwrite };

struct CommitOptions {
  CommitMode mode = CommitMode::kAppend;
  // Delta's txn(appId, version): a commit whose (app_id, app_version) is already in the log does nothing.
  std::string app_id;
  int64_t app_version = -1;
};

class OfflineTable {
 public:
  // Cheap; touches nothing. `path` is the table's folder.
  OfflineTable(std::string path, Env* env) : path_(std::move(path)), env_(env) {}

  // The newest version, or `version` if given; a table that does not exist has version -1.
  // ERRORS: GN520 NotFound for a version that is not there; GN521 DataLoss for a log that cannot be parsed or a data file
  // that is missing or truncated; GN524 Unimplemented for what another writer used and we do not read: partitions, deletion
  // vectors, a log that begins with a checkpoint.
  Result<OfflineSnapshot> snapshot(std::optional<int64_t> version = std::nullopt) const;

  // Writes `rows` as a Parquet file and commits it. Overwriting with the content that is already there commits nothing. An
  // append whose schema differs from the table's is refused (GN522); an overwrite may change it. Returns the snapshot after
  // the commit.
  // ERRORS: GN501 ResourceExhausted on a full disk, GN523 Aborted if the table changed while it was being overwritten:
  // nothing was changed. GN502 after a failed fsync of the log: the commit may be visible, but is not promised.
  Result<OfflineSnapshot> commit(const arrow::Table& rows, const CommitOptions& options);

  // Reads every data file that we wrote and compares it with the hash in its name. ERRORS: those of snapshot(); GN521
  // DataLoss.
  Status verify(std::optional<int64_t> version = std::nullopt) const;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  Env* env_;
};

}  // namespace gnomon
