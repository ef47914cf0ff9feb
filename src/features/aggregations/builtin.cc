// The list of functions, and the way from a definition to its kernel.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/closest.h"
#include "features/aggregations/functions.h"

namespace gnomon {
namespace {

const std::vector<AggregationFunction>& functions() {
  static const std::vector<AggregationFunction> list = {
      approx_count_distinct_function(),
      approx_percentile_function(),
      count_function(),
      count_distinct_function(),
      first_function(),
      first_n_function(),
      histogram_function(),
      last_function(),
      last_distinct_n_function(),
      last_n_function(),
      max_function(),
      mean_function(),
      median_function(),
      min_function(),
      mode_function(),
      std_pop_function(),
      std_samp_function(),
      sum_function(),
      top_k_function(),
      var_pop_function(),
      var_samp_function(),
  };
  return list;
}

// Short names that other systems use.
std::string_view full_name(std::string_view name) {
  if (name == "std") return "std_samp";
  if (name == "var") return "var_samp";
  return name;
}

Result<const AggregationFunction*> find_function(const std::string& name) {
  for (const AggregationFunction& function : functions()) {
    if (function.info.name == full_name(name)) return &function;
  }
  std::vector<std::string> known;
  for (const AggregationFunction& function : functions()) known.push_back(function.info.name);
  const std::string guess = closest(name, known);
  return Status(
      Code::kInvalidArgument, "GN150", fmt::format("unknown aggregation function \"{}\"", name),
      guess.empty() ? fmt::format("There are {}", fmt::join(known, ", ")) : fmt::format("Did you mean \"{}\"?", guess));
}

}  // namespace

const std::vector<AggregationInfo>& builtin_aggregations() {
  static const std::vector<AggregationInfo> list = [] {
    std::vector<AggregationInfo> infos;
    for (const AggregationFunction& function : functions()) infos.push_back(function.info);
    std::sort(infos.begin(), infos.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return infos;
  }();
  return list;
}

Result<std::unique_ptr<Kernel>> make_kernel(const v1::Aggregation& aggregation, const arrow::DataType* input) {
  GN_ASSIGN(const AggregationFunction* function, find_function(aggregation.function()));
  GN_TRY(check_parameters(*function, aggregation));
  GN_ASSIGN(BoundInput bound, bind_input(*function, input));
  return function->bind(aggregation, bound);
}

Result<std::shared_ptr<arrow::DataType>> aggregation_result_type(const v1::Aggregation& aggregation,
                                                                 const arrow::DataType* input) {
  GN_ASSIGN(std::unique_ptr<Kernel> kernel, make_kernel(aggregation, input));
  return kernel->result_type();
}

}  // namespace gnomon
