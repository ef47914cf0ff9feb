#include "registry/sqlite_runs.h"

#include <fmt/format.h>

#include "registry/process_identity.h"

namespace gnomon {
namespace {

Status require_running(int64_t run, SqliteDatabase* database) {
  GN_ASSIGN(std::vector<SqlRow> rows, database->query("SELECT status FROM runs WHERE id = ?", {run}));
  if (rows.empty()) return Status(Code::kNotFound, "GN143", fmt::format("unknown run: {}", run), "`gnomon runs` lists them");
  if (text_of(rows[0][0]) == "running") return Status();
  return Status(Code::kFailedPrecondition, "GN144", fmt::format("run {} has ended: {}", run, text_of(rows[0][0])));
}

Run run_of(const SqlRow& row) {
  Run run;
  run.id = integer_of(row[0]);
  run.kind = text_of(row[1]);
  run.status = text_of(row[2]);
  run.started_us = integer_of(row[3]);
  run.ended_us = integer_of(row[4]);
  return run;
}

Status read_steps(SqliteDatabase* database, Run* run) {
  GN_ASSIGN(std::vector<SqlRow> rows,
            database->query("SELECT view, step, status, rows_in, rows_out, rows_quarantined, bytes, seconds, message "
                            "FROM run_steps WHERE run = ? ORDER BY position",
                            {run->id}));
  for (const SqlRow& row : rows) {
    RunStep& step = run->steps.emplace_back();
    step.view = text_of(row[0]);
    step.step = text_of(row[1]);
    step.status = text_of(row[2]);
    step.rows_in = integer_of(row[3]);
    step.rows_out = integer_of(row[4]);
    step.rows_quarantined = integer_of(row[5]);
    step.bytes = integer_of(row[6]);
    step.seconds = real_of(row[7]);
    step.message = text_of(row[8]);
  }
  return Status();
}

}  // namespace

Result<int64_t> begin_run(const std::string& kind, Env* env, SqliteDatabase* database) {
  GN_TRY(database->run("INSERT INTO runs (kind, status, started_us, ended_us, process) VALUES (?, 'running', ?, 0, ?)",
                       {kind, env->now_us(), current_process(env)}));
  return database->last_insert_id();
}

Status record_step(int64_t run, const RunStep& step, SqliteDatabase* database) {
  GN_ASSIGN(SqliteTransaction transaction, SqliteTransaction::begin(database, SqliteTransaction::Kind::kWrite));
  GN_TRY(require_running(run, database));
  GN_TRY(database->run(
      "INSERT INTO run_steps SELECT ?1, count(*), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM run_steps WHERE run = ?1",
      {run, step.view, step.step, step.status, step.rows_in, step.rows_out, step.rows_quarantined, step.bytes, step.seconds,
       step.message}));
  return transaction.commit();
}

Status end_run(int64_t run, const std::string& status, TimeUs now_us, SqliteDatabase* database) {
  GN_ASSIGN(SqliteTransaction transaction, SqliteTransaction::begin(database, SqliteTransaction::Kind::kWrite));
  GN_TRY(require_running(run, database));
  GN_TRY(database->run("UPDATE runs SET status = ?, ended_us = ? WHERE id = ?", {status, now_us, run}));
  return transaction.commit();
}

Result<std::vector<Run>> read_runs(int limit, SqliteDatabase* database) {
  GN_ASSIGN(SqliteTransaction transaction, SqliteTransaction::begin(database, SqliteTransaction::Kind::kRead));
  GN_ASSIGN(
      std::vector<SqlRow> rows,
      database->query("SELECT id, kind, status, started_us, ended_us FROM runs ORDER BY id DESC LIMIT ?", {int64_t{limit}}));
  std::vector<Run> runs;
  for (const SqlRow& row : rows) {
    runs.push_back(run_of(row));
    GN_TRY(read_steps(database, &runs.back()));
  }
  GN_TRY(transaction.commit());
  return runs;
}

Result<Run> read_run(int64_t id, SqliteDatabase* database) {
  GN_ASSIGN(SqliteTransaction transaction, SqliteTransaction::begin(database, SqliteTransaction::Kind::kRead));
  GN_ASSIGN(std::vector<SqlRow> rows,
            database->query("SELECT id, kind, status, started_us, ended_us FROM runs WHERE id = ?", {id}));
  if (rows.empty()) return Status(Code::kNotFound, "GN143", fmt::format("unknown run: {}", id), "`gnomon runs` lists them");
  Run run = run_of(rows[0]);
  GN_TRY(read_steps(database, &run));
  GN_TRY(transaction.commit());
  return run;
}

Status interrupt_orphans(Env* env, SqliteDatabase* database) {
  GN_ASSIGN(std::vector<SqlRow> rows, database->query("SELECT id, process FROM runs WHERE status = 'running'"));
  for (const SqlRow& row : rows) {
    if (is_running(text_of(row[1]), env)) continue;
    GN_TRY(database->run("UPDATE runs SET status = 'interrupted', ended_us = ? WHERE id = ? AND status = 'running'",
                         {env->now_us(), row[0]}));
  }
  return Status();
}

}  // namespace gnomon
