// What first, last, first_n, last_n and last_distinct_n have in common: their kernel, but for which events they keep.
// Thread-safety: pure functions.
#pragma once

#include "features/aggregations/binding.h"
#include "features/aggregations/ordered_window.h"

namespace gnomon {

// REQUIRES: n > 0. One value results in the input's type, an array in a list of it.
Result<std::unique_ptr<Kernel>> make_ordered_kernel(Keep keep, int64_t n, Shape shape, const BoundInput& input);

}  // namespace gnomon
