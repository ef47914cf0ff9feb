// The n oldest or newest events of a set: the algebra of first, last, first_n, last_n and last_distinct_n.
//
// Events are ordered by (event_time, created_time, value), so that which of them are kept depends on nothing else. A merge
// may drop whatever n others precede: an event that is not among the n of its own set is not among the n of a greater one.
// The same holds for distinct values by their latest event: n other values are later already.
//
//   bytes: uint32 events, then each (int64 event_time, int64 created_time, value), oldest first
//
// Thread-safety: an algebra is immutable; a state belongs to one thread.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "features/aggregations/algebra.h"
#include "features/aggregations/state_bytes.h"
#include "features/aggregations/value_order.h"

namespace gnomon {

enum class Keep : uint8_t { kOldest, kNewest, kNewestDistinct };

template <class V>
class OrderedEvents {
 public:
  using Value = V;
  struct Kept {
    TimeUs event_time;
    TimeUs created_time;
    Owned<V> value;
  };
  using State = std::vector<Kept>;  // oldest first, at most n

  // `dtype`: BoundInput::held_dtype. REQUIRES: n > 0.
  OrderedEvents(Keep keep, int64_t n, std::string_view dtype) : keep_(keep), n_(static_cast<size_t>(n)), dtype_(dtype) {}

  Keep keep() const { return keep_; }
  int64_t n() const { return static_cast<int64_t>(n_); }

  // The value as it is kept and compared.
  V form(V value) const { return keep_ == Keep::kNewestDistinct ? distinct_form(value) : content_form(value); }

  void add(State& state, const Event<V>& event) const {
    insert(state, event.event_time, event.created_time, form(event.value));
  }

  void merge(State& state, const State& other) const {
    for (const Kept& kept : other) insert(state, kept.event_time, kept.created_time, kept.value);
  }

  void encode(const State& state, std::string* out) const {
    put(static_cast<uint32_t>(state.size()), out);
    for (const Kept& kept : state) {
      put(kept.event_time, out);
      put(kept.created_time, out);
      put(kept.value, out);
    }
  }

  Status decode(std::string_view bytes, State* state) const {
    StateReader reader(bytes);
    uint32_t size = 0;
    if (!reader.read(&size) || size > n_) return damaged_state(state_id(), "its number of events");
    for (uint32_t i = 0; i < size; ++i) {
      Kept kept;
      if (!reader.read(&kept.event_time) || !reader.read(&kept.created_time) || !read_kept(reader, &kept.value)) {
        return damaged_state(state_id(), "it ends within an event");
      }
      if (!value_equal(form(kept.value), V(kept.value))) return damaged_state(state_id(), "a value that is never kept");
      if (!state->empty() && before(kept, state->back())) return damaged_state(state_id(), "events out of order");
      state->push_back(std::move(kept));
    }
    if (reader.remaining() != 0) return damaged_state(state_id(), "bytes after its last event");
    if (keep_ == Keep::kNewestDistinct && !all_distinct(*state)) return damaged_state(state_id(), "a distinct value twice");
    return Status();
  }

  std::string state_id() const {
    static constexpr const char* kNames[] = {"first_n", "last_n", "last_distinct_n"};
    return fmt::format("{}({},{})", kNames[static_cast<size_t>(keep_)], n_, dtype_);
  }

 private:
  template <class A, class B>
  static bool before(const A& a, const B& b) {
    if (a.event_time != b.event_time) return a.event_time < b.event_time;
    if (a.created_time != b.created_time) return a.created_time < b.created_time;
    return value_less(V(a.value), V(b.value));
  }

  // REQUIRES: `value` in its form.
  void insert(State& state, TimeUs event_time, TimeUs created_time, V value) const {
    Event<V> event{value, event_time, created_time};
    if (keep_ == Keep::kNewestDistinct) {
      auto same =
          std::find_if(state.begin(), state.end(), [&](const Kept& kept) { return value_equal(V(kept.value), value); });
      if (same != state.end()) {
        if (!before(*same, event)) return;
        state.erase(same);
      }
    }
    auto place = state.end();  // most events arrive in order
    while (place != state.begin() && before(event, *std::prev(place))) --place;
    if (state.size() < n_) {
      state.insert(place, Kept{event_time, created_time, Owned<V>(value)});
    } else if (keep_ == Keep::kOldest) {
      replace_newest(state, place, Kept{event_time, created_time, Owned<V>(value)});
    } else {
      replace_oldest(state, place, Kept{event_time, created_time, Owned<V>(value)});
    }
  }

  static void replace_oldest(State& state, typename State::iterator place, Kept kept) {
    if (place == state.begin()) return;
    std::move(state.begin() + 1, place, state.begin());
    *std::prev(place) = std::move(kept);
  }

  static void replace_newest(State& state, typename State::iterator place, Kept kept) {
    if (place == state.end()) return;
    std::move_backward(place, state.end() - 1, state.end());
    *place = std::move(kept);
  }

  static bool all_distinct(const State& state) {
    std::vector<V> values(state.size());
    std::transform(state.begin(), state.end(), values.begin(), [](const Kept& kept) { return V(kept.value); });
    std::sort(values.begin(), values.end(), [](V a, V b) { return value_less(a, b); });
    return std::adjacent_find(values.begin(), values.end(), [](V a, V b) { return value_equal(a, b); }) == values.end();
  }

  Keep keep_;
  size_t n_;
  std::string dtype_;
};

}  // namespace gnomon
