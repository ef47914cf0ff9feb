#include <arrow/api.h>
#include <gtest/gtest.h>

#include "serve/feast_request.h"
#include "serve/pushed_columns.h"

namespace gnomon {
namespace {

Result<std::shared_ptr<arrow::Table>> retyped(const std::string& df, const ColumnTypes& types) {
  auto body = parse_write_body(R"({"feature_view_name":"v","df":)" + df + "}");
  EXPECT_TRUE(body.ok()) << body.status().to_string();
  return retype_rows(*body->rows, types);
}

TEST(PushedColumns, DeclaredTypesDecide) {
  auto rows = retyped(
      R"({"b":["AP8h",null],"t":["2013-02-12T08:00Z",null],"e":[1360656000,-1],"f":["NaN","Infinity"],"s":["NaN","AP8h"]})",
      {{"b", "Bytes"}, {"t", "UnixTimestamp"}, {"e", "UnixTimestamp"}, {"f", "Float32"}, {"s", "String"}});
  ASSERT_TRUE(rows.ok()) << rows.status().to_string();
  EXPECT_EQ((*rows)->schema()->ToString(),
            "b: binary\nt: timestamp[us, tz=UTC]\ne: timestamp[us, tz=UTC]\nf: double\ns: string");
  EXPECT_EQ((**(*rows)->column(0)->GetScalar(0)).ToString(), std::string("\x00\xff!", 3));
  auto micros = [&](int column, int row) {
    return static_cast<const arrow::TimestampArray&>(*(*rows)->column(column)->chunk(0)).Value(row);
  };
  EXPECT_EQ(micros(1, 0), 1360656000'000000);
  EXPECT_EQ(micros(2, 0), 1360656000'000000);
  EXPECT_EQ(micros(2, 1), -1'000000);
}

TEST(PushedColumns, UndeclaredColumnsPass) {
  auto rows = retyped(R"({"x":["2013-02-12"],"y":[1]})", {{"z", "Bytes"}, {"y", "Float64"}});
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ((*rows)->schema()->ToString(), "x: string\ny: int64");
}

TEST(PushedColumns, ProblemsNameColumnAndRow) {
  auto text = retyped(R"({"t":["2013-02-12","noon"]})", {{"t", "UnixTimestamp"}});
  ASSERT_FALSE(text.ok());
  EXPECT_NE(text.status().to_string().find("column \"t\", row 1"), std::string::npos) << text.status().to_string();
  auto seconds = retyped(R"({"t":[9223372036854775807]})", {{"t", "UnixTimestamp"}});
  ASSERT_FALSE(seconds.ok());
  EXPECT_NE(seconds.status().to_string().find("out of range"), std::string::npos);
  auto number = retyped(R"({"f":["NaN","seven"]})", {{"f", "Float64"}});
  ASSERT_FALSE(number.ok());
  EXPECT_NE(number.status().to_string().find("row 1: \"seven\" is not a number"), std::string::npos);
  EXPECT_FALSE(retyped(R"({"b":["?"]})", {{"b", "Bytes"}}).ok());
}

TEST(PushedColumns, TypesComeFromTheSourceItsBatchSourceAndItsViews) {
  v1::Manifest manifest;
  auto* push = manifest.add_sources();
  push->set_name("clicks");
  push->mutable_push()->set_batch_source("clicks_file");
  auto* batch = manifest.add_sources();
  batch->set_name("clicks_file");
  auto* at = batch->add_schema();
  at->set_name("at");
  at->set_dtype("UnixTimestamp");
  auto* view = manifest.add_feature_views();
  view->set_name("clicks_now");
  view->add_sources("clicks");
  auto* score = view->add_schema();
  score->set_name("score");
  score->set_dtype("Float32");
  auto* computed = manifest.add_feature_views();
  computed->add_sources("clicks");
  computed->set_sql("select 1 as raw from clicks");
  auto* raw = computed->add_schema();
  raw->set_name("raw");
  raw->set_dtype("Bytes");
  EXPECT_EQ(types_of_pushed(manifest, "clicks"), (ColumnTypes{{"at", "UnixTimestamp"}, {"score", "Float32"}}));
  EXPECT_EQ(types_of_view(manifest, "clicks_now"), (ColumnTypes{{"score", "Float32"}}));
  EXPECT_TRUE(types_of_pushed(manifest, "nobody").empty());
}

}  // namespace
}  // namespace gnomon
