#include "features/windows/event_order.h"

#include <algorithm>
#include <bit>

namespace gnomon {
namespace {

constexpr size_t kFewEvents = 24;
constexpr size_t kMostBuckets = size_t{1} << 12;
constexpr uint32_t kFullBucket = 32;

bool earlier(const EventPlace& a, const EventPlace& b) { return a.event_time < b.event_time; }

void sort_nearly_sorted(std::vector<EventPlace>* events) {
  for (size_t at = 1; at < events->size(); ++at) {
    const EventPlace moving = (*events)[at];
    size_t to = at;
    for (; to > 0 && earlier(moving, (*events)[to - 1]); --to) (*events)[to] = (*events)[to - 1];
    (*events)[to] = moving;
  }
}

}  // namespace

// Events are dealt to buckets of equal spans of time, about as many as there are events. Where none fills up, what is left to do
// is to swap neighbours; where time is that unevenly spread, or there are more events than buckets, the buckets are sorted.
void sort_by_time(std::vector<EventPlace>* events, EventOrderScratch* scratch) {
  if (events->size() <= kFewEvents) return sort_nearly_sorted(events);
  auto [first, last] = std::minmax_element(events->begin(), events->end(), earlier);
  const uint64_t origin = static_cast<uint64_t>(first->event_time);
  const uint64_t range = static_cast<uint64_t>(last->event_time) - origin;
  const size_t buckets = std::min(kMostBuckets, std::bit_ceil(events->size()));
  const int shift = std::max(0, static_cast<int>(std::bit_width(range)) - static_cast<int>(std::bit_width(buckets)) + 1);
  const auto bucket_of = [&](const EventPlace& event) {
    return static_cast<size_t>((static_cast<uint64_t>(event.event_time) - origin) >> shift);
  };
  std::vector<uint32_t>& begin = scratch->begin;
  begin.assign(buckets + 1, 0);
  for (const EventPlace& event : *events) ++begin[bucket_of(event) + 1];
  const uint32_t fullest = *std::max_element(begin.begin(), begin.end());
  for (size_t bucket = 0; bucket < buckets; ++bucket) begin[bucket + 1] += begin[bucket];
  scratch->places.resize(events->size());
  for (const EventPlace& event : *events) scratch->places[begin[bucket_of(event)]++] = event;
  events->swap(scratch->places);
  if (fullest <= kFullBucket) return sort_nearly_sorted(events);
  uint32_t from = 0;
  for (size_t bucket = 0; bucket < buckets; from = begin[bucket++]) {  // each has moved on to the end of its bucket
    std::sort(events->begin() + from, events->begin() + begin[bucket], earlier);
  }
}

}  // namespace gnomon
