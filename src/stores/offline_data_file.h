// OfflineDataFile: one Parquet file on its way into a table. Until keep() is called it removes itself, so that a commit that
// fails leaves nothing behind.
//
// Its name is part-<content hash>-<nonce>.parquet. The hash is over the file's bytes, and equal rows give equal bytes; so
// content can be recognised and damage be found. The nonce makes the file belong to one commit alone: two commits of equal
// rows are two files, and removing the one never harms the other.
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <arrow/type_fwd.h>

#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

class OfflineDataFile {
 public:
  // Writes `rows` into `folder` under a temporary name, durably. REQUIRES: a schema that delta_schema_of() accepts; `env`
  // outlives this.
  // Memory: one row group, and what Parquet buffers for one column of it. ERRORS: GN501 ResourceExhausted when the disk is
  // full.
  static Result<OfflineDataFile> write(const arrow::Table& rows, const std::string& folder, Env* env);

  OfflineDataFile(OfflineDataFile&& other) noexcept;
  OfflineDataFile& operator=(OfflineDataFile&&) = delete;
  ~OfflineDataFile();

  // Gives the file its final name, durably.
  Status publish();
  // The file is in the log now: it stays.
  void keep() { path_.clear(); }

  const std::string& name() const { return name_; }
  const std::string& content_hash() const { return content_hash_; }
  int64_t size_bytes() const { return size_bytes_; }
  int64_t row_count() const { return row_count_; }

 private:
  OfflineDataFile(std::string folder, Env* env);
  Status write_rows(const arrow::Table& rows);

  std::string folder_;
  Env* env_;
  std::string path_;  // where the file is now; empty: no longer ours
  std::string name_;
  std::string content_hash_;
  int64_t size_bytes_ = 0;
  int64_t row_count_ = 0;
};

// The hash that a data file's name carries; empty for a file that another writer named.
std::string content_hash_in_name(std::string_view name);

// From a Parquet file's footer. ERRORS: GN521 DataLoss.
Result<int64_t> row_count_of_file(const std::string& path);

}  // namespace gnomon
