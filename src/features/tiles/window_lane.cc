#include "features/tiles/window_lane.h"

#include <algorithm>
#include <numeric>

#include "features/tiles/tile_states.h"

namespace gnomon {
namespace {

ExplainedEvent explained(const StateEvents& events, int column, int64_t at) {
  ExplainedEvent event{events.event_time[at], events.created_at(at), events.visible_at(at), {}};
  if (column == kNone) return event;
  const EventColumn& values = events.columns[static_cast<size_t>(column)];
  if (values.valid != nullptr && values.valid[at] == 0) return event;
  if (values.kind == ValueKind::kInt) event.value = values.ints[at];
  if (values.kind == ValueKind::kFloat) event.value = values.floats[at];
  if (values.kind == ValueKind::kBytes) event.value = std::string(values.bytes[at]);
  return event;
}

int64_t first_not_before(const StateEvents& events, int64_t end, TimeUs time) {
  return std::lower_bound(events.event_time, events.event_time + end, time) - events.event_time;
}

}  // namespace

WindowLane::WindowLane(const StateLayout& layout, const WindowFeature& feature)
    : base_(feature.base),
      column_(feature.column),
      filter_(feature.filter),
      offset_us_(feature.window.offset_us),
      resolution_us_(feature.window.resolution_us),
      last_n_(feature.window.kind == WindowSpec::Kind::kLastN ? feature.window.last_n : 0),
      state_(feature.kernel->accumulator()) {
  GN_ASSERT(feature.base != kNone || last_n_ > 0);
  if (feature.base == kNone) return;
  const BaseAggregate& base = layout.bases()[static_cast<size_t>(feature.base)];
  GN_ASSERT(base.kernel->state_id() == feature.kernel->state_id());
  column_ = base.column;
  filter_ = base.filter;
  hash_ = base.hash;
}

bool WindowLane::takes(const WindowFeature& feature) const {
  // Where last(n) ends depends on the events: it shares with nobody.
  return last_n_ == 0 && feature.window.kind != WindowSpec::Kind::kLastN && feature.base == base_ &&
         feature.window.offset_us == offset_us_ && feature.window.resolution_us == resolution_us_;
}

void WindowLane::sort_asks() {
  std::sort(asks_.begin(), asks_.end(), [](const Ask& a, const Ask& b) { return a.begin > b.begin; });
}

void WindowLane::start_entity(const OwnEvent& own) {
  state_->clear();
  next_ = 0;
  still_wanted_ = last_n_ > 0 && own_counts(asks_.front(), own) ? last_n_ - 1 : last_n_;
}

bool WindowLane::own_counts(const Ask& ask, const OwnEvent& own) const {
  if (!ask.include_request || own.events == nullptr || !own.counts) return false;
  return filter_ == kNone || own.events->passes[static_cast<size_t>(filter_)][own.at] != 0;
}

void WindowLane::answer_next(const WindowAnswers& answers) {
  const Ask& ask = asks_[next_++];
  const auto feature = static_cast<size_t>(ask.feature);
  if (own_counts(ask, answers.own)) {
    const std::unique_ptr<Accumulator> state = state_->clone();  // the others of this lane go on without it
    state->add(answers.own.events->column(column_), answers.own.at, answers.own.at + 1);
    ask.kernel->result(*state, &answers.columns[feature]);
    answers.newest[feature] = state->newest();
  } else {
    ask.kernel->result(*state_, &answers.columns[feature]);
    answers.newest[feature] = state_->newest();
  }
}

bool WindowLane::takes_whole(const Tile& tile, TimeUs visible_from, const WindowAnswers& answers) {
  if (!reads_tiles() || tile.last >= end_ || visible_from > as_of_) return false;
  const TimeUs begin = next_begin(tile.last, answers);
  return !is_done() && begin <= tile.start;
}

TimeUs WindowLane::next_begin(TimeUs last, const WindowAnswers& answers) {
  while (!is_done() && asks_[next_].begin > last) answer_next(answers);
  return is_done() ? INT64_MIN : asks_[next_].begin;
}

bool WindowLane::counts(const StateEvents& events, int64_t at) const {
  return events.visible_from[at] <= as_of_ && (filter_ == kNone || events.passes[static_cast<size_t>(filter_)][at] != 0);
}

void WindowLane::add_events(const StateEvents& events, const WindowAnswers& answers) {
  int64_t end = first_not_before(events, events.count, end_);
  if (!reads_tiles()) return add_last(events, end, answers);
  while (!is_done() && end > 0) {
    const int64_t begin = first_not_before(events, end, asks_[next_].begin);
    add_counted(events, begin, end, answers.explanation);
    end = begin;
    if (end > 0) answer_next(answers);
  }
}

void WindowLane::add_counted(const StateEvents& events, int64_t begin, int64_t end, WindowExplanation* explanation) {
  const Events values = events.column(column_);
  for_runs(
      begin, end, [&](int64_t at) { return counts(events, at); },
      [&](int64_t first, int64_t last) { state_->add(values, first, last); });
  if (explanation == nullptr) return;
  for (int64_t at = end; at-- > begin;) {
    if (filter_ != kNone && events.passes[static_cast<size_t>(filter_)][at] == 0) continue;
    (counts(events, at) ? explanation->events : explanation->not_visible).push_back(explained(events, column_, at));
  }
}

// Events of one (event_time, created_time) are a tie that the aggregated value breaks; it matters only where n ends within it.
void WindowLane::add_last(const StateEvents& events, int64_t end, const WindowAnswers& answers) {
  while (end > 0 && still_wanted_ > 0) {
    int64_t begin = end - 1;
    const auto ties = [&](int64_t at) {
      return events.event_time[at] == events.event_time[end - 1] && events.created_time[at] == events.created_time[end - 1];
    };
    while (begin > 0 && ties(begin - 1)) --begin;
    int64_t counted = 0;
    for (int64_t at = begin; at < end; ++at) counted += counts(events, at);
    if (counted <= still_wanted_) {
      add_counted(events, begin, end, answers.explanation);
      still_wanted_ -= counted;
    } else {
      add_greatest(events, begin, end, answers.explanation);
      still_wanted_ = 0;
    }
    end = begin;
  }
  if (still_wanted_ == 0 && !is_done()) answer_next(answers);
}

// The `still_wanted_` greatest values of those that count, null least.
void WindowLane::add_greatest(const StateEvents& events, int64_t begin, int64_t end, WindowExplanation* explanation) {
  const Events values = events.column(column_);
  std::vector<int64_t> order;
  for (int64_t at = begin; at < end; ++at) {
    if (counts(events, at)) order.push_back(at);
  }
  if (column_ != kNone) {
    std::stable_sort(order.begin(), order.end(),
                     [&](int64_t a, int64_t b) { return compare_values(values.column, a, b) > 0; });
  }
  order.resize(static_cast<size_t>(still_wanted_));
  for (int64_t at : order) {
    state_->add(values, at, at + 1);
    if (explanation != nullptr) explanation->events.push_back(explained(events, column_, at));
  }
}

void WindowLane::finish(const WindowAnswers& answers) {
  while (!is_done()) answer_next(answers);
}

}  // namespace gnomon
