// Values as JSON, appended to a string: the one place that decides how a value of ours looks in JSON.
//
// Integers are numbers, exact. Floats are the shortest text that reads back the same, always with a point or an exponent, so
// that 1.0 stays a float; NaN and infinities are the strings "NaN", "Infinity", "-Infinity". Bytes are base64, lists arrays,
// nulls null. Text that is not UTF-8 has its bad bytes replaced by U+FFFD.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <arrow/type_fwd.h>

namespace gnomon {

enum class TimeForm : uint8_t {
  kEpochSeconds,  // 1360656000, fractions dropped: what Feast's server writes
  kIso,           // "2013-02-12T08:00:00Z"
};

void append_json_string(std::string* out, std::string_view text);
void append_json_double(std::string* out, double value);
void append_json_float(std::string* out, float value);

// One value of a column. REQUIRES: 0 <= row < values.length().
void append_json_value(std::string* out, const arrow::Array& values, int64_t row, TimeForm times);

// All of them: "[1,null,3]".
void append_json_array(std::string* out, const arrow::Array& values, TimeForm times);

}  // namespace gnomon
