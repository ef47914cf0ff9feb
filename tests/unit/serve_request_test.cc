#include <cmath>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "serve/feast_request.h"

namespace gnomon {
namespace {

constexpr const char* kOnline = R"({"features":["weather_now:temp"],"entities":)";

Result<OnlineBody> with_entities(const std::string& entities) { return parse_online_body(kOnline + entities + "}"); }

// The message of an expected failure, or what went wrong instead.
template <class T>
std::string failure(const Result<T>& result) {
  return result.ok() ? "it was accepted" : result.status().to_string();
}

TEST(OnlineBody, AllMembers) {
  auto body = parse_online_body(R"({"feature_service":"delay_v1","entities":{"origin":["EWR",null,"JFK"],"n":[1,2,3]},
                                    "full_feature_names":true,"as_of":"2013-02-12T08:00:00Z","features":null})");
  ASSERT_TRUE(body.ok()) << body.status().to_string();
  EXPECT_EQ(body->features.feature_service, "delay_v1");
  EXPECT_TRUE(body->features.features.empty());
  EXPECT_TRUE(body->features.full_feature_names);
  EXPECT_EQ(*body->as_of, 1360656000LL * kSecondUs);
  EXPECT_EQ(body->entities->schema()->ToString(), "origin: string\nn: int64");
  EXPECT_EQ(body->entities->column(0)->ToString(), "[\n  \"EWR\",\n  null,\n  \"JFK\"\n]");
}

TEST(OnlineBody, Defaults) {
  auto body = with_entities(R"({"id":[1]})");
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->features.features, std::vector<std::string>{"weather_now:temp"});
  EXPECT_FALSE(body->features.full_feature_names);
  EXPECT_FALSE(body->as_of.has_value());
}

TEST(OnlineBody, ColumnTypes) {
  auto body = with_entities(R"({"i":[-1],"s":["x"],"b":[true],"f":[1.5],"n":[null],"big":[9223372036854775807]})");
  ASSERT_TRUE(body.ok()) << body.status().to_string();
  EXPECT_EQ(body->entities->schema()->ToString(), "i: int64\ns: string\nb: bool\nf: double\nn: null\nbig: int64");
}

TEST(OnlineBody, NoRowsAreFine) {
  auto body = with_entities(R"({"id":[]})");
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->entities->num_rows(), 0);
}

TEST(OnlineBody, MixedKeysNameTheRow) {
  EXPECT_EQ(failure(with_entities(R"({"id":[1,null,"x"]})")),
            "GN612 column \"id\", row 2: text after an integer: a column has one type");
  EXPECT_NE(failure(with_entities(R"({"id":[1,2.5]})")).find("row 1"), std::string::npos);
  EXPECT_NE(failure(with_entities(R"({"id":[1,true]})")).find("row 1"), std::string::npos);
  EXPECT_NE(failure(with_entities(R"({"id":["NaN",1.5]})")).find("row 1"), std::string::npos);
}

TEST(OnlineBody, UnequalLengths) {
  EXPECT_EQ(failure(with_entities(R"({"a":[1,2],"b":[1]})")),
            "GN612 \"entities\": column \"b\" has 1 values, \"a\" has 2. All columns must have the same length");
}

TEST(OnlineBody, KeysThatAreNoValues) {
  EXPECT_NE(failure(with_entities(R"({"id":[18446744073709551615]})")).find("does not fit in 64 bits"), std::string::npos);
  EXPECT_NE(failure(with_entities(R"({"id":[{}]})")).find("an object is not a value"), std::string::npos);
  EXPECT_NE(failure(with_entities(R"({"id":[[1]]})")).find("no join keys"), std::string::npos);
  EXPECT_NE(failure(with_entities(R"({"id":[1,99999999999999999999]})")).find("row 1: the integer does not fit"),
            std::string::npos);
  EXPECT_NE(failure(with_entities(R"({"id":7})")).find("is not a list"), std::string::npos);
  EXPECT_NE(failure(with_entities(R"({"id":[1],"id":[2]})")).find("twice"), std::string::npos);
  EXPECT_NE(failure(with_entities("{}")).find("has no columns"), std::string::npos);
  EXPECT_NE(failure(with_entities("[1]")).find("nor an object of columns"), std::string::npos);
}

TEST(OnlineBody, WrongMembers) {
  EXPECT_NE(failure(parse_online_body(R"({"entities":{"id":[1]}})")).find("either \"features\" or \"feature_service\""),
            std::string::npos);
  EXPECT_NE(failure(parse_online_body(R"({"features":["a:b"],"feature_service":"s","entities":{"id":[1]}})")).find("either"),
            std::string::npos);
  EXPECT_NE(failure(parse_online_body(R"({"features":["a:b"]})")).find("\"entities\" is missing"), std::string::npos);
  EXPECT_NE(failure(parse_online_body(R"({"feature":["a:b"]})")).find("unknown member \"feature\""), std::string::npos);
  EXPECT_NE(failure(parse_online_body(R"({"features":[1]})")).find("neither a list of texts"), std::string::npos);
  EXPECT_NE(failure(parse_online_body(R"({"features":["a"],"features":["b"]})")).find("twice"), std::string::npos);
  EXPECT_NE(failure(parse_online_body(R"({"features":["a:b"],"full_feature_names":1})")).find("neither true nor false"),
            std::string::npos);
}

TEST(OnlineBody, AsOfIsIsoText) {
  EXPECT_NE(
      failure(parse_online_body(R"({"features":["a:b"],"as_of":1360656000,"entities":{"id":[1]}})")).find("is not text"),
      std::string::npos);
  EXPECT_NE(failure(parse_online_body(R"({"features":["a:b"],"as_of":"soon","entities":{"id":[1]}})")).find("GN113"),
            std::string::npos);
}

TEST(OnlineBody, WhatIsNotThereYetIsRefusedWhenAskedFor) {
  auto body = [](const char* value) {
    return parse_online_body(
        std::string(R"({"features":["a:b"],"entities":{"id":[1]},"include_feature_view_version_metadata":)") + value + "}");
  };
  EXPECT_TRUE(body("false").ok());
  EXPECT_TRUE(body("null").ok());
  ASSERT_FALSE(body("true").ok());
  EXPECT_EQ(body("true").status().code(), Code::kUnimplemented);
}

TEST(PushBody, DefaultsToOnlineAsFeastDoes) {
  auto body = parse_push_body(
      R"({"push_source_name":"departures","df":{"id":[1]},"allow_registry_cache":true,"transform_on_write":true})");
  ASSERT_TRUE(body.ok()) << body.status().to_string();
  EXPECT_EQ(body->target, "departures");
  EXPECT_EQ(body->to, PushTo::kOnline);
}

TEST(PushBody, Targets) {
  auto to = [](const std::string& word) {
    return parse_push_body(R"({"push_source_name":"s","df":{"id":[1]},"to":")" + word + "\"}");
  };
  EXPECT_EQ(to("offline")->to, PushTo::kOffline);
  EXPECT_EQ(to("online_and_offline")->to, PushTo::kOnlineAndOffline);
  EXPECT_NE(failure(to("offline_and_online")).find("It is online, offline or online_and_offline"), std::string::npos);
}

TEST(PushBody, NumbersMayMix) {
  auto body = parse_write_body(R"({"feature_view_name":"v","df":{"x":[1,2.5,"NaN",null,"-Infinity"],"y":["NaN",1,2,3,4]}})");
  ASSERT_TRUE(body.ok()) << body.status().to_string();
  EXPECT_EQ(body->rows->schema()->ToString(), "x: double\ny: double");
  const auto& x = static_cast<const arrow::DoubleArray&>(*body->rows->column(0));
  EXPECT_EQ(x.Value(0), 1.0);
  EXPECT_EQ(x.Value(1), 2.5);
  EXPECT_TRUE(std::isnan(x.Value(2)));
  EXPECT_TRUE(x.IsNull(3));
  EXPECT_EQ(x.Value(4), -std::numeric_limits<double>::infinity());
}

TEST(PushBody, AnIntegerIsNeverRoundedQuietly) {
  auto mixed = [](const char* integer) {
    return parse_write_body(std::string(R"({"feature_view_name":"v","df":{"x":[0.5,)") + integer + "]}}");
  };
  EXPECT_TRUE(mixed("9007199254740992").ok());
  EXPECT_NE(failure(mixed("9007199254740993")).find("row 1: the integer is not exact"), std::string::npos);
}

TEST(PushBody, TextAndNumbersMustNotMix) {
  auto column = [](const char* values) {
    return parse_write_body(std::string(R"({"feature_view_name":"v","df":{"x":)") + values + "}}");
  };
  EXPECT_NE(failure(column(R"(["a",1])")).find("row 1: an integer after text"), std::string::npos);
  EXPECT_NE(failure(column(R"(["NaN","a",1])")).find("row 2"), std::string::npos);
  EXPECT_NE(failure(column(R"([1.5,"NaN","a"])")).find("row 2"), std::string::npos);
  EXPECT_EQ(column(R"(["NaN","a"])")->rows->schema()->ToString(), "x: string");
}

TEST(PushBody, Lists) {
  auto column = [](const char* values) {
    return parse_write_body(std::string(R"({"feature_view_name":"v","df":{"x":)") + values + "}}");
  };
  auto body = column("[[1,2.5],null,[],[null]]");
  ASSERT_TRUE(body.ok()) << body.status().to_string();
  EXPECT_EQ(body->rows->schema()->ToString(), "x: list<item: double>");
  EXPECT_TRUE(body->rows->ValidateFull().ok());
  EXPECT_EQ(body->rows->column(0)->null_count(), 1);
  EXPECT_NE(failure(column(R"([[1],["a"]])")).find("row 1"), std::string::npos);
  EXPECT_NE(failure(column("[[1],2]")).find("row 1: an integer after a list"), std::string::npos);
  EXPECT_NE(failure(column("[[[1]]]")).find("a list in a list"), std::string::npos);
}

TEST(PushBody, ManyRows) {
  std::string numbers, texts;
  for (int i = 0; i < 200'000; ++i) {
    numbers += std::to_string(i) + ",";
    texts += "\"text " + std::to_string(i) + "\",";
  }
  numbers.pop_back();
  texts.pop_back();
  auto body = parse_write_body(R"({"feature_view_name":"v","df":{"n":[)" + numbers + "],\"t\":[" + texts + "]}}");
  ASSERT_TRUE(body.ok()) << body.status().to_string();
  EXPECT_EQ(body->rows->num_rows(), 200'000);
  EXPECT_EQ(static_cast<const arrow::Int64Array&>(*body->rows->column(0)).Value(199'999), 199'999);
  EXPECT_EQ(static_cast<const arrow::StringArray&>(*body->rows->column(1)).GetView(77'777), "text 77777");
}

TEST(MaterializeBody, BothForms) {
  auto interval =
      parse_materialize_body(R"({"start_ts":"2013-01-01","end_ts":"2013-02-01T00:00:00+01:00","feature_views":["a","b"]})",
                             MaterializeForm::kInterval);
  ASSERT_TRUE(interval.ok()) << interval.status().to_string();
  EXPECT_EQ(format_time(*interval->start), "2013-01-01T00:00:00Z");
  EXPECT_EQ(format_time(interval->end), "2013-01-31T23:00:00Z");
  EXPECT_EQ(interval->views, (std::vector<std::string>{"a", "b"}));
  auto incremental = parse_materialize_body(R"({"end_ts":"2013-02-01"})", MaterializeForm::kIncremental);
  ASSERT_TRUE(incremental.ok());
  EXPECT_FALSE(incremental->start.has_value());
  EXPECT_NE(failure(parse_materialize_body(R"({"end_ts":"2013-02-01"})", MaterializeForm::kInterval))
                .find("\"start_ts\" is missing"),
            std::string::npos);
  EXPECT_NE(
      failure(parse_materialize_body(R"({"start_ts":"2013-01-01","end_ts":"2013-02-01"})", MaterializeForm::kIncremental))
          .find("no place"),
      std::string::npos);
}

}  // namespace
}  // namespace gnomon
