// EntitySlots: the place of a time in a group, small and indexed groups alike, against std::lower_bound.
#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "features/entity_slots.h"

namespace gnomon {
namespace {

TEST(EntitySlots, FindsThePlaceOfAnyTime) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 60; ++round) {
    size_t rows = random() % 2000;
    int32_t group_count = 1 + static_cast<int32_t>(random() % 4);
    int64_t span = std::vector<int64_t>{1, 50, 100'000, std::numeric_limits<int64_t>::max() / 4}[random() % 4];
    std::vector<int32_t> groups;
    std::vector<TimeUs> times;
    std::vector<std::set<TimeUs>> expected(static_cast<size_t>(group_count));
    for (size_t i = 0; i < rows; ++i) {
      groups.push_back(static_cast<int32_t>(random() % static_cast<uint64_t>(group_count)));
      times.push_back(static_cast<int64_t>(random() % static_cast<uint64_t>(2 * span)) - span);
      expected[static_cast<size_t>(groups.back())].insert(times.back());
    }
    EntitySlots slots = EntitySlots::build(groups, group_count, times.data());
    for (int32_t group = 0; group < group_count; ++group) {
      const auto& sorted = expected[static_cast<size_t>(group)];
      ASSERT_EQ(slots.group_end(group) - slots.group_begin(group), static_cast<int64_t>(sorted.size()));
      std::vector<TimeUs> probes{std::numeric_limits<TimeUs>::min(), std::numeric_limits<TimeUs>::max()};
      for (TimeUs time : sorted) probes.insert(probes.end(), {time - 1, time, time + 1});
      for (TimeUs t : probes) {
        int64_t place = slots.first_at_or_after(slots.candidates(group, t), t) - slots.group_begin(group);
        EXPECT_EQ(place, std::distance(sorted.begin(), sorted.lower_bound(t))) << "t " << t;
      }
    }
    for (size_t i = 0; i < rows; ++i) EXPECT_EQ(slots.time(slots.slot_of_row(static_cast<int64_t>(i))), times[i]);
  }
}

}  // namespace
}  // namespace gnomon
