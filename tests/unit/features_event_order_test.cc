// sort_by_time against std::sort, over times that are spread evenly, badly, equally and to the ends of their range.
#include <algorithm>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "features/windows/event_order.h"

namespace gnomon {
namespace {

TEST(EventOrder, IsByTimeAndLosesNoEvent) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  EventOrderScratch scratch;
  for (int round = 0; round < 400; ++round) {
    const size_t count = round % 20 == 0 ? random() % 30000 : random() % 300;
    const int spread = round % 5;
    std::vector<EventPlace> events(count);
    for (uint32_t i = 0; i < count; ++i) {
      TimeUs time = static_cast<TimeUs>(random() % 1'000'000'000);
      if (spread == 1) time = static_cast<TimeUs>(random() % 3);
      if (spread == 2) time = static_cast<TimeUs>(uint64_t{1} << random() % 63);
      if (spread == 3) time = static_cast<TimeUs>(random());
      if (spread == 4 && random() % 50 == 0) time = std::numeric_limits<TimeUs>::max();
      events[i] = {time, i};
    }
    if (count > 2 && round % 7 == 0) events[1].event_time = std::numeric_limits<TimeUs>::min();
    const auto less = [](const EventPlace& a, const EventPlace& b) {
      return std::pair(a.event_time, a.event) < std::pair(b.event_time, b.event);
    };
    std::vector<EventPlace> expected = events;
    std::sort(expected.begin(), expected.end(), less);
    sort_by_time(&events, &scratch);
    ASSERT_TRUE(std::is_sorted(events.begin(), events.end(),
                               [](const EventPlace& a, const EventPlace& b) { return a.event_time < b.event_time; }));
    std::sort(events.begin(), events.end(), less);
    ASSERT_TRUE(std::equal(
        events.begin(), events.end(), expected.begin(), expected.end(),
        [](const EventPlace& a, const EventPlace& b) { return a.event_time == b.event_time && a.event == b.event; }));
  }
}

}  // namespace
}  // namespace gnomon
