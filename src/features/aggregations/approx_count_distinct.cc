// approx_count_distinct: how many different values, to a standard error of 1.63 %, in at most 4 KiB a state.
#include <bit>

#include <arrow/type.h>

#include "features/aggregations/functions.h"
#include "features/aggregations/hyperloglog.h"
#include "features/aggregations/ranked_events.h"
#include "features/aggregations/window_kernel.h"

namespace gnomon {
namespace {

template <class V>
struct Registers {
  using Value = V;
  using State = HyperLogLog;

  std::string held_dtype;  // BoundInput::held_dtype

  void add(State& state, const Event<V>& event) const { state.add(register_rank(event.value)); }
  void merge(State& state, const State& other) const { state.merge(other); }
  void encode(const State& state, std::string* out) const { state.encode(out); }
  Status decode(std::string_view bytes, State* state) const { return state->decode(bytes, state_id()); }
  std::string state_id() const { return "hyperloglog(" + held_dtype + ")"; }
};

template <class V>
struct Finish {
  void operator()(const Registers<V>&, const HyperLogLog& state, ResultColumn* out) const {
    out->append(estimate_distinct(state.rank_counts()));
  }
};

// A register is the greatest rank among the events inside: each (register, rank) is counted, so that events can leave again.
template <class V>
class Window {
 public:
  explicit Window(const Events& events)
      : ranked_(rank_events<V>(events, [](V value) { return register_rank(value); })),
        counts_(ranked_.size()),
        register_of_(ranked_.size()) {
    int32_t registers = 0;
    for (size_t at = 0; at < ranked_.size(); ++at) {
      if (at > 0 && register_of(ranked_.keys[at - 1]) != register_of(ranked_.keys[at])) ++registers;
      register_of_[at] = registers;
    }
    present_.resize(ranked_.size() == 0 ? 0 : static_cast<size_t>(registers) + 1);
    registers_[0] = kRegisters;
  }

  void enter(int64_t event) {
    const auto at = static_cast<size_t>(ranked_.rank_of[static_cast<size_t>(event)]);
    if (++counts_[at] == 1) change(at, [](uint64_t present, uint64_t rank) { return present | rank; });
  }
  void leave(int64_t event) {
    const auto at = static_cast<size_t>(ranked_.rank_of[static_cast<size_t>(event)]);
    if (--counts_[at] == 0) change(at, [](uint64_t present, uint64_t rank) { return present & ~rank; });
  }
  void append(ResultColumn* out) {
    if (changed_) estimate_ = estimate_distinct(registers_);
    changed_ = false;
    out->append(estimate_);
  }

 private:
  static size_t greatest(uint64_t present) { return present == 0 ? 0 : 63 - static_cast<size_t>(std::countl_zero(present)); }

  template <class Apply>
  void change(size_t at, Apply apply) {
    uint64_t& present = present_[static_cast<size_t>(register_of_[at])];
    const size_t before = greatest(present);
    present = apply(present, uint64_t{1} << rank_of(ranked_.keys[at]));
    const size_t after = greatest(present);
    if (before == after) return;
    --registers_[before];
    ++registers_[after];
    changed_ = true;
  }

  RankedEvents<RegisterRank> ranked_;
  std::vector<int32_t> counts_;       // of each (register, rank)
  std::vector<int32_t> register_of_;  // of each (register, rank), numbered among those that the group sets
  std::vector<uint64_t> present_;     // by that number: a bit for each rank inside
  RankCounts registers_{};
  bool changed_ = false;
  int64_t estimate_ = 0;
};

Result<std::unique_ptr<Kernel>> bind(const v1::Aggregation&, const BoundInput& input) {
  return with_value_type(input, [&]<class Value>() {
    return make_window_kernel(
        Registers<Value>{std::string(input.held_dtype())}, Finish<Value>{},
        [](const Events& events) { return Window<Value>(events); }, arrow::int64());
  });
}

}  // namespace

AggregationFunction approx_count_distinct_function() {
  return {.info = {.name = "approx_count_distinct",
                   .parameters = {},
                   .inputs = "any column",
                   .result = "Int64",
                   .description = "About how many different values: HyperLogLog with 4096 registers, standard error 1.63 %",
                   .example = {"String", R"(["a", "b", "a", null])", "", "2"}},
          .accepts = kAnyColumn,
          .bind = bind};
}

}  // namespace gnomon
