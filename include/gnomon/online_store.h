// OnlineStore: the newest feature rows by key, for inference: in a folder (RocksDB, SQLite) or in Redis (redis_store.h);
// tests/conformance runs the same suite over each.
//
// The rules are those of semantics.md, "A feature row as of t":
//   * Newest wins. Of two rows of one key the greater (event_time, created_time, content) stays, whatever the order of
//     the writes; writing a row twice changes nothing.
//   * A row is visible from max(event_time, known_at + serving_lag) on; before that it is pending and an older row serves.
//   * A read at `t` answers what held at `t`, or says kNotCovered when the kept versions cannot tell.
// Thread-safety: all methods may be called from any thread; writes of one view are serialised by the store.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

// How a store must treat the rows of one view. `id` is stable for one meaning of the view and differs between projects
// ("project/view@schema-fingerprint"); keys and features are in declared order.
struct OnlineViewSpec {
  std::string id;
  std::shared_ptr<arrow::Schema> keys;      // join keys: Int32, Int64, String, Bytes, Bool or UnixTimestamp
  std::shared_ptr<arrow::Schema> features;  // all features of the view
  TimeUs ttl_us = 0;                        // 0: none
  TimeUs serving_lag_us = 0;                // added to known_at
  TimeUs as_of_retention_us = 0;            // 0: newest and pending; -1: every version; else how far back a read may ask
};

// Rows to write, in canonical form: one column per join key and feature (names and types of the spec, no nulls in keys)
// plus `event_time` int64 us (no nulls), `created_time` int64 us (nullable), `known_at` int64 us (nullable: event_time).
// The three time columns are named as the constants below, so that they never clash with a feature.
inline constexpr const char* kEventTime = "__event_time";
inline constexpr const char* kCreatedTime = "__created_time";
inline constexpr const char* kKnownAt = "__known_at";

enum class OnlineStatus : uint8_t { kPresent, kNullValue, kNotFound, kOutsideMaxAge, kInvalid };
const char* online_status_name(OnlineStatus status);  // "PRESENT", "NULL_VALUE", …

// The answer for one view: row i answers key i of the request.
struct OnlineRows {
  std::shared_ptr<arrow::RecordBatch> features;  // null where there is no value to serve
  std::vector<OnlineStatus> row_status;          // kPresent: look at the value's nullness; else it holds for all features
  std::vector<TimeUs> event_time;  // of the row answered from (also when too old); meaningless if kNotFound/kInvalid

  // Rows whose place could not be reached (a node that is down): they are kInvalid. The other rows are answered.
  struct Failure {
    size_t row;
    Status why;
  };
  std::vector<Failure> failures;
};

// How long a row is kept after it became too old to serve: so long reads say OUTSIDE_MAX_AGE, and then NOT_FOUND.
inline constexpr TimeUs kKeptPastTtlUs = TimeUs{24} * 3'600 * 1'000'000;

// One view's part of a request.
struct OnlineQuery {
  const OnlineViewSpec* view;
  const arrow::RecordBatch* keys;
};
struct WindowQuery;  // window_store.h

// A named 64-bit mark or small blob that must move together with rows (materialization marks, positions).
struct OnlineMark {
  std::string name;
  std::string value;
};

class WindowStore;

class OnlineStore {
 public:
  virtual ~OnlineStore() = default;

  // Merges `rows` into the view and sets `marks`, all in one atomic, durable step. `now` decides which rows are pending
  // and which versions the retention still needs. An empty batch with marks is allowed.
  // Across a network each entity's rows are a step of their own and the marks are the last one, so that a write that failed
  // may be there in part, without its marks: repeating it completes it.
  // ERRORS: ResourceExhausted (GN501) when the disk or Redis is full: nothing changed (there: see above), reads go on.
  virtual Status write(const OnlineViewSpec& view, const arrow::RecordBatchVector& rows, TimeUs now,
                       const std::vector<OnlineMark>& marks) = 0;

  // Answers each row of `keys` (columns of view.keys; a null key matches nothing: kNotFound) as of `t`.
  virtual Result<OnlineRows> read(const OnlineViewSpec& view, const arrow::RecordBatch& keys, TimeUs t) = 0;

  // Everything that one request reads, in one round trip where that matters: answers `rows` in order, and gets what `windows`
  // name ready in their readers. ERRORS: Unavailable (GN530) if nothing at all could be read.
  virtual Result<std::vector<OnlineRows>> read_together(std::span<const OnlineQuery> rows,
                                                        std::span<const WindowQuery> windows, TimeUs t);

  virtual Result<std::optional<std::string>> get_mark(const std::string& name) = 0;
  // For answers: may be as it was 100 ms ago, if another process writes.
  virtual Result<std::optional<std::string>> recent_mark(const std::string& name) { return get_mark(name); }

  // Removes what no read at or after `as_of` can need: versions below the one that served then and, of a view with a ttl, keys whose
  // newest row was too old kKeptPastTtlUs before. Sets `marks` first, which must see to it that nobody is answered from before that.
  // How many rows went. Where rows expire by themselves nothing does, and no mark is set.
  virtual Result<int64_t> compact(const OnlineViewSpec& /*view*/, TimeUs /*as_of*/, const std::vector<OnlineMark>& /*marks*/) {
    return int64_t{0};
  }

  // Removes every row and mark whose view id is `view_id` (marks: those named "<view_id>|…"). Idempotent.
  virtual Status drop_view(const std::string& view_id) = 0;

  // Records of aggregated views in the same database, so that they move with rows and marks; null if the store keeps none.
  virtual WindowStore* windows() { return nullptr; }

  // The number of the last write: grows with every write, survives restarts.
  virtual uint64_t sequence() = 0;
};

enum class OpenMode { kOwn, kReadOnly };

// Opens (and makes) the embedded store in folder `path`. kOwn takes the lock; kReadOnly never does and sees what was
// durable when it opened. ERRORS: GN510 FailedPrecondition names the owner's pid when another process owns it;
// GN511 DataLoss when files are corrupt.
Result<std::unique_ptr<OnlineStore>> open_embedded_online_store(const std::string& path, OpenMode mode, Env* env);

// The same in one SQLite file, for small set-ups: <path>/online.sqlite.
Result<std::unique_ptr<OnlineStore>> open_sqlite_online_store(const std::string& path, OpenMode mode, Env* env);

}  // namespace gnomon
