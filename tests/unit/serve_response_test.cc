#include <arrow/api.h>
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "serve/feast_response.h"

namespace gnomon {
namespace {

template <class Builder, class Value>
std::shared_ptr<arrow::Array> array_of(const std::vector<std::optional<Value>>& values) {
  Builder builder;
  for (const auto& value : values) {
    EXPECT_TRUE((value ? builder.Append(*value) : builder.AppendNull()).ok());
  }
  return *builder.Finish();
}

OnlineAnswer two_keys() {
  OnlineAnswer answer;
  auto keys = array_of<arrow::StringBuilder, std::string>({"EWR", "XXX"});
  answer.keys = arrow::RecordBatch::Make(arrow::schema({arrow::field("origin", arrow::utf8())}), 2, {keys});
  return answer;
}

TEST(FeastResponse, KeysComeFirstThenFeaturesInRequestOrder) {
  OnlineAnswer answer = two_keys();
  TimeUs time = 1360652400LL * kSecondUs;
  answer.columns = {{"temp",
                     array_of<arrow::DoubleBuilder, double>({39.0, std::nullopt}),
                     {OnlineStatus::kPresent, OnlineStatus::kNotFound},
                     {time, 0}},
                    {"visib",
                     array_of<arrow::DoubleBuilder, double>({std::nullopt, std::nullopt}),
                     {OnlineStatus::kNullValue, OnlineStatus::kNotFound},
                     {time, 0}},
                    {"seats",
                     array_of<arrow::Int64Builder, int64_t>({std::nullopt, 55}),
                     {OnlineStatus::kOutsideMaxAge, OnlineStatus::kPresent},
                     {time, time}}};
  EXPECT_EQ(
      online_answer_json(answer),
      R"({"results":[)"
      R"({"values":["EWR","XXX"],"statuses":["PRESENT","PRESENT"],"event_timestamps":["1970-01-01T00:00:00Z","1970-01-01T00:00:00Z"]},)"
      R"({"values":[39.0,null],"statuses":["PRESENT","NOT_FOUND"],"event_timestamps":["2013-02-12T07:00:00Z","1970-01-01T00:00:00Z"]},)"
      R"({"values":[null,null],"statuses":["NULL_VALUE","NOT_FOUND"],"event_timestamps":["2013-02-12T07:00:00Z","1970-01-01T00:00:00Z"]},)"
      R"({"values":[null,55],"statuses":["OUTSIDE_MAX_AGE","PRESENT"],"event_timestamps":["2013-02-12T07:00:00Z","2013-02-12T07:00:00Z"]}],)"
      R"("metadata":{"feature_names":["origin","temp","visib","seats"]}})");
}

TEST(FeastResponse, ErrorsAreToldWhereThereAreAny) {
  OnlineAnswer answer = two_keys();
  answer.errors = {"AS_OF_NOT_COVERED weather_now row 1"};
  EXPECT_NE(online_answer_json(answer).find(R"("errors":["AS_OF_NOT_COVERED weather_now row 1"])"), std::string::npos);
}

TEST(FeastResponse, NoRows) {
  OnlineAnswer answer;
  auto keys = array_of<arrow::Int64Builder, int64_t>({});
  answer.keys = arrow::RecordBatch::Make(arrow::schema({arrow::field("id", arrow::int64())}), 0, {keys});
  answer.columns = {{"temp", array_of<arrow::DoubleBuilder, double>({}), {}, {}}};
  EXPECT_EQ(online_answer_json(answer),
            R"({"results":[{"values":[],"statuses":[],"event_timestamps":[]},{"values":[],"statuses":[],)"
            R"("event_timestamps":[]}],"metadata":{"feature_names":["id","temp"]}})");
}

TEST(FeastResponse, AnErrorIsAStringThatHoldsJson) {
  Status unknown(Code::kNotFound, "GN102", "unknown feature view: \"wether\"", "Did you mean weather_now?");
  EXPECT_EQ(feast_error_json(unknown, "FeatureViewNotFoundException"),
            R"("{\"module\":\"feast.errors\",\"class\":\"FeatureViewNotFoundException\",\"message\":)"
            R"(\"GN102 unknown feature view: \\\"wether\\\". Did you mean weather_now?\"}")");
  Status full(Code::kResourceExhausted, "GN501", "disk full");
  EXPECT_EQ(feast_error_json(full, "FeatureViewNotFoundException"),
            R"("{\"module\":\"feast.errors\",\"class\":\"FeastError\",\"message\":\"GN501 disk full\"}")");
  Status foreign(Code::kPermissionDenied, "GN616", "a page from x");
  EXPECT_NE(feast_error_json(foreign, "").find("FeastPermissionError"), std::string::npos);
  EXPECT_NE(feast_error_json(unknown, "").find("FeastError"), std::string::npos);
}

}  // namespace
}  // namespace gnomon
