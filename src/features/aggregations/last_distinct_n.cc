// last_distinct_n: the n values with the newest latest events, newest first.
#include "features/aggregations/functions.h"
#include "features/aggregations/ordered_kernel.h"

namespace gnomon {
namespace {

Result<std::unique_ptr<Kernel>> bind(const v1::Aggregation& aggregation, const BoundInput& input) {
  GN_ASSIGN(const int64_t n, parameter_n(aggregation));
  return make_ordered_kernel(Keep::kNewestDistinct, n, Shape::kArray, input);
}

}  // namespace

AggregationFunction last_distinct_n_function() {
  return {.info = {.name = "last_distinct_n",
                   .parameters = {"n"},
                   .inputs = "any column",
                   .result = "an Array of the input's type",
                   .description = "The n distinct values whose latest events are newest, newest first",
                   .example = {"String", R"(["a", "b", "c", "b"])", R"({"n": 2})", R"(["b", "c"])"}},
          .accepts = kAnyColumn,
          .bind = bind};
}

}  // namespace gnomon
