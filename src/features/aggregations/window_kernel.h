// make_window_kernel: a Kernel whose training face is a window that moves over the events of a group and answers in less time
// than a state of what it holds could be read.
//
//   struct SomeWindow {
//     void enter(int64_t event);  // joins the frame; in any order where events become visible out of order
//     void leave(int64_t event);  // only what entered, in order
//     void append(ResultColumn* out) const;  // the result of what is inside
//   };
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

// Walks `window` through `frames`. An event is inside while it lies in the frame and sees(frame, event).
template <class Window, class Sees, class Late>
void walk_frames(const Events& events, std::span<const Frame> frames, const Sees& sees, const Late& late, Window& window,
                 ResultColumn* out) {
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
    window.append(out);
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
    walk_frames(
        events, frames, [](size_t, int64_t) { return true; }, [](size_t, const auto&) {}, window, out);
  }

  void slide(const Events& events, std::span<const Frame> frames, std::span<const TimeUs> visible_from,
             std::span<const TimeUs> times, ResultColumn* out) const override {
    const VisibleFrames visible{frames, visible_from, times};
    const std::vector<LateEvent> late = find_late_events(visible);
    auto window = make_window_(events);
    walk_frames(
        events, frames, [&](size_t q, int64_t at) { return visible.sees(q, at); }, LateArrivals(visible, late), window, out);
  }

 private:
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
