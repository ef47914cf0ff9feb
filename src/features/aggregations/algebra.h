// What an aggregation function has to say about itself: an algebra is a small copyable struct that holds the function's
// parameters and knows how states are added to, merged and written. kernel_of.h turns it into a Kernel.
//
//   struct SomeAlgebra {
//     using Value = int64_t;  // or double, std::string_view
//     using State = …;        // copyable; default-constructed: no events. It owns its bytes.
//     void add(State&, const Event<Value>&) const;
//     void remove(State&, const Event<Value>&) const;  // optional, where it is the exact inverse of add; only of added events
//     void subtract(State&, const State&) const;       // optional, where states are small: the exact inverse of merge
//     void merge(State&, const State&) const;
//     void encode(const State&, std::string*) const;   // appends; canonical: equal states, equal bytes
//     Status decode(std::string_view, State*) const;   // into an empty state; see state_bytes.h
//     std::string state_id() const;                    // "last_n(5,String)"
//   };
//
// Faster ways through slide() may be offered, all with the same bits as add and merge:
//   template <class Use> void narrowed(const Events&, std::span<const Frame>, const Use& use) const;
//     calls use(algebra) once with an algebra that holds the states of the events in these frames in less space. It needs Value, State, add and
//     remove or merge; the function's Finish must accept it.
//   template <class Emit> void slide(const Events&, std::span<const Frame>, const Emit& emit) const;
//     computes all frames by itself, calling emit(algebra, state) for each, in order.
//   template <class Emit> bool slide_shared(const Events&, std::span<const Frame>, const Emit& emit) const;
//     the same from what the events share (Events::sums); false, and no call, where they do not.
//
// Thread-safety: algebras are immutable; a state belongs to one thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "features/aggregations/aggregation.h"
#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

inline constexpr TimeUs kNoCreatedTime = std::numeric_limits<TimeUs>::min();  // null or absent: loses against any other

// T: int64_t, double or std::string_view, which points into the events; int64_t 0 where there is no column.
template <class T>
struct Event {
  T value;
  TimeUs event_time;
  TimeUs created_time;  // kNoCreatedTime where null or absent
};

template <class A>
concept Adds = requires(const A& algebra, typename A::State& state, const Event<typename A::Value>& event) {
  algebra.add(state, event);
};

template <class A>
concept Removes = requires(const A& algebra, typename A::State& state, const Event<typename A::Value>& event) {
  algebra.remove(state, event);
};

template <class A>
concept Merges = requires(const A& algebra, typename A::State& state, const typename A::State& other) {
  algebra.merge(state, other);
};

template <class A>
concept Subtracts = requires(const A& algebra, typename A::State& state, const typename A::State& other) {
  algebra.subtract(state, other);
};

template <class A>
concept Algebra = Adds<A> && Merges<A> && std::copyable<typename A::State> &&
    requires(const A& algebra, const typename A::State& state, typename A::State* decoded, std::string* out,
             std::string_view bytes) {
  algebra.encode(state, out);
  { algebra.decode(bytes, decoded) } -> std::same_as<Status>;
  { algebra.state_id() } -> std::convertible_to<std::string>;
};

// Reads one column of events as Event<T>. REQUIRES: the events outlive it, and T is the type of their kind.
template <class T>
class EventReader {
 public:
  explicit EventReader(const Events& events)
      : event_time_(events.event_time),
        created_time_(events.created_time),
        valid_(events.column.valid),
        values_(values_of(events.column)) {}

  bool valid(int64_t at) const { return valid_ == nullptr || valid_[at] != 0; }
  bool all_valid() const { return valid_ == nullptr; }
  T value(int64_t at) const { return values_ == nullptr ? T{} : values_[at]; }
  // REQUIRES: valid(at)
  Event<T> operator[](int64_t at) const {
    return {value(at), event_time_[at], created_time_ == nullptr ? kNoCreatedTime : created_time_[at]};
  }

 private:
  static const T* values_of(const EventColumn& column) {
    if constexpr (std::same_as<T, int64_t>) {
      return column.ints;
    } else if constexpr (std::same_as<T, double>) {
      return column.floats;
    } else {
      static_assert(std::same_as<T, std::string_view>);
      return column.bytes;
    }
  }

  const TimeUs* event_time_;
  const TimeUs* created_time_;
  const uint8_t* valid_;
  const T* values_;
};

}  // namespace gnomon
