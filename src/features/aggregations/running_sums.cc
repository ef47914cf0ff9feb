#include "features/aggregations/running_sums.h"

namespace gnomon {

// Calls use(place, value, is_valid) for each event in order.
template <class Use>
void RunningSums::for_values(const Events& events, const Use& use) const {
  const uint8_t* valid = events.column.valid;
  const auto each = [&](const auto& value_of) {
    for (int64_t at = 0; at < events.count; ++at) {
      const bool is_valid = valid == nullptr || valid[at] != 0;
      use(static_cast<size_t>(at), is_valid ? value_of(at) : 0, is_valid);
    }
  };
  if (events.column.kind == ValueKind::kFloat) {
    each([&](int64_t at) { return scale_->integer(events.column.floats[at]); });
  } else {
    each([&](int64_t at) { return static_cast<int128_t>(events.column.ints[at]); });
  }
}

bool RunningSums::make_sums(const Events& events) {
  if (!sums_.empty()) return true;
  if (is_refused_ || events.count > kMostEvents) return false;
  if (events.column.kind == ValueKind::kFloat) {
    const Frame all{0, events.count};
    scale_ = FixedScale::of(events, {&all, 1});
    is_refused_ = !scale_.has_value();
    if (is_refused_) return false;
  }
  sums_.resize(static_cast<size_t>(events.count) + 1);
  FixedSum running;
  sums_[0] = running;
  for_values(events, [&](size_t at, int128_t value, bool is_valid) {
    running.count += static_cast<int64_t>(is_valid);
    running.sum += value;
    sums_[at + 1] = running;
  });
  return true;
}

bool RunningSums::make_squares(const Events& events) {
  if (!squares_.empty()) return true;
  if (!make_sums(events)) return false;
  squares_.resize(static_cast<size_t>(events.count) + 1);
  Square running;
  squares_[0] = running;
  for_values(events, [&](size_t at, int128_t value, bool) {
    running.add(Square::of(value));
    squares_[at + 1] = running;
  });
  return true;
}

}  // namespace gnomon
