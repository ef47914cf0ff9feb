// Engine: one project, composed. The faces (CLI, HTTP, Python) call these methods and nothing below them.
//
// An Engine is opened on a project's folder; state lives in <folder>/.gnomon. Opening is cheap: the registry and the online
// store are opened on first use, so reading a training set never takes the store's lock.
// Implementation: each method group has its own file (plan.cc, retrieve.cc, materialize.cc, ingest.cc, push.cc, verify.cc,
// touched_views.cc, inspect.cc), which reads as a list of named steps.
// Thread-safety: get_online_features may be called from any number of threads; everything else from one at a time, unless it says so.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/env.h"
#include "gnomon/offline_table.h"
#include "gnomon/online_store.h"
#include "gnomon/quality.h"
#include "gnomon/registry.h"
#include "gnomon/status.h"

namespace gnomon {

// Reported often; a face shows it or not. `total` 0: unknown.
struct Progress {
  std::string what;  // "weather_now: materialize"
  int64_t done = 0;
  int64_t total = 0;
};
using ProgressFn = std::function<void(const Progress&)>;

// Which online answers are kept in files under .gnomon/served; see docs/serving.md.
struct ServedLogOptions {
  double sample = 0.01;                    // the part of all answers, 0 … 1
  TimeUs roll_every_us = 60'000'000;       // how long one may wait for its file
  TimeUs keep_us = 30 * 86'400'000'000LL;  // files older than this are removed; 0: none
};

struct EngineOptions {
  std::string project_dir = ".";
  std::string python;  // interpreter of the project's environment; empty: $GNOMON_PYTHON, the one beside the binary, python3
  OpenMode mode = OpenMode::kOwn;
  Env* env = nullptr;  // null: Env::real()
  ProgressFn progress;
  std::optional<ServedLogOptions> served_log;  // none: no answer is kept
};

// Features asked for: a list of "view:feature" (or "view": all of it), or the name of a feature service.
struct FeatureRequest {
  std::vector<std::string> features;
  std::string feature_service;  // used when not empty
  bool full_feature_names = false;
};

enum class History : uint8_t { kAsKnown, kIdeal };

struct HistoricalRequest {
  // Rows to label: a table, or text (an existing file or a name ending in .parquet/.csv/.ndjson is a file, else SQL over sources).
  std::variant<std::shared_ptr<arrow::Table>, std::string> entity_rows;
  FeatureRequest features;
  std::string timestamp_column = "event_timestamp";
  History history = History::kAsKnown;
  int threads = 0;      // 0: one per core; the answer does not depend on it
  bool strict = false;  // an INVALID value fails the call (GN218), instead of being null and listed
};

struct TrainingSet {
  std::shared_ptr<arrow::Table> table;
  std::string manifest_json;
};

struct OnlineRequest {
  FeatureRequest features;
  std::shared_ptr<arrow::RecordBatch>
      entity_rows;              // a column per join key and per column of the request; others are ignored
  std::optional<TimeUs> as_of;  // default: now
};

struct OnlineColumn {
  std::string name;  // as in the answer: "feature" or "view__feature"
  std::shared_ptr<arrow::Array> values;
  std::vector<OnlineStatus> status;
  std::vector<TimeUs> event_time;  // 0 where there is none
  bool zero_is_no_time = false;    // of windows and computed values; a row's event may have been at 0
};

struct OnlineAnswer {
  TimeUs t = 0;
  uint64_t sequence = 0;
  std::shared_ptr<arrow::RecordBatch> keys;  // the join keys that were used, in the request's order
  std::vector<OnlineColumn> columns;         // in request order
  std::vector<std::string> errors;           // "AS_OF_NOT_COVERED weather_now row 3"
};

struct ViewReport {
  std::string view;
  int64_t rows_read = 0, rows_written = 0, rows_quarantined = 0;
  double seconds = 0;
};
struct MaterializeReport {
  int64_t run_id = 0;
  std::vector<ViewReport> views;
};

struct CompactedView {
  std::string view;
  std::optional<TimeUs> as_of;  // reads since then are as before; none: as_of_retention keeps every version, and nothing was done
  int64_t removed = 0;          // row versions, or records of windows
  double seconds = 0;
};
struct CompactReport {
  int64_t run_id = 0;
  std::vector<CompactedView> views;
};

struct RunReport {
  Run run;
  bool blocked = false;  // the CLI exits with 3
};

enum class PushTo : uint8_t { kOnline, kOffline, kOnlineAndOffline };
struct PushReport {
  int64_t rows = 0, rows_quarantined = 0;
  std::vector<std::string> views;
};

struct ValidationReport {
  std::string target;  // "source weather" or "view weather_now"
  int64_t rows = 0;
  CheckReport report;
};

struct ServedLogCounters {
  uint64_t logged = 0;   // answers taken in
  uint64_t dropped = 0;  // that found the queue full
  uint64_t failed = 0;   // that could not be written
  uint64_t files = 0;    // written
};

struct VerifyRequest {
  std::string feature_service;         // empty: whatever was asked for
  std::optional<TimeUs> since, until;  // answers given in [since, until)
};

// A value that is not what it should be.
struct DifferingValue {
  TimeUs t = 0;  // the instant that was asked about
  TimeUs served_at = 0;
  std::string row;     // the entity row: "origin=EWR"
  std::string served;  // as text
  std::string expected;
  std::string reason;
};

// By reason (verify_reasons.h): how many values.
using ReasonCounts = std::map<std::string, int64_t>;

struct VerifiedFeature {
  std::string name;  // "view:feature"
  int64_t compared = 0;
  int64_t matched = 0;
  int64_t not_covered = 0;  // the answer said that the store could not tell: nothing to compare
  ReasonCounts reasons;     // why the others do not match
  std::vector<DifferingValue> first;
  int64_t as_trained = 0;         // of those compared: also what a training set says today of the same instant
  ReasonCounts training_differs;  // why it says something else of those that matched
};

struct VerifyReport {
  int64_t answers = 0, rows = 0;
  std::vector<VerifiedFeature> features;  // by name
  std::vector<std::string> gone;          // features that were served and do not exist any more

  bool all_match() const;
};

class Engine {
 public:
  static Result<std::unique_ptr<Engine>> open(EngineOptions options);
  ~Engine();

  // ── plan.cc ── definitions → registry
  // `given`: objects from the SDK, added to what is applied (partial). Without it the project's files are the whole truth.
  Result<Plan> plan(const std::optional<v1::Manifest>& given);
  Result<int64_t> apply(const Plan& plan, bool allow_destructive);
  // The applied manifest with schemas filled in.
  Result<v1::Manifest> manifest();

  // ── retrieve.cc ── training sets and online answers
  Result<TrainingSet> get_historical_features(const HistoricalRequest& request);
  Result<OnlineAnswer> get_online_features(const OnlineRequest& request);
  // What made one value of a view with aggregations, as JSON: its window, the tiles that were taken whole, single events, and events
  // that cannot be seen yet. `feature` is "view:feature". ERRORS: GN407 where the state cannot tell, GN408 for a feature that is no aggregation.
  Result<std::string> explain_json(const std::string& feature, const std::shared_ptr<arrow::RecordBatch>& entity_row,
                                   std::optional<TimeUs> as_of);
  // Whether requests bring a column of that name along besides their keys: for an on-demand view, or as an event of their own.
  bool is_request_column(const std::string& name);
  // Opens the online store if needed, so that a server learns about a foreign owner at start. ERRORS: GN510.
  Status open_online_store();

  // ── materialize.cc ── half-open [start, end); views empty: all online ones. ERRORS: GN404 when end is in the future.
  Result<MaterializeReport> materialize(TimeUs start, TimeUs end, const std::vector<std::string>& views);
  Result<MaterializeReport> materialize_incremental(TimeUs end, const std::vector<std::string>& views);

  // ── compact.cc ──
  // Removes from the online store what no read at or after `as_of` can reach; by default now - as_of_retention, and nothing where
  // that is "all". Reads before it may be INVALID afterwards. views empty: all online ones. ERRORS: GN404 when it is in the future.
  Result<CompactReport> compact(std::optional<TimeUs> as_of, const std::vector<std::string>& views);

  // ── ingest.cc ── source → check → transform → check → store → materialize. views empty: all.
  Result<RunReport> run(const std::vector<std::string>& views);
  // Checks without storing; a source or view name, empty: all that have checks.
  Result<std::vector<ValidationReport>> validate(const std::vector<std::string>& names);

  // ── push.cc ──
  Result<PushReport> push(const std::string& source, const arrow::Table& rows, PushTo to);
  Result<PushReport> write_to_online_store(const std::string& view, const arrow::Table& rows);

  // ── verify.cc ──
  // Recomputes logged answers by the training path, over exactly what each had been read from, and compares bit for bit. Answers that are
  // not in files yet are written first, if this engine logs them. ERRORS: GN420; those of a training set.
  Result<VerifyReport> verify(const VerifyRequest& request);
  // Returns when every answer that was given is in a file, or counted as failed. Any thread. ERRORS: those of writing.
  Status flush_served_log();
  // Any thread.
  ServedLogCounters served_log_counters() const;

  // ── touched_views.cc ── any thread
  // All views whose values a request for features reads: of a feature service, and what on-demand views read. ERRORS: GN102.
  Result<std::set<std::string>> views_read(const FeatureRequest& request);
  // The views that rows of a source end up in. ERRORS: GN102.
  Result<std::set<std::string>> views_of_source(const std::string& name);

  // ── inspect.cc ──
  // Quarantined rows of a source or view (empty: all) as a table: run, target, row, check, column, value, row_json.
  Result<std::shared_ptr<arrow::Table>> quarantine(const std::string& name);
  Result<std::vector<Run>> runs(int limit);
  Result<Run> run_record(int64_t id);
  // JSON documents for faces: what = entities | sources | views | on_demand_views | lookup_sets | services | aggregations | expectations | functions | stores
  Result<std::string> list_json(const std::string& what);
  Result<std::string> describe_json(const std::string& name);

  const std::string& project_dir() const;
  Env* env() const;

  struct Impl;  // shared by the implementation files, see project.h

 private:
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gnomon
