// What a replayed log means to readers of the table.
// Thread-safety: a pure function of the log and the disk.
#pragma once

#include <string>

#include "gnomon/offline_table.h"
#include "gnomon/status.h"

namespace gnomon {

class DeltaLog;

// ERRORS: GN521 DataLoss if a file is missing or has another size than the log says.
Result<OfflineSnapshot> offline_snapshot_of(const DeltaLog& log, const std::string& table_path);

}  // namespace gnomon
