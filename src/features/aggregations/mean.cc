#include <arrow/type.h>

#include "features/aggregations/functions.h"
#include "features/aggregations/kernel_of.h"
#include "features/aggregations/sum_algebras.h"

namespace gnomon {
namespace {

struct MeanFinish {
  template <class Sums>
  void operator()(const Sums& sums, const typename Sums::State& state, ResultColumn* out) const {
    if (sums.count(state) == 0) return out->append_null();
    out->append(sums.mean(state));
  }
};

Result<std::unique_ptr<Kernel>> bind_mean(const v1::Aggregation&, const BoundInput& input) {
  if (input.kind == ValueKind::kFloat) return make_kernel_of(FloatSums(), MeanFinish(), arrow::float64());
  return make_kernel_of(IntegerSums(), MeanFinish(), arrow::float64());
}

}  // namespace

AggregationFunction mean_function() {
  return {.info = {.name = "mean",
                   .inputs = "integers, floats, Bool",
                   .result = "Float64",
                   .description = "The exact sum divided by the number of values, rounded once",
                   .example = {"Int64", "[1, 2, null, 2]", "", "1.6666666666666667"}},
          .accepts = kNumbers,
          .bind = bind_mean};
}

}  // namespace gnomon
