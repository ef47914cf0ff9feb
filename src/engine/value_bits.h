// Whether two values are the same to the bit.
// Thread-safety: pure function.
#pragma once

#include <cstdint>

#include <arrow/type_fwd.h>

namespace gnomon {

// Null is the same as null alone; a float is compared by its bits, so that 0.0 is not -0.0; values of different types are never the same.
bool same_bits(const arrow::Array& a, int64_t row_of_a, const arrow::Array& b, int64_t row_of_b);

}  // namespace gnomon
