// Declared types win: casts as in semantics.md, "Types", value by value, with the rows that do not fit marked.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

// Whether a column of type `from` may be declared as `to`. Number to number, text to text, time or ISO text to time, lists of those;
// text against a number is a clash.
bool can_cast(const arrow::DataType& from, const arrow::DataType& to);

// Whether such a cast can reject values (float to integer, narrowing): then a reader must look at the values to know.
bool cast_may_reject(const arrow::DataType& from, const arrow::DataType& to);

struct CastColumn {
  std::shared_ptr<arrow::Array> values;  // of the declared type; null where rejected
  std::vector<int64_t> rejected;         // ascending row indices whose value does not fit
};

// REQUIRES: can_cast. ERRORS: GN205 for a type pair that can_cast refuses.
Result<CastColumn> cast_column(const std::shared_ptr<arrow::Array>& values, const std::shared_ptr<arrow::DataType>& to);

// A column of times as int64 microseconds UTC: timestamps of any unit (floored; no zone is UTC), dates, text in ISO 8601.
// `rejected` lists texts that are no time. ERRORS: GN206 for a type that is no time; GN207 when one text column mixes times
// with and without a zone.
Result<CastColumn> cast_time_column(const std::shared_ptr<arrow::Array>& values);
bool can_cast_to_time(const arrow::DataType& from);

}  // namespace gnomon
