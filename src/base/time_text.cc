#include "base/time_text.h"

#include <chrono>
#include <cstdint>

#include <fmt/format.h>

namespace gnomon {
namespace {

struct Unit {
  std::string_view name;
  TimeUs us;
};
constexpr Unit kUnits[] = {{"w", 7 * kDayUs}, {"d", kDayUs},    {"h", kHourUs}, {"min", kMinuteUs},
                           {"m", kMinuteUs},  {"s", kSecondUs}, {"ms", 1000},   {"us", 1}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Status bad_duration(std::string_view text) {
  return Status(Code::kInvalidArgument, "GN112", fmt::format("not a duration: \"{}\"", text),
                "Write a number and a unit of w, d, h, min, s, ms, us, such as \"7d\" or \"1h30min\"");
}

Status bad_time(std::string_view text) {
  return Status(Code::kInvalidArgument, "GN113", fmt::format("not a time: \"{}\"", text),
                "Write ISO 8601, such as 2013-02-12T08:00Z");
}

// Reads exactly `width` digits at *at; -1 if they are not there.
int read_digits(std::string_view text, size_t* at, int width) {
  int value = 0;
  for (int i = 0; i < width; ++i) {
    if (*at >= text.size() || !is_digit(text[*at])) return -1;
    value = value * 10 + (text[(*at)++] - '0');
  }
  return value;
}

bool take(std::string_view text, size_t* at, char c) {
  if (*at >= text.size() || text[*at] != c) return false;
  ++*at;
  return true;
}

// ".123456789" -> microseconds, floored; false if a point has no digits after it.
bool read_fraction(std::string_view text, size_t* at, TimeUs* us) {
  *us = 0;
  if (!take(text, at, '.')) return true;
  int digits = 0;
  for (; *at < text.size() && is_digit(text[*at]); ++*at, ++digits) {
    if (digits < 6) *us = *us * 10 + (text[*at] - '0');
  }
  for (int i = digits; i < 6; ++i) *us *= 10;
  return digits > 0;
}

// "", "Z", "+01:00", "-0530" -> offset from UTC.
bool read_zone(std::string_view text, size_t* at, TimeUs* offset_us) {
  *offset_us = 0;
  if (*at == text.size()) return true;
  if (take(text, at, 'Z') || take(text, at, 'z')) return *at == text.size();
  bool east = take(text, at, '+');
  if (!east && !take(text, at, '-')) return false;
  int hours = read_digits(text, at, 2);
  bool colon = take(text, at, ':');
  int minutes = colon || *at < text.size() ? read_digits(text, at, 2) : 0;
  if (hours < 0 || minutes < 0 || hours > 23 || minutes > 59) return false;
  *offset_us = (east ? 1 : -1) * (hours * kHourUs + minutes * kMinuteUs);
  return *at == text.size();
}

struct CivilDate {
  int64_t year;
  int64_t month;
  int64_t day;
};

// Days since 1970-01-01 -> date (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days). Not
// std::chrono's: its years end at 32767, and int64 microseconds reach 294247.
CivilDate civil_date(int64_t days) {
  days += 719'468;  // since 0000-03-01
  int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  int64_t day_of_era = days - era * 146'097;
  int64_t year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t month_from_march = (5 * day_of_year + 2) / 153;
  int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

}  // namespace

Result<TimeUs> parse_duration(std::string_view text) {
  if (text == "0") return TimeUs{0};
  if (text.empty()) return bad_duration(text);
  TimeUs total = 0;
  size_t at = 0;
  while (at < text.size()) {
    size_t start = at;
    TimeUs number = 0;
    for (; at < text.size() && is_digit(text[at]); ++at) {
      if (__builtin_mul_overflow(number, 10, &number) || __builtin_add_overflow(number, text[at] - '0', &number))
        return bad_duration(text);
    }
    if (at == start) return bad_duration(text);
    size_t unit_start = at;
    while (at < text.size() && !is_digit(text[at])) ++at;
    std::string_view name = text.substr(unit_start, at - unit_start);
    TimeUs unit_us = 0;
    for (const Unit& unit : kUnits) {
      if (unit.name == name) unit_us = unit.us;
    }
    TimeUs part = 0;
    if (unit_us == 0 || __builtin_mul_overflow(number, unit_us, &part) || __builtin_add_overflow(total, part, &total))
      return bad_duration(text);
  }
  return total;
}

std::string format_duration(TimeUs duration_us) {
  if (duration_us == 0) return "0";
  for (const Unit& unit : {kUnits[1], kUnits[2], kUnits[3], kUnits[5], kUnits[6]}) {
    if (duration_us % unit.us == 0) return fmt::format("{}{}", duration_us / unit.us, unit.name);
  }
  return fmt::format("{}us", duration_us);
}

Result<TimeUs> parse_time(std::string_view text) {
  using namespace std::chrono;
  size_t at = 0;
  int year = read_digits(text, &at, 4);
  if (year < 0 || !take(text, &at, '-')) return bad_time(text);
  int month = read_digits(text, &at, 2);
  if (month < 0 || !take(text, &at, '-')) return bad_time(text);
  int day = read_digits(text, &at, 2);
  year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month < 0 ? 0 : month)),
                      std::chrono::day(static_cast<unsigned>(day < 0 ? 0 : day))};
  if (!date.ok()) return bad_time(text);
  TimeUs us = duration_cast<microseconds>(sys_days(date).time_since_epoch()).count();
  if (at == text.size()) return us;
  if (!take(text, &at, 'T') && !take(text, &at, ' ')) return bad_time(text);
  int hour = read_digits(text, &at, 2);
  if (hour < 0 || hour > 23 || !take(text, &at, ':')) return bad_time(text);
  int minute = read_digits(text, &at, 2);
  if (minute < 0 || minute > 59) return bad_time(text);
  int second = 0;
  TimeUs fraction_us = 0;
  if (take(text, &at, ':')) {  // a fraction belongs to the seconds: "08:00.5" could mean half a minute, so it is refused
    second = read_digits(text, &at, 2);
    if (second < 0 || second > 59 || !read_fraction(text, &at, &fraction_us)) return bad_time(text);
  }
  TimeUs offset_us = 0;
  if (!read_zone(text, &at, &offset_us)) return bad_time(text);
  return us + hour * kHourUs + minute * kMinuteUs + second * kSecondUs + fraction_us - offset_us;
}

std::string format_time(TimeUs time_us) {
  int64_t day = time_us / kDayUs;
  TimeUs rest_us = time_us % kDayUs;
  if (rest_us < 0) {
    --day;
    rest_us += kDayUs;
  }
  CivilDate date = civil_date(day);
  // Beyond four digits ISO 8601 demands a sign.
  std::string text =
      date.year >= 0 && date.year <= 9999 ? fmt::format("{:04}", date.year) : fmt::format("{:+05}", date.year);
  text += fmt::format("-{:02}-{:02}T{:02}:{:02}:{:02}", date.month, date.day, rest_us / kHourUs, rest_us / kMinuteUs % 60,
                      rest_us / kSecondUs % 60);
  if (rest_us % kSecondUs != 0) text += fmt::format(".{:06}", rest_us % kSecondUs);
  return text + "Z";
}

}  // namespace gnomon
