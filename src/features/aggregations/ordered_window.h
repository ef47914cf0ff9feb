// The n oldest or newest events of a moving frame.
//
// Each event has a place in the order of (event_time, created_time, value); the set of places inside the frame yields the n at
// either end. For distinct values the set holds, of each value, only the place of its latest event inside.
// Thread-safety: belongs to one thread.
#pragma once

#include <algorithm>
#include <numeric>
#include <optional>
#include <vector>

#include "features/aggregations/ordered_events.h"
#include "features/aggregations/position_set.h"
#include "features/aggregations/ranked_events.h"

namespace gnomon {

// Whether the feature is one value or an Array of them.
enum class Shape : uint8_t { kValue, kArray };

// Appends a result of values in its order: null if there are none.
template <class V>
void append_values(Shape shape, const std::vector<V>& values, ResultColumn* out) {
  if (values.empty()) {
    out->append_null();
  } else if (shape == Shape::kValue) {
    out->append(values.front());
  } else {
    out->append_list(std::span<const V>(values));
  }
}

template <class V>
class OrderedWindow {
 public:
  // REQUIRES: `events` outlive it.
  OrderedWindow(const OrderedEvents<V>& algebra, Shape shape, const Events& events)
      : keep_(algebra.keep()), n_(static_cast<size_t>(algebra.n())), shape_(shape), reader_(events), inside_(events.count) {
    order_ties(events, algebra);
    if (keep_ != Keep::kNewestDistinct) return;
    ranked_ = rank_values<V>(events);
    latest_.assign(ranked_.size(), PositionSet::kNone);
  }

  void enter(int64_t event) {
    const int64_t place = place_of(event);
    if (keep_ == Keep::kNewestDistinct) {
      int64_t& latest = latest_of(event);
      if (latest > place) return;
      if (latest != PositionSet::kNone) inside_.erase(latest);
      latest = place;
    }
    inside_.insert(place);
  }

  // Events leave oldest first, so a value's latest event is the last one inside.
  void leave(int64_t event) {
    const int64_t place = place_of(event);
    if (keep_ == Keep::kNewestDistinct) {
      if (latest_of(event) != place) return;
      latest_of(event) = PositionSet::kNone;
    }
    inside_.erase(place);
  }

  // `event` takes the place of its value's latest event, which has to come back.
  void append_with(int64_t event, ResultColumn* out) {
    const int64_t displaced = keep_ == Keep::kNewestDistinct ? latest_of(event) : PositionSet::kNone;
    enter(event);
    append(out);
    leave(event);
    if (displaced == PositionSet::kNone) return;
    latest_of(event) = displaced;
    inside_.insert(displaced);
  }

  void append(ResultColumn* out) {
    values_.clear();
    if (keep_ == Keep::kOldest) {
      for (int64_t at = inside_.first_from(0); at != PositionSet::kNone && values_.size() < n_;
           at = inside_.first_from(at + 1))
        take(at);
    } else {
      for (int64_t at = inside_.last_before(places_); at != PositionSet::kNone && values_.size() < n_;
           at = inside_.last_before(at))
        take(at);
    }
    append_values(shape_, values_, out);
  }

 private:
  int64_t place_of(int64_t event) const { return place_.empty() ? event : place_[static_cast<size_t>(event)]; }
  int64_t event_at(int64_t place) const { return event_at_.empty() ? place : event_at_[static_cast<size_t>(place)]; }
  int64_t& latest_of(int64_t event) { return latest_[static_cast<size_t>(ranked_.rank_of[static_cast<size_t>(event)])]; }

  void take(int64_t place) {
    const V value = reader_.value(event_at(place));
    values_.push_back(keep_ == Keep::kNewestDistinct ? distinct_form(value) : content_form(value));
  }

  // Events come in order of both times: only those equal in both need to be put in order of their values, equal values as they
  // came. Without such events a place is the event's number.
  void order_ties(const Events& events, const OrderedEvents<V>& algebra) {
    places_ = events.count;
    const auto tied = [&](int64_t a, int64_t b) {
      return events.event_time[a] == events.event_time[b] &&
             (events.created_time == nullptr || events.created_time[a] == events.created_time[b]);
    };
    for (int64_t begin = 0, end = 1; begin < events.count; begin = end++) {
      while (end < events.count && tied(begin, end)) ++end;
      if (end - begin == 1) continue;
      if (event_at_.empty()) {
        event_at_.resize(static_cast<size_t>(events.count));
        std::iota(event_at_.begin(), event_at_.end(), 0);
      }
      const auto form = [&](int64_t event) { return reader_.valid(event) ? algebra.form(reader_.value(event)) : V{}; };
      std::stable_sort(event_at_.begin() + begin, event_at_.begin() + end,
                       [&](int64_t a, int64_t b) { return value_less(form(a), form(b)); });
    }
    place_.resize(event_at_.size());
    for (size_t place = 0; place < event_at_.size(); ++place)
      place_[static_cast<size_t>(event_at_[place])] = static_cast<int64_t>(place);
  }

  Keep keep_;
  size_t n_;
  Shape shape_;
  EventReader<V> reader_;
  PositionSet inside_;
  int64_t places_ = 0;
  std::vector<int64_t> event_at_;  // by place; empty: a place is an event's number
  std::vector<int64_t> place_;     // by event
  RankedEvents<V> ranked_;         // of distinct values only
  std::vector<int64_t> latest_;    // place by rank of the value
  std::vector<V> values_;          // of the answer being made
};

// Reads the result of a state: oldest first for the oldest, else newest first.
template <class V>
struct OrderedFinish {
  Shape shape;

  void operator()(const OrderedEvents<V>& algebra, const typename OrderedEvents<V>::State& state, ResultColumn* out) const {
    std::vector<V> values;
    values.reserve(state.size());
    for (const auto& kept : state) values.push_back(V(kept.value));
    if (algebra.keep() != Keep::kOldest) std::reverse(values.begin(), values.end());
    append_values(shape, values, out);
  }
};

}  // namespace gnomon
