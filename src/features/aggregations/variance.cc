// var_pop, var_samp, std_pop, std_samp: four readings of one state.
#include <cmath>
#include <string>

#include <arrow/type.h>

#include "features/aggregations/functions.h"
#include "features/aggregations/kernel_of.h"
#include "features/aggregations/moment_algebras.h"

namespace gnomon {
namespace {

enum class Measure : uint8_t { kVariance, kDeviation };

template <Measure measure, Spread spread>
struct VarianceFinish {
  template <class Moments>
  void operator()(const Moments& moments, const typename Moments::State& state, ResultColumn* out) const {
    if (moments.count(state) < (spread == Spread::kSample ? 2 : 1)) return out->append_null();
    const double variance = moments.variance(state, spread);
    out->append(measure == Measure::kDeviation ? std::sqrt(variance) : variance);
  }
};

template <Measure measure, Spread spread>
Result<std::unique_ptr<Kernel>> bind_variance(const v1::Aggregation&, const BoundInput& input) {
  if (input.kind == ValueKind::kFloat)
    return make_kernel_of(FloatMoments(), VarianceFinish<measure, spread>(), arrow::float64());
  return make_kernel_of(IntegerMoments(), VarianceFinish<measure, spread>(), arrow::float64());
}

template <Measure measure, Spread spread>
AggregationFunction variance_function(std::string name, std::string description, std::string answer) {
  return {.info = {.name = std::move(name),
                   .inputs = "integers, floats, Bool",
                   .result = "Float64",
                   .description = std::move(description),
                   .example = {"Float64", "[1, 2, null, 4]", "", std::move(answer)}},
          .accepts = kNumbers,
          .bind = bind_variance<measure, spread>};
}

}  // namespace

AggregationFunction var_pop_function() {
  return variance_function<Measure::kVariance, Spread::kPopulation>(
      "var_pop", "The variance of all values: (n Σx² − (Σx)²) / n², exact and rounded once", "1.5555555555555556");
}

AggregationFunction var_samp_function() {
  return variance_function<Measure::kVariance, Spread::kSample>(
      "var_samp", "The variance of a sample, also called var: (n Σx² − (Σx)²) / (n (n − 1)), null for one value",
      "2.3333333333333335");
}

AggregationFunction std_pop_function() {
  return variance_function<Measure::kDeviation, Spread::kPopulation>("std_pop", "The square root of var_pop",
                                                                     "1.247219128924647");
}

AggregationFunction std_samp_function() {
  return variance_function<Measure::kDeviation, Spread::kSample>(
      "std_samp", "The square root of var_samp, also called std; null for one value", "1.5275252316519468");
}

}  // namespace gnomon
