// top_k: the n most frequent values, by (count descending, value ascending).
#include "features/aggregations/frequent_values.h"
#include "features/aggregations/functions.h"

namespace gnomon {
namespace {

Result<std::unique_ptr<Kernel>> bind(const v1::Aggregation& aggregation, const BoundInput& input) {
  GN_ASSIGN(const int64_t n, parameter_n(aggregation));
  return make_frequent_kernel(n, Shape::kArray, input);
}

}  // namespace

AggregationFunction top_k_function() {
  return {.info = {.name = "top_k",
                   .parameters = {"n"},
                   .inputs = "any column",
                   .result = "an Array of the input's type",
                   .description =
                       "The n most frequent values, the most frequent first; of equally frequent ones the smaller first",
                   .example = {"String", R"(["c", "b", "a", "b", "a"])", R"({"n": 2})", R"(["a", "b"])"}},
          .accepts = kAnyColumn,
          .bind = bind};
}

}  // namespace gnomon
