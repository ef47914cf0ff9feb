// Which rows of a result are null because an integer outgrew Int64: a value was lost, and its reader must be told.
//
// A lost value is a null like any other inside an expression: `coalesce` and `is None` take its place, and of `if` only the chosen side
// counts. What is still null at the end is INVALID.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "transform/expressions/typed_tree.h"

namespace gnomon {

// One byte a row, 1: lost. Null: no row is.
using InvalidRows = std::shared_ptr<const std::vector<uint8_t>>;  // shared: a constant's mask is made once a batch

InvalidRows all_rows(int64_t rows);

// Of a call, given the values of its arguments and which of those are lost. `out` is the call's result.
InvalidRows invalid_rows(const TypedNode& call, const Values& arguments, const std::vector<InvalidRows>& lost,
                         const arrow::Datum& out, int64_t rows);

}  // namespace gnomon
