#include "features/aggregations/ordered_kernel.h"

#include <arrow/type.h>

#include "features/aggregations/window_kernel.h"

namespace gnomon {

Result<std::unique_ptr<Kernel>> make_ordered_kernel(Keep keep, int64_t n, Shape shape, const BoundInput& input) {
  return with_value_type(input, [&]<class Value>() {
    const OrderedEvents<Value> algebra(keep, n, input.held_dtype());
    return make_window_kernel(
        algebra, OrderedFinish<Value>{shape},
        [algebra, shape](const Events& events) { return OrderedWindow<Value>(algebra, shape, events); },
        shape == Shape::kValue ? input.type : arrow::list(input.type));
  });
}

}  // namespace gnomon
