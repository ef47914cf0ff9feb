// Random events of every type, and the long way to every answer: filter, then accumulate. Tests compare the fast ways with it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "features/aggregations/aggregation.h"
#include "gnomon/aggregation.h"
#include "gnomon/types.h"

namespace gnomon {

using Random = std::mt19937_64;

inline const char* const kInputTypes[] = {"Int32",   "Int64",   "Bool",   "UnixTimestamp",
                                          "Float32", "Float64", "String", "Bytes"};

// Events of one group, which own their memory.
struct OwnedEvents {
  std::vector<TimeUs> event_time;
  std::vector<TimeUs> created_time;  // empty: the source has none
  std::vector<int64_t> ints;
  std::vector<double> floats;
  std::vector<std::string> texts;
  std::vector<std::string_view> views;
  std::vector<uint8_t> valid;  // empty: all are
  ValueKind kind = ValueKind::kNone;

  Events view() const {
    Events events;
    events.count = static_cast<int64_t>(event_time.size());
    events.event_time = event_time.data();
    events.created_time = created_time.empty() ? nullptr : created_time.data();
    events.column = {kind, kind == ValueKind::kInt ? ints.data() : nullptr,
                     kind == ValueKind::kFloat ? floats.data() : nullptr, kind == ValueKind::kBytes ? views.data() : nullptr,
                     valid.empty() ? nullptr : valid.data()};
    return events;
  }
};

inline double random_float(Random& random, bool is_32_bit, int style) {
  static const double kSpecial[] = {0.0,
                                    -0.0,
                                    1.5,
                                    -1.5,
                                    1e30,
                                    -1e30,
                                    5e-324,
                                    std::numeric_limits<double>::quiet_NaN(),
                                    std::numeric_limits<double>::infinity(),
                                    -std::numeric_limits<double>::infinity()};
  double value = 0;
  if (style == 0) {
    value = static_cast<double>(static_cast<int64_t>(random() % 20000) - 5000) / 100;
  } else if (style == 1) {
    value = kSpecial[random() % 7];
  } else if (style == 2) {
    value = kSpecial[random() % 10];
  } else {
    value = static_cast<double>(random() % 4) / 2;
  }
  return is_32_bit ? static_cast<double>(static_cast<float>(value)) : value;
}

inline int64_t random_int(Random& random, const std::string& dtype, int style) {
  if (dtype == "Bool") return static_cast<int64_t>(random() % 2);
  if (dtype == "Int32") return style == 0 ? static_cast<int32_t>(random()) : static_cast<int64_t>(random() % 7) - 3;
  if (style == 0) return static_cast<int64_t>(random() | 1) >> (random() % 3);
  return style == 1 ? static_cast<int64_t>(random() % 2000000) : static_cast<int64_t>(random() % 7) - 3;
}

inline std::string random_text(Random& random, int style) {
  std::string text;
  for (size_t length = style == 0 ? random() % 40 : random() % 3; length > 0; --length) {
    text += style == 1 ? static_cast<char>(random()) : static_cast<char>('a' + random() % 3);
  }
  return text;
}

// `dtype` empty: events without a column.
inline OwnedEvents random_events(Random& random, const std::string& dtype, size_t count) {
  OwnedEvents events;
  const int style = static_cast<int>(random() % 4);
  const uint64_t time_range = random() % 2 == 0 ? 5 : 1000;  // many equal times, or few
  std::vector<std::pair<TimeUs, TimeUs>> times(count);
  for (auto& [event_time, created_time] : times) {
    event_time = static_cast<TimeUs>(random() % time_range) - 100;
    created_time = random() % 4 == 0 ? std::numeric_limits<TimeUs>::min() : static_cast<TimeUs>(random() % 3);
  }
  const bool has_created = random() % 2 == 0;
  const bool has_nulls = !dtype.empty() && random() % 2 == 0;
  std::sort(times.begin(), times.end());
  for (const auto& [event_time, created_time] : times) {
    events.event_time.push_back(event_time);
    if (has_created) events.created_time.push_back(created_time);
    if (has_nulls) events.valid.push_back(random() % 4 != 0);
  }
  if (dtype.starts_with("Float")) {
    events.kind = ValueKind::kFloat;
    for (size_t i = 0; i < count; ++i) events.floats.push_back(random_float(random, dtype == "Float32", style));
  } else if (dtype == "String" || dtype == "Bytes") {
    events.kind = ValueKind::kBytes;
    const int text_style = dtype == "String" && style == 1 ? 2 : style;  // text that is no UTF-8 is Bytes
    for (size_t i = 0; i < count; ++i) events.texts.push_back(random_text(random, text_style));
    for (const std::string& text : events.texts) events.views.push_back(text);
  } else if (!dtype.empty()) {
    events.kind = ValueKind::kInt;
    for (size_t i = 0; i < count; ++i) events.ints.push_back(random_int(random, dtype, style));
  }
  return events;
}

// Both ends ascend; empty frames and gaps included.
inline std::vector<Frame> random_frames(Random& random, int64_t events, size_t count) {
  std::vector<int64_t> begins(count);
  std::vector<int64_t> ends(count);
  const auto place = [&] { return static_cast<int64_t>(random() % static_cast<uint64_t>(events + 1)); };
  for (size_t q = 0; q < count; ++q) {
    begins[q] = place();
    ends[q] = place();
    if (begins[q] > ends[q]) std::swap(begins[q], ends[q]);
    if (random() % 3 == 0) begins[q] = std::max<int64_t>(0, ends[q] - static_cast<int64_t>(random() % 5));
  }
  std::sort(begins.begin(), begins.end());  // each sorted by itself keeps begin <= end
  std::sort(ends.begin(), ends.end());
  std::vector<Frame> frames(count);
  for (size_t q = 0; q < count; ++q) frames[q] = {begins[q], ends[q]};
  return frames;
}

// A kernel with random parameters where the function takes them; null if it has no meaning for the type.
inline std::unique_ptr<Kernel> random_kernel(Random& random, const AggregationInfo& info, const std::string& dtype) {
  v1::Aggregation aggregation;
  aggregation.set_function(info.name);
  for (const std::string& parameter : info.parameters) {
    if (parameter == "n") aggregation.set_n(static_cast<int64_t>(1 + random() % 4));
    if (parameter == "p") aggregation.set_p(static_cast<double>(1 + random() % 100) / 100);
    if (parameter == "max_distinct") aggregation.set_max_distinct(static_cast<int64_t>(random() % 6));
  }
  std::shared_ptr<arrow::DataType> input = dtype.empty() ? nullptr : arrow_type_of(dtype).value();
  Result<std::unique_ptr<Kernel>> kernel = make_kernel(aggregation, input.get());
  if (kernel.ok()) return std::move(*kernel);
  EXPECT_EQ(kernel.status().info().id, "GN152") << kernel.status().to_string();
  return nullptr;
}

// Results, and the places that are INVALID.
struct Answers {
  std::shared_ptr<arrow::Array> values;
  std::vector<int64_t> invalid;

  bool operator==(const Answers& other) const {
    return invalid == other.invalid &&
           values->Equals(*other.values, arrow::EqualOptions::Defaults().nans_equal(true).signed_zeros_equal(false));
  }
};

inline void PrintTo(const Answers& answers, std::ostream* out) {
  *out << answers.values->ToString() << " invalid: " << testing::PrintToString(answers.invalid);
}

inline Answers finished(ResultColumn* column) {
  Answers answers;
  Result<std::shared_ptr<arrow::Array>> values = column->finish(&answers.invalid);
  EXPECT_TRUE(values.ok());
  answers.values = *values;
  EXPECT_TRUE(answers.values->ValidateFull().ok());
  return answers;
}

inline std::string encoded(const Accumulator& accumulator) {
  std::string bytes;
  accumulator.encode(&bytes);
  return bytes;
}

}  // namespace gnomon
