// mode: the most frequent value; of equally frequent ones the smallest.
#include "features/aggregations/frequent_values.h"
#include "features/aggregations/functions.h"

namespace gnomon {
namespace {

Result<std::unique_ptr<Kernel>> bind(const v1::Aggregation&, const BoundInput& input) {
  return make_frequent_kernel(1, Shape::kValue, input);
}

}  // namespace

AggregationFunction mode_function() {
  return {.info = {.name = "mode",
                   .parameters = {},
                   .inputs = "any column",
                   .result = "the input's type",
                   .description = "The most frequent value; of equally frequent ones the smallest. NaN is the greatest",
                   .example = {"String", R"(["b", "a", "b", "a", "c"])", "", R"("a")"}},
          .accepts = kAnyColumn,
          .bind = bind};
}

}  // namespace gnomon
