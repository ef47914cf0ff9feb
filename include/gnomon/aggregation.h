// Aggregation functions as definitions see them: what there is, what each accepts, and what it results in.
// Thread-safety: pure functions; the list never changes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"
#include "gnomon/v1/manifest.pb.h"

namespace gnomon {

// An example that the tests execute: the values of one window's events, oldest first, and the answer, as JSON.
struct AggregationExample {
  std::string dtype;       // of the input column; empty for count("*")
  std::string values;      // "[1, 2, null]"
  std::string parameters;  // "{\"n\": 2}"; empty: none
  std::string answer;      // "3"
};

struct AggregationInfo {
  std::string name;                     // "sum"
  std::vector<std::string> parameters;  // that it needs or takes: "n", "p", "max_distinct"
  std::string inputs;                   // "integers, floats, Bool"
  std::string result;                   // "Int64 of integers, else Float64"
  std::string description;              // one line
  AggregationExample example;
};

// Every function there is, by name. Lives as long as the process.
const std::vector<AggregationInfo>& builtin_aggregations();

// The type of the feature that `aggregation` makes of a column of type `input` (null: column "*").
// ERRORS: GN150 unknown function ("did you mean"), GN151 a parameter missing, out of range or not taken by the function,
// GN152 a type that the function has no meaning for.
Result<std::shared_ptr<arrow::DataType>> aggregation_result_type(const v1::Aggregation& aggregation,
                                                                 const arrow::DataType* input);

}  // namespace gnomon
