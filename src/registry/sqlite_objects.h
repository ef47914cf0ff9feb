// Objects and revisions in the registry's file.
// Thread-safety: as the database. REQUIRES: called inside a transaction.
#pragma once

#include "base/sqlite_database.h"
#include "gnomon/env.h"
#include "gnomon/status.h"
#include "registry/plan.h"

namespace gnomon {

// What holds now. ERRORS: GN511 DataLoss when the rows are not those that were written.
Result<Applied> read_applied(SqliteDatabase* database);

// Writes `plan` as the revision after plan.base_revision. REQUIRES: plan was made against what holds now.
Status write_plan(const Plan& plan, TimeUs now_us, SqliteDatabase* database);

}  // namespace gnomon
