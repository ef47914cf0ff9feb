// The bytes that are written for gRPC, read back by the generated classes; and typed values on their way in.
#include <cmath>
#include <limits>
#include <random>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "feast/serving/ServingService.pb.h"
#include "serve/feast_message.h"
#include "serve/feast_values.h"

namespace gnomon {
namespace {

using feast::serving::GetOnlineFeaturesResponse;
using feast::types::RepeatedValue;
using feast::types::Value;

template <class Builder, class T>
std::shared_ptr<arrow::Array> array_of(const std::vector<std::optional<T>>& values, Builder builder = Builder()) {
  for (const auto& value : values) EXPECT_TRUE((value ? builder.Append(*value) : builder.AppendNull()).ok());
  return *builder.Finish();
}

arrow::TimestampBuilder times() {
  return arrow::TimestampBuilder(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), arrow::default_memory_pool());
}

// One feature over a key column of the same length; every row PRESENT at its number of seconds and a half.
GetOnlineFeaturesResponse message_of(const std::shared_ptr<arrow::Array>& values) {
  std::vector<std::optional<std::string>> keys(static_cast<size_t>(values->length()), "k");
  OnlineAnswer answer;
  answer.keys = arrow::RecordBatch::Make(arrow::schema({arrow::field("key", arrow::utf8())}), values->length(),
                                         {array_of<arrow::StringBuilder, std::string>(keys)});
  OnlineColumn column{"x", values, std::vector<OnlineStatus>(keys.size(), OnlineStatus::kPresent), {}};
  for (size_t row = 0; row < keys.size(); ++row) {
    column.event_time.push_back((static_cast<TimeUs>(row) - 1) * kSecondUs + kSecondUs / 2);
  }
  answer.columns = {column};
  Result<std::string> bytes = online_answer_message(answer);
  EXPECT_TRUE(bytes.ok()) << bytes.status().to_string();
  GetOnlineFeaturesResponse message;
  EXPECT_TRUE(message.ParseFromString(*bytes));
  EXPECT_TRUE(message.GetReflection()->GetUnknownFields(message).empty());
  return message;
}

std::vector<Value> values_of(const std::shared_ptr<arrow::Array>& values) {
  GetOnlineFeaturesResponse message = message_of(values);
  EXPECT_EQ(message.results_size(), 2);
  return {message.results(1).values().begin(), message.results(1).values().end()};
}

TEST(FeastMessage, NamesKeysStatusesAndTimes) {
  GetOnlineFeaturesResponse message = message_of(array_of<arrow::Int64Builder, int64_t>({7, std::nullopt, 9}));
  EXPECT_EQ(message.metadata().feature_names().val(0), "key");
  EXPECT_EQ(message.metadata().feature_names().val(1), "x");
  const auto& keys = message.results(0);
  EXPECT_EQ(keys.values(2).string_val(), "k");
  EXPECT_EQ(keys.statuses(0), feast::serving::PRESENT);
  EXPECT_EQ(keys.event_timestamps(0).seconds(), 0);
  const auto& times = message.results(1).event_timestamps();
  EXPECT_EQ(times.size(), 3);
  EXPECT_EQ(times[0].seconds(), -1);  // half a second before 1970: nanoseconds always count forward
  EXPECT_EQ(times[0].nanos(), 500'000'000);
  EXPECT_EQ(times[2].seconds(), 1);
}

TEST(FeastMessage, EveryStatusHasItsOwn) {
  OnlineAnswer answer;
  answer.keys = arrow::RecordBatch::Make(arrow::schema({}), 5, arrow::ArrayVector());
  std::vector<OnlineStatus> all = {OnlineStatus::kPresent, OnlineStatus::kNullValue, OnlineStatus::kNotFound,
                                   OnlineStatus::kOutsideMaxAge, OnlineStatus::kInvalid};
  answer.columns = {{"x", *arrow::MakeArrayOfNull(arrow::int64(), 5), all, std::vector<TimeUs>(5)}};
  GetOnlineFeaturesResponse message;
  ASSERT_TRUE(message.ParseFromString(*online_answer_message(answer)));
  std::vector<std::string> names;
  for (int status : message.results(0).statuses()) {
    names.push_back(feast::serving::FieldStatus_Name(static_cast<feast::serving::FieldStatus>(status)));
  }
  EXPECT_EQ(names, (std::vector<std::string>{"PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE", "INVALID"}));
}

TEST(FeastMessage, ScalarsOfEveryType) {
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  auto integers = values_of(array_of<arrow::Int64Builder, int64_t>({0, kLeast, std::nullopt}));
  EXPECT_TRUE(integers[0].has_int64_val());  // a zero is there, a null is not
  EXPECT_EQ(integers[1].int64_val(), kLeast);
  EXPECT_EQ(integers[2].val_case(), Value::VAL_NOT_SET);
  EXPECT_EQ(values_of(array_of<arrow::Int32Builder, int32_t>({-1}))[0].int32_val(), -1);
  EXPECT_EQ(values_of(array_of<arrow::DoubleBuilder, double>({0.1}))[0].double_val(), 0.1);
  EXPECT_TRUE(std::signbit(values_of(array_of<arrow::DoubleBuilder, double>({-0.0}))[0].double_val()));
  EXPECT_EQ(values_of(array_of<arrow::FloatBuilder, float>({0.1f}))[0].float_val(), 0.1f);
  EXPECT_TRUE(values_of(array_of<arrow::BooleanBuilder, bool>({false}))[0].has_bool_val());
  EXPECT_EQ(values_of(array_of<arrow::StringBuilder, std::string>({"é"}))[0].string_val(), "é");
  EXPECT_EQ(values_of(array_of<arrow::BinaryBuilder, std::string>({std::string("\0\xff", 2)}))[0].bytes_val(),
            std::string("\0\xff", 2));
  auto instants = values_of(array_of<arrow::TimestampBuilder, int64_t>({-1, 1'999'999}, times()));
  EXPECT_EQ(instants[0].unix_timestamp_val(), -1);  // floored, before 1970, too
  EXPECT_EQ(instants[1].unix_timestamp_val(), 1);
}

TEST(FeastMessage, ListsAndTheirNulls) {
  arrow::ListBuilder integers(arrow::default_memory_pool(), std::make_shared<arrow::Int64Builder>());
  auto& members = static_cast<arrow::Int64Builder&>(*integers.value_builder());
  ASSERT_TRUE(integers.Append().ok() && members.AppendValues(std::vector<int64_t>{1, -1, 300}).ok());
  ASSERT_TRUE(integers.Append().ok());
  ASSERT_TRUE(integers.AppendNull().ok());
  ASSERT_TRUE(integers.Append().ok() && members.Append(5).ok() && members.AppendNull().ok());
  auto lists = values_of(*integers.Finish());
  EXPECT_EQ(lists[0].int64_list_val().val_size(), 3);
  EXPECT_EQ(lists[0].int64_list_val().val(2), 300);
  EXPECT_TRUE(lists[1].has_int64_list_val());
  EXPECT_EQ(lists[1].int64_list_val().val_size(), 0);
  EXPECT_EQ(lists[2].val_case(), Value::VAL_NOT_SET);
  ASSERT_EQ(lists[3].list_val().val_size(), 2);
  EXPECT_EQ(lists[3].list_val().val(0).int64_val(), 5);
  EXPECT_EQ(lists[3].list_val().val(1).val_case(), Value::VAL_NOT_SET);

  arrow::ListBuilder texts(arrow::default_memory_pool(), std::make_shared<arrow::StringBuilder>());
  auto& text = static_cast<arrow::StringBuilder&>(*texts.value_builder());
  ASSERT_TRUE(texts.Append().ok() && text.Append("").ok() && text.Append("b").ok());
  auto listed = values_of(*texts.Finish());
  EXPECT_EQ(listed[0].string_list_val().val(0), "");
  EXPECT_EQ(listed[0].string_list_val().val(1), "b");
}

TEST(FeastMessage, ATypeWithoutAPlaceIsRefused) {
  OnlineAnswer answer;
  answer.keys = arrow::RecordBatch::Make(arrow::schema({}), 1, arrow::ArrayVector());
  answer.columns = {{"x", *arrow::MakeArrayOfNull(arrow::date32(), 1), {OnlineStatus::kNullValue}, {0}}};
  EXPECT_EQ(online_answer_message(answer).status().info().id, "GN613");
}

TEST(FeastValues, WhatIsWrittenIsReadBack) {
  arrow::ListBuilder builder(arrow::default_memory_pool(), std::make_shared<arrow::DoubleBuilder>());
  auto& members = static_cast<arrow::DoubleBuilder&>(*builder.value_builder());
  ASSERT_TRUE(builder.Append().ok() && members.AppendValues(std::vector<double>{1.5, -0.0}).ok());
  ASSERT_TRUE(builder.AppendNull().ok());
  ASSERT_TRUE(builder.Append().ok());
  for (const std::shared_ptr<arrow::Array>& column :
       {*builder.Finish(), array_of<arrow::Int32Builder, int32_t>({1, std::nullopt, -3}),
        array_of<arrow::BooleanBuilder, bool>({true, std::nullopt}),
        array_of<arrow::BinaryBuilder, std::string>({"", std::nullopt, "\xff"}),
        array_of<arrow::TimestampBuilder, int64_t>({-kSecondUs, std::nullopt, kDayUs}, times())}) {
    RepeatedValue values;
    for (const Value& value : values_of(column)) *values.add_val() = value;
    Result<std::shared_ptr<arrow::Array>> read = column_of_values("x", values);
    ASSERT_TRUE(read.ok()) << read.status().to_string();
    EXPECT_TRUE((*read)->Equals(*column)) << (*read)->ToString() << column->ToString();
  }
}

TEST(FeastValues, NarrowOnesBecomeWide) {
  RepeatedValue values;
  values.add_val()->set_int32_val(-1);
  values.add_val()->set_int64_val(std::numeric_limits<int64_t>::max());
  auto column = *column_of_values("x", values);
  EXPECT_TRUE(column->Equals(array_of<arrow::Int64Builder, int64_t>({-1, std::numeric_limits<int64_t>::max()})));
  values.add_val()->set_double_val(1);
  Status mixed = column_of_values("x", values).status();
  EXPECT_EQ(mixed.info().id, "GN612");
  EXPECT_NE(mixed.info().message.find("double after int64"), std::string::npos) << mixed.info().message;
}

// Bytes of a column, changed at random: whatever still is a message gives a valid column of its length, or an error.
TEST(FeastValues, HostileBytes) {
  RepeatedValue values;
  values.add_val()->mutable_list_val()->add_val()->set_string_val("ab");
  values.add_val()->mutable_int64_list_val()->add_val(-1);
  values.add_val()->set_double_val(0.5);
  values.add_val()->set_unix_timestamp_val(1'700'000'000);
  values.add_val()->set_bytes_val("x");
  std::vector<std::string> corpus = {values.SerializeAsString()};
  for (const Value& value : values.val()) {  // and each three times: columns of one type
    RepeatedValue same;
    for (int i = 0; i < 3; ++i) *same.add_val() = value;
    corpus.push_back(same.SerializeAsString());
  }
  constexpr uint32_t kSeed = 20240229;
  std::mt19937 random(kSeed);
  int columns = 0, errors = 0;
  for (int turn = 0; turn < 50'000; ++turn) {
    std::string bytes = corpus[random() % corpus.size()];
    for (uint32_t changes = 1 + random() % 3; changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    RepeatedValue mutant;
    if (!mutant.ParseFromString(bytes)) continue;
    Result<std::shared_ptr<arrow::Array>> column = column_of_values("x", mutant);
    ++(column.ok() ? columns : errors);
    if (!column.ok()) continue;
    ASSERT_EQ((*column)->length(), mutant.val_size()) << "seed " << kSeed << " turn " << turn;
    ASSERT_TRUE((*column)->ValidateFull().ok()) << "seed " << kSeed << " turn " << turn;
  }
  EXPECT_GT(columns, 100);
  EXPECT_GT(errors, 100);
}

TEST(FeastValues, NullsAloneHaveNoType) {
  RepeatedValue values;
  values.add_val();
  values.add_val()->set_null_val(feast::types::NULL_);
  EXPECT_EQ((*column_of_values("x", values))->type_id(), arrow::Type::NA);
  EXPECT_EQ((*column_of_values("x", RepeatedValue()))->length(), 0);
}

}  // namespace
}  // namespace gnomon
