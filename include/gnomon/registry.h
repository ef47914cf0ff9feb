// Registry: what has been applied, every version of it, and what has been run. SQLite in .gnomon/registry.db.
// Thread-safety: one call at a time per object; any number of processes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gnomon/env.h"
#include "gnomon/status.h"
#include "gnomon/v1/manifest.pb.h"

namespace gnomon {

// ── manifest ────────────────────────────────────────────────────────────────────────────────────────────────────────

// Strict parse of manifest JSON (unknown keys are errors) and canonical output: keys sorted, empty fields left out.
Result<v1::Manifest> manifest_from_json(const std::string& json);
std::string manifest_to_json(const v1::Manifest& manifest);

// Reads every features/*.yaml|yml of a project into one manifest (gnomon.yaml gives the project's name).
// ERRORS: GN120 with file and line: bad YAML, unknown key, wrong kind of value.
Result<v1::Manifest> load_yaml_definitions(const std::string& project_dir);

// Joins fragments; an object defined twice is GN103 unless both definitions are equal.
Result<v1::Manifest> merge_manifests(const std::vector<v1::Manifest>& parts);

// Every rule that needs only the manifest: names, duplicates, references with "did you mean", key and feature clashes,
// supported keywords, checks' definitions. Returns all problems, in file order, not just the first.
std::vector<Status> check_manifest(const v1::Manifest& manifest);

// "Did you mean" for messages: the closest candidate within a small edit distance, or empty.
std::string closest(const std::string& word, const std::vector<std::string>& candidates);

// ── plan ────────────────────────────────────────────────────────────────────────────────────────────────────────────

enum class ChangeKind : uint8_t { kAdd, kChange, kRemove };
enum class Impact : uint8_t { kNone, kBreaking, kDestructive };

// More about a change: in text for people, and as a JSON value for programs.
struct PlanSection {
  std::string name;  // "windows"
  std::string text;
  std::string json;
};

struct Change {
  ChangeKind kind;
  std::string object_kind;  // entity | source | view | service
  std::string name;
  int64_t old_version = 0;  // 0: none
  int64_t new_version = 0;
  Impact impact = Impact::kNone;
  std::string impact_reason;          // "ttl 1h -> 2h"
  std::vector<std::string> details;   // "ttl: 1h -> 2h"
  std::vector<std::string> used_by;   // services (and views) that depend on it
  std::vector<PlanSection> sections;  // of a view with aggregations: "windows", and what the engine adds about its state
};

struct Plan {
  int64_t base_revision = 0;  // the registry's revision this plan was made against
  v1::Manifest target;
  std::vector<Change> changes;  // empty: nothing to do
  std::vector<std::string> warnings;
  bool destructive() const;
};
std::string plan_to_text(const Plan& plan);
std::string plan_to_json(const Plan& plan);

// ── runs ────────────────────────────────────────────────────────────────────────────────────────────────────────────

struct RunStep {
  std::string view;    // or source
  std::string step;    // read | check | transform | store | materialize
  std::string status;  // ok | blocked | failed | skipped
  int64_t rows_in = 0, rows_out = 0, rows_quarantined = 0, bytes = 0;
  double seconds = 0;
  std::string message;
};
struct Run {
  int64_t id = 0;
  std::string kind;    // run | materialize | materialize_incremental
  std::string status;  // running | ok | blocked | failed | interrupted
  TimeUs started_us = 0, ended_us = 0;
  std::vector<RunStep> steps;
};

class Registry {
 public:
  virtual ~Registry() = default;

  // The applied manifest (empty before the first apply) and the revision it belongs to.
  virtual Result<v1::Manifest> manifest(int64_t* revision) = 0;

  // Compares `target` with what is applied. partial: objects absent from `target` stay as they are.
  virtual Result<Plan> plan(const v1::Manifest& target, bool partial) = 0;

  // Makes plan.target the applied manifest: all or nothing, durable. ERRORS: GN140 Aborted when the registry moved since
  // the plan was made (someone else applied: plan again); GN141 FailedPrecondition for destructive changes unless allowed.
  // Returns the new revision. `values` are set in the same transaction, if anything changed.
  using NamedValues = std::vector<std::pair<std::string, std::string>>;
  virtual Result<int64_t> apply(const Plan& plan, bool allow_destructive, const NamedValues& values) = 0;
  Result<int64_t> apply(const Plan& plan, bool allow_destructive) { return apply(plan, allow_destructive, {}); }

  // Current version of an object, and the hash of its meaning. ERRORS: GN102 NotFound.
  virtual Result<int64_t> version_of(const std::string& object_kind, const std::string& name) = 0;

  // Runs. begin returns the id; a run that was left `running` by a dead process is turned `interrupted` on open.
  virtual Result<int64_t> begin_run(const std::string& kind) = 0;
  virtual Status record_step(int64_t run, const RunStep& step) = 0;
  virtual Status end_run(int64_t run, const std::string& status) = 0;
  virtual Result<std::vector<Run>> runs(int limit) = 0;
  virtual Result<Run> run(int64_t id) = 0;

  // Small named values of the project (published snapshot versions …). set is durable and atomic for all pairs.
  virtual Result<std::optional<std::string>> get_value(const std::string& name) = 0;
  virtual Status set_values(const NamedValues& values) = 0;
};

Result<std::unique_ptr<Registry>> open_sqlite_registry(const std::string& path, Env* env);

}  // namespace gnomon
