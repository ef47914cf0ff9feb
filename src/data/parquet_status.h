// Arrow's errors about a Parquet file as ours: what it finds invalid is damage.
// Thread-safety: pure functions.
#pragma once

#include <string>

#include <arrow/status.h>

#include "gnomon/status.h"

namespace gnomon {

// ERRORS: GN202 DataLoss for a file that is cut off, empty or no Parquet; else what from_arrow returns.
Status from_parquet(const arrow::Status& status, const std::string& path);
// GN202 for what the Parquet reader says of a damaged file, on one line.
Status damaged_parquet(const std::string& path, std::string why);

}  // namespace gnomon
