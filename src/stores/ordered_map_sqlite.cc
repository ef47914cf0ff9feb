// An OrderedMap in one SQLite file: a table of bytes a space. For small set-ups, and for people who want to look inside with a tool
// that they have. A commit is a transaction; a cursor is a read transaction on a connection of its own.
#include <filesystem>
#include <mutex>
#include <vector>

#include <fmt/format.h>

#include "base/sqlite_database.h"
#include "stores/ordered_map.h"
#include "stores/owner_lock.h"

namespace gnomon {
namespace {

using Space = OrderedMap::Space;

constexpr const char* kWhat = "online store";
constexpr const char* kTables[] = {"meta", "rows", "windows"};  // by Space
constexpr size_t kMaxBatchBytes = size_t{1} << 30;
constexpr int kStepsBeforeSeek = 4;

std::string table(Space space) { return kTables[static_cast<size_t>(space)]; }

// A list, applied in one transaction. The bytes are copied: a batch outlives what it was made from.
class SqliteChanges : public OrderedMap::Changes {
 public:
  enum class Kind { kPut, kRemove, kRemoveRange };
  struct Change {
    Space space;
    Kind kind;
    std::string key;
    std::string value;  // of kRemoveRange: its end
  };

  void put(Space space, std::string_view key, std::string_view value) override { add(space, Kind::kPut, key, value); }
  void remove(Space space, std::string_view key) override { add(space, Kind::kRemove, key, {}); }
  void remove_range(Space space, std::string_view begin, std::string_view end) override {
    add(space, Kind::kRemoveRange, begin, end);
  }
  size_t size_bytes() const override { return size_bytes_; }
  const std::vector<Change>& list() const { return list_; }

 private:
  void add(Space space, Kind kind, std::string_view key, std::string_view value) {
    size_bytes_ += key.size() + value.size();
    list_.push_back({space, kind, std::string(key), std::string(value)});
  }

  std::vector<Change> list_;
  size_t size_bytes_ = 0;
};

// A connection that reads, and its prepared statements: one for each direction and space.
class ReadConnection {
 public:
  static Result<std::unique_ptr<ReadConnection>> open(const std::string& file) {
    auto connection = std::make_unique<ReadConnection>();
    GN_ASSIGN(connection->database_, SqliteDatabase::open_read_only(file, kWhat));
    for (const char* name : kTables) {
      for (const char* rest : {"key >= ?1 ORDER BY key", "key < ?1 ORDER BY key DESC", "key = ?1"}) {
        GN_ASSIGN(
            SqliteStatement statement,
            SqliteStatement::prepare(*connection->database_, fmt::format("SELECT key, value FROM {} WHERE {}", name, rest)));
        connection->statements_.push_back(std::move(statement));
      }
    }
    return connection;
  }

  SqliteStatement& from(Space space) { return statements_[3 * static_cast<size_t>(space)]; }
  SqliteStatement& before(Space space) { return statements_[3 * static_cast<size_t>(space) + 1]; }
  SqliteStatement& at(Space space) { return statements_[3 * static_cast<size_t>(space) + 2]; }

  // From here on everything is read as it is now.
  Status begin() {
    GN_TRY(database_->run("BEGIN"));
    return database_->query("SELECT 1 FROM meta LIMIT 1").status();  // BEGIN alone fixes nothing yet
  }
  void end() { (void)database_->run("COMMIT").ok(); }

 private:
  std::unique_ptr<SqliteDatabase> database_;
  std::vector<SqliteStatement> statements_;
};

// Connections that nobody uses just now.
class Connections {
 public:
  explicit Connections(std::string file) : file_(std::move(file)) {}

  Result<std::unique_ptr<ReadConnection>> take() {
    {
      std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
      }
    }
    return ReadConnection::open(file_);
  }
  void give_back(std::unique_ptr<ReadConnection> connection) {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  }

 private:
  std::string file_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<ReadConnection>> idle_;
};

class SqliteCursor : public OrderedMap::Cursor {
 public:
  SqliteCursor(Connections& connections, Space space) : connections_(connections), space_(space) {
    Result<std::unique_ptr<ReadConnection>> connection = connections_.take();
    status_ = connection.status();
    if (!status_.ok()) return;
    connection_ = std::move(*connection);
    status_ = connection_->begin();
  }
  ~SqliteCursor() override {
    if (connection_ == nullptr) return;
    stop();
    connection_->end();
    connections_.give_back(std::move(connection_));
  }
  SqliteCursor(const SqliteCursor&) = delete;
  SqliteCursor& operator=(const SqliteCursor&) = delete;

  void seek(std::string_view key) override { start(Direction::kForward, key); }
  void seek_before(std::string_view key) override { start(Direction::kBackward, key); }

  void advance_to(std::string_view key) override {
    for (int step = 0; step < kStepsBeforeSeek; ++step) {
      if (!valid() || this->key() >= key) return;
      next();
    }
    if (valid() && this->key() < key) seek(key);
  }

  void next() override {
    if (direction_ == Direction::kForward) return move();
    sought_next_ = std::string(key()) + '\0';  // the least key that is greater
    start(Direction::kForward, sought_next_);
  }
  void previous() override {
    if (direction_ == Direction::kBackward) return move();
    sought_next_ = std::string(key());
    start(Direction::kBackward, sought_next_);
  }

  bool valid() const override { return valid_; }
  std::string_view key() const override { return statement().bytes(0); }
  std::string_view value() const override { return statement().bytes(1); }
  Status status() const override { return status_; }

 private:
  enum class Direction { kForward, kBackward };

  SqliteStatement& statement() const {
    return direction_ == Direction::kForward ? connection_->from(space_) : connection_->before(space_);
  }

  void start(Direction direction, std::string_view key) {
    if (!status_.ok()) return;
    sought_ = key;  // bound bytes must stay where they are
    stop();
    direction_ = direction;
    statement().bind(1, sought_);
    move();
  }

  void move() {
    Result<bool> is_row = statement().step();
    if (!is_row.ok()) status_ = is_row.status();
    valid_ = is_row.ok() && *is_row;
  }

  void stop() {
    valid_ = false;
    connection_->from(space_).reset();
    connection_->before(space_).reset();
  }

  Connections& connections_;
  Space space_;
  std::unique_ptr<ReadConnection> connection_;
  Direction direction_ = Direction::kForward;
  std::string sought_, sought_next_;
  bool valid_ = false;
  Status status_;
};

class SqliteMap : public OrderedMap {
 public:
  SqliteMap(const std::string& file, std::unique_ptr<SqliteDatabase> writer, OwnerLock lock)
      : lock_(std::move(lock)), writer_(std::move(writer)), connections_(file) {}

  std::unique_ptr<Changes> changes() const override { return std::make_unique<SqliteChanges>(); }
  std::unique_ptr<Cursor> cursor(Space space, Reach) const override {
    return std::make_unique<SqliteCursor>(connections_, space);
  }

  Result<std::optional<std::string>> get(Space space, std::string_view key) const override {
    GN_ASSIGN(std::unique_ptr<ReadConnection> connection, connections_.take());
    SqliteStatement& statement = connection->at(space);
    statement.bind(1, key);
    Result<bool> is_row = statement.step();
    std::optional<std::string> value;
    if (is_row.ok() && *is_row) value = std::string(statement.bytes(1));
    statement.reset();
    connections_.give_back(std::move(connection));
    GN_TRY(is_row.status());
    return value;
  }

  Status apply(Changes* changes) override {
    if (changes->size_bytes() > kMaxBatchBytes) {
      return Status(
          Code::kInvalidArgument, "GN517",
          fmt::format("{} bytes in one write to the online store, at most {} fit", changes->size_bytes(), kMaxBatchBytes),
          "Write fewer rows at once");
    }
    GN_ASSIGN(SqliteTransaction transaction, SqliteTransaction::begin(writer_.get(), SqliteTransaction::Kind::kWrite));
    for (size_t space = 0; space < std::size(kTables); ++space)
      GN_TRY(apply_to(static_cast<Space>(space), *static_cast<SqliteChanges*>(changes)));
    return transaction.commit();
  }

  // A transaction is synced anyway.
  Status apply_unsynced(Changes* changes) override { return apply(changes); }
  Status flush(Space) override { return Status(); }
  // Pages that became free are used again.
  void reclaim(Space, std::string_view, std::string_view) override {}

 private:
  Status apply_to(Space space, const SqliteChanges& changes) {
    using Kind = SqliteChanges::Kind;
    const std::string name = table(space);
    GN_ASSIGN(SqliteStatement put,
              SqliteStatement::prepare(*writer_, "INSERT OR REPLACE INTO " + name + " (key, value) VALUES (?1, ?2)"));
    GN_ASSIGN(SqliteStatement remove, SqliteStatement::prepare(*writer_, "DELETE FROM " + name + " WHERE key = ?1"));
    GN_ASSIGN(SqliteStatement remove_range,
              SqliteStatement::prepare(*writer_, "DELETE FROM " + name + " WHERE key >= ?1 AND key < ?2"));
    for (const SqliteChanges::Change& change : changes.list()) {
      if (change.space != space) continue;
      SqliteStatement& statement = change.kind == Kind::kPut ? put : (change.kind == Kind::kRemove ? remove : remove_range);
      statement.bind(1, change.key);
      if (change.kind != Kind::kRemove) statement.bind(2, change.value);
      GN_TRY(statement.step().status());
      statement.reset();
    }
    return Status();
  }

  OwnerLock lock_;
  std::unique_ptr<SqliteDatabase> writer_;  // null: opened read-only
  mutable Connections connections_;
};

}  // namespace

Result<std::unique_ptr<OrderedMap>> open_sqlite_map(const std::string& folder, OpenMode mode) {
  const std::string file = folder + "/online.sqlite";
  const bool exists = std::filesystem::exists(file);
  if (mode == OpenMode::kReadOnly) {
    if (!exists)
      return Status(Code::kNotFound, "GN516", fmt::format("there is no online store in {}", folder), "Materialize first");
    return std::unique_ptr<OrderedMap>(std::make_unique<SqliteMap>(file, nullptr, OwnerLock()));
  }
  GN_ASSIGN(OwnerLock lock, OwnerLock::take(folder));
  if (!exists) {
    std::string statements = "BEGIN;";
    for (const char* name : kTables)
      statements += fmt::format("CREATE TABLE {} (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;", name);
    GN_TRY(SqliteDatabase::create(file, statements + "COMMIT;", kWhat));
  }
  GN_ASSIGN(std::unique_ptr<SqliteDatabase> writer, SqliteDatabase::open(file, kWhat));
  return std::unique_ptr<OrderedMap>(std::make_unique<SqliteMap>(file, std::move(writer), std::move(lock)));
}

}  // namespace gnomon
