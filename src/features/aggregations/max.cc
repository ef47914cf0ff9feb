#include "features/aggregations/extremes.h"
#include "features/aggregations/functions.h"
#include "features/aggregations/kernel_of.h"

namespace gnomon {
namespace {

Result<std::unique_ptr<Kernel>> bind_max(const v1::Aggregation&, const BoundInput& input) {
  if (input.kind == ValueKind::kBytes) {
    return make_kernel_of(TextExtreme<Extreme::kGreatest, std::string>(), ExtremeFinish(), input.type);
  }
  return with_number_type(input, [&]<class Value>() -> Result<std::unique_ptr<Kernel>> {
    return make_kernel_of(NumberExtreme<Extreme::kGreatest, Value>(), ExtremeFinish(), input.type);
  });
}

}  // namespace

AggregationFunction max_function() {
  return {.info = {.name = "max",
                   .inputs = "any column",
                   .result = "the input's type",
                   .description = "The greatest value; strings and bytes bytewise; NaN only where there is nothing else",
                   .example = {"Float64", "[3, null, 7.5]", "", "7.5"}},
          .accepts = kAnyColumn,
          .bind = bind_max};
}

}  // namespace gnomon
