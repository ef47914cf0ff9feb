// What mode and top_k have in common: their kernel, but for how many values they want.
// Thread-safety: pure functions.
#pragma once

#include "features/aggregations/binding.h"
#include "features/aggregations/ordered_window.h"

namespace gnomon {

// The n most frequent values by (count descending, value ascending). REQUIRES: n > 0.
Result<std::unique_ptr<Kernel>> make_frequent_kernel(int64_t n, Shape shape, const BoundInput& input);

}  // namespace gnomon
