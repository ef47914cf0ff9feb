#include "engine/backup.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/sqlite_database.h"
#include "base/time_text.h"
#include "engine/backup_files.h"
#include "gnomon/version.h"
#include "registry/project_settings.h"
#include "stores/ordered_map.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Space = OrderedMap::Space;

constexpr int kFormat = 1;
constexpr int kMostAttempts = 100;
constexpr std::chrono::milliseconds kBetweenAttempts{50};
constexpr size_t kBatchBytes = size_t{4} << 20;
constexpr const char* kRegistry = "registry.db";
constexpr const char* kSqliteStore = "online/online.sqlite";

std::string state_of(const std::string& folder) { return folder + "/.gnomon"; }

// The newest log entry of every offline table, by the log's folder: what the history is at this instant.
std::map<std::string, std::string> newest_entries(const std::string& state) {
  std::map<std::string, std::string> newest;
  std::error_code error;
  for (fs::recursive_directory_iterator at(state + "/offline", error), end; !error && at != end; at.increment(error)) {
    if (at->path().parent_path().filename() != "_delta_log" || at->path().extension() != ".json") continue;
    std::string& entry = newest[at->path().parent_path().lexically_relative(state).generic_string()];
    entry = std::max(entry, at->path().filename().string());
  }
  return newest;
}

// One SQLite file as it is at one instant, whoever writes to it.
Status copy_sqlite(const std::string& from, const std::string& to, Env* env) {
  GN_TRY(env->make_dirs(fs::path(to).parent_path().string()));
  std::error_code ignored;
  fs::remove(to, ignored);
  GN_ASSIGN(auto database, SqliteDatabase::open_read_only(from, fs::path(from).filename().string()));
  GN_TRY(database->run("VACUUM INTO ?", {to}));
  return env->sync_file(to);
}

Result<int64_t> data_version(SqliteDatabase& database) {
  GN_ASSIGN(std::vector<SqlRow> rows, database.query("PRAGMA data_version"));
  return rows.empty() ? 0 : integer_of(rows.front()[0]);
}

// What is copied at one point. The online store is held as it was; history and logs are files that never change.
struct Point {
  std::unique_ptr<OrderedMap> online;            // null: none, or a file that is copied already
  std::map<std::string, std::string> histories;  // newest_entries
};

class Backup {
 public:
  Backup(const std::string& project_dir, std::string target, Env* env)
      : project_dir_(project_dir), state_(state_of(project_dir)), target_(std::move(target)), env_(env) {}

  Result<BackupReport> make() {
    GN_ASSIGN(ProjectSettings settings, read_project_settings(project_dir_));
    is_sqlite_ = settings.online_store == "sqlite";
    GN_ASSIGN(Point point, quiet_point());
    BackupReport report;
    report.online_store = settings.online_store;
    if (point.online != nullptr) GN_TRY(copy_online(*point.online));
    GN_TRY(copy_histories(point));
    GN_TRY(copy_folder("served", [](const fs::path& file) { return file.extension() == ".parquet"; }));
    env_->kill_point("backup.before_contents");
    GN_ASSIGN(report.sequence, sequence());
    GN_TRY(write_contents(settings.project, &report));
    env_->kill_point("backup.before_rename");
    return report;
  }

 private:
  std::string copy_of(const std::string& path) const { return target_ + "/state/" + path; }

  // Between two looks that find nothing changed, registry, history and online store were all as they are here. A push that has reached
  // the history and not the online store yet is what a crash leaves, too: the next materialization takes it in.
  Result<Point> quiet_point() {
    GN_ASSIGN(auto registry, SqliteDatabase::open_read_only(state_ + "/" + kRegistry, "registry"));
    for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
      if (attempt > 0) std::this_thread::sleep_for(kBetweenAttempts);
      Point point;
      GN_ASSIGN(int64_t version, data_version(*registry));
      point.histories = newest_entries(state_);
      GN_TRY(copy_sqlite(state_ + "/" + kRegistry, copy_of(kRegistry), env_));
      GN_TRY(hold_online(&point));
      GN_ASSIGN(int64_t version_now, data_version(*registry));
      if (version == version_now && point.histories == newest_entries(state_)) return point;
    }
    return Status(Code::kUnavailable, "GN435",
                  "the project was written to without a pause: no point between two writes was found",
                  "Try again when less is written");
  }

  Status hold_online(Point* point) {
    std::error_code error;
    if (!fs::exists(state_ + "/online", error)) return Status();
    if (is_sqlite_) {
      if (!fs::exists(state_ + "/" + kSqliteStore, error)) return Status();
      return copy_sqlite(state_ + "/" + kSqliteStore, copy_of(kSqliteStore), env_);
    }
    Result<std::unique_ptr<OrderedMap>> map = open_rocksdb_map(state_ + "/online", OpenMode::kReadOnly);
    if (!map.ok()) return map.status().info().id == "GN516" ? Status() : map.status();
    point->online = std::move(*map);
    return Status();
  }

  Status copy_online(const OrderedMap& from) {
    GN_ASSIGN(auto to, open_rocksdb_map(copy_of("online"), OpenMode::kOwn));
    for (const Space space : {Space::kMeta, Space::kRows, Space::kWindows}) {
      const auto cursor = from.cursor(space, OrderedMap::Reach::kWholeSpace);
      auto changes = to->changes();
      for (cursor->seek(""); cursor->valid(); cursor->next()) {
        changes->put(space, cursor->key(), cursor->value());
        if (changes->size_bytes() < kBatchBytes) continue;
        GN_TRY(to->apply_unsynced(changes.get()));
        changes = to->changes();
      }
      GN_TRY(cursor->status());
      GN_TRY(to->apply_unsynced(changes.get()));
      GN_TRY(to->flush(space));
    }
    return Status();
  }

  // Log entries up to the point, and all data files: one that no entry names does not exist.
  Status copy_histories(const Point& point) {
    return copy_folder("offline", [&](const fs::path& file) {
      if (file.filename().string().starts_with(".")) return false;
      if (file.parent_path().filename() != "_delta_log") return file.extension() == ".parquet";
      const auto newest = point.histories.find(file.parent_path().lexically_relative(state_).generic_string());
      return newest != point.histories.end() && file.extension() == ".json" && file.filename().string() <= newest->second;
    });
  }

  template <class Wanted>
  Status copy_folder(const std::string& name, const Wanted& is_wanted) {
    std::error_code error;
    for (fs::recursive_directory_iterator at(state_ + "/" + name, error), end; !error && at != end; at.increment(error)) {
      if (!at->is_regular_file() || !is_wanted(at->path())) continue;
      const std::string relative = at->path().lexically_relative(state_).generic_string();
      GN_TRY(copy_durably(at->path().string(), copy_of(relative), env_));
    }
    return Status();
  }

  // As the copy has it, which is opened for that: what cannot be opened is no backup.
  Result<uint64_t> sequence() const {
    std::error_code error;
    const std::string folder = copy_of("online");
    if (!fs::exists(folder, error)) return uint64_t{0};
    const auto open = is_sqlite_ ? open_sqlite_online_store : open_embedded_online_store;
    GN_ASSIGN(auto store, open(folder, OpenMode::kReadOnly, env_));
    return store->sequence();
  }

  Status write_contents(const std::string& project, BackupReport* report) {
    GN_ASSIGN(BackupFiles files, files_below(target_ + "/state"));
    json listed = json::object();
    for (const auto& [path, file] : files) {
      listed[path] = {{"size", file.size}, {"hash", file.hash}};
      ++report->files;
      report->bytes += file.size;
      GN_TRY(env_->sync_file(copy_of(path)));
    }
    const json contents = {{"format", kFormat},
                           {"engine_version", kVersion},
                           {"project", project},
                           {"made_at", format_time(env_->now_us())},
                           {"sequence", report->sequence},
                           {"files", std::move(listed)}};
    return env_->write_file_atomic(target_ + "/backup.json", contents.dump(2) + "\n");
  }

  const std::string project_dir_;
  const std::string state_;
  const std::string target_;
  Env* const env_;
  bool is_sqlite_ = false;
};

Status no_backup(const std::string& folder, const std::string& why) {
  return Status(Code::kInvalidArgument, "GN431", fmt::format("{} is no backup: {}", folder, why),
                "Name a folder that `gnomon backup` made");
}

// A path that leads nowhere but below the state's folder.
bool is_below(const std::string& path) {
  const fs::path relative(path);
  if (relative.empty() || relative.is_absolute()) return false;
  return std::none_of(relative.begin(), relative.end(), [](const fs::path& part) { return part == ".."; });
}

Result<BackupFiles> contents_of(const std::string& backup, Env* env, BackupReport* report) {
  Result<std::string> text = env->read_file(backup + "/backup.json");
  if (!text.ok()) return no_backup(backup, "it has no backup.json");
  const json contents = json::parse(*text, nullptr, false);
  BackupFiles files;
  try {
    const int format = contents.at("format").get<int>();
    if (format > kFormat) {
      return Status(Code::kFailedPrecondition, "GN432",
                    fmt::format("the backup has format {}, this version reads up to {}", format, kFormat),
                    "Restore it with the version of Gnomon that made it, or a newer one");
    }
    report->sequence = contents.at("sequence").get<uint64_t>();
    for (const auto& [path, file] : contents.at("files").items()) {
      if (!is_below(path)) return no_backup(backup, fmt::format("it names a file outside itself: {}", path));
      files[path] = {file.at("size").get<int64_t>(), file.at("hash").get<std::string>()};
    }
  } catch (const json::exception& error) {
    return no_backup(backup, error.what());
  }
  return files;
}

Status check_file(const std::string& path, const std::string& name, const BackupFile& file) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  const bool has_size = !error && static_cast<int64_t>(size) == file.size;
  Result<std::string> hash = has_size ? hash128_hex_of_file(path) : Result<std::string>(std::string());
  if (has_size && hash.ok() && *hash == file.hash) return Status();
  return Status(Code::kDataLoss, "GN433", fmt::format("the backup's file {} is missing or damaged", name),
                "Nothing was restored. Use another backup");
}

bool has_state(const std::string& state) {
  std::error_code error;
  return fs::exists(state, error) && !fs::is_empty(state, error);
}

}  // namespace

Result<BackupReport> backup_project(const std::string& project_dir, const std::string& target, Env* env) {
  std::error_code error;
  if (fs::exists(target, error))
    return Status(Code::kAlreadyExists, "GN430", fmt::format("{} is there already", target), "Name a new folder");
  if (!fs::exists(state_of(project_dir) + "/" + kRegistry, error))
    return Status(Code::kNotFound, "GN100", fmt::format("no applied project at {}", project_dir),
                  "Name another folder with --project, or `gnomon apply` first");
  GN_ASSIGN(UnfinishedFolder folder, UnfinishedFolder::make(target, env));
  GN_ASSIGN(BackupReport report, Backup(project_dir, folder.path(), env).make());
  GN_TRY(folder.finish());
  env->kill_point("backup.after_rename");
  return report;
}

Result<BackupReport> restore_project(const std::string& backup, const std::string& project_dir, Env* env) {
  std::error_code error;
  if (!fs::is_directory(project_dir, error))
    return Status(Code::kNotFound, "GN100", fmt::format("no project folder at {}", project_dir),
                  "Make one with `gnomon init`, or name another folder");
  const std::string state = state_of(project_dir);
  if (has_state(state)) {
    return Status(Code::kFailedPrecondition, "GN434", fmt::format("{} has state already", project_dir),
                  "Move its .gnomon away first: it is never overwritten");
  }
  GN_ASSIGN(ProjectSettings settings, read_project_settings(project_dir));
  BackupReport report;
  report.online_store = settings.online_store;
  GN_ASSIGN(BackupFiles files, contents_of(backup, env, &report));
  for (const auto& [name, file] : files) GN_TRY(check_file(backup + "/state/" + name, name, file));
  GN_ASSIGN(UnfinishedFolder folder, UnfinishedFolder::make(state, env));
  for (const auto& [name, file] : files) {
    GN_TRY(copy_durably(backup + "/state/" + name, folder.path() + "/" + name, env));
    GN_TRY(check_file(folder.path() + "/" + name, name, file));
    ++report.files;
    report.bytes += file.size;
  }
  env->kill_point("restore.before_rename");
  GN_TRY(folder.finish());
  env->kill_point("restore.after_rename");
  return report;
}

}  // namespace gnomon
