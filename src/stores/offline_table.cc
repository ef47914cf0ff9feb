// Reading: replay the log, then check that each file it names is there. Writing: see offline_commit.cc.
#include "gnomon/offline_table.h"

#include <filesystem>

#include <fmt/format.h>

#include "base/hash.h"
#include "stores/delta_log.h"
#include "stores/offline_data_file.h"
#include "stores/offline_snapshot.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;

Status damaged_file(const std::string& path, const std::string& what) {
  return Status(Code::kDataLoss, "GN521", fmt::format("data file {} {}", path, what),
                "Restore the file from a backup, build the table again, or ask for another version");
}

Status check_size(const std::string& path, int64_t expected_bytes) {
  std::error_code error;
  uintmax_t size_bytes = fs::file_size(path, error);
  if (error == std::errc::no_such_file_or_directory) return damaged_file(path, "is missing");
  if (error) return damaged_file(path, "cannot be read: " + error.message());
  if (static_cast<int64_t>(size_bytes) == expected_bytes) return Status();
  return damaged_file(path, fmt::format("has {} bytes, but {} were written", size_bytes, expected_bytes));
}

}  // namespace

Result<OfflineSnapshot> offline_snapshot_of(const DeltaLog& log, const std::string& table_path) {
  OfflineSnapshot snapshot;
  snapshot.version = log.version();
  if (snapshot.version < 0) return snapshot;
  std::string folder = fs::absolute(table_path).lexically_normal().string();
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  std::string content;
  for (const DeltaFile& file : log.files()) {
    std::string path = folder + "/" + file.path;
    GN_TRY(check_size(path, file.size_bytes));
    int64_t rows = file.rows;
    if (rows < 0) {
      GN_ASSIGN(rows, row_count_of_file(path));
    }
    snapshot.files.push_back(std::move(path));
    snapshot.file_rows.push_back(rows);
    std::string hash = content_hash_in_name(file.path);
    content += (hash.empty() ? file.path : hash) + "\n";
  }
  snapshot.content_hash = hash128_hex(content);
  return snapshot;
}

Result<OfflineSnapshot> OfflineTable::snapshot(std::optional<int64_t> version) const {
  GN_ASSIGN(DeltaLog log, DeltaLog::open(path_, env_, version));
  return offline_snapshot_of(log, path_);
}

Status OfflineTable::verify(std::optional<int64_t> version) const {
  GN_ASSIGN(OfflineSnapshot snapshot, this->snapshot(version));
  for (const std::string& path : snapshot.files) {
    std::string expected = content_hash_in_name(fs::path(path).filename().string());
    if (expected.empty()) continue;
    GN_ASSIGN(std::string found, hash128_hex_of_file(path));
    if (found != expected) return damaged_file(path, fmt::format("has content {}, not {}", found, expected));
  }
  return Status();
}

}  // namespace gnomon
