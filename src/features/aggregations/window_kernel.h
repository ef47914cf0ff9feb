// make_window_kernel: a Kernel whose training face is a window that moves over the events of a group and answers in less time
// than a state of what it holds could be read.
//
//   struct SomeWindow {
//     void enter(int64_t event);  // joins the frame; in any order where events become visible out of order
//     void leave(int64_t event);  // only what entered, in order
//     void append(ResultColumn* out) const;  // the result of what is inside
//     void append_with(int64_t event, ResultColumn* out);  // optional: the same with one newer event, which leaves at once;
//   };                                                     // for windows where it could displace an older one
//
// `make_window(events)` makes an empty one; it may sort the group's values once for all frames. Its answers have the same bits
// as those of `finish` over the algebra's states; the tests hold them to it.
// Thread-safety: as Kernel.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "features/aggregations/kernel_of.h"
#include "features/aggregations/visibility.h"

namespace gnomon {

// Walks `window` through `frames` and calls append(q) at each. An event is inside while it lies in the frame and sees(frame, event).
template <class Window, class Sees, class Late, class Append>
void walk_frames(const Events& events, std::span<const Frame> frames, const Sees& sees, const Late& late, Window& window,
                 const Append& append) {
  const uint8_t* valid = events.column.valid;
  const auto enters = [&](size_t q, int64_t at) { return (valid == nullptr || valid[at] != 0) && sees(q, at); };
  int64_t low = 0;
  int64_t high = 0;
  for (size_t q = 0; q < frames.size(); ++q) {
    const Frame& frame = frames[q];
    late(q, [&](int64_t at) {
      if (at >= low && at < high && enters(q, at)) window.enter(at);
    });
    for (; low < std::min(frame.begin, high); ++low) {
      if (enters(q, low)) window.leave(low);
    }
    if (frame.begin > high) low = high = frame.begin;
    for (; high < frame.end; ++high) {
      if (enters(q, high)) window.enter(high);
    }
    append(q);
  }
}

template <class Window>
void append_with(Window& window, int64_t event, ResultColumn* out) {
  if constexpr (requires { window.append_with(event, out); }) {
    window.append_with(event, out);
  } else {
    window.enter(event);
    window.append(out);
    window.leave(event);
  }
}

template <Algebra A, class Finish, class MakeWindow>
class WindowKernelOf final : public Kernel {
 public:
  WindowKernelOf(A algebra, Finish finish, MakeWindow make_window, std::shared_ptr<arrow::DataType> result_type)
      : algebra_(std::move(algebra)),
        finish_(std::move(finish)),
        make_window_(std::move(make_window)),
        result_type_(std::move(result_type)),
        state_id_(algebra_.state_id()) {}

  const std::string& state_id() const override { return state_id_; }
  const std::shared_ptr<arrow::DataType>& result_type() const override { return result_type_; }
  std::unique_ptr<Accumulator> accumulator() const override { return std::make_unique<AccumulatorOf<A>>(algebra_); }

  void result(const Accumulator& state, ResultColumn* out) const override {
    finish_(algebra_, static_cast<const AccumulatorOf<A>&>(state).state(), out);
  }

  void slide(const Events& events, std::span<const Frame> frames, ResultColumn* out) const override {
    auto window = make_window_(events);
    walk(events, frames, {}, {}, window, [&](size_t) { window.append(out); });
  }

  void slide(const Events& events, std::span<const Frame> frames, std::span<const TimeUs> visible_from,
             std::span<const TimeUs> times, ResultColumn* out) const override {
    auto window = make_window_(events);
    walk(events, frames, visible_from, times, window, [&](size_t) { window.append(out); });
  }

  void slide_including(const Events& events, int64_t first_own, std::span<const Frame> frames,
                       std::span<const TimeUs> visible_from, std::span<const TimeUs> times,
                       ResultColumn* out) const override {
    const uint8_t* valid = events.column.valid;
    auto window = make_window_(events);
    walk(events, frames, visible_from, times, window, [&](size_t q) {
      const int64_t own = first_own + static_cast<int64_t>(q);
      if (valid == nullptr || valid[own] != 0) return append_with(window, own, out);
      window.append(out);
    });
  }

 private:
  template <class Window, class Append>
  void walk(const Events& events, std::span<const Frame> frames, std::span<const TimeUs> visible_from,
            std::span<const TimeUs> times, Window& window, const Append& append) const {
    if (visible_from.empty()) {
      return walk_frames(
          events, frames, [](size_t, int64_t) { return true; }, [](size_t, const auto&) {}, window, append);
    }
    const VisibleFrames visible{frames, visible_from, times};
    const std::vector<LateEvent> late = find_late_events(visible);
    walk_frames(
        events, frames, [&](size_t q, int64_t at) { return visible.sees(q, at); }, LateArrivals(visible, late), window,
        append);
  }

  A algebra_;
  Finish finish_;
  MakeWindow make_window_;
  std::shared_ptr<arrow::DataType> result_type_;
  std::string state_id_;
};

template <Algebra A, class Finish, class MakeWindow>
std::unique_ptr<Kernel> make_window_kernel(A algebra, Finish finish, MakeWindow make_window,
                                           std::shared_ptr<arrow::DataType> result_type) {
  return std::make_unique<WindowKernelOf<A, Finish, MakeWindow>>(std::move(algebra), std::move(finish),
                                                                 std::move(make_window), std::move(result_type));
}

}  // namespace gnomon
