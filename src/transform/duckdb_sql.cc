// DuckDB behind ADBC's C interface: an in-memory database per query, locked down before it sees the query's text.
#include <atomic>
#include <cstdlib>
#include <filesystem>

#include <arrow-adbc/adbc.h>
#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <fmt/format.h>
#include <unistd.h>

#include "gnomon/sql_engine.h"
#include "transform/sql_result.h"

namespace gnomon {
namespace {

// ADBC's handles in C: released in the order opposite to their opening, also when opening fails half-way.
template <class Handle, AdbcStatusCode (*Release)(Handle*, AdbcError*)>
class Owned {
 public:
  Owned() = default;
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() {
    if (handle_.private_data == nullptr) return;
    AdbcError error = ADBC_ERROR_INIT;
    Release(&handle_, &error);
    if (error.release != nullptr) error.release(&error);
  }
  Handle* get() { return &handle_; }

 private:
  Handle handle_{};
};
using Database = Owned<AdbcDatabase, AdbcDatabaseRelease>;
using Connection = Owned<AdbcConnection, AdbcConnectionRelease>;
using Statement = Owned<AdbcStatement, AdbcStatementRelease>;

// Calls `call(&error)` and turns what it says into GN320.
template <class Call>
Status adbc(Call call) {
  AdbcError error = ADBC_ERROR_INIT;
  AdbcStatusCode code = call(&error);
  std::string message = error.message != nullptr ? error.message : "DuckDB gave no message";
  if (error.release != nullptr) error.release(&error);
  if (code == ADBC_STATUS_OK) return Status();
  return Status(Code::kInvalidArgument, "GN320", message);
}

// The library cannot be used at all: not the query's fault.
Status no_engine(const Status& cause, const std::string& library) {
  return Status(Code::kFailedPrecondition, "GN322",
                fmt::format("cannot start DuckDB from {}: {}", library, cause.info().message),
                "Run tools/setup, or set GNOMON_DUCKDB_LIBRARY to the path of libduckdb.so");
}

std::string duckdb_library() {
  const char* path = std::getenv("GNOMON_DUCKDB_LIBRARY");
  return path != nullptr && path[0] != '\0' ? path : GNOMON_DUCKDB_LIBRARY;
}

Status open_database(Database* database, Connection* connection) {
  const std::string library = duckdb_library();
  Status opened = adbc([&](AdbcError* error) {
    AdbcStatusCode code = AdbcDatabaseNew(database->get(), error);
    if (code == ADBC_STATUS_OK) code = AdbcDatabaseSetOption(database->get(), "driver", library.c_str(), error);
    if (code == ADBC_STATUS_OK) code = AdbcDatabaseSetOption(database->get(), "entrypoint", "duckdb_adbc_init", error);
    if (code == ADBC_STATUS_OK) code = AdbcDatabaseInit(database->get(), error);
    if (code == ADBC_STATUS_OK) code = AdbcConnectionNew(connection->get(), error);
    if (code == ADBC_STATUS_OK) code = AdbcConnectionInit(connection->get(), database->get(), error);
    return code;
  });
  return opened.ok() ? opened : no_engine(opened, library);
}

// Runs one statement and reads its whole answer.
Result<std::shared_ptr<arrow::Table>> execute(Connection* connection, const std::string& sql) {
  Statement statement;
  ArrowArrayStream stream{};
  GN_TRY(adbc([&](AdbcError* error) {
    AdbcStatusCode code = AdbcStatementNew(connection->get(), statement.get(), error);
    if (code == ADBC_STATUS_OK) code = AdbcStatementSetSqlQuery(statement.get(), sql.c_str(), error);
    if (code == ADBC_STATUS_OK) code = AdbcStatementExecuteQuery(statement.get(), &stream, nullptr, error);
    return code;
  }));
  auto read_all = [&]() -> arrow::Result<std::shared_ptr<arrow::Table>> {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::RecordBatchReader> reader, arrow::ImportRecordBatchReader(&stream));
    return reader->ToTable();
  };
  arrow::Result<std::shared_ptr<arrow::Table>> table = read_all();
  if (!table.ok()) return Status(Code::kInvalidArgument, "GN320", table.status().message());
  return *table;
}

// The query may read the tables it is given, and nothing else: no files, no network, no extensions, no way back.
Status lock_down(Connection* connection) {
  std::error_code no_temporary;
  std::filesystem::path temporary = std::filesystem::temp_directory_path(no_temporary);
  // What does not fit in memory spills there, not into the folder the process happens to run in. One folder a database,
  // because each removes its own.
  static std::atomic<int> databases = 0;
  std::string spill =
      (no_temporary ? std::filesystem::path("/tmp") : temporary) / fmt::format("gnomon-duckdb-{}-{}", getpid(), ++databases);
  std::string quoted;
  for (char c : spill) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  const std::string settings[] = {
      "SET TimeZone = 'UTC'",
      "SET temp_directory = '" + quoted + "'",
      "SET autoinstall_known_extensions = false",
      "SET autoload_known_extensions = false",
      "SET allow_community_extensions = false",
      "SET enable_external_access = false",
      "SET lock_configuration = true",
  };
  for (const std::string& setting : settings) GN_TRY(execute(connection, setting).status());
  return Status();
}

// Remembers how reading went: DuckDB takes a stream that fails for one that ends.
class WatchedReader : public arrow::RecordBatchReader {
 public:
  explicit WatchedReader(std::shared_ptr<arrow::RecordBatchReader> rows) : rows_(std::move(rows)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    outcome_ = rows_->ReadNext(batch);
    at_end_ = outcome_.ok() && *batch == nullptr;
    return outcome_;
  }
  arrow::Status outcome() const {
    return outcome_.ok() && !at_end_ ? arrow::Status::IOError("it was not read to its end") : outcome_;
  }

 private:
  std::shared_ptr<arrow::RecordBatchReader> rows_;
  arrow::Status outcome_;
  bool at_end_ = false;
};

Status ingest(Connection* connection, const std::string& name, const std::shared_ptr<arrow::RecordBatchReader>& rows) {
  ArrowArrayStream stream{};
  auto watched = std::make_shared<WatchedReader>(rows);  // shared: the exported stream keeps it too
  arrow::Status exported = arrow::ExportRecordBatchReader(watched, &stream);
  if (!exported.ok()) return Status(Code::kInvalidArgument, "GN320", fmt::format("table {}: {}", name, exported.message()));
  Statement statement;
  Status done = adbc([&](AdbcError* error) {
    AdbcStatusCode code = AdbcStatementNew(connection->get(), statement.get(), error);
    if (code == ADBC_STATUS_OK)
      code = AdbcStatementSetOption(statement.get(), ADBC_INGEST_OPTION_TARGET_TABLE, name.c_str(), error);
    if (code == ADBC_STATUS_OK)
      code = AdbcStatementSetOption(statement.get(), ADBC_INGEST_OPTION_MODE, ADBC_INGEST_OPTION_MODE_CREATE, error);
    if (code == ADBC_STATUS_OK) code = AdbcStatementBindStream(statement.get(), &stream, error);
    if (code == ADBC_STATUS_OK) code = AdbcStatementExecuteQuery(statement.get(), nullptr, nullptr, error);
    return code;
  });
  if (stream.release != nullptr) stream.release(&stream);  // not taken over: an error came first
  const arrow::Status outcome = watched->outcome();
  if (done.ok() && outcome.ok()) return Status();
  return Status(Code::kInvalidArgument, "GN320",
                fmt::format("table {}: {}", name, done.ok() ? outcome.message() : done.info().message));
}

Result<std::shared_ptr<arrow::Table>> run_checked(const std::string& sql, const SqlTables& tables) {
  Database database;
  Connection connection;
  GN_TRY(open_database(&database, &connection));
  GN_TRY(lock_down(&connection));
  for (const auto& [name, rows] : tables) GN_TRY(ingest(&connection, name, rows));
  GN_ASSIGN(std::shared_ptr<arrow::Table> answer, execute(&connection, sql));
  return with_feature_types(*answer);
}

}  // namespace

Result<std::shared_ptr<arrow::Table>> run_sql(const std::string& sql, const SqlTables& tables, const std::string& where) {
  GN_TRY(check_sql(sql, where));
  Result<std::shared_ptr<arrow::Table>> answer = run_checked(sql, tables);
  if (!answer.ok()) return answer.status().with_where(where);
  return answer;
}

}  // namespace gnomon
