// last_n: the n newest values, newest first.
#include "features/aggregations/functions.h"
#include "features/aggregations/ordered_kernel.h"

namespace gnomon {
namespace {

Result<std::unique_ptr<Kernel>> bind(const v1::Aggregation& aggregation, const BoundInput& input) {
  GN_ASSIGN(const int64_t n, parameter_n(aggregation));
  return make_ordered_kernel(Keep::kNewest, n, Shape::kArray, input);
}

}  // namespace

AggregationFunction last_n_function() {
  return {.info = {.name = "last_n",
                   .parameters = {"n"},
                   .inputs = "any column",
                   .result = "an Array of the input's type",
                   .description = "The n newest values, newest first; fewer if there are fewer",
                   .example = {"Int64", R"([3, 1, 2, null])", R"({"n": 2})", R"([2, 1])"}},
          .accepts = kAnyColumn,
          .bind = bind};
}

}  // namespace gnomon
