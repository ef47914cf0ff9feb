// Rows of every type that an offline table holds, each value a function of the row's id, so that any reader can check them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/offline_table.h"

namespace gnomon::test {

// Ids [start, start + count). Column c of row id is null where (id + c) % 5 == 0, except the id itself (column 0).
// tests/python/offline/offline_sample_rows.py states the same in Python.
std::shared_ptr<arrow::Table> sample_rows(int64_t start, int64_t count);

// One column, `id`.
std::shared_ptr<arrow::Table> id_rows(int64_t start, int64_t count);

// All rows of a snapshot, file by file, with page checksums verified. REQUIRES: at least one file. Aborts with a message on
// failure.
std::shared_ptr<arrow::Table> read_rows(const OfflineSnapshot& snapshot);

// The `id` column, sorted; empty without files.
std::vector<int64_t> sorted_ids(const OfflineSnapshot& snapshot);

// A folder of its own for one test, removed with this object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Names of all files and folders below `folder`, relative to it, sorted.
std::vector<std::string> names_below(const std::string& folder);

}  // namespace gnomon::test
