// One SQLite connection: statements with values in, rows out, failures as Status. SqliteStatement steps through rows without a copy.
// Thread-safety: one call at a time per object; any number of processes on one file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gnomon/status.h"

struct sqlite3;
struct sqlite3_stmt;

namespace gnomon {

using SqlValue = std::variant<std::monostate, int64_t, double, std::string>;  // monostate: NULL
using SqlRow = std::vector<SqlValue>;

// A writer waits this long for another one.
inline constexpr int kBusyTimeoutMs = 30'000;

class SqliteDatabase {
 public:
  // Opens an existing file for reading and writing: WAL, synchronous=FULL (a commit is on disk when it returns). `what` names it in
  // messages: "registry".
  // ERRORS (here and below): GN501 ResourceExhausted disk full · GN511 DataLoss not a database, or damaged · GN512 Unavailable
  // another process held the lock longer than kBusyTimeoutMs · GN502 PermissionDenied or Unavailable other I/O.
  static Result<std::unique_ptr<SqliteDatabase>> open(const std::string& path, const std::string& what = "registry");
  // The same for a process that only reads; it may have to write the log's index beside the file.
  static Result<std::unique_ptr<SqliteDatabase>> open_read_only(const std::string& path, const std::string& what);
  // Makes a new database of one file, runs `statements` in it, and closes it.
  static Status create(const std::string& path, const std::string& statements, const std::string& what = "registry");
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
  friend class SqliteStatement;
  SqliteDatabase(std::string path, std::string what, sqlite3* handle)
      : path_(std::move(path)), what_(std::move(what)), handle_(handle) {}
  static Result<std::unique_ptr<SqliteDatabase>> open_file(const std::string& path, const std::string& what, int flags);
  Status use_write_ahead_log();
  Status failure(int code) const;

  std::string path_;
  std::string what_;
  sqlite3* handle_;
};

// A prepared statement over bytes, used again and again. Its rows are views.
class SqliteStatement {
 public:
  // REQUIRES: the database outlives it.
  static Result<SqliteStatement> prepare(const SqliteDatabase& database, const std::string& sql);
  ~SqliteStatement();
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&& other) noexcept;

  // Back to before its first row. What was bound stays bound.
  void reset();
  // Binds a BLOB that stays where it is until the statement is reset or bound again. `position` counts from 1.
  void bind(int position, std::string_view bytes);
  // Whether there is another row.
  Result<bool> step();
  // Until the next step. REQUIRES: step() was true.
  std::string_view bytes(int column) const;

 private:
  SqliteStatement(const SqliteDatabase& database, sqlite3_stmt* handle) : database_(&database), handle_(handle) {}
  const SqliteDatabase* database_;
  sqlite3_stmt* handle_;
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
