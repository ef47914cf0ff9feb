#include "features/aggregations/binding.h"

#include <algorithm>

#include <arrow/type.h>
#include <fmt/format.h>

#include "gnomon/types.h"

namespace gnomon {
namespace {

struct KindOfType {
  std::string_view dtype;
  InputKinds kinds;
  ValueKind held;
};

constexpr KindOfType kKinds[] = {
    {"Int32", kIntegers, ValueKind::kInt},   {"Int64", kIntegers, ValueKind::kInt},
    {"Float32", kFloats, ValueKind::kFloat}, {"Float64", kFloats, ValueKind::kFloat},
    {"Bool", kBools, ValueKind::kInt},       {"UnixTimestamp", kTimes, ValueKind::kInt},
    {"String", kStrings, ValueKind::kBytes}, {"Bytes", kBytesInput, ValueKind::kBytes},
};

Status unfit_input(const AggregationFunction& function, std::string_view dtype) {
  return Status(Code::kInvalidArgument, "GN152", fmt::format("{} has no meaning for {}", function.info.name, dtype),
                fmt::format("{} takes {}", function.info.name, function.info.inputs));
}

Status unfit_parameter(const v1::Aggregation& aggregation, std::string_view problem, std::string hint) {
  return Status(Code::kInvalidArgument, "GN151", fmt::format("{}: {}", aggregation.function(), problem), std::move(hint));
}

}  // namespace

std::string_view BoundInput::held_dtype() const {
  switch (kind) {
    case ValueKind::kInt: return "Int64";
    case ValueKind::kFloat: return "Float64";
    case ValueKind::kBytes: return "Bytes";
    case ValueKind::kNone: break;
  }
  return "*";
}

Result<BoundInput> bind_input(const AggregationFunction& function, const arrow::DataType* input) {
  if (input == nullptr) {
    if ((function.accepts & kEvents) == 0) return unfit_input(function, "\"*\"");
    return BoundInput();
  }
  Result<std::string> dtype = dtype_of(*input);
  if (!dtype.ok()) return unfit_input(function, input->ToString());
  for (const KindOfType& row : kKinds) {
    if (row.dtype != *dtype) continue;
    if ((function.accepts & row.kinds) == 0) break;
    GN_ASSIGN(auto type, arrow_type_of(*dtype));
    return BoundInput{std::move(*dtype), row.held, std::move(type)};
  }
  return unfit_input(function, *dtype);
}

Status check_parameters(const AggregationFunction& function, const v1::Aggregation& aggregation) {
  const std::pair<std::string_view, bool> given[] = {
      {"n", aggregation.n() != 0}, {"p", aggregation.p() != 0}, {"max_distinct", aggregation.max_distinct() != 0}};
  const std::vector<std::string>& taken = function.info.parameters;
  for (const auto& [name, is_set] : given) {
    if (!is_set || std::find(taken.begin(), taken.end(), name) != taken.end()) continue;
    return unfit_parameter(aggregation, fmt::format("there is no parameter {}", name),
                           taken.empty() ? "It takes no parameters" : fmt::format("It takes {}", fmt::join(taken, ", ")));
  }
  return Status();
}

Result<int64_t> parameter_n(const v1::Aggregation& aggregation) {
  if (aggregation.n() >= 1 && aggregation.n() <= kMaxKeptValues) return aggregation.n();
  return unfit_parameter(aggregation, fmt::format("n is {}", aggregation.n()),
                         fmt::format("Give n, from 1 to {}", kMaxKeptValues));
}

Result<double> parameter_p(const v1::Aggregation& aggregation) {
  if (aggregation.p() > 0 && aggregation.p() <= 1) return aggregation.p();
  return unfit_parameter(aggregation, fmt::format("p is {}", aggregation.p()),
                         "Give p, above 0 and at most 1: 0.5 is the middle");
}

Result<int64_t> parameter_max_distinct(const v1::Aggregation& aggregation) {
  if (aggregation.max_distinct() >= 0) return aggregation.max_distinct();
  return unfit_parameter(aggregation, fmt::format("max_distinct is {}", aggregation.max_distinct()),
                         "Give a positive limit, or none");
}

}  // namespace gnomon
