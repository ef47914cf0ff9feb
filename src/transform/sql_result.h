// What a query answered, in the types that features have.
// Thread-safety: pure functions.
#pragma once

#include <memory>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"

namespace gnomon {

// Timestamps of any unit become timestamp[us, UTC] (no zone is UTC, nanoseconds are floored). Decimals, which SQL makes of
// sums of integers and of literals, become Int64 when they have no fraction digits, else the nearest Float64. Inside
// lists too; other columns stay as they are. ERRORS: GN320 for a decimal beyond Int64, with its column.
Result<std::shared_ptr<arrow::Table>> with_feature_types(const arrow::Table& table);

}  // namespace gnomon
