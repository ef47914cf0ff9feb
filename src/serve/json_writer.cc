#include "serve/json_writer.h"

#include <charconv>
#include <cmath>
#include <type_traits>

#include <arrow/api.h>
#include <arrow/util/base64.h>
#include <arrow/util/utf8.h>

#include "base/time_text.h"

namespace gnomon {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_utf8(std::string_view text) {
  static const bool ready = (arrow::util::InitializeUTF8(), true);
  return ready &&
         arrow::util::ValidateUTF8(reinterpret_cast<const uint8_t*>(text.data()), static_cast<int64_t>(text.size()));
}

void append_escaped(std::string* out, unsigned char byte) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (byte) {
    case '"': out->append("\\\""); return;
    case '\\': out->append("\\\\"); return;
    case '\n': out->append("\\n"); return;
    case '\r': out->append("\\r"); return;
    case '\t': out->append("\\t"); return;
    default:
      out->append("\\u00");
      out->push_back(kHex[byte >> 4]);
      out->push_back(kHex[byte & 15]);
  }
}

template <class Float>
void append_floating(std::string* out, Float value) {
  if (std::isnan(value)) return void(out->append("\"NaN\""));
  if (std::isinf(value)) return void(out->append(value > 0 ? "\"Infinity\"" : "\"-Infinity\""));
  char text[40];
  char* end = std::to_chars(text, text + sizeof text, value).ptr;
  std::string_view digits(text, static_cast<size_t>(end - text));
  out->append(digits);
  if (digits.find_first_of(".e") == std::string_view::npos) out->append(".0");
}

void append_integer(std::string* out, int64_t value) {
  char text[24];
  out->append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

int64_t floor_divide(int64_t value, int64_t divisor) { return value / divisor - (value % divisor < 0 ? 1 : 0); }

void append_time(std::string* out, int64_t value, arrow::TimeUnit::type unit, TimeForm form) {
  static constexpr int64_t kPerSecond[] = {1, 1'000, 1'000'000, 1'000'000'000};
  if (form == TimeForm::kEpochSeconds) return append_integer(out, floor_divide(value, kPerSecond[unit]));
  constexpr int64_t kMicroUnit = 1'000'000;
  int64_t per_second = kPerSecond[unit];
  int64_t us = per_second > kMicroUnit ? floor_divide(value, per_second / kMicroUnit) : value * (kMicroUnit / per_second);
  append_json_string(out, format_time(us));
}

// Calls act(out, row) per value, with the array's type decided once.
template <class Act>
void with_appender(const arrow::Array& values, TimeForm times, Act act) {
  auto number = [&](const auto& typed) {
    act([&typed](std::string* out, int64_t row) { append_integer(out, static_cast<int64_t>(typed.Value(row))); });
  };
  auto text = [&](const auto& typed) {
    act([&typed](std::string* out, int64_t row) { append_json_string(out, typed.GetView(row)); });
  };
  auto bytes = [&](const auto& typed) {
    act([&typed](std::string* out, int64_t row) {
      append_json_string(out, arrow::util::base64_encode(typed.GetView(row)));
    });
  };
  auto list = [&](const auto& typed) {
    act([&typed, times](std::string* out, int64_t row) { append_json_array(out, *typed.value_slice(row), times); });
  };
  switch (values.type_id()) {
    case arrow::Type::INT8: return number(static_cast<const arrow::Int8Array&>(values));
    case arrow::Type::INT16: return number(static_cast<const arrow::Int16Array&>(values));
    case arrow::Type::INT32: return number(static_cast<const arrow::Int32Array&>(values));
    case arrow::Type::INT64: return number(static_cast<const arrow::Int64Array&>(values));
    case arrow::Type::UINT8: return number(static_cast<const arrow::UInt8Array&>(values));
    case arrow::Type::UINT16: return number(static_cast<const arrow::UInt16Array&>(values));
    case arrow::Type::UINT32: return number(static_cast<const arrow::UInt32Array&>(values));
    case arrow::Type::STRING: return text(static_cast<const arrow::StringArray&>(values));
    case arrow::Type::LARGE_STRING: return text(static_cast<const arrow::LargeStringArray&>(values));
    case arrow::Type::BINARY: return bytes(static_cast<const arrow::BinaryArray&>(values));
    case arrow::Type::LARGE_BINARY: return bytes(static_cast<const arrow::LargeBinaryArray&>(values));
    case arrow::Type::LIST: return list(static_cast<const arrow::ListArray&>(values));
    case arrow::Type::LARGE_LIST: return list(static_cast<const arrow::LargeListArray&>(values));
    case arrow::Type::BOOL:
      return act([&](std::string* out, int64_t row) {
        out->append(static_cast<const arrow::BooleanArray&>(values).Value(row) ? "true" : "false");
      });
    case arrow::Type::FLOAT:
      return act([&](std::string* out, int64_t row) {
        append_json_float(out, static_cast<const arrow::FloatArray&>(values).Value(row));
      });
    case arrow::Type::DOUBLE:
      return act([&](std::string* out, int64_t row) {
        append_json_double(out, static_cast<const arrow::DoubleArray&>(values).Value(row));
      });
    case arrow::Type::TIMESTAMP:
      return act([&](std::string* out, int64_t row) {
        append_time(out, static_cast<const arrow::TimestampArray&>(values).Value(row),
                    static_cast<const arrow::TimestampType&>(*values.type()).unit(), times);
      });
    default:  // no feature has such a type, but a column of a user's own table may: decimals, dates, dictionaries
      return act([&](std::string* out, int64_t row) {
        auto scalar = values.GetScalar(row);
        append_json_string(out, scalar.ok() ? (*scalar)->ToString() : scalar.status().ToString());
      });
  }
}

}  // namespace

void append_json_string(std::string* out, std::string_view text) {
  bool clean = is_utf8(text);
  out->push_back('"');
  size_t start = 0;  // of the run of bytes that need no escape
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    bool plain = byte >= 0x20 && byte != '"' && byte != '\\' && (clean || byte < 0x80);
    if (plain) continue;
    out->append(text.substr(start, i - start));
    start = i + 1;
    if (byte >= 0x80)
      out->append(kReplacement);
    else
      append_escaped(out, byte);
  }
  out->append(text.substr(start));
  out->push_back('"');
}

void append_json_double(std::string* out, double value) { append_floating(out, value); }
void append_json_float(std::string* out, float value) { append_floating(out, value); }

void append_json_value(std::string* out, const arrow::Array& values, int64_t row, TimeForm times) {
  if (values.IsNull(row)) return void(out->append("null"));
  with_appender(values, times, [&](auto append) { append(out, row); });
}

void append_json_array(std::string* out, const arrow::Array& values, TimeForm times) {
  out->push_back('[');
  with_appender(values, times, [&](auto append) {
    for (int64_t row = 0; row < values.length(); ++row) {
      if (row > 0) out->push_back(',');
      if (values.IsNull(row))
        out->append("null");
      else
        append(out, row);
    }
  });
  out->push_back(']');
}

}  // namespace gnomon
