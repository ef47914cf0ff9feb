// The training face of an aggregation: the results of many frames of one group, never O(frames × window).
//
//                        in order                                   events become visible out of order
//   states that subtract differences of running states              as states that remove
//   states that remove   two pointers                               two pointers, and late events added where they appear
//   others               two stacks, cut at the frames' bounds      a tree over the events, filled as they appear
//                        (Tangwongsan et al., VLDB J. 2021)
//
// Where frames overlap little, those of the last kind are made anew a frame; where running states are kept for all windows
// (running_sums.h), those of the first kind are read from them.
//
// Thread-safety: pure functions.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "features/aggregations/algebra.h"
#include "features/aggregations/visibility.h"

namespace gnomon {

// States that cost nothing to copy.
template <class State>
inline constexpr bool kIsSmall = std::is_trivially_copyable_v<State> && sizeof(State) <= 80;

// Adds the events [begin, end). Small states are added to in registers.
template <class A>
void add_range(const A& algebra, const EventReader<typename A::Value>& reader, int64_t begin, int64_t end,
               typename A::State& state) {
  if constexpr (kIsSmall<typename A::State>) {
    typename A::State local = state;
    for (int64_t at = begin; at < end; ++at) {
      if (reader.valid(at)) algebra.add(local, reader[at]);
    }
    state = local;
  } else {
    for (int64_t at = begin; at < end; ++at) {
      if (reader.valid(at)) algebra.add(state, reader[at]);
    }
  }
}

// One pass over the events: what a frame holds is the running state at its end less the running state at its begin.
template <class A, class Emit>
void slide_differences(const A& algebra, const Events& events, std::span<const Frame> frames, const Emit& emit) {
  EventReader<typename A::Value> reader(events);
  std::vector<typename A::State> at_begin(frames.size());
  typename A::State running{};
  int64_t at = 0;
  const auto advance = [&](int64_t end) {
    if (at < end) add_range(algebra, reader, at, end, running);
    at = std::max(at, end);
  };
  size_t begun = 0;
  for (size_t q = 0; q < frames.size(); ++q) {
    if (begun == q) at = frames[q].begin;  // no frame is open: what lies before this one matters to none
    for (; begun < frames.size() && frames[begun].begin <= frames[q].end; ++begun) {
      advance(frames[begun].begin);
      at_begin[begun] = running;
    }
    advance(frames[q].end);
    typename A::State state = running;
    algebra.subtract(state, at_begin[q]);
    emit(algebra, state);
  }
}

// A window that moves forward over events, kept by adding what enters and removing what leaves.
template <class A, class Sees, class Late, class Emit>
void slide_two_pointers(const A& algebra, const Events& events, std::span<const Frame> frames, const Sees& sees,
                        const Late& late, const Emit& emit) {
  EventReader<typename A::Value> reader(events);
  typename A::State state{};
  int64_t low = 0;
  int64_t high = 0;
  for (size_t q = 0; q < frames.size(); ++q) {
    const Frame& frame = frames[q];
    if (frame.begin >= high) {  // nothing of the last frame stays
      if (high > low) state = typename A::State();
      low = high = frame.begin;
    }
    late(q, [&](int64_t at) {
      if (at >= low && at < high && reader.valid(at)) algebra.add(state, reader[at]);
    });
    for (; low < frame.begin; ++low) {
      if (reader.valid(low) && sees(q, low)) algebra.remove(state, reader[low]);
    }
    for (; high < frame.end; ++high) {
      if (reader.valid(high) && sees(q, high)) algebra.add(state, reader[high]);
    }
    emit(algebra, state);
  }
}

// Frames that hold one place in common, `middle`: each is a suffix of what lies before it and a prefix of what lies behind.
// States are copied a frame, not an event. Where states may be large, suffixes are kept for sqrt(frames) of the frames only
// and recomputed in between, so that a long window does not cost its square in memory.
template <class A, class Emit>
void slide_across(const A& algebra, const EventReader<typename A::Value>& reader, std::span<const Frame> frames,
                  int64_t middle, const Emit& emit) {
  using State = typename A::State;
  const size_t block = kIsSmall<State>
                           ? frames.size()
                           : std::max<size_t>(32, static_cast<size_t>(std::sqrt(static_cast<double>(frames.size()))));
  std::vector<State> behind_block((frames.size() + block - 1) / block);  // from the next block's first begin to the middle
  for (size_t k = behind_block.size(); k-- > 1;) {
    const size_t first = k * block;
    const size_t next = std::min(first + block, frames.size());
    behind_block[k - 1] = behind_block[k];
    add_range(algebra, reader, frames[first].begin, next == frames.size() ? middle : frames[next].begin,
              behind_block[k - 1]);
  }
  std::vector<State> suffixes(block);
  State prefix{};
  int64_t prefix_end = middle;
  for (size_t k = 0; k < behind_block.size(); ++k) {
    const size_t first = k * block;
    const size_t next = std::min(first + block, frames.size());
    int64_t reached = next == frames.size() ? middle : frames[next].begin;
    State suffix = std::move(behind_block[k]);
    for (size_t q = next; q-- > first; reached = frames[q].begin) {
      add_range(algebra, reader, frames[q].begin, reached, suffix);
      suffixes[q - first] = suffix;
    }
    for (size_t q = first; q < next; ++q) {
      add_range(algebra, reader, prefix_end, frames[q].end, prefix);
      prefix_end = frames[q].end;
      if (prefix_end > middle) algebra.merge(suffixes[q - first], prefix);
      emit(algebra, suffixes[q - first]);
    }
  }
}

// Whether the frames overlap so little that adding the events of each anew costs less than keeping what they share.
template <class State>
bool are_apart(std::span<const Frame> frames) {
  if (frames.empty()) return true;
  int64_t held = 0;
  for (const Frame& frame : frames) held += frame.end - frame.begin;
  const int64_t spanned = frames.back().end - frames.front().begin + static_cast<int64_t>(frames.size());
  return held <= (kIsSmall<State> ? 4 : 1) * spanned;
}

template <class A, class Emit>
void slide_two_stacks(const A& algebra, const Events& events, std::span<const Frame> frames, const Emit& emit) {
  EventReader<typename A::Value> reader(events);
  if (are_apart<typename A::State>(frames)) {
    for (const Frame& frame : frames) {
      typename A::State state{};
      add_range(algebra, reader, frame.begin, frame.end, state);
      emit(algebra, state);
    }
    return;
  }
  for (size_t first = 0; first < frames.size();) {
    const int64_t middle = frames[first].end;
    size_t last = first;
    while (last < frames.size() && frames[last].begin < middle) ++last;
    if (last == first) {
      emit(algebra, typename A::State());
      ++first;
      continue;
    }
    slide_across(algebra, reader, frames.subspan(first, last - first), middle, emit);
    first = last;
  }
}

// A tree over the events [first, last) whose nodes hold the visible ones below them. An event never becomes invisible again, so
// a node only ever adds.
template <class A>
class VisibleTree {
 public:
  VisibleTree(const A& algebra, int64_t first, int64_t last)
      : algebra_(algebra),
        first_(first),
        leaves_(static_cast<size_t>((last - first) / kLeafEvents + 1)),
        nodes_(2 * leaves_) {}

  void add(int64_t at, const Event<typename A::Value>& event) {
    for (size_t node = leaf_of(at) + leaves_; node > 0; node /= 2) algebra_.add(nodes_[node], event);
  }

  // The visible events of [begin, end), where `add_one(state, at)` adds a visible event.
  template <class AddOne>
  typename A::State query(int64_t begin, int64_t end, const AddOne& add_one) const {
    typename A::State state{};
    for (; begin < end && (begin - first_) % kLeafEvents != 0; ++begin) add_one(state, begin);
    for (; begin < end && (end - first_) % kLeafEvents != 0; --end) add_one(state, end - 1);
    if (begin == end) return state;
    size_t low = leaf_of(begin) + leaves_;
    size_t high = leaf_of(end) + leaves_;
    for (; low < high; low /= 2, high /= 2) {
      if (low % 2 == 1) algebra_.merge(state, nodes_[low++]);
      if (high % 2 == 1) algebra_.merge(state, nodes_[--high]);
    }
    return state;
  }

 private:
  static constexpr int64_t kLeafEvents = 8;
  size_t leaf_of(int64_t at) const { return static_cast<size_t>((at - first_) / kLeafEvents); }

  const A& algebra_;
  int64_t first_;
  size_t leaves_;
  std::vector<typename A::State> nodes_;
};

template <class A, class Emit>
void slide_tree(const A& algebra, const Events& events, const VisibleFrames& visible,
                const std::vector<LateEvent>& late_events, const Emit& emit) {
  EventReader<typename A::Value> reader(events);
  VisibleTree<A> tree(algebra, visible.frames.front().begin, visible.frames.back().end);
  LateArrivals late(visible, late_events);
  const auto add = [&](int64_t at) {
    if (reader.valid(at)) tree.add(at, reader[at]);
  };
  int64_t entered = 0;
  for (size_t q = 0; q < visible.frames.size(); ++q) {
    const Frame& frame = visible.frames[q];
    late(q, add);
    for (entered = std::max(entered, frame.begin); entered < frame.end; ++entered) {
      if (visible.sees(q, entered)) add(entered);
    }
    emit(algebra, tree.query(frame.begin, frame.end, [&](typename A::State& state, int64_t at) {
      if (reader.valid(at) && visible.sees(q, at)) algebra.add(state, reader[at]);
    }));
  }
}

// Calls use() with the narrower algebra that `algebra` offers for the events in these frames, or else with itself.
template <class A, class Use>
void with_narrowed(const A& algebra, const Events& events, std::span<const Frame> frames, const Use& use) {
  if constexpr (requires { algebra.narrowed(events, frames, use); }) {
    algebra.narrowed(events, frames, use);
  } else {
    use(algebra);
  }
}

// Calls emit(algebra, state) for each frame, in order, by what the algebra itself can do. REQUIRES: as Kernel::slide.
template <class A, class Emit>
void slide_plainly(const A& algebra, const Events& events, std::span<const Frame> frames, const Emit& emit) {
  if constexpr (Subtracts<A>) {
    slide_differences(algebra, events, frames, emit);
  } else if constexpr (Removes<A>) {
    slide_two_pointers(
        algebra, events, frames, [](size_t, int64_t) { return true; }, [](size_t, const auto&) {}, emit);
  } else {
    slide_two_stacks(algebra, events, frames, emit);
  }
}

// The same where frames hold only what is visible at their times, and some of it is late.
template <class A, class Emit>
void slide_plainly_as_visible(const A& algebra, const Events& events, const VisibleFrames& visible,
                              const std::vector<LateEvent>& late_events, const Emit& emit) {
  if constexpr (Removes<A>) {
    slide_two_pointers(
        algebra, events, visible.frames, [&](size_t q, int64_t at) { return visible.sees(q, at); },
        LateArrivals(visible, late_events), emit);
  } else {
    slide_tree(algebra, events, visible, late_events, emit);
  }
}

// Calls emit(algebra, state) for each frame, in order, in the fastest way that the algebra offers.
template <class A, class Emit>
void slide_in_order(const A& algebra, const Events& events, std::span<const Frame> frames, const Emit& emit) {
  if constexpr (requires { algebra.slide_shared(events, frames, emit); }) {
    if (algebra.slide_shared(events, frames, emit)) return;
  }
  if constexpr (requires { algebra.slide(events, frames, emit); }) {
    algebra.slide(events, frames, emit);
  } else {
    with_narrowed(algebra, events, frames, [&](const auto& narrow) { slide_plainly(narrow, events, frames, emit); });
  }
}

// The same where frames hold only what is visible at their times.
template <class A, class Emit>
void slide_as_visible(const A& algebra, const Events& events, const VisibleFrames& visible, const Emit& emit) {
  const std::vector<LateEvent> late_events = find_late_events(visible);
  if (late_events.empty()) return slide_in_order(algebra, events, visible.frames, emit);
  with_narrowed(algebra, events, visible.frames,
                [&](const auto& narrow) { slide_plainly_as_visible(narrow, events, visible, late_events, emit); });
}

}  // namespace gnomon
