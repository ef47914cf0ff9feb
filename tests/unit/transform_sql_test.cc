// Queries over Arrow tables: answers, types, order, refusals, errors.
#include <cstdlib>

#include <arrow/api.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

#include "gnomon/sql_engine.h"

namespace gnomon {
namespace {

using Columns = std::vector<std::tuple<std::string, std::shared_ptr<arrow::DataType>, std::string>>;

std::shared_ptr<arrow::Array> json(const std::shared_ptr<arrow::DataType>& type, const std::string& text) {
  return arrow::json::ArrayFromJSONString(type, text).ValueOrDie();
}

std::shared_ptr<arrow::Table> table_of(const Columns& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& [name, type, text] : columns) {
    fields.push_back(arrow::field(name, type));
    arrays.push_back(json(type, text));
  }
  return arrow::Table::Make(arrow::schema(fields), arrays);
}

std::shared_ptr<arrow::RecordBatchReader> reader_of(const Columns& columns) {
  std::shared_ptr<arrow::Table> table = table_of(columns);
  return std::make_shared<arrow::TableBatchReader>(table);
}

std::shared_ptr<arrow::Table> answer_of(const std::string& sql, const SqlTables& tables = {}) {
  Result<std::shared_ptr<arrow::Table>> answer = run_sql(sql, tables, "view v");
  EXPECT_TRUE(answer.ok()) << answer.status().to_string();
  return answer.ok() ? (*answer)->CombineChunks().ValueOrDie() : table_of({});
}

Status error_of(const std::string& sql, const SqlTables& tables = {}) {
  Result<std::shared_ptr<arrow::Table>> answer = run_sql(sql, tables, "view v");
  EXPECT_FALSE(answer.ok()) << sql;
  return answer.ok() ? Status(Code::kOk, "", "no error") : answer.status();
}

void expect_column(const arrow::Table& table, const std::string& name, const std::shared_ptr<arrow::DataType>& type,
                   const std::string& text) {
  std::shared_ptr<arrow::ChunkedArray> column = table.GetColumnByName(name);
  ASSERT_NE(column, nullptr) << name;
  EXPECT_TRUE(column->Equals(arrow::ChunkedArray(json(type, text)))) << name << ": " << column->ToString();
}

const std::shared_ptr<arrow::DataType> kUtc = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");

TEST(RunSql, JoinsNamedTables) {
  SqlTables tables;
  tables["flights"] =
      reader_of({{"origin", arrow::utf8(), R"(["EWR", "JFK", "LGA"])"}, {"delay", arrow::float64(), "[1.5, null, 3]"}});
  tables["airports"] = reader_of({{"code", arrow::utf8(), R"(["JFK", "EWR"])"}, {"altitude", arrow::int32(), "[13, 18]"}});
  std::shared_ptr<arrow::Table> answer = answer_of(
      "select f.origin, delay, altitude from flights f left join airports a on f.origin = a.code order by f.origin", tables);
  expect_column(*answer, "origin", arrow::utf8(), R"(["EWR", "JFK", "LGA"])");
  expect_column(*answer, "delay", arrow::float64(), "[1.5, null, 3]");
  expect_column(*answer, "altitude", arrow::int32(), "[18, 13, null]");
}

TEST(RunSql, TimesAreMicrosecondsUtc) {
  SqlTables tables;
  tables["t"] = reader_of({{"aware", kUtc, "[1360656000000000]"},
                           {"naive", arrow::timestamp(arrow::TimeUnit::MICRO), "[1360656000000001]"},
                           {"nanos", arrow::timestamp(arrow::TimeUnit::NANO), "[-1]"},
                           {"seconds", arrow::timestamp(arrow::TimeUnit::SECOND), "[1360656000]"},
                           {"zoned", arrow::timestamp(arrow::TimeUnit::MICRO, "America/New_York"), "[1360656000000000]"}});
  std::shared_ptr<arrow::Table> answer = answer_of(
      "select *, date_trunc('day', aware) as day, extract(hour from aware) as hour, [naive] as many from t", tables);
  expect_column(*answer, "aware", kUtc, "[1360656000000000]");
  expect_column(*answer, "naive", kUtc, "[1360656000000001]");
  expect_column(*answer, "nanos", kUtc, "[-1]");
  expect_column(*answer, "seconds", kUtc, "[1360656000000000]");
  expect_column(*answer, "zoned", kUtc, "[1360656000000000]");
  expect_column(*answer, "day", kUtc, "[1360627200000000]");
  expect_column(*answer, "hour", arrow::int64(), "[8]");
  expect_column(*answer, "many", arrow::list(kUtc), "[[1360656000000001]]");
}

TEST(RunSql, AWallClockIsReadInItsZone) {
  std::shared_ptr<arrow::Table> answer =
      answer_of("select timezone('America/New_York', timestamp '2013-02-12 03:00:00') as instant");
  expect_column(*answer, "instant", kUtc, "[1360656000000000]");
}

TEST(RunSql, DecimalsBecomeFeatureTypes) {
  SqlTables tables;
  tables["t"] = reader_of({{"i", arrow::int64(), "[9007199254740993, 1]"}});
  std::shared_ptr<arrow::Table> answer = answer_of(
      "select sum(i) as total, 1.5 as half, 0.3 as third, [0.1] as few, 12345678901234567890123.45 as wide, "
      "null::decimal(9, 2) as none from t",
      tables);
  expect_column(*answer, "total", arrow::int64(), "[9007199254740994]");
  expect_column(*answer, "half", arrow::float64(), "[1.5]");
  expect_column(*answer, "third", arrow::float64(), "[0.3]");
  expect_column(*answer, "few", arrow::list(arrow::float64()), "[[0.1]]");
  expect_column(*answer, "wide", arrow::float64(), "[12345678901234567890123.45]");
  expect_column(*answer, "none", arrow::float64(), "[null]");
  Status beyond = error_of("select sum(9223372036854775807::bigint) as total from range(2)");
  EXPECT_EQ(beyond.info().id, "GN320");
  EXPECT_EQ(beyond.info().where, "column total");
}

TEST(RunSql, NoRowsKeepTheirTypes) {
  std::shared_ptr<arrow::Table> answer =
      answer_of("select sum(x) as s, max(t) as t from (select 1 as x, timestamp '2013-01-01' as t) where x > 1 group by x");
  EXPECT_EQ(answer->num_rows(), 0);
  EXPECT_TRUE(answer->schema()->field(0)->type()->Equals(arrow::int64())) << answer->schema()->ToString();
  EXPECT_TRUE(answer->schema()->field(1)->type()->Equals(kUtc)) << answer->schema()->ToString();
}

TEST(RunSql, KeepsTheOrderOfRows) {
  constexpr int64_t kRows = 300'000;
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < kRows; ++i) ASSERT_TRUE(builder.Append((i * 7919) % kRows).ok());
  std::shared_ptr<arrow::Array> values = builder.Finish().ValueOrDie();
  std::shared_ptr<arrow::Table> table = arrow::Table::Make(arrow::schema({arrow::field("x", arrow::int64())}), {values});
  auto reader = std::make_shared<arrow::TableBatchReader>(table);
  reader->set_chunksize(1000);
  std::shared_ptr<arrow::Table> answer = answer_of("select x from t where x >= 0", {{"t", reader}});
  EXPECT_TRUE(answer->column(0)->Equals(arrow::ChunkedArray(values)));
}

TEST(RunSql, KeepsEveryInputType) {
  SqlTables tables;
  Columns columns = {{"b", arrow::boolean(), "[true, null]"},
                     {"i8", arrow::int8(), "[-1, null]"},
                     {"u8", arrow::uint8(), "[255, null]"},
                     {"f", arrow::float32(), "[1.5, null]"},
                     {"s", arrow::utf8(), R"(["é", null])"},
                     {"y", arrow::binary(), R"(["x", null])"},
                     {"d", arrow::date32(), "[1, null]"},
                     {"l", arrow::list(arrow::int64()), "[[1], null]"},
                     {"big", arrow::int64(), "[9223372036854775807, null]"}};
  tables["t"] = reader_of(columns);
  std::shared_ptr<arrow::Table> answer = answer_of("select * from t", tables);
  for (const auto& [name, type, text] : columns) {
    std::shared_ptr<arrow::ChunkedArray> column = answer->GetColumnByName(name);
    std::shared_ptr<arrow::Array> expected = json(type, text);
    EXPECT_EQ(column->ToString(), arrow::ChunkedArray(expected).ToString())
        << name << " came out as " << column->type()->ToString();
  }
}

TEST(RunSql, DictionariesAreStrings) {
  std::shared_ptr<arrow::Array> coded =
      arrow::DictionaryArray::FromArrays(json(arrow::int32(), "[0, null, 0]"), json(arrow::utf8(), R"(["EWR"])"))
          .ValueOrDie();
  std::shared_ptr<arrow::Table> table = arrow::Table::Make(arrow::schema({arrow::field("c", coded->type())}), {coded});
  SqlTables tables;
  tables["t"] = std::make_shared<arrow::TableBatchReader>(table);
  expect_column(*answer_of("select c from t", tables), "c", arrow::utf8(), R"(["EWR", null, "EWR"])");
}

TEST(RunSql, NanIsNotNull) {
  SqlTables tables;
  tables["t"] = reader_of({{"x", arrow::float64(), "[NaN, null, 1]"}});
  std::shared_ptr<arrow::Table> answer = answer_of("select count(x) as n from t", tables);
  expect_column(*answer, "n", arrow::int64(), "[2]");
}

TEST(RunSql, ErrorsCarryTheEnginesMessage) {
  SqlTables tables;
  tables["weather"] = reader_of({{"temp", arrow::float64(), "[1]"}});
  Status column = error_of("select tmp from weather", tables);
  EXPECT_EQ(column.info().id, "GN320");
  EXPECT_EQ(column.code(), Code::kInvalidArgument);
  EXPECT_EQ(column.info().where, "view v");
  EXPECT_NE(column.info().message.find("\"tmp\" not found"), std::string::npos) << column.to_string();
  EXPECT_NE(error_of("select 1 from nothing").info().message.find("nothing does not exist"), std::string::npos);
  EXPECT_NE(error_of("select select").info().message.find("syntax error"), std::string::npos);
  // An error that shows only while rows flow.
  EXPECT_NE(error_of("select (case when range = 99999 then 'x' else '1' end)::int from range(100000)")
                .info()
                .message.find("Could not convert"),
            std::string::npos);
}

TEST(RunSql, AReaderThatFailsIsAnError) {
  std::shared_ptr<arrow::Schema> schema = arrow::schema({arrow::field("x", arrow::int64())});
  auto fail = []() -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
    return arrow::Status::IOError("the disk is on fire");
  };
  std::shared_ptr<arrow::RecordBatchReader> reader =
      arrow::RecordBatchReader::MakeFromIterator(
          arrow::Iterator<std::shared_ptr<arrow::RecordBatch>>(arrow::MakeFunctionIterator(fail)), schema)
          .ValueOrDie();
  Status status = error_of("select * from t", {{"t", reader}});
  EXPECT_EQ(status.info().id, "GN320");
  EXPECT_NE(status.info().message.find("table t"), std::string::npos) << status.to_string();
  EXPECT_NE(status.info().message.find("on fire"), std::string::npos) << status.to_string();
}

TEST(RunSql, RefusesWhatCheckSqlRefuses) { EXPECT_EQ(error_of("select now()").info().id, "GN321"); }

// The text check is for meaning; the engine itself holds without it. An unquoted name with a dot passes the text check.
TEST(RunSql, TheEngineReadsNoFiles) {
  Status status = error_of("select * from passwd.csv");
  EXPECT_EQ(status.info().id, "GN320");
}

TEST(RunSql, SaysHowToGetTheLibrary) {
  setenv("GNOMON_DUCKDB_LIBRARY", "/nowhere/libduckdb.so", 1);
  Status status = error_of("select 1");
  unsetenv("GNOMON_DUCKDB_LIBRARY");
  EXPECT_EQ(status.info().id, "GN322");
  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  EXPECT_NE(status.info().message.find("/nowhere/libduckdb.so"), std::string::npos);
}

}  // namespace
}  // namespace gnomon
