// The algebra of count_distinct, mode, top_k, histogram and median: how often each value occurs.
// Thread-safety: an algebra is immutable; a state belongs to one thread.
#pragma once

#include <string>

#include "features/aggregations/algebra.h"
#include "features/aggregations/counted_values.h"
#include "features/aggregations/value_order.h"

namespace gnomon {

template <class V>
struct ValueCounts {
  using Value = V;
  using State = CountedValues<Owned<V>>;

  std::string held_dtype;  // BoundInput::held_dtype

  void add(State& state, const Event<V>& event) const { state.add(distinct_form(event.value), 1); }
  void remove(State& state, const Event<V>& event) const { state.add(distinct_form(event.value), -1); }
  void merge(State& state, const State& other) const { state.merge(other); }
  void encode(const State& state, std::string* out) const { state.encode(out); }
  Status decode(std::string_view bytes, State* state) const {
    return state->decode(bytes, state_id(), [](V value) { return value_equal(distinct_form(value), value); });
  }
  std::string state_id() const { return "value_counts(" + held_dtype + ")"; }
};

}  // namespace gnomon
