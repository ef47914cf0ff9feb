// median: the mean of the two middle values, rounded once; of an odd number of values the middle one.
#include <cmath>
#include <limits>

#include <arrow/type.h>

#include "features/aggregations/functions.h"
#include "features/aggregations/ranked_counts.h"
#include "features/aggregations/ranked_events.h"
#include "features/aggregations/value_counts.h"
#include "features/aggregations/window_kernel.h"

namespace gnomon {
namespace {

__extension__ using Int128 = __int128;

// The sum is exact and its conversion rounds once; halving a float that large is exact.
double middle(int64_t a, int64_t b) { return static_cast<double>(Int128{a} + Int128{b}) / 2; }

// The sum rounds unless it is so small that it is exact; then halving rounds. A sum that overflows has addends whose halves are
// exact. -0.0 becomes +0.0, and inf - inf the one NaN.
double middle(double a, double b) {
  const double sum = a + b;
  return distinct_form(std::isinf(sum) ? a / 2 + b / 2 : sum / 2);
}

bool is_nan(int64_t) { return false; }
bool is_nan(double value) { return std::isnan(value); }

template <class V>
struct Finish {
  void operator()(const ValueCounts<V>&, const typename ValueCounts<V>::State& state, ResultColumn* out) const {
    const auto& entries = state.entries();
    if (entries.empty()) return out->append_null();
    if (is_nan(entries.back().value)) return out->append(std::numeric_limits<double>::quiet_NaN());
    int64_t total = 0;
    for (const auto& entry : entries) total += entry.count;
    out->append(middle(kth(state, (total - 1) / 2), kth(state, total / 2)));
  }

  static V kth(const typename ValueCounts<V>::State& state, int64_t k) {
    auto entry = state.entries().begin();
    for (; k >= entry->count; ++entry) k -= entry->count;
    return entry->value;
  }
};

template <class V>
class Window {
 public:
  explicit Window(const Events& events) : ranked_(rank_values<V>(events)), counts_(ranked_.size()) {}

  void enter(int64_t event) { counts_.change(ranked_.rank_of[static_cast<size_t>(event)], 1); }
  void leave(int64_t event) { counts_.change(ranked_.rank_of[static_cast<size_t>(event)], -1); }
  void append(ResultColumn* out) const {
    const int64_t total = counts_.total();
    if (total == 0) return out->append_null();
    if (is_nan(kth(total - 1))) return out->append(std::numeric_limits<double>::quiet_NaN());
    out->append(middle(kth((total - 1) / 2), kth(total / 2)));
  }

 private:
  V kth(int64_t k) const { return ranked_.keys[static_cast<size_t>(counts_.kth(k))]; }

  RankedEvents<V> ranked_;
  RankedCounts counts_;
};

Result<std::unique_ptr<Kernel>> bind(const v1::Aggregation&, const BoundInput& input) {
  return with_number_type(input, [&]<class Value>() {
    return make_window_kernel(
        ValueCounts<Value>{std::string(input.held_dtype())}, Finish<Value>{},
        [](const Events& events) { return Window<Value>(events); }, arrow::float64());
  });
}

}  // namespace

AggregationFunction median_function() {
  return {.info = {.name = "median",
                   .parameters = {},
                   .inputs = "integers, floats",
                   .result = "Float64",
                   .description = "The mean of the two middle values, rounded once; NaN if there is a NaN",
                   .example = {"Int64", "[4, 1, null, 3, 2]", "", "2.5"}},
          .accepts = kIntegers | kFloats,
          .bind = bind};
}

}  // namespace gnomon
