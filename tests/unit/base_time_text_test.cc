#include "base/time_text.h"

#include <chrono>
#include <limits>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace gnomon {
namespace {

TEST(ParseDuration, ReadsNumbersWithUnits) {
  const std::pair<const char*, TimeUs> cases[] = {{"0", 0},
                                                  {"0s", 0},
                                                  {"10us", 10},
                                                  {"250ms", 250'000},
                                                  {"90s", 90 * kSecondUs},
                                                  {"5m", 5 * kMinuteUs},
                                                  {"5min", 5 * kMinuteUs},
                                                  {"3h", 3 * kHourUs},
                                                  {"7d", 7 * kDayUs},
                                                  {"2w", 14 * kDayUs},
                                                  {"1d12h", 36 * kHourUs},
                                                  {"1h30min", 90 * kMinuteUs},
                                                  {"1min500ms", kMinuteUs + 500'000},
                                                  {"007d", 7 * kDayUs}};
  for (auto& [text, expected] : cases) {
    Result<TimeUs> duration = parse_duration(text);
    ASSERT_TRUE(duration.ok()) << text;
    EXPECT_EQ(*duration, expected) << text;
  }
}

TEST(ParseDuration, RefusesWhatIsNotOne) {
  for (const char* text : {"", "7", "d", "00", "-1d", "+1d", "1.5h", "1 d", " 1d", "1d ", "1D", "1h30", "1x", "1d-2h", "P1D",
                           "1mins", "9223372036854775808us", "999999999999d", "106751991d24h"}) {
    Result<TimeUs> duration = parse_duration(text);
    ASSERT_FALSE(duration.ok()) << text;
    EXPECT_EQ(duration.status().info().id, "GN112");
    EXPECT_EQ(duration.status().code(), Code::kInvalidArgument);
  }
  EXPECT_TRUE(parse_duration("9223372036854775807us").ok());
}

TEST(FormatDuration, UsesTheLargestExactUnit) {
  EXPECT_EQ(format_duration(0), "0");
  EXPECT_EQ(format_duration(1), "1us");
  EXPECT_EQ(format_duration(1'000), "1ms");
  EXPECT_EQ(format_duration(1'001), "1001us");
  EXPECT_EQ(format_duration(5'400 * kSecondUs), "90min");
  EXPECT_EQ(format_duration(7 * kDayUs), "7d");
  EXPECT_EQ(format_duration(25 * kHourUs), "25h");
  EXPECT_EQ(format_duration(-kHourUs), "-1h");
}

TEST(FormatDuration, IsReadBack) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 10'000; ++i) {
    TimeUs duration = static_cast<TimeUs>(random() >> (1 + random() % 62));
    EXPECT_EQ(*parse_duration(format_duration(duration)), duration);
  }
}

TEST(ParseTime, ReadsIso8601) {
  constexpr TimeUs kMorning = 1'360'656'000 * kSecondUs;  // 2013-02-12T08:00Z
  const std::pair<const char*, TimeUs> cases[] = {{"2013-02-12T08:00Z", kMorning},
                                                  {"2013-02-12 08:00", kMorning},
                                                  {"2013-02-12T08:00:00", kMorning},
                                                  {"2013-02-12T08:00:00z", kMorning},
                                                  {"2013-02-12T09:00:00+01:00", kMorning},
                                                  {"2013-02-12T02:30-0530", kMorning},
                                                  {"2013-02-12T03:00-05", kMorning},
                                                  {"2013-02-12T08:00:00.123456Z", kMorning + 123'456},
                                                  {"2013-02-12T08:00:00.5Z", kMorning + 500'000},
                                                  {"2013-02-12T08:00:00.000000999Z", kMorning},
                                                  {"2013-02-12", kMorning - 8 * kHourUs},
                                                  {"1970-01-01T00:00Z", 0},
                                                  {"1969-12-31T23:59:59.9999999Z", -1},
                                                  {"2012-02-29", 1'330'473'600 * kSecondUs}};
  for (auto& [text, expected] : cases) {
    Result<TimeUs> time = parse_time(text);
    ASSERT_TRUE(time.ok()) << text;
    EXPECT_EQ(*time, expected) << text;
  }
}

TEST(ParseTime, RefusesWhatIsNotOne) {
  for (const char* text : {"",
                           "2013",
                           "2013-02",
                           "2013-2-12",
                           "2013-02-30",
                           "2013-13-01",
                           "2013-00-01",
                           "2013-01-00",
                           "2013-02-29",
                           "2013-02-12T",
                           "2013-02-12T08",
                           "2013-02-12T24:00",
                           "2013-02-12T08:60",
                           "2013-02-12T08:00:60",
                           "2013-02-12T08:00:",
                           "2013-02-12T08:00.5",
                           "2013-02-12T08:00:00.",
                           "2013-02-12T08:00Zx",
                           "2013-02-12T08:00Z+01:00",
                           "2013-02-12T08:00+",
                           "2013-02-12T08:00+1",
                           "2013-02-12T08:00+01:",
                           "2013-02-12T08:00+01:0",
                           "2013-02-12T08:00+24:00",
                           "2013-02-12T08:00+01:60",
                           "2013-02-12T08:00+01:00Z",
                           " 2013-02-12",
                           "2013-02-12 ",
                           "2013-02-12T08:00 UTC",
                           "+2013-02-12",
                           "-2013-02-12",
                           "2013-02-12X08:00",
                           "13:00"}) {
    Result<TimeUs> time = parse_time(text);
    ASSERT_FALSE(time.ok()) << text;
    EXPECT_EQ(time.status().info().id, "GN113");
  }
}

TEST(FormatTime, ShowsMicrosecondsOnlyIfThereAreAny) {
  EXPECT_EQ(format_time(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_time(1'360'656'000 * kSecondUs), "2013-02-12T08:00:00Z");
  EXPECT_EQ(format_time(1'360'656'000 * kSecondUs + 20), "2013-02-12T08:00:00.000020Z");
  EXPECT_EQ(format_time(-1), "1969-12-31T23:59:59.999999Z");
}

TEST(FormatTime, HasNoLimitWithinInt64) {
  EXPECT_EQ(format_time(std::numeric_limits<TimeUs>::max()), "+294247-01-10T04:00:54.775807Z");
  EXPECT_EQ(format_time(std::numeric_limits<TimeUs>::min()), "-290308-12-21T19:59:05.224192Z");
  EXPECT_EQ(format_time(253'402'300'800 * kSecondUs), "+10000-01-01T00:00:00Z");
  EXPECT_EQ(format_time(-62'167'219'200 * kSecondUs), "0000-01-01T00:00:00Z");
  EXPECT_EQ(format_time(-62'167'219'200 * kSecondUs - 1), "-0001-12-31T23:59:59.999999Z");
}

TEST(FormatTime, IsReadBack) {
  constexpr TimeUs kYear0 = -62'167'219'200 * kSecondUs;
  constexpr TimeUs kYear10000 = 253'402'300'800 * kSecondUs;
  std::mt19937_64 random(12);
  std::uniform_int_distribution<TimeUs> any(kYear0, kYear10000 - 1);
  for (int i = 0; i < 20'000; ++i) {
    TimeUs time = i % 2 == 0 ? any(random) : any(random) / kSecondUs * kSecondUs;
    Result<TimeUs> read = parse_time(format_time(time));
    ASSERT_TRUE(read.ok()) << format_time(time);
    EXPECT_EQ(*read, time) << format_time(time);
  }
}

// The standard library's calendar as the oracle: every day of one full cycle of leap years, around 1970.
TEST(FormatTime, AgreesWithTheStandardCalendar) {
  using namespace std::chrono;
  for (sys_days day = sys_days(year(1700) / 1 / 1); day <= sys_days(year(2100) / 12 / 31); day += days(1)) {
    year_month_day date(day);
    std::string expected =
        fmt::format("{:04}-{:02}-{:02}T00:00:00Z", int(date.year()), unsigned(date.month()), unsigned(date.day()));
    ASSERT_EQ(format_time(day.time_since_epoch().count() * kDayUs), expected);
  }
}

}  // namespace
}  // namespace gnomon
