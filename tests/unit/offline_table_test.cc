// What an offline table promises to one writer and its readers.
#include "gnomon/offline_table.h"

#include <filesystem>
#include <regex>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "unit/offline_sample_rows.h"

namespace gnomon {
namespace {

using test::id_rows;
using test::names_below;
using test::read_rows;
using test::sample_rows;
using test::sorted_ids;

class OfflineTableTest : public testing::Test {
 protected:
  OfflineSnapshot commit(const std::shared_ptr<arrow::Table>& rows, CommitMode mode = CommitMode::kAppend,
                         const std::string& app_id = "", int64_t app_version = -1) {
    Result<OfflineSnapshot> result = table_.commit(*rows, {mode, app_id, app_version});
    EXPECT_TRUE(result.ok()) << result.status().to_string();
    return result.ok() ? *result : OfflineSnapshot();
  }
  Status refused(const std::shared_ptr<arrow::Table>& rows, CommitMode mode = CommitMode::kAppend) {
    return table_.commit(*rows, {mode, "", -1}).status();
  }

  test::TemporaryFolder folder_;
  OfflineTable table_{folder_ / "table", Env::real()};
};

TEST_F(OfflineTableTest, ATableThatDoesNotExistHasNoVersion) {
  Result<OfflineSnapshot> snapshot = table_.snapshot();
  ASSERT_TRUE(snapshot.ok());
  EXPECT_EQ(snapshot->version, -1);
  EXPECT_TRUE(snapshot->files.empty());
  EXPECT_EQ(snapshot->content_hash, "");
  EXPECT_TRUE(table_.verify().ok());
  EXPECT_FALSE(std::filesystem::exists(table_.path())) << "reading must create nothing";
  EXPECT_EQ(table_.snapshot(0).status().info().id, "GN520");
}

TEST_F(OfflineTableTest, KeepsEveryTypeAndItsNulls) {
  auto rows = sample_rows(0, 100);
  OfflineSnapshot snapshot = commit(rows);
  EXPECT_EQ(snapshot.version, 0);
  EXPECT_EQ(snapshot.file_rows, std::vector<int64_t>{100});
  auto read = read_rows(snapshot);
  ASSERT_TRUE(read->ValidateFull().ok());
  EXPECT_TRUE(read->Equals(*rows)) << read->schema()->ToString();
  EXPECT_TRUE(table_.verify().ok());
}

TEST_F(OfflineTableTest, KeepsColumnsThatAreAllNull) {
  auto rows = sample_rows(0, 10);
  arrow::ArrayVector nulls;
  for (auto& field : rows->schema()->fields()) nulls.push_back(arrow::MakeArrayOfNull(field->type(), 10).ValueOrDie());
  auto null_rows = arrow::Table::Make(rows->schema(), nulls, 10);
  EXPECT_TRUE(read_rows(commit(null_rows))->Equals(*null_rows));
}

TEST_F(OfflineTableTest, KeepsFloatBitsThatAreNotNumbers) {
  arrow::DoubleBuilder builder;
  ASSERT_TRUE(builder.AppendValues({std::nan(""), -0.0, 0.0, INFINITY, -INFINITY}).ok());
  auto rows = arrow::Table::Make(arrow::schema({arrow::field("x", arrow::float64())}), {builder.Finish().ValueOrDie()});
  auto read = std::static_pointer_cast<arrow::DoubleArray>(read_rows(commit(rows))->column(0)->chunk(0));
  EXPECT_TRUE(std::isnan(read->Value(0)));
  EXPECT_TRUE(std::signbit(read->Value(1)));
  EXPECT_FALSE(std::signbit(read->Value(2)));
  EXPECT_EQ(read->Value(4), -INFINITY);
}

TEST_F(OfflineTableTest, AnEmptyTableHasASchema) {
  OfflineSnapshot snapshot = commit(sample_rows(0, 0));
  EXPECT_EQ(snapshot.version, 0);
  ASSERT_EQ(snapshot.files.size(), 1u);
  EXPECT_EQ(snapshot.file_rows[0], 0);
  auto read = read_rows(snapshot);
  EXPECT_EQ(read->num_rows(), 0);
  EXPECT_TRUE(read->schema()->Equals(*sample_rows(0, 0)->schema()));
  EXPECT_EQ(commit(sample_rows(0, 3)).version, 1);
  EXPECT_EQ(commit(sample_rows(0, 0)).version, 1) << "appending no rows commits nothing";
  EXPECT_EQ(commit(sample_rows(0, 0), CommitMode::kOverwrite).version, 2);
  EXPECT_EQ(read_rows(*table_.snapshot())->num_rows(), 0);
}

TEST_F(OfflineTableTest, AppendsInOrderAndKeepsOldVersions) {
  commit(sample_rows(0, 5));
  commit(sample_rows(5, 5));
  OfflineSnapshot newest = commit(sample_rows(10, 5));
  EXPECT_EQ(newest.version, 2);
  EXPECT_TRUE(read_rows(newest)->Equals(*sample_rows(0, 15)));
  EXPECT_TRUE(read_rows(*table_.snapshot(1))->Equals(*sample_rows(0, 10)));
  EXPECT_TRUE(read_rows(*table_.snapshot(0))->Equals(*sample_rows(0, 5)));
  for (int64_t version : {3, 1000, -1, -7}) {
    Status status = table_.snapshot(version).status();
    EXPECT_EQ(status.code(), Code::kNotFound) << version;
    EXPECT_EQ(status.info().id, "GN520");
  }
}

TEST_F(OfflineTableTest, EqualRowsAppendedTwiceAreThereTwice) {
  commit(id_rows(0, 3));
  OfflineSnapshot snapshot = commit(id_rows(0, 3));
  EXPECT_EQ(sorted_ids(snapshot), (std::vector<int64_t>{0, 0, 1, 1, 2, 2}));
}

TEST_F(OfflineTableTest, OverwriteReplacesAndKeepsOldFiles) {
  commit(id_rows(0, 5));
  commit(id_rows(5, 5));
  OfflineSnapshot snapshot = commit(id_rows(100, 2), CommitMode::kOverwrite);
  EXPECT_EQ(snapshot.version, 2);
  EXPECT_EQ(sorted_ids(snapshot), (std::vector<int64_t>{100, 101}));
  EXPECT_EQ(sorted_ids(*table_.snapshot(1)).size(), 10u);
}

TEST_F(OfflineTableTest, OverwritingWithTheSameContentCommitsNothing) {
  OfflineSnapshot first = commit(sample_rows(0, 50), CommitMode::kOverwrite);
  auto before = names_below(table_.path());
  OfflineSnapshot second = commit(sample_rows(0, 50), CommitMode::kOverwrite);
  EXPECT_EQ(second.version, first.version);
  EXPECT_EQ(second.files, first.files);
  EXPECT_EQ(names_below(table_.path()), before) << "no file is left of the attempt";
  EXPECT_EQ(commit(sample_rows(0, 51), CommitMode::kOverwrite).version, 1);
}

TEST_F(OfflineTableTest, OverwritingTheSameRowsInOneFileIsAChangeIfTheyWereTwo) {
  commit(id_rows(0, 5));
  commit(id_rows(5, 5));
  OfflineSnapshot snapshot = commit(id_rows(0, 10), CommitMode::kOverwrite);
  EXPECT_EQ(snapshot.version, 2);
  EXPECT_EQ(snapshot.files.size(), 1u);
}

TEST_F(OfflineTableTest, OverwriteMayChangeTheSchema) {
  commit(id_rows(0, 5));
  OfflineSnapshot snapshot = commit(sample_rows(0, 5), CommitMode::kOverwrite);
  EXPECT_TRUE(read_rows(snapshot)->Equals(*sample_rows(0, 5)));
  EXPECT_EQ(refused(id_rows(0, 1)).info().id, "GN522");
  EXPECT_EQ(commit(sample_rows(5, 5)).version, 2);
}

TEST_F(OfflineTableTest, ContentHashDependsOnContentAlone) {
  OfflineTable other(folder_ / "other", Env::real());
  auto hash = [](OfflineTable& table, int64_t start, int64_t count) {
    return table.commit(*sample_rows(start, count), {CommitMode::kOverwrite, "", -1})->content_hash;
  };
  std::string first = hash(table_, 0, 10);
  std::string second = hash(table_, 0, 11);
  EXPECT_NE(first, second);
  EXPECT_EQ(hash(other, 0, 10), first);
  EXPECT_EQ(hash(other, 0, 11), second);
  EXPECT_EQ(hash(table_, 0, 10), first);
  EXPECT_EQ(first.size(), 32u);
}

TEST_F(OfflineTableTest, BytesDoNotDependOnChunksOffsetsOrMetadata) {
  auto rows = sample_rows(13, 1000);
  std::string whole = commit(rows, CommitMode::kOverwrite).content_hash;
  std::vector<std::shared_ptr<arrow::Table>> parts;
  for (int64_t at = 0; at < 1000; at += 37) parts.push_back(rows->Slice(at, 37));
  auto chunked = arrow::ConcatenateTables(parts).ValueOrDie();
  EXPECT_EQ(commit(chunked, CommitMode::kOverwrite).content_hash, whole);
  auto sliced = sample_rows(0, 1100)->Slice(13, 1000);
  EXPECT_EQ(commit(sliced, CommitMode::kOverwrite).content_hash, whole);
  auto annotated = rows->ReplaceSchemaMetadata(arrow::key_value_metadata({"pandas"}, {"{}"}));
  EXPECT_EQ(commit(annotated, CommitMode::kOverwrite).content_hash, whole);
  auto strict = arrow::schema({rows->schema()->field(0)->WithNullable(false)});
  auto strict_ids = arrow::Table::Make(strict, {rows->column(0)});
  commit(id_rows(13, 1000), CommitMode::kOverwrite);
  EXPECT_EQ(commit(strict_ids, CommitMode::kOverwrite).version, 1);
}

TEST_F(OfflineTableTest, FillsSeveralRowGroups) {
  OfflineSnapshot snapshot = commit(id_rows(0, 300'000));
  EXPECT_EQ(snapshot.file_rows[0], 300'000);
  auto reader = parquet::ParquetFileReader::OpenFile(snapshot.files[0]);
  ASSERT_EQ(reader->metadata()->num_row_groups(), 3);
  for (int i = 0; i < 3; ++i) {
    auto statistics =
        std::static_pointer_cast<parquet::Int64Statistics>(reader->metadata()->RowGroup(i)->ColumnChunk(0)->statistics());
    ASSERT_NE(statistics, nullptr) << "readers prune by statistics";
    EXPECT_EQ(statistics->min(), i * 131'072);
  }
  EXPECT_TRUE(read_rows(snapshot)->Equals(*id_rows(0, 300'000)));
}

TEST_F(OfflineTableTest, ATransactionCountsOnce) {
  EXPECT_EQ(commit(id_rows(0, 2), CommitMode::kAppend, "stream", 7).version, 0);
  EXPECT_EQ(commit(id_rows(0, 2), CommitMode::kAppend, "stream", 7).version, 0);
  EXPECT_EQ(commit(id_rows(2, 2), CommitMode::kAppend, "stream", 8).version, 1);
  EXPECT_EQ(commit(id_rows(0, 2), CommitMode::kAppend, "stream", 7).version, 1);
  EXPECT_EQ(commit(id_rows(4, 2), CommitMode::kAppend, "other \"app\"", 7).version, 2);
  EXPECT_EQ(commit(id_rows(4, 2), CommitMode::kOverwrite, "other \"app\"", 7).version, 2);
  EXPECT_EQ(sorted_ids(*table_.snapshot()), (std::vector<int64_t>{0, 1, 2, 3, 4, 5}));
}

TEST_F(OfflineTableTest, ATransactionIsRecordedEvenIfTheContentIsTheSame) {
  commit(id_rows(0, 2), CommitMode::kOverwrite);
  EXPECT_EQ(commit(id_rows(0, 2), CommitMode::kOverwrite, "run", 1).version, 1);
  EXPECT_EQ(commit(id_rows(5, 2), CommitMode::kOverwrite, "run", 2).version, 2);
  EXPECT_EQ(commit(id_rows(0, 2), CommitMode::kOverwrite, "run", 1).version, 2) << "a replay must not bring old rows back";
  EXPECT_EQ(sorted_ids(*table_.snapshot()), (std::vector<int64_t>{5, 6}));
  EXPECT_TRUE(read_rows(*table_.snapshot(1))->Equals(*id_rows(0, 2)));
}

TEST_F(OfflineTableTest, RefusesRowsThatDoNotFit) {
  auto rows = sample_rows(0, 5);
  commit(rows);
  auto without_last = rows->RemoveColumn(rows->num_columns() - 1).ValueOrDie();
  auto renamed =
      rows->RenameColumns({"id", "smol", "approx", "ratio", "name", "payload", "flag", "event_time", "numbers", "words"})
          .ValueOrDie();
  auto swapped = rows->SelectColumns({1, 0, 2, 3, 4, 5, 6, 7, 8, 9}).ValueOrDie();
  auto retyped = rows->SetColumn(1, arrow::field("small", arrow::int64()), rows->column(0)).ValueOrDie();
  for (auto& wrong : {without_last, renamed, swapped, retyped}) {
    Status status = refused(wrong);
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    EXPECT_EQ(status.info().id, "GN522");
  }
  EXPECT_NE(refused(retyped).info().message.find(
                "column 2: the table has \"small\" \"integer\", the rows have \"small\" \"long\""),
            std::string::npos)
      << refused(retyped).to_string();
  EXPECT_EQ(table_.snapshot()->version, 0);
}

TEST_F(OfflineTableTest, RefusesTypesItCannotHold) {
  auto types = {arrow::int8(),
                arrow::uint64(),
                arrow::large_utf8(),
                arrow::timestamp(arrow::TimeUnit::MICRO),
                arrow::timestamp(arrow::TimeUnit::NANO, "UTC"),
                arrow::timestamp(arrow::TimeUnit::MICRO, "Europe/Berlin"),
                arrow::list(arrow::list(arrow::int64())),
                arrow::struct_({arrow::field("a", arrow::int64())}),
                arrow::date32()};
  for (auto& type : types) {
    auto rows = arrow::Table::Make(arrow::schema({arrow::field("x", type)}), {arrow::MakeArrayOfNull(type, 1).ValueOrDie()});
    EXPECT_EQ(refused(rows).info().id, "GN522") << type->ToString();
  }
  auto twice = arrow::Table::Make(arrow::schema({arrow::field("x", arrow::int64()), arrow::field("x", arrow::int64())}),
                                  {id_rows(0, 1)->column(0), id_rows(0, 1)->column(0)});
  EXPECT_EQ(refused(twice).info().id, "GN522");
  EXPECT_FALSE(std::filesystem::exists(table_.path()));
}

TEST_F(OfflineTableTest, LeavesOnlyDataFilesAndLogEntries) {
  commit(id_rows(0, 2));
  commit(id_rows(2, 2));
  commit(id_rows(0, 2), CommitMode::kOverwrite);
  std::regex expected("_delta_log|_delta_log/0{19}[012]\\.json|part-[0-9a-f]{32}-[0-9a-f]{16}\\.parquet");
  auto names = names_below(table_.path());
  EXPECT_EQ(names.size(), 7u);
  for (const std::string& name : names) EXPECT_TRUE(std::regex_match(name, expected)) << name;
}

TEST_F(OfflineTableTest, PathsAreAbsolute) {
  auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder_ / "");
  OfflineTable relative("./inner/../relative/", Env::real());
  Result<OfflineSnapshot> snapshot = relative.commit(*id_rows(0, 2), {});
  std::filesystem::current_path(before);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status().to_string();
  EXPECT_TRUE(snapshot->files[0].starts_with("/"));
  EXPECT_EQ(sorted_ids(*snapshot).size(), 2u);
}

}  // namespace
}  // namespace gnomon
