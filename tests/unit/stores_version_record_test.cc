#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "stores/version_merge.h"
#include "stores/version_record.h"

namespace gnomon {
namespace {

constexpr TimeUs kMax = std::numeric_limits<TimeUs>::max(), kMin = std::numeric_limits<TimeUs>::min();

std::string key_of(const VersionTimes& times) {
  std::string key = "prefix";
  append_version_key(times, &key);
  return key;
}

TEST(VersionRecord, KeysSortNewestFirst) {
  std::vector<VersionTimes> newest_first = {{kMax, kMax, kMax},
                                            {kMax, 0, 0},
                                            {7, 5, 9},
                                            {7, 5, 8},
                                            {7, kMin, 9},
                                            {7, std::nullopt, 9},
                                            {7, std::nullopt, kMin},
                                            {0, 1, 0},
                                            {-1, 1, 0},
                                            {kMin, std::nullopt, kMin}};
  for (size_t i = 0; i < newest_first.size(); ++i) {
    VersionTimes parsed = parse_version_key(key_of(newest_first[i]));
    EXPECT_EQ(parsed.event_time, newest_first[i].event_time);
    EXPECT_EQ(parsed.created_time, newest_first[i].created_time);
    EXPECT_EQ(parsed.known_at, newest_first[i].known_at);
  }
  for (size_t i = 1; i < newest_first.size(); ++i) EXPECT_LT(key_of(newest_first[i - 1]), key_of(newest_first[i])) << i;
}

TEST(VersionRecord, VisibilityStaysWithinInt64) {
  EXPECT_EQ(visible_from({10, std::nullopt, 3}, 0), 10);
  EXPECT_EQ(visible_from({10, std::nullopt, 12}, 5), 17);
  EXPECT_EQ(visible_from({10, std::nullopt, kMax}, 5), kMax);
  EXPECT_EQ(subtract_times(kMin, 1), kMin);
  EXPECT_EQ(subtract_times(kMax, -1), kMax);
}

TEST(VersionRecord, ValuesComeBack) {
  for (TimeUs dropped_from : {kNothingDropped, TimeUs{0}, kMin}) {
    std::string value;
    append_version_value("key", 42, {"features", dropped_from}, &value);
    auto parsed = parse_version_value("key", value, 42);
    ASSERT_TRUE(parsed.ok()) << parsed.status().to_string();
    EXPECT_EQ(parsed->features, "features");
    EXPECT_EQ(parsed->dropped_from, dropped_from);
  }
}

TEST(VersionRecord, AnyFlippedBitAndAnyOtherKeyIsFound) {
  std::string value;
  append_version_value("key", 42, {"features", 7}, &value);
  for (size_t bit = 0; bit < value.size() * 8; ++bit) {
    std::string damaged = value;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    auto parsed = parse_version_value("key", damaged, 42);
    ASSERT_FALSE(parsed.ok()) << bit;
    EXPECT_EQ(parsed.status().info().id, "GN511");
  }
  EXPECT_FALSE(parse_version_value("kez", value, 42).ok());
  EXPECT_FALSE(parse_version_value("key", value, 43).ok());
  for (size_t size = 0; size < value.size(); ++size)
    EXPECT_FALSE(parse_version_value("key", std::string_view(value).substr(0, size), 42).ok());
}

}  // namespace
}  // namespace gnomon
