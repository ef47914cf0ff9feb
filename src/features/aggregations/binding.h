// What a function's file needs to bind itself to a column: the input's type in one of the three forms in which values are held, and
// the parameters of its definition, checked.
//
//   AggregationFunction sum_function() { return {.info = {.name = "sum", …}, .accepts = kNumbers, .bind = bind_sum}; }
//   Result<std::unique_ptr<Kernel>> bind_sum(const v1::Aggregation&, const BoundInput& input) {
//     return with_value_type(input, [&]<class Value>() { return make_kernel_of(SumOf<Value>(), …, input.type); });
//   }
//
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "features/aggregations/aggregation.h"
#include "gnomon/aggregation.h"
#include "gnomon/status.h"

namespace gnomon {

// Kinds of dtypes, as a set. A function names those that it has a meaning for.
using InputKinds = uint32_t;
inline constexpr InputKinds kIntegers = 1;  // Int32, Int64
inline constexpr InputKinds kFloats = 2;    // Float32, Float64
inline constexpr InputKinds kBools = 4;
inline constexpr InputKinds kTimes = 8;  // UnixTimestamp
inline constexpr InputKinds kStrings = 16;
inline constexpr InputKinds kBytesInput = 32;
inline constexpr InputKinds kEvents = 64;  // no column: "*"
inline constexpr InputKinds kNumbers = kIntegers | kFloats | kBools;
inline constexpr InputKinds kAnyColumn = kNumbers | kTimes | kStrings | kBytesInput;

// The input column of a binding. For "*": dtype empty, kind kNone, type null.
struct BoundInput {
  std::string dtype;
  ValueKind kind = ValueKind::kNone;
  std::shared_ptr<arrow::DataType> type;

  // The type that values are held in: names a state whose bytes are the same for all of them ("Int64" of Int32, Bool, …).
  std::string_view held_dtype() const;
};

struct AggregationFunction {
  AggregationInfo info;  // `parameters` says which of n, p, max_distinct the definition may set; checked before bind
  InputKinds accepts;    // checked before bind
  Result<std::unique_ptr<Kernel>> (*bind)(const v1::Aggregation& aggregation, const BoundInput& input);
};

inline constexpr int64_t kMaxKeptValues = 10'000;  // greatest n of first_n, last_n, last_distinct_n, top_k

// ERRORS: GN151 if n is missing, below 1 or above kMaxKeptValues.
Result<int64_t> parameter_n(const v1::Aggregation& aggregation);
// ERRORS: GN151 if p is missing or outside (0, 1].
Result<double> parameter_p(const v1::Aggregation& aggregation);
// 0: no limit. ERRORS: GN151 if it is negative.
Result<int64_t> parameter_max_distinct(const v1::Aggregation& aggregation);

// ERRORS: GN152 for a type that is not in `function.accepts`.
Result<BoundInput> bind_input(const AggregationFunction& function, const arrow::DataType* input);
// ERRORS: GN151 for a parameter that is set and not in `function.info.parameters`.
Status check_parameters(const AggregationFunction& function, const v1::Aggregation& aggregation);

// Calls bind.operator()<Value>() with the type that values of the input are held in; int64_t for "*".
template <class Bind>
Result<std::unique_ptr<Kernel>> with_value_type(const BoundInput& input, const Bind& bind) {
  switch (input.kind) {
    case ValueKind::kFloat: return bind.template operator()<double>();
    case ValueKind::kBytes: return bind.template operator()<std::string_view>();
    case ValueKind::kNone:
    case ValueKind::kInt: break;
  }
  return bind.template operator()<int64_t>();
}

// The same where the function takes numbers only: no kernel over bytes is compiled. REQUIRES: a kind other than kBytes.
template <class Bind>
Result<std::unique_ptr<Kernel>> with_number_type(const BoundInput& input, const Bind& bind) {
  GN_ASSERT(input.kind != ValueKind::kBytes);
  if (input.kind == ValueKind::kFloat) return bind.template operator()<double>();
  return bind.template operator()<int64_t>();
}

}  // namespace gnomon
