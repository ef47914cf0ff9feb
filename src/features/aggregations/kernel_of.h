// make_kernel_of: from an algebra and the way its result is read to a Kernel.
//
//   struct SumFinish {
//     void operator()(const SumAlgebra& algebra, const SumAlgebra::State& state, ResultColumn* out) const;  // appends one result
//   };
//   make_kernel_of(SumAlgebra{}, SumFinish{}, arrow::int64());
//
// Kernels with one state_id must have one Algebra type: they read each other's accumulators.
// An encoded accumulator is: version (1 byte), the newest counted event's time (8 bytes), the state.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "features/aggregations/algebra.h"
#include "features/aggregations/sliding.h"
#include "features/aggregations/state_bytes.h"

namespace gnomon {

inline constexpr uint8_t kStateVersion = 1;

template <Algebra A>
class AccumulatorOf final : public Accumulator {
 public:
  explicit AccumulatorOf(const A& algebra) : algebra_(algebra) {}

  const typename A::State& state() const { return state_; }

  void clear() override {
    state_ = typename A::State();
    newest_ = kNoEvent;
  }

  void add(const Events& events, int64_t begin, int64_t end) override {
    EventReader<typename A::Value> reader(events);
    while (end > begin && !reader.valid(end - 1)) --end;
    if (begin == end) return;
    newest_ = std::max(newest_, events.event_time[end - 1]);
    for (int64_t at = begin; at < end; ++at) {
      if (reader.valid(at)) algebra_.add(state_, reader[at]);
    }
  }

  void encode(std::string* out) const override {
    put(kStateVersion, out);
    put(newest_, out);
    algebra_.encode(state_, out);
  }

  Status merge(std::string_view bytes) override {
    StateReader reader(bytes);
    uint8_t version = 0;
    TimeUs newest = kNoEvent;
    if (!reader.read(&version) || !reader.read(&newest))
      return damaged_state(algebra_.state_id(), "it ends within its header");
    if (version != kStateVersion)
      return damaged_state(algebra_.state_id(), "its format version is " + std::to_string(version));
    std::string_view body = bytes.substr(bytes.size() - reader.remaining());
    typename A::State other{};
    GN_TRY(algebra_.decode(body, &other));
    if (newest == kNoEvent) {
      std::string none;
      algebra_.encode(typename A::State(), &none);
      return body == none ? Status() : damaged_state(algebra_.state_id(), "it holds events but no time");
    }
    if (newest_ == kNoEvent) {
      state_ = std::move(other);
    } else {
      algebra_.merge(state_, other);
    }
    newest_ = std::max(newest_, newest);
    return Status();
  }

  TimeUs newest() const override { return newest_; }
  std::unique_ptr<Accumulator> clone() const override { return std::make_unique<AccumulatorOf>(*this); }

 private:
  A algebra_;
  typename A::State state_{};
  TimeUs newest_ = kNoEvent;
};

template <Algebra A, class Finish>
class KernelOf final : public Kernel {
 public:
  KernelOf(A algebra, Finish finish, std::shared_ptr<arrow::DataType> result_type)
      : algebra_(std::move(algebra)),
        finish_(std::move(finish)),
        result_type_(std::move(result_type)),
        state_id_(algebra_.state_id()) {}

  const std::string& state_id() const override { return state_id_; }
  const std::shared_ptr<arrow::DataType>& result_type() const override { return result_type_; }
  std::unique_ptr<Accumulator> accumulator() const override { return std::make_unique<AccumulatorOf<A>>(algebra_); }

  void result(const Accumulator& state, ResultColumn* out) const override {
    finish_(algebra_, static_cast<const AccumulatorOf<A>&>(state).state(), out);
  }

  void slide(const Events& events, std::span<const Frame> frames, ResultColumn* out) const override {
    slide_in_order(algebra_, events, frames, emit_to(out));
  }

  void slide(const Events& events, std::span<const Frame> frames, std::span<const TimeUs> visible_from,
             std::span<const TimeUs> times, ResultColumn* out) const override {
    slide_as_visible(algebra_, events, {frames, visible_from, times}, emit_to(out));
  }

  void slide_including(const Events& events, int64_t first_own, std::span<const Frame> frames,
                       std::span<const TimeUs> visible_from, std::span<const TimeUs> times,
                       ResultColumn* out) const override {
    EventReader<typename A::Value> reader(events);
    int64_t own = first_own;
    const auto emit = [&](const A& algebra, typename A::State state) {
      if (reader.valid(own)) algebra.add(state, reader[own]);
      finish_(algebra, state, out);
      ++own;
    };
    // As the algebra stands: a narrower one may not hold the own events, which lie in no frame.
    const VisibleFrames visible{frames, visible_from, times};
    const std::vector<LateEvent> late = visible_from.empty() ? std::vector<LateEvent>() : find_late_events(visible);
    if (late.empty()) return slide_plainly(algebra_, events, frames, emit);
    slide_plainly_as_visible(algebra_, events, visible, late, emit);
  }

 private:
  auto emit_to(ResultColumn* out) const {
    return [this, out](const auto& algebra, const auto& state) { finish_(algebra, state, out); };
  }

  A algebra_;
  Finish finish_;
  std::shared_ptr<arrow::DataType> result_type_;
  std::string state_id_;
};

template <Algebra A, class Finish>
std::unique_ptr<Kernel> make_kernel_of(A algebra, Finish finish, std::shared_ptr<arrow::DataType> result_type) {
  return std::make_unique<KernelOf<A, Finish>>(std::move(algebra), std::move(finish), std::move(result_type));
}

}  // namespace gnomon
