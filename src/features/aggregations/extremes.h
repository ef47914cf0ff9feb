// The state of min and max. Numbers are kept as unsigned keys whose least is the answer, so that adding is one comparison without
// a branch; strings as they are.
//
// Floats: -0.0 counts as +0.0, and NaN loses against everything.
// Thread-safety: algebras are immutable.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "features/aggregations/algebra.h"
#include "features/aggregations/state_bytes.h"
#include "features/aggregations/value_order.h"

namespace gnomon {

enum class Extreme : uint8_t { kLeast, kGreatest };

template <Extreme extreme>
constexpr std::string_view extreme_name() {
  return extreme == Extreme::kLeast ? "min" : "max";
}

// Value: int64_t or double.
template <Extreme extreme, class V>
struct NumberExtreme {
  using Value = V;
  struct State {
    uint64_t key = ~uint64_t{0};
    bool is_any = false;
  };

  void add(State& state, const Event<Value>& event) const { merge(state, {key_of(event.value), true}); }
  void merge(State& state, const State& other) const {
    state.key = std::min(state.key, other.key);
    state.is_any |= other.is_any;
  }

  // Whether there is a value (1 byte); the value.
  void encode(const State& state, std::string* out) const {
    put(static_cast<uint8_t>(state.is_any), out);
    if (state.is_any) put(value(state), out);
  }
  Status decode(std::string_view bytes, State* state) const {
    StateReader reader(bytes);
    uint8_t is_any = 0;
    Value kept{};
    if (!reader.read(&is_any) || is_any > 1 || (is_any == 1 && !reader.read(&kept)) || reader.remaining() != 0) {
      return damaged_state(state_id(), "not one number");
    }
    if (is_any == 0) return Status();
    if (!value_equal(kept, distinct_form(kept)))
      return damaged_state(state_id(), "a number in a form that is never written");
    *state = {key_of(kept), true};
    return Status();
  }
  std::string state_id() const {
    return std::string(extreme_name<extreme>()) + (std::is_same_v<Value, double> ? "(Float64)" : "(Int64)");
  }

  static bool is_any(const State& state) { return state.is_any; }
  // REQUIRES: is_any(state)
  static Value value(const State& state) {
    const uint64_t order = extreme == Extreme::kLeast ? state.key : ~state.key;
    if constexpr (std::is_same_v<Value, double>) {
      if (state.key == kNaNKey) return std::numeric_limits<double>::quiet_NaN();
      return std::bit_cast<double>(order >> 63 != 0 ? order & ~kHighBit : ~order);
    } else {
      return static_cast<int64_t>(order ^ kHighBit);
    }
  }

 private:
  static constexpr uint64_t kHighBit = uint64_t{1} << 63;
  static constexpr uint64_t kNaNKey = ~uint64_t{0};

  static uint64_t key_of(Value value) {
    uint64_t order = 0;
    if constexpr (std::is_same_v<Value, double>) {
      order = order_bits(value + 0.0);
      if (value != value) return kNaNKey;
    } else {
      order = static_cast<uint64_t>(value) ^ kHighBit;
    }
    return extreme == Extreme::kLeast ? order : ~order;
  }
};

// Strings and bytes, bytewise. Text: std::string where states own their bytes, std::string_view while a slide's events hold them.
template <Extreme extreme, class Text>
struct TextExtreme {
  using Value = std::string_view;
  struct State {
    Text text;
    bool is_any = false;
  };

  void add(State& state, const Event<Value>& event) const { offer(state, event.value); }
  void merge(State& state, const State& other) const {
    if (other.is_any) offer(state, other.text);
  }

  void encode(const State& state, std::string* out) const {
    put(static_cast<uint8_t>(state.is_any), out);
    if (state.is_any) out->append(state.text);
  }
  Status decode(std::string_view bytes, State* state) const {
    StateReader reader(bytes);
    uint8_t is_any = 0;
    if (!reader.read(&is_any) || is_any > 1 || (is_any == 0 && reader.remaining() != 0))
      return damaged_state(state_id(), "not one text");
    *state = {Text(bytes.substr(1)), is_any == 1};
    return Status();
  }
  std::string state_id() const { return std::string(extreme_name<extreme>()) + "(Bytes)"; }

  template <class Use>
  void narrowed(const Events&, std::span<const Frame>, const Use& use) const {
    use(TextExtreme<extreme, std::string_view>());
  }

  static bool is_any(const State& state) { return state.is_any; }
  static std::string_view value(const State& state) { return state.text; }

 private:
  static void offer(State& state, std::string_view text) {
    const bool wins = !state.is_any || (extreme == Extreme::kLeast ? text < state.text : text > state.text);
    if (wins) state = {Text(text), true};
  }
};

struct ExtremeFinish {
  template <class A>
  void operator()(const A& algebra, const typename A::State& state, ResultColumn* out) const {
    if (!algebra.is_any(state)) return out->append_null();
    out->append(algebra.value(state));
  }
};

}  // namespace gnomon
