// The state of sum and mean, for integers and for floats: how many values, and what they add up to, exactly.
// Thread-safety: algebras are immutable.
#pragma once

#include <optional>
#include <string>

#include "features/aggregations/algebra.h"
#include "features/aggregations/exact_sum.h"
#include "features/aggregations/fixed_scale.h"
#include "features/aggregations/fixed_sum.h"
#include "features/aggregations/running_sums.h"

namespace gnomon {

// Int32, Int64 and Bool (0 or 1).
struct IntegerSums {
  using Value = int64_t;
  using State = FixedSum;

  void add(State& state, const Event<Value>& event) const { state.add(event.value); }
  void remove(State& state, const Event<Value>& event) const { state.remove(event.value); }
  void merge(State& state, const State& other) const { state.merge(other); }
  void subtract(State& state, const State& other) const { state.subtract(other); }
  void encode(const State& state, std::string* out) const;
  Status decode(std::string_view bytes, State* state) const;
  std::string state_id() const { return "sum(Int64)"; }

  template <class Emit>
  bool slide_shared(const Events& events, std::span<const Frame> frames, const Emit& emit) const {
    if (events.sums == nullptr || !events.sums->make_sums(events)) return false;
    for (const Frame& frame : frames) emit(*this, events.sums->sum(frame));
    return true;
  }

  static int64_t count(const State& state) { return state.count; }
  static void append_sum(const State& state, ResultColumn* out);  // invalid outside int64
  static double mean(const State& state) { return rounded_mean(state, 0); }
};

// Doubles of one scale: the narrow form of FloatSums.
struct ScaledSums {
  using Value = double;
  using State = FixedSum;
  FixedScale scale;

  void add(State& state, const Event<Value>& event) const { state.add(scale.integer(event.value)); }
  void remove(State& state, const Event<Value>& event) const { state.remove(scale.integer(event.value)); }
  void subtract(State& state, const State& other) const { state.subtract(other); }

  static int64_t count(const State& state) { return state.count; }
  void append_sum(const State& state, ResultColumn* out) const { out->append(rounded_sum(state, scale.exponent())); }
  double mean(const State& state) const { return rounded_mean(state, scale.exponent()); }
};

// Float32 and Float64.
struct FloatSums {
  using Value = double;
  using State = ExactSum;

  void add(State& state, const Event<Value>& event) const { state.add(event.value); }
  void remove(State& state, const Event<Value>& event) const { state.remove(event.value); }
  void merge(State& state, const State& other) const { state.merge(other); }
  void encode(const State& state, std::string* out) const { state.encode(out); }
  Status decode(std::string_view bytes, State* state) const;
  std::string state_id() const { return "sum(Float64)"; }

  template <class Emit>
  bool slide_shared(const Events& events, std::span<const Frame> frames, const Emit& emit) const {
    if (events.sums == nullptr || !events.sums->make_sums(events)) return false;
    const ScaledSums scaled{events.sums->scale()};
    for (const Frame& frame : frames) emit(scaled, events.sums->sum(frame));
    return true;
  }
  template <class Use>
  void narrowed(const Events& events, std::span<const Frame> frames, const Use& use) const {
    if (std::optional<FixedScale> scale = FixedScale::of(events, frames)) {
      use(ScaledSums{*scale});
    } else {
      use(*this);
    }
  }

  static int64_t count(const State& state) { return state.count(); }
  static void append_sum(const State& state, ResultColumn* out) { out->append(state.sum()); }
  static double mean(const State& state) { return state.mean(); }
};

}  // namespace gnomon
