#include "registry/sqlite_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "registry/sqlite_schema.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;

Status not_a_registry(const std::string& path, const std::string& why) {
  return Status(Code::kDataLoss, "GN511", fmt::format("{} is not a registry: {}", path, why),
                "Restore it from a backup, or move it away and apply the project again");
}

// The file appears under its name only when it holds all tables: a file of 0 bytes is therefore never ours.
Status create_registry_file(const std::string& path, Env* env) {
  fs::path folder = fs::path(path).parent_path();
  if (!folder.empty()) GN_TRY(env->make_dirs(folder.string()));
  std::string temporary = fmt::format("{}.{:016x}.new", path, env->random_u64());
  std::string numbers =
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT;", kApplicationId, kSchemaVersion);
  Status made = SqliteDatabase::create(temporary, kSchemaSql + numbers);
  if (made.ok()) made = env->sync_file(temporary);
  if (made.ok() && ::link(temporary.c_str(), path.c_str()) != 0 && errno != EEXIST) {  // EEXIST: another process was first
    made = Status(Code::kUnavailable, "GN502", fmt::format("create {}: {}", path, std::strerror(errno)));
  }
  Status removed = env->remove_file(temporary);
  GN_TRY(made);
  GN_TRY(removed);
  return env->sync_file(path);
}

Result<int64_t> pragma_number(SqliteDatabase* database, const char* name) {
  GN_ASSIGN(std::vector<SqlRow> rows, database->query(fmt::format("PRAGMA {}", name)));
  if (rows.empty()) return not_a_registry(database->path(), fmt::format("no {}", name));
  return integer_of(rows[0][0]);
}

}  // namespace

Result<std::unique_ptr<SqliteDatabase>> open_registry_file(const std::string& path, Env* env) {
  std::error_code error;
  // Looked at before the file itself: a registry that is just being made has no log yet.
  bool has_log = fs::file_size(path + "-wal", error) > 0 && !error;
  if (!fs::exists(path, error)) {
    if (has_log) return not_a_registry(path, fmt::format("the file is missing, but its log {}-wal is there", path));
    GN_TRY(create_registry_file(path, env));
  } else if (fs::is_regular_file(path, error) && fs::file_size(path, error) == 0) {
    return not_a_registry(path, "the file is empty");
  }
  GN_ASSIGN(std::unique_ptr<SqliteDatabase> database, SqliteDatabase::open(path));
  GN_ASSIGN(int64_t application_id, pragma_number(database.get(), "application_id"));
  GN_ASSIGN(int64_t version, pragma_number(database.get(), "user_version"));
  if (application_id != kApplicationId) return not_a_registry(path, "it is another program's database");
  if (version > kSchemaVersion) {
    return Status(Code::kFailedPrecondition, "GN142",
                  fmt::format("registry {} has layout {}, this program knows up to {}", path, version, kSchemaVersion),
                  "Upgrade Gnomon");
  }
  if (version < 1) return not_a_registry(path, fmt::format("layout {}", version));
  return database;
}

}  // namespace gnomon
