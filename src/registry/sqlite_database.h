// One SQLite connection: statements with values in, rows out, failures as Status. Control plane: copies, no cursors.
// Thread-safety: one call at a time per object; any number of processes on one file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "gnomon/status.h"

struct sqlite3;

namespace gnomon {

using SqlValue = std::variant<std::monostate, int64_t, double, std::string>;  // monostate: NULL
using SqlRow = std::vector<SqlValue>;

// A writer waits this long for another one.
inline constexpr int kBusyTimeoutMs = 30'000;

class SqliteDatabase {
 public:
  // Opens an existing file for reading and writing: WAL, synchronous=FULL (a commit is on disk when it returns).
  // ERRORS (here and below): GN501 ResourceExhausted disk full · GN511 DataLoss not a database, or damaged · GN512 Unavailable
  // another process held the lock longer than kBusyTimeoutMs · GN502 PermissionDenied or Unavailable other I/O.
  static Result<std::unique_ptr<SqliteDatabase>> open(const std::string& path);
  // Makes a new database of one file, runs `statements` in it, and closes it.
  static Status create(const std::string& path, const std::string& statements);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  Result<std::vector<SqlRow>> query(const std::string& sql, const std::vector<SqlValue>& values = {});
  Status run(const std::string& sql, const std::vector<SqlValue>& values = {});
  int64_t last_insert_id() const;
  int64_t changed_rows() const;
  bool in_transaction() const;
  const std::string& path() const { return path_; }

 private:
  SqliteDatabase(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}
  static Result<std::unique_ptr<SqliteDatabase>> open_file(const std::string& path, int flags);
  Status use_write_ahead_log();
  Status failure(int code) const;

  std::string path_;
  sqlite3* handle_;
};

// BEGIN … COMMIT over a scope; rolls back unless commit() succeeded.
class SqliteTransaction {
 public:
  enum class Kind { kRead, kWrite };  // kWrite takes the write lock at once: what it reads is what it changes
  static Result<SqliteTransaction> begin(SqliteDatabase* database, Kind kind);
  ~SqliteTransaction();
  SqliteTransaction(SqliteTransaction&& other) noexcept;
  SqliteTransaction& operator=(SqliteTransaction&& other) noexcept;
  Status commit();

 private:
  explicit SqliteTransaction(SqliteDatabase* database) : database_(database) {}
  void roll_back();
  SqliteDatabase* database_;  // null: moved from or finished
};

// A value of another type reads as 0 or empty: a damaged file may hold anything, and the hashes tell.
int64_t integer_of(const SqlValue& value);
double real_of(const SqlValue& value);
const std::string& text_of(const SqlValue& value);

}  // namespace gnomon
