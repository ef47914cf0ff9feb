#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "serve/json_writer.h"

namespace gnomon {
namespace {

std::string json_of(double value) {
  std::string out;
  append_json_double(&out, value);
  return out;
}

std::string json_of(std::string_view text) {
  std::string out;
  append_json_string(&out, text);
  return out;
}

std::string json_of(const arrow::Array& values, TimeForm times = TimeForm::kEpochSeconds) {
  std::string out;
  append_json_array(&out, values, times);
  return out;
}

template <class Builder, class Value>
std::shared_ptr<arrow::Array> array_of(const std::vector<std::optional<Value>>& values) {
  Builder builder;
  for (const auto& value : values) {
    EXPECT_TRUE((value ? builder.Append(*value) : builder.AppendNull()).ok());
  }
  return *builder.Finish();
}

TEST(JsonWriter, FloatsAlwaysLookLikeFloats) {
  EXPECT_EQ(json_of(1.0), "1.0");
  EXPECT_EQ(json_of(-0.0), "-0.0");
  EXPECT_EQ(json_of(0.1), "0.1");
  EXPECT_EQ(json_of(1e22), "1e+22");
  EXPECT_EQ(json_of(1e300), "1e+300");
  EXPECT_EQ(json_of(std::numeric_limits<double>::quiet_NaN()), "\"NaN\"");
  EXPECT_EQ(json_of(std::numeric_limits<double>::infinity()), "\"Infinity\"");
  EXPECT_EQ(json_of(-std::numeric_limits<double>::infinity()), "\"-Infinity\"");
}

TEST(JsonWriter, AFloat32IsNotWidened) {
  std::string out;
  append_json_float(&out, 0.1f);
  EXPECT_EQ(out, "0.1");
}

TEST(JsonWriter, EveryFiniteDoubleReadsBackTheSame) {
  constexpr uint64_t kSeed = 20130212;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    std::string text = json_of(value);
    ASSERT_EQ(std::bit_cast<uint64_t>(std::strtod(text.c_str(), nullptr)), std::bit_cast<uint64_t>(value)) << text;
    ASSERT_NE(text.find_first_of(".e"), std::string::npos) << text;
  }
}

TEST(JsonWriter, TextIsEscaped) {
  EXPECT_EQ(json_of("a\"b\\c\n\t\r\x01/"), "\"a\\\"b\\\\c\\n\\t\\r\\u0001/\"");
  EXPECT_EQ(json_of("Zürich 🕰"), "\"Zürich 🕰\"");
  EXPECT_EQ(json_of(""), "\"\"");
  EXPECT_EQ(json_of(std::string_view("a\0b", 3)), "\"a\\u0000b\"");
}

TEST(JsonWriter, BytesThatAreNotUtf8AreReplaced) { EXPECT_EQ(json_of("a\xff\"b"), "\"a\xEF\xBF\xBD\\\"b\""); }

TEST(JsonWriter, Integers) {
  auto values = array_of<arrow::Int64Builder, int64_t>({INT64_MAX, INT64_MIN, std::nullopt, (1LL << 53) + 1});
  EXPECT_EQ(json_of(*values), "[9223372036854775807,-9223372036854775808,null,9007199254740993]");
  EXPECT_EQ(json_of(*array_of<arrow::Int32Builder, int32_t>({-1})), "[-1]");
}

TEST(JsonWriter, BooleansBytesAndEmptyArrays) {
  EXPECT_EQ(json_of(*array_of<arrow::BooleanBuilder, bool>({true, std::nullopt, false})), "[true,null,false]");
  EXPECT_EQ(json_of(*array_of<arrow::BinaryBuilder, std::string>({"\x00\xff!", ""})),
            "[\"\",\"\"]");  // a C string ends at 0
  EXPECT_EQ(json_of(*array_of<arrow::BinaryBuilder, std::string>({std::string("\x00\xff!", 3)})), "[\"AP8h\"]");
  EXPECT_EQ(json_of(*array_of<arrow::DoubleBuilder, double>({})), "[]");
}

TEST(JsonWriter, TimesAreEpochSecondsOrIso) {
  arrow::TimestampBuilder builder(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), arrow::default_memory_pool());
  ASSERT_TRUE(builder.Append(1360656000'500000).ok());
  ASSERT_TRUE(builder.Append(-1).ok());  // before 1970 the fraction is dropped downwards, like everywhere
  auto times = *builder.Finish();
  EXPECT_EQ(json_of(*times), "[1360656000,-1]");
  EXPECT_EQ(json_of(*times, TimeForm::kIso), "[\"2013-02-12T08:00:00.500000Z\",\"1969-12-31T23:59:59.999999Z\"]");
}

TEST(JsonWriter, Lists) {
  auto floats = std::make_shared<arrow::FloatBuilder>();
  arrow::ListBuilder builder(arrow::default_memory_pool(), floats);
  ASSERT_TRUE(builder.Append().ok());
  ASSERT_TRUE(floats->AppendValues({1.0f, 2.5f}).ok());
  ASSERT_TRUE(builder.AppendNull().ok());
  ASSERT_TRUE(builder.Append().ok());
  EXPECT_EQ(json_of(**builder.Finish()), "[[1.0,2.5],null,[]]");
}

TEST(JsonWriter, ASliceIsReadFromItsOffset) {
  auto values = array_of<arrow::StringBuilder, std::string>({"a", std::nullopt, "c"});
  EXPECT_EQ(json_of(*values->Slice(1)), "[null,\"c\"]");
  std::string out;
  append_json_value(&out, *values->Slice(1), 1, TimeForm::kIso);
  EXPECT_EQ(out, "\"c\"");
}

}  // namespace
}  // namespace gnomon
