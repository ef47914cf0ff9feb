#include "features/aggregations/frequent_values.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <vector>

#include <arrow/type.h>

#include "features/aggregations/most_frequent.h"
#include "features/aggregations/value_counts.h"
#include "features/aggregations/window_kernel.h"

namespace gnomon {
namespace {

template <class V>
struct Finish {
  size_t n;
  Shape shape;

  void operator()(const ValueCounts<V>&, const typename ValueCounts<V>::State& state, ResultColumn* out) const {
    const auto& entries = state.entries();
    std::vector<size_t> order(entries.size());
    std::iota(order.begin(), order.end(), 0);
    const auto wanted = order.begin() + static_cast<std::ptrdiff_t>(std::min(n, order.size()));
    std::partial_sort(order.begin(), wanted, order.end(), [&](size_t a, size_t b) {
      return entries[a].count != entries[b].count ? entries[a].count > entries[b].count : a < b;
    });
    std::vector<V> values;
    std::transform(order.begin(), wanted, std::back_inserter(values), [&](size_t at) { return V(entries[at].value); });
    append_values(shape, values, out);
  }
};

template <class V>
class Window {
 public:
  Window(const Events& events, size_t n, Shape shape)
      : n_(n), shape_(shape), ranked_(rank_values<V>(events)), counts_(ranked_.size()) {}

  void enter(int64_t event) { counts_.change(ranked_.rank_of[static_cast<size_t>(event)], 1); }
  void leave(int64_t event) { counts_.change(ranked_.rank_of[static_cast<size_t>(event)], -1); }
  void append(ResultColumn* out) {
    counts_.top(n_, &ranks_);
    values_.clear();
    for (int32_t rank : ranks_) values_.push_back(ranked_.keys[static_cast<size_t>(rank)]);
    append_values(shape_, values_, out);
  }

 private:
  size_t n_;
  Shape shape_;
  RankedEvents<V> ranked_;
  MostFrequent counts_;
  std::vector<int32_t> ranks_;  // of the answer being made
  std::vector<V> values_;
};

}  // namespace

Result<std::unique_ptr<Kernel>> make_frequent_kernel(int64_t n, Shape shape, const BoundInput& input) {
  const auto wanted = static_cast<size_t>(n);
  return with_value_type(input, [&]<class Value>() {
    return make_window_kernel(
        ValueCounts<Value>{std::string(input.held_dtype())}, Finish<Value>{wanted, shape},
        [wanted, shape](const Events& events) { return Window<Value>(events, wanted, shape); },
        shape == Shape::kValue ? input.type : arrow::list(input.type));
  });
}

}  // namespace gnomon
