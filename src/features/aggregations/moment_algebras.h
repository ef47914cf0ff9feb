// The state of variances and standard deviations: how many values, their sum and the sum of their squares, exactly.
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
struct IntegerMoments {
  using Value = int64_t;
  using State = FixedMoments;

  void add(State& state, const Event<Value>& event) const { state.add(event.value); }
  void remove(State& state, const Event<Value>& event) const { state.remove(event.value); }
  void merge(State& state, const State& other) const { state.merge(other); }
  void subtract(State& state, const State& other) const { state.subtract(other); }
  void encode(const State& state, std::string* out) const;
  Status decode(std::string_view bytes, State* state) const;
  std::string state_id() const { return "moments(Int64)"; }

  template <class Emit>
  bool slide_shared(const Events& events, std::span<const Frame> frames, const Emit& emit) const {
    if (events.sums == nullptr || !events.sums->make_squares(events)) return false;
    for (const Frame& frame : frames) emit(*this, events.sums->moments(frame));
    return true;
  }

  static int64_t count(const State& state) { return state.values.count; }
  static double variance(const State& state, Spread spread) { return rounded_variance(state, 0, spread); }
};

// Doubles of one scale: the narrow form of FloatMoments.
struct ScaledMoments {
  using Value = double;
  using State = FixedMoments;
  FixedScale scale;

  void add(State& state, const Event<Value>& event) const { state.add(scale.integer(event.value)); }
  void remove(State& state, const Event<Value>& event) const { state.remove(scale.integer(event.value)); }
  void subtract(State& state, const State& other) const { state.subtract(other); }

  static int64_t count(const State& state) { return state.values.count; }
  double variance(const State& state, Spread spread) const { return rounded_variance(state, scale.exponent(), spread); }
};

// Float32 and Float64.
struct FloatMoments {
  using Value = double;
  using State = ExactMoments;

  void add(State& state, const Event<Value>& event) const { state.add(event.value); }
  void remove(State& state, const Event<Value>& event) const { state.remove(event.value); }
  void merge(State& state, const State& other) const { state.merge(other); }
  void encode(const State& state, std::string* out) const { state.encode(out); }
  Status decode(std::string_view bytes, State* state) const;
  std::string state_id() const { return "moments(Float64)"; }

  template <class Emit>
  bool slide_shared(const Events& events, std::span<const Frame> frames, const Emit& emit) const {
    if (events.sums == nullptr || !events.sums->make_squares(events)) return false;
    const ScaledMoments scaled{events.sums->scale()};
    for (const Frame& frame : frames) emit(scaled, events.sums->moments(frame));
    return true;
  }
  template <class Use>
  void narrowed(const Events& events, std::span<const Frame> frames, const Use& use) const {
    if (std::optional<FixedScale> scale = FixedScale::of(events, frames)) {
      use(ScaledMoments{*scale});
    } else {
      use(*this);
    }
  }

  static int64_t count(const State& state) { return state.count(); }
  static double variance(const State& state, Spread spread) { return state.variance(spread); }
};

}  // namespace gnomon
