// count_distinct: how many different values, exactly.
#include <arrow/type.h>

#include "features/aggregations/functions.h"
#include "features/aggregations/ranked_events.h"
#include "features/aggregations/value_counts.h"
#include "features/aggregations/window_kernel.h"

namespace gnomon {
namespace {

void append_count(int64_t distinct, int64_t max_distinct, ResultColumn* out) {
  if (max_distinct > 0 && distinct > max_distinct) {
    out->append_invalid();
  } else {
    out->append(distinct);
  }
}

template <class V>
struct Finish {
  int64_t max_distinct;
  void operator()(const ValueCounts<V>&, const typename ValueCounts<V>::State& state, ResultColumn* out) const {
    append_count(static_cast<int64_t>(state.entries().size()), max_distinct, out);
  }
};

template <class V>
class Window {
 public:
  Window(const Events& events, int64_t max_distinct)
      : ranked_(rank_values<V>(events)), counts_(ranked_.size()), max_distinct_(max_distinct) {}

  void enter(int64_t event) { distinct_ += ++count_of(event) == 1 ? 1 : 0; }
  void leave(int64_t event) { distinct_ -= --count_of(event) == 0 ? 1 : 0; }
  void append(ResultColumn* out) const { append_count(distinct_, max_distinct_, out); }

 private:
  int32_t& count_of(int64_t event) { return counts_[static_cast<size_t>(ranked_.rank_of[static_cast<size_t>(event)])]; }

  RankedEvents<V> ranked_;
  std::vector<int32_t> counts_;
  int64_t max_distinct_;
  int64_t distinct_ = 0;
};

Result<std::unique_ptr<Kernel>> bind(const v1::Aggregation& aggregation, const BoundInput& input) {
  GN_ASSIGN(const int64_t max_distinct, parameter_max_distinct(aggregation));
  return with_value_type(input, [&]<class Value>() {
    return make_window_kernel(
        ValueCounts<Value>{std::string(input.held_dtype())}, Finish<Value>{max_distinct},
        [max_distinct](const Events& events) { return Window<Value>(events, max_distinct); }, arrow::int64());
  });
}

}  // namespace

AggregationFunction count_distinct_function() {
  return {.info = {.name = "count_distinct",
                   .parameters = {"max_distinct"},
                   .inputs = "any column",
                   .result = "Int64",
                   .description = "How many different values, exactly; invalid above max_distinct. 0.0 is -0.0, NaN is NaN",
                   .example = {"String", R"(["a", "b", "a", null])", "", "2"}},
          .accepts = kAnyColumn,
          .bind = bind};
}

}  // namespace gnomon
