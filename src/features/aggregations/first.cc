// first: the oldest value, by (event_time, created_time, value).
#include "features/aggregations/functions.h"
#include "features/aggregations/ordered_kernel.h"

namespace gnomon {
namespace {

Result<std::unique_ptr<Kernel>> bind(const v1::Aggregation&, const BoundInput& input) {
  return make_ordered_kernel(Keep::kOldest, 1, Shape::kValue, input);
}

}  // namespace

AggregationFunction first_function() {
  return {.info = {.name = "first",
                   .parameters = {},
                   .inputs = "any column",
                   .result = "the input's type",
                   .description = "The oldest value; between equal times the one written first, then the smallest",
                   .example = {"String", R"([null, "a", "b"])", R"()", R"("a")"}},
          .accepts = kAnyColumn,
          .bind = bind};
}

}  // namespace gnomon
