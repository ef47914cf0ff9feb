// approx_percentile: the value at a nearest rank, to a relative error of 1 %. Buckets of values are counted as integers, so states
// are a group: what was added can be removed.
#include <arrow/type.h>

#include "features/aggregations/counted_values.h"
#include "features/aggregations/functions.h"
#include "features/aggregations/percentile_rank.h"
#include "features/aggregations/ranked_counts.h"
#include "features/aggregations/ranked_events.h"
#include "features/aggregations/value_buckets.h"
#include "features/aggregations/window_kernel.h"

namespace gnomon {
namespace {

template <class V>
struct BucketCounts {
  using Value = V;
  using State = CountedValues<int32_t>;

  std::string held_dtype;  // BoundInput::held_dtype

  static int32_t bucket(V value) { return bucket_of(static_cast<double>(value)); }

  void add(State& state, const Event<V>& event) const { state.add(bucket(event.value), 1); }
  void remove(State& state, const Event<V>& event) const { state.add(bucket(event.value), -1); }
  void merge(State& state, const State& other) const { state.merge(other); }
  void encode(const State& state, std::string* out) const { state.encode(out); }
  Status decode(std::string_view bytes, State* state) const {
    return state->decode(bytes, state_id(), [](int32_t at) { return at >= -kInfinityBucket && at <= kNanBucket; });
  }
  std::string state_id() const { return "ddsketch(" + held_dtype + ")"; }
};

template <class V>
struct Finish {
  PercentileRank rank;

  void operator()(const BucketCounts<V>&, const CountedValues<int32_t>& state, ResultColumn* out) const {
    const auto& entries = state.entries();
    if (entries.empty()) return out->append_null();
    if (entries.back().value == kNanBucket) return out->append(value_of_bucket(kNanBucket));
    int64_t total = 0;
    for (const auto& entry : entries) total += entry.count;
    auto entry = entries.begin();
    for (int64_t k = rank.of(total); k > entry->count; ++entry) k -= entry->count;
    out->append(value_of_bucket(entry->value));
  }
};

template <class V>
class Window {
 public:
  Window(const Events& events, const PercentileRank& rank)
      : rank_(rank), ranked_(rank_events<V>(events, BucketCounts<V>::bucket)), counts_(ranked_.size()) {}

  void enter(int64_t event) { counts_.change(ranked_.rank_of[static_cast<size_t>(event)], 1); }
  void leave(int64_t event) { counts_.change(ranked_.rank_of[static_cast<size_t>(event)], -1); }
  void append(ResultColumn* out) const {
    const int64_t total = counts_.total();
    if (total == 0) return out->append_null();
    const int32_t greatest = kth(total);
    out->append(value_of_bucket(greatest == kNanBucket ? greatest : kth(rank_.of(total))));
  }

 private:
  int32_t kth(int64_t k) const { return ranked_.keys[static_cast<size_t>(counts_.kth(k - 1))]; }

  PercentileRank rank_;
  RankedEvents<int32_t> ranked_;
  RankedCounts counts_;
};

Result<std::unique_ptr<Kernel>> bind(const v1::Aggregation& aggregation, const BoundInput& input) {
  GN_ASSIGN(const double p, parameter_p(aggregation));
  const PercentileRank rank(p);
  return with_number_type(input, [&]<class Value>() {
    return make_window_kernel(
        BucketCounts<Value>{std::string(input.held_dtype())}, Finish<Value>{rank},
        [rank](const Events& events) { return Window<Value>(events, rank); }, arrow::float64());
  });
}

}  // namespace

AggregationFunction approx_percentile_function() {
  return {.info = {.name = "approx_percentile",
                   .parameters = {"p"},
                   .inputs = "integers, floats",
                   .result = "Float64",
                   .description = "The value of rank max(1, ceil(p·n)), within 1 % of it; NaN if there is a NaN",
                   .example = {"Int64", "[0, -5, null, 1000, 0]", R"({"p": 0.5})", "0.0"}},
          .accepts = kIntegers | kFloats,
          .bind = bind};
}

}  // namespace gnomon
