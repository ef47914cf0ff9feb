#include <arrow/type.h>

#include "features/aggregations/functions.h"
#include "features/aggregations/kernel_of.h"
#include "features/aggregations/sum_algebras.h"

namespace gnomon {
namespace {

struct SumFinish {
  template <class Sums>
  void operator()(const Sums& sums, const typename Sums::State& state, ResultColumn* out) const {
    if (sums.count(state) == 0) return out->append_null();
    sums.append_sum(state, out);
  }
};

Result<std::unique_ptr<Kernel>> bind_sum(const v1::Aggregation&, const BoundInput& input) {
  if (input.kind == ValueKind::kFloat) return make_kernel_of(FloatSums(), SumFinish(), arrow::float64());
  return make_kernel_of(IntegerSums(), SumFinish(), arrow::int64());
}

}  // namespace

AggregationFunction sum_function() {
  return {.info = {.name = "sum",
                   .inputs = "integers, floats, Bool",
                   .result = "Int64 of integers and Bool, else Float64",
                   .description = "The exact sum, of floats rounded once; of integers INVALID where it leaves 64 bits",
                   .example = {"Float64", "[1e308, 0.1, null, 0.2, -1e308]", "", "0.30000000000000004"}},
          .accepts = kNumbers,
          .bind = bind_sum};
}

}  // namespace gnomon
