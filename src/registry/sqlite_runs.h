// Runs and their steps in the registry's file.
// Thread-safety: as the database. Each call is durable when it returns.
#pragma once

#include <string>
#include <vector>

#include "base/sqlite_database.h"
#include "gnomon/env.h"
#include "gnomon/registry.h"

namespace gnomon {

Result<int64_t> begin_run(const std::string& kind, Env* env, SqliteDatabase* database);
// ERRORS: GN143 NotFound; GN144 FailedPrecondition when the run has ended.
Status record_step(int64_t run, const RunStep& step, SqliteDatabase* database);
Status end_run(int64_t run, const std::string& status, TimeUs now_us, SqliteDatabase* database);

// Newest first.
Result<std::vector<Run>> read_runs(int limit, SqliteDatabase* database);
Result<Run> read_run(int64_t id, SqliteDatabase* database);  // ERRORS: GN143 NotFound

// Runs whose process has ended without saying so become `interrupted`. Writes nothing when there are none.
Status interrupt_orphans(Env* env, SqliteDatabase* database);

}  // namespace gnomon
