// Registry over SQLite: reads and writes as transactions, and the compare-and-swap that makes applies all or nothing.
#include <fmt/format.h>

#include "base/hash.h"
#include "gnomon/registry.h"
#include "registry/merge.h"
#include "registry/plan.h"
#include "registry/problems.h"
#include "registry/sqlite_file.h"
#include "registry/sqlite_objects.h"
#include "registry/sqlite_runs.h"

namespace gnomon {
namespace {

using TransactionKind = SqliteTransaction::Kind;

Status moved_on(int64_t base_revision, int64_t revision) {
  return Status(Code::kAborted, "GN140",
                fmt::format("somebody else applied: the plan was made against revision {}, the registry is at {}",
                            base_revision, revision),
                "Plan again, look at it, apply again");
}

Status refuse_destructive(const Plan& plan) {
  for (const Change& change : plan.changes) {
    if (change.impact != Impact::kDestructive) continue;
    return Status(Code::kFailedPrecondition, "GN141",
                  fmt::format("{} {} would lose data: {}", change.object_kind, change.name, change.impact_reason),
                  "Allow it with `gnomon apply --yes` or apply(allow_destructive=True)");
  }
  return Status();
}

std::string value_hash(const std::string& name, const std::string& value) {
  return hash128_hex(fmt::format("{}:{}{}", name.size(), name, value));
}

class SqliteRegistry : public Registry {
 public:
  SqliteRegistry(std::unique_ptr<SqliteDatabase> database, Env* env) : database_(std::move(database)), env_(env) {}

  Result<v1::Manifest> manifest(int64_t* revision) override {
    GN_ASSIGN(Applied applied, read());
    if (revision != nullptr) *revision = applied.revision;
    return std::move(applied.manifest);
  }

  Result<Plan> plan(const v1::Manifest& target, bool partial) override {
    GN_ASSIGN(v1::Manifest wanted, merge_manifests({target}));
    GN_ASSIGN(Applied applied, read());
    return make_plan(applied, partial ? overlay(applied.manifest, wanted) : wanted);
  }

  using Registry::apply;
  Result<int64_t> apply(const Plan& plan, bool allow_destructive, const NamedValues& values) override {
    GN_ASSIGN(SqliteTransaction transaction, SqliteTransaction::begin(database_.get(), TransactionKind::kWrite));
    GN_ASSIGN(Applied applied, read_applied(database_.get()));
    if (applied.revision != plan.base_revision) return moved_on(plan.base_revision, applied.revision);
    // Planned again under the lock: what is written follows from what holds, whatever the caller did to its copy.
    Plan current = make_plan(applied, plan.target);
    if (!allow_destructive) GN_TRY(refuse_destructive(current));
    if (current.changes.empty() && current.target.project() == applied.manifest.project()) return applied.revision;
    GN_TRY(write_plan(current, env_->now_us(), database_.get()));
    GN_TRY(write_values(values));
    env_->kill_point("apply.before_commit");
    GN_TRY(transaction.commit());
    env_->kill_point("apply.after_commit");
    return current.base_revision + 1;
  }

  Result<int64_t> version_of(const std::string& object_kind, const std::string& name) override {
    GN_ASSIGN(Applied applied, read());
    std::vector<std::string> names;
    for (const ObjectRef& object : objects_of(applied.manifest)) {
      if (object.key == ObjectKey{object_kind, name}) return applied.latest_versions.at(object.key);
      if (object.key.kind == object_kind) names.push_back(object.key.name);
    }
    return Status(Code::kNotFound, "GN102", fmt::format("unknown {}: {}", object_kind, name),
                  suggest(name, names, "Nothing of that kind is applied"));
  }

  Result<int64_t> begin_run(const std::string& kind) override { return gnomon::begin_run(kind, env_, database_.get()); }
  Status record_step(int64_t run, const RunStep& step) override { return gnomon::record_step(run, step, database_.get()); }
  Status end_run(int64_t run, const std::string& status) override {
    return gnomon::end_run(run, status, env_->now_us(), database_.get());
  }
  Result<std::vector<Run>> runs(int limit) override { return read_runs(limit, database_.get()); }
  Result<Run> run(int64_t id) override { return read_run(id, database_.get()); }

  Result<std::optional<std::string>> get_value(const std::string& name) override {
    GN_ASSIGN(std::vector<SqlRow> rows, database_->query("SELECT value, hash FROM named_values WHERE name = ?", {name}));
    if (rows.empty()) return std::optional<std::string>();
    const std::string& value = text_of(rows[0][0]);
    if (value_hash(name, value) != text_of(rows[0][1])) {
      return Status(Code::kDataLoss, "GN511",
                    fmt::format("registry {} is damaged: value \"{}\" is not what was written", database_->path(), name),
                    "Restore it from a backup");
    }
    return std::optional<std::string>(value);
  }

  Status set_values(const NamedValues& values) override {
    GN_ASSIGN(SqliteTransaction transaction, SqliteTransaction::begin(database_.get(), TransactionKind::kWrite));
    GN_TRY(write_values(values));
    return transaction.commit();
  }

 private:
  // REQUIRES: a write transaction.
  Status write_values(const NamedValues& values) {
    for (const auto& [name, value] : values) {
      GN_TRY(
          database_->run("INSERT INTO named_values VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET value = "
                         "excluded.value, hash = excluded.hash",
                         {name, value, value_hash(name, value)}));
    }
    return Status();
  }

  // One snapshot: revision, objects and versions of the same moment.
  Result<Applied> read() {
    GN_ASSIGN(SqliteTransaction transaction, SqliteTransaction::begin(database_.get(), TransactionKind::kRead));
    GN_ASSIGN(Applied applied, read_applied(database_.get()));
    GN_TRY(transaction.commit());
    return applied;
  }

  std::unique_ptr<SqliteDatabase> database_;
  Env* env_;
};

}  // namespace

Result<std::unique_ptr<Registry>> open_sqlite_registry(const std::string& path, Env* env) {
  GN_ASSIGN(std::unique_ptr<SqliteDatabase> database, open_registry_file(path, env));
  Status orphans = interrupt_orphans(env, database.get());
  // Reading goes on with a full disk; the next opening marks them.
  if (!orphans.ok() && orphans.code() != Code::kResourceExhausted) return orphans;
  return std::unique_ptr<Registry>(std::make_unique<SqliteRegistry>(std::move(database), env));
}

}  // namespace gnomon
