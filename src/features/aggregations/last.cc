// last: the newest value, by (event_time, created_time, value).
#include "features/aggregations/functions.h"
#include "features/aggregations/ordered_kernel.h"

namespace gnomon {
namespace {

Result<std::unique_ptr<Kernel>> bind(const v1::Aggregation&, const BoundInput& input) {
  return make_ordered_kernel(Keep::kNewest, 1, Shape::kValue, input);
}

}  // namespace

AggregationFunction last_function() {
  return {.info = {.name = "last",
                   .parameters = {},
                   .inputs = "any column",
                   .result = "the input's type",
                   .description = "The newest value; between equal times the one written last, then the greatest",
                   .example = {"String", R"(["a", "b", null])", R"()", R"("b")"}},
          .accepts = kAnyColumn,
          .bind = bind};
}

}  // namespace gnomon
