#include "base/sqlite_database.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace gnomon {
namespace {

constexpr auto kBusyPause = std::chrono::milliseconds(5);

Status disk_full(const std::string& path) {
  return Status(Code::kResourceExhausted, "GN501", fmt::format("disk full while writing {}", path),
                "Free space and run the command again; nothing was changed");
}

Status damaged(const std::string& what, const std::string& path, const std::string& why) {
  return Status(Code::kDataLoss, "GN511", fmt::format("{} {} is damaged: {}", what, path, why),
                "Restore it from a backup, or move it away and apply the project again");
}

Status status_of(int code, int system_error, const std::string& what, const std::string& path, const std::string& why) {
  bool no_space = system_error == ENOSPC || system_error == EDQUOT;
  switch (code & 0xff) {
    case SQLITE_FULL: return disk_full(path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return damaged(what, path, why);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Status(
          Code::kUnavailable, "GN512",
          fmt::format("another process kept the {} {} locked for more than {} s", what, path, kBusyTimeoutMs / 1000),
          "Wait for it to finish, or end it");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Status(Code::kPermissionDenied, "GN502", fmt::format("may not write the {} {}: {}", what, path, why),
                    "Check the owner and mode of the file and its folder");
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      if (no_space) return disk_full(path);
      if (code == SQLITE_IOERR_SHORT_READ) return damaged(what, path, "the file is cut off");
      break;
    default: break;
  }
  std::string reason = system_error == 0 ? why : fmt::format("{} ({})", why, std::strerror(system_error));
  return Status(Code::kUnavailable, "GN502", fmt::format("{} {}: {}", what, path, reason));
}

struct Statement {
  sqlite3_stmt* handle = nullptr;
  Statement() = default;
  ~Statement() { sqlite3_finalize(handle); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
};

int bind(sqlite3_stmt* statement, int position, const SqlValue& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return sqlite3_bind_int64(statement, position, *integer);
  if (const auto* real = std::get_if<double>(&value)) return sqlite3_bind_double(statement, position, *real);
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, position, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  return sqlite3_bind_null(statement, position);
}

SqlValue column_of(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: return static_cast<int64_t>(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT: return sqlite3_column_double(statement, column);
    case SQLITE_NULL: return std::monostate{};
    default: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
      return std::string(bytes == nullptr ? "" : bytes, static_cast<size_t>(sqlite3_column_bytes(statement, column)));
    }
  }
}

}  // namespace

Status SqliteDatabase::failure(int code) const {
  return status_of(code, sqlite3_system_errno(handle_), what_, path_, sqlite3_errmsg(handle_));
}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open_file(const std::string& path, const std::string& what,
                                                                  int flags) {
  sqlite3* handle = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_FULLMUTEX, nullptr);
  if (handle == nullptr) return Status(Code::kResourceExhausted, "GN502", fmt::format("{} {}: out of memory", what, path));
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(path, what, handle));
  if (code != SQLITE_OK) return database->failure(code);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  return database;
}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const std::string& path, const std::string& what) {
  GN_ASSIGN(std::unique_ptr<SqliteDatabase> database, open_file(path, what, SQLITE_OPEN_READWRITE));
  // The log files stay when the last process closes: reading needs no new file, so it works on a full disk.
  int keep_log_files = 1;
  sqlite3_file_control(database->handle_, "main", SQLITE_FCNTL_PERSIST_WAL, &keep_log_files);
  GN_TRY(database->use_write_ahead_log());
  GN_TRY(database->run("PRAGMA synchronous = FULL"));
  return database;
}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open_read_only(const std::string& path, const std::string& what) {
  return open_file(path, what, SQLITE_OPEN_READONLY);
}

// Changing the journal mode ignores the busy timeout, so waiting for others is done here.
Status SqliteDatabase::use_write_ahead_log() {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds(kBusyTimeoutMs);
  while (true) {
    Result<std::vector<SqlRow>> mode = query("PRAGMA journal_mode = WAL");
    if (mode.ok()) {
      if (!mode->empty() && text_of(mode->front()[0]) == "wal") return Status();
      return Status(Code::kUnavailable, "GN502",
                    fmt::format("{} {}: the file system has no shared memory for a write-ahead log", what_, path_),
                    "Keep .gnomon on a local disk");
    }
    if (mode.status().info().id != "GN512" || std::chrono::steady_clock::now() > give_up) return mode.status();
    std::this_thread::sleep_for(kBusyPause);
  }
}

Status SqliteDatabase::create(const std::string& path, const std::string& statements, const std::string& what) {
  GN_ASSIGN(std::unique_ptr<SqliteDatabase> database, open_file(path, what, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  int code = sqlite3_exec(database->handle_, statements.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Status() : database->failure(code);
}

SqliteDatabase::~SqliteDatabase() { sqlite3_close_v2(handle_); }

Result<std::vector<SqlRow>> SqliteDatabase::query(const std::string& sql, const std::vector<SqlValue>& values) {
  Statement statement;
  int code = sqlite3_prepare_v2(handle_, sql.c_str(), static_cast<int>(sql.size()) + 1, &statement.handle, nullptr);
  for (size_t i = 0; code == SQLITE_OK && i < values.size(); ++i)
    code = bind(statement.handle, static_cast<int>(i) + 1, values[i]);
  if (code != SQLITE_OK) return failure(code);
  std::vector<SqlRow> rows;
  while ((code = sqlite3_step(statement.handle)) == SQLITE_ROW) {
    SqlRow& row = rows.emplace_back();
    for (int i = 0; i < sqlite3_column_count(statement.handle); ++i) row.push_back(column_of(statement.handle, i));
  }
  if (code != SQLITE_DONE) return failure(code);
  return rows;
}

Status SqliteDatabase::run(const std::string& sql, const std::vector<SqlValue>& values) {
  return query(sql, values).status();
}

int64_t SqliteDatabase::last_insert_id() const { return sqlite3_last_insert_rowid(handle_); }

int64_t SqliteDatabase::changed_rows() const { return sqlite3_changes64(handle_); }

bool SqliteDatabase::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

Result<SqliteStatement> SqliteStatement::prepare(const SqliteDatabase& database, const std::string& sql) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(database.handle_, sql.c_str(), static_cast<int>(sql.size()) + 1,
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  SqliteStatement statement(database, handle);
  if (code != SQLITE_OK) return database.failure(code);
  return statement;
}

SqliteStatement::~SqliteStatement() { sqlite3_finalize(handle_); }
SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : database_(other.database_), handle_(std::exchange(other.handle_, nullptr)) {}
SqliteStatement& SqliteStatement::operator=(SqliteStatement&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(handle_, other.handle_);
  return *this;
}

void SqliteStatement::reset() { sqlite3_reset(handle_); }

void SqliteStatement::bind(int position, std::string_view bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();  // a null pointer would be NULL
  GN_ASSERT(sqlite3_bind_blob64(handle_, position, data, bytes.size(), SQLITE_STATIC) == SQLITE_OK);
}

Result<bool> SqliteStatement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_->failure(code);
}

std::string_view SqliteStatement::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  return data == nullptr ? std::string_view()
                         : std::string_view(data, static_cast<size_t>(sqlite3_column_bytes(handle_, column)));
}

Result<SqliteTransaction> SqliteTransaction::begin(SqliteDatabase* database, Kind kind) {
  GN_TRY(database->run(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN"));
  return SqliteTransaction(database);
}

Status SqliteTransaction::commit() {
  GN_TRY(database_->run("COMMIT"));
  database_ = nullptr;
  return Status();
}

void SqliteTransaction::roll_back() {
  // SQLite may have rolled back already, as it does when the disk is full.
  if (database_ != nullptr && database_->in_transaction()) (void)database_->run("ROLLBACK").ok();
  database_ = nullptr;
}

SqliteTransaction::~SqliteTransaction() { roll_back(); }

SqliteTransaction::SqliteTransaction(SqliteTransaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

SqliteTransaction& SqliteTransaction::operator=(SqliteTransaction&& other) noexcept {
  if (this == &other) return *this;
  roll_back();
  database_ = std::exchange(other.database_, nullptr);
  return *this;
}

int64_t integer_of(const SqlValue& value) {
  const auto* integer = std::get_if<int64_t>(&value);
  return integer == nullptr ? 0 : *integer;
}

double real_of(const SqlValue& value) {
  const auto* real = std::get_if<double>(&value);
  return real == nullptr ? 0 : *real;
}

const std::string& text_of(const SqlValue& value) {
  static const std::string kEmpty;
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? kEmpty : *text;
}

}  // namespace gnomon
