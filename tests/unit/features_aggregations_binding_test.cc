// What a definition may ask for, what it is told when it asks for something else, and the examples of the list.
#include <arrow/json/from_string.h>
#include <google/protobuf/util/json_util.h>

#include "features_aggregations_random.h"

namespace gnomon {
namespace {

v1::Aggregation aggregation_of(const std::string& function) {
  v1::Aggregation aggregation;
  aggregation.set_function(function);
  return aggregation;
}

std::string error_id(const v1::Aggregation& aggregation, const std::shared_ptr<arrow::DataType>& input) {
  Result<std::shared_ptr<arrow::DataType>> type = aggregation_result_type(aggregation, input.get());
  return type.ok() ? "" : type.status().info().id;
}

std::string result_type(const std::string& function, const std::string& dtype) {
  const auto input = dtype.empty() ? nullptr : arrow_type_of(dtype).value();
  Result<std::shared_ptr<arrow::DataType>> type = aggregation_result_type(aggregation_of(function), input.get());
  return type.ok() ? dtype_of(**type).value() : type.status().info().id;
}

TEST(AggregationBinding, UnknownFunctionsAreToldWhatWasMeant) {
  const Status status = aggregation_result_type(aggregation_of("maen"), arrow::float64().get()).status();
  EXPECT_EQ(status.info().id, "GN150");
  EXPECT_EQ(status.info().hint, "Did you mean \"mean\"?");
  EXPECT_NE(aggregation_result_type(aggregation_of("zzzzzz"), nullptr).status().info().hint.find("sum"), std::string::npos);
}

TEST(AggregationBinding, ShortNamesAreThoseOfSamples) {
  for (const std::string name : {"var", "std"}) {
    const auto kernel = make_kernel(aggregation_of(name), arrow::int64().get());
    ASSERT_TRUE(kernel.ok());
    EXPECT_EQ((*kernel)->state_id(), (*make_kernel(aggregation_of(name + "_samp"), arrow::int64().get()))->state_id());
    const int64_t one = 1;
    Events events{1, &one, nullptr, {ValueKind::kInt, &one}};
    const std::vector<Frame> frames = {{0, 1}};
    ResultColumn column((*kernel)->result_type());
    (*kernel)->slide(events, frames, &column);
    EXPECT_EQ(finished(&column).values->null_count(), 1) << "one value has no sample variance";
  }
}

TEST(AggregationBinding, ResultsHaveTheTypesOfTheTable) {
  for (const std::string dtype : kInputTypes) EXPECT_EQ(result_type("count", dtype), "Int64");
  EXPECT_EQ(result_type("count", ""), "Int64");
  EXPECT_EQ(result_type("sum", ""), "GN152");
  for (const std::string dtype : {"Int32", "Int64", "Bool"}) EXPECT_EQ(result_type("sum", dtype), "Int64");
  for (const std::string dtype : {"Float32", "Float64"}) EXPECT_EQ(result_type("sum", dtype), "Float64");
  for (const std::string dtype : {"Int32", "Int64", "Bool", "Float32", "Float64"}) {
    for (const std::string function : {"mean", "var", "std", "var_pop", "std_pop"})
      EXPECT_EQ(result_type(function, dtype), "Float64");
  }
  for (const std::string dtype : {"UnixTimestamp", "String", "Bytes"}) {
    for (const std::string function : {"sum", "mean", "var_samp", "std_pop"})
      EXPECT_EQ(result_type(function, dtype), "GN152");
  }
  for (const std::string dtype : kInputTypes) {
    EXPECT_EQ(result_type("min", dtype), dtype);
    EXPECT_EQ(result_type("max", dtype), dtype);
  }
  EXPECT_EQ(error_id(aggregation_of("min"), arrow::list(arrow::int64())), "GN152");
  EXPECT_EQ(error_id(aggregation_of("count"), arrow::struct_({})), "GN152");
}

TEST(AggregationBinding, ParametersThatAFunctionDoesNotTakeAreErrors) {
  v1::Aggregation sum = aggregation_of("sum");
  sum.set_n(3);
  EXPECT_EQ(error_id(sum, arrow::int64()), "GN151");
  v1::Aggregation count = aggregation_of("count");
  count.set_p(0.5);
  EXPECT_EQ(error_id(count, nullptr), "GN151");
  for (const AggregationInfo& info : builtin_aggregations()) {
    const bool takes_n = std::count(info.parameters.begin(), info.parameters.end(), "n") > 0;
    if (!takes_n) continue;
    v1::Aggregation aggregation = aggregation_of(info.name);
    for (int64_t n : {int64_t{0}, int64_t{-1}, int64_t{1} << 40}) {
      aggregation.set_n(n);
      EXPECT_EQ(error_id(aggregation, arrow::int64()), "GN151") << info.name << " n " << n;
    }
  }
}

TEST(AggregationBinding, TheListIsSortedAndComplete) {
  const std::vector<AggregationInfo>& list = builtin_aggregations();
  EXPECT_TRUE(std::is_sorted(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (const AggregationInfo& info : list) {
    for (const std::string& text :
         {info.name, info.inputs, info.result, info.description, info.example.values, info.example.answer}) {
      EXPECT_FALSE(text.empty()) << info.name;
    }
  }
}

std::shared_ptr<arrow::Array> from_json(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
  auto array = arrow::json::ArrayFromJSONString(type, json);
  EXPECT_TRUE(array.ok()) << json << ": " << array.status().ToString();
  return *array;
}

// The events of an example: an Arrow array of any of the input types.
OwnedEvents events_of(const arrow::Array& array) {
  OwnedEvents events;
  events.kind = array.type_id() == arrow::Type::DOUBLE || array.type_id() == arrow::Type::FLOAT    ? ValueKind::kFloat
                : array.type_id() == arrow::Type::STRING || array.type_id() == arrow::Type::BINARY ? ValueKind::kBytes
                                                                                                   : ValueKind::kInt;
  for (int64_t at = 0; at < array.length(); ++at) {
    events.event_time.push_back(at);
    events.valid.push_back(array.IsValid(at));
    const std::shared_ptr<arrow::Scalar> scalar = array.GetScalar(at).ValueOrDie();
    if (events.kind == ValueKind::kBytes) {
      events.texts.push_back(scalar->is_valid ? scalar->ToString() : "");
    } else if (events.kind == ValueKind::kFloat) {
      auto value = scalar->CastTo(arrow::float64()).ValueOrDie();
      events.floats.push_back(scalar->is_valid ? static_cast<const arrow::DoubleScalar&>(*value).value : 0);
    } else {
      auto value = scalar->CastTo(arrow::int64()).ValueOrDie();
      events.ints.push_back(scalar->is_valid ? static_cast<const arrow::Int64Scalar&>(*value).value : 0);
    }
  }
  for (const std::string& text : events.texts) events.views.push_back(text);
  return events;
}

TEST(AggregationBinding, ExamplesAreTrue) {
  for (const AggregationInfo& info : builtin_aggregations()) {
    SCOPED_TRACE(info.name);
    v1::Aggregation aggregation;
    if (!info.example.parameters.empty()) {
      ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(info.example.parameters, &aggregation).ok());
    }
    aggregation.set_function(info.name);
    const std::shared_ptr<arrow::DataType> input = arrow_type_of(info.example.dtype).value();
    Result<std::unique_ptr<Kernel>> kernel = make_kernel(aggregation, input.get());
    ASSERT_TRUE(kernel.ok()) << kernel.status().to_string();
    const OwnedEvents events = events_of(*from_json(input, info.example.values));
    std::unique_ptr<Accumulator> accumulator = (*kernel)->accumulator();
    accumulator->add(events.view(), 0, events.view().count);
    ResultColumn column((*kernel)->result_type());
    (*kernel)->result(*accumulator, &column);
    const auto answer = from_json((*kernel)->result_type(), "[" + info.example.answer + "]");
    const Answers actual = finished(&column);
    EXPECT_TRUE(actual.values->Equals(*answer)) << actual.values->ToString();
  }
}

TEST(ResultColumn, HoldsEveryType) {
  for (const std::string dtype : {"Int32", "Int64", "Bool", "UnixTimestamp"}) {
    ResultColumn column(arrow_type_of(dtype).value());
    column.reserve(3);
    column.append(int64_t{1});
    column.append_null();
    column.append_invalid();
    const Answers answers = finished(&column);
    EXPECT_EQ(answers.values->type()->ToString(), arrow_type_of(dtype).value()->ToString());
    EXPECT_EQ(answers.values->null_count(), 2);
    EXPECT_EQ(answers.invalid, std::vector<int64_t>{2});
    EXPECT_EQ(column.size(), 0) << "finish() empties the column";
  }
}

TEST(ResultColumn, HoldsListsOfEveryType) {
  ResultColumn ints(arrow::list(arrow::int32()));
  ints.append_list(std::vector<int64_t>{3, 1});
  ints.append_null();
  ints.append_list(std::vector<int64_t>{});
  EXPECT_TRUE(finished(&ints).values->Equals(from_json(arrow::list(arrow::int32()), "[[3, 1], null, []]")));
  ResultColumn floats(arrow::list(arrow::float32()));
  floats.append_null();
  floats.append_list(std::vector<double>{0.5});
  EXPECT_TRUE(finished(&floats).values->Equals(from_json(arrow::list(arrow::float32()), "[null, [0.5]]")));
  ResultColumn texts(arrow::list(arrow::utf8()));
  texts.append_list(std::vector<std::string_view>{"b", "", "a"});
  texts.append_invalid();
  const Answers answers = finished(&texts);
  EXPECT_TRUE(answers.values->Equals(from_json(arrow::list(arrow::utf8()), R"([["b", "", "a"], null])")));
  EXPECT_EQ(answers.invalid, std::vector<int64_t>{1});
}

}  // namespace
}  // namespace gnomon
