// The registry's file: made whole or not at all, and refused when it is not what it should be.
// Thread-safety: any number of processes may open and create at once; one of them makes the file.
#pragma once

#include <memory>
#include <string>

#include "base/sqlite_database.h"
#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

// Creates the file (and its folder) if there is none. ERRORS: those of SqliteDatabase; GN511 DataLoss also for an empty or
// foreign file, and for a missing one whose log is still there; GN142 FailedPrecondition: written by a newer Gnomon.
Result<std::unique_ptr<SqliteDatabase>> open_registry_file(const std::string& path, Env* env);

}  // namespace gnomon
