#include "features/aggregations/extremes.h"
#include "features/aggregations/functions.h"
#include "features/aggregations/kernel_of.h"

namespace gnomon {
namespace {

Result<std::unique_ptr<Kernel>> bind_min(const v1::Aggregation&, const BoundInput& input) {
  if (input.kind == ValueKind::kBytes) {
    return make_kernel_of(TextExtreme<Extreme::kLeast, std::string>(), ExtremeFinish(), input.type);
  }
  return with_number_type(input, [&]<class Value>() -> Result<std::unique_ptr<Kernel>> {
    return make_kernel_of(NumberExtreme<Extreme::kLeast, Value>(), ExtremeFinish(), input.type);
  });
}

}  // namespace

AggregationFunction min_function() {
  return {.info = {.name = "min",
                   .inputs = "any column",
                   .result = "the input's type",
                   .description = "The least value; strings and bytes bytewise; NaN only where there is nothing else",
                   .example = {"Float64", "[3, null, -0.0, 2]", "", "0.0"}},
          .accepts = kAnyColumn,
          .bind = bind_min};
}

}  // namespace gnomon
