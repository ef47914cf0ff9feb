// The order of rows by content (semantics.md, "A feature row as of t"): what decides between two rows of one key whose
// event_time and created_time are equal, so that the winner depends on neither file order, arrival order nor threads.
//
//   null < any value · integers and times numerically · false < true · strings and bytes bytewise
//   arrays lexicographically · floats by IEEE 754 totalOrder (-0.0 < +0.0), all NaNs one value, the greatest
//
// Rows that are equal so far but hold NaNs of different bits are ordered by those bits, so that the winner's bytes are
// the same everywhere too.
// Thread-safety: pure function.
#pragma once

#include <cstdint>
#include <span>

#include <arrow/type_fwd.h>

namespace gnomon {

// < 0, 0, > 0: row_a of `a` is less than, equal to, greater than row_b of `b`, compared over `columns` (indices into both,
// most significant first). REQUIRES: those columns have the same types in both, each a feature type of gnomon/types.h.
int compare_content(const arrow::RecordBatch& a, int64_t row_a, const arrow::RecordBatch& b, int64_t row_b,
                    std::span<const int> columns);

}  // namespace gnomon
