// first_n: the n oldest values, oldest first.
#include "features/aggregations/functions.h"
#include "features/aggregations/ordered_kernel.h"

namespace gnomon {
namespace {

Result<std::unique_ptr<Kernel>> bind(const v1::Aggregation& aggregation, const BoundInput& input) {
  GN_ASSIGN(const int64_t n, parameter_n(aggregation));
  return make_ordered_kernel(Keep::kOldest, n, Shape::kArray, input);
}

}  // namespace

AggregationFunction first_n_function() {
  return {.info = {.name = "first_n",
                   .parameters = {"n"},
                   .inputs = "any column",
                   .result = "an Array of the input's type",
                   .description = "The n oldest values, oldest first; fewer if there are fewer",
                   .example = {"Int64", R"([null, 3, 1, 2])", R"({"n": 2})", R"([3, 1])"}},
          .accepts = kAnyColumn,
          .bind = bind};
}

}  // namespace gnomon
