// Parquet histories over damaged files: truncation and flipped bytes are named, never crash and never hang.
#include <filesystem>
#include <fstream>
#include <random>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include "data/files.h"
#include "data/row_history.h"
#include "gnomon/online_store.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;

class DamagedParquet : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fs::path("gnomon_data_files_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    arrow::Int64Builder key, time;
    for (int64_t i = 0; i < 5000; ++i) {
      ASSERT_TRUE(key.Append(i % 7).ok());
      ASSERT_TRUE(time.Append(i * 1000).ok());
    }
    auto times = time.Finish().ValueOrDie()->View(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")).ValueOrDie();
    auto table = arrow::Table::Make(arrow::schema({arrow::field("k", arrow::int64()), arrow::field("t", times->type())}),
                                    {key.Finish().ValueOrDie(), times});
    auto sink = arrow::io::FileOutputStream::Open(path()).ValueOrDie();
    ASSERT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink, 1000).ok());
    ASSERT_TRUE(sink->Close().ok());
    std::ifstream in(path(), std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(in), {});
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path() const { return (folder_ / "x.parquet").string(); }

  // Rows read, or the error.
  Result<int64_t> read(const std::string& bytes) {
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
    GN_ASSIGN(auto history, open_parquet_history({path()}, {{{"k", arrow::int64(), "k"}}, {}, "t", "", ""}, nullptr));
    int64_t rows = 0;
    for (int64_t unit = 0; unit < history->unit_count(); ++unit) {
      (void)history->unit_may_hold(unit, 0, 1);
      GN_TRY(history->scan(unit, {"k", kEventTime}, 512, [&](int64_t, const arrow::RecordBatch& batch) {
        rows += batch.num_rows();
        return Status();
      }));
    }
    return rows;
  }

  fs::path folder_;
  std::string bytes_;
};

TEST_F(DamagedParquet, WholeFileReads) {
  auto rows = read(bytes_);
  ASSERT_TRUE(rows.ok()) << rows.status().to_string();
  EXPECT_EQ(*rows, 5000);
}

TEST_F(DamagedParquet, EveryTruncationIsNamed) {
  for (size_t size = 0; size < bytes_.size(); size += 97) {
    auto rows = read(bytes_.substr(0, size));
    ASSERT_FALSE(rows.ok()) << size;
    EXPECT_NE(rows.status().to_string().find("x.parquet"), std::string::npos);
  }
}

TEST_F(DamagedParquet, FlippedBytesNeverCrash) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 400; ++round) {
    std::string bytes = bytes_;
    bytes[random() % bytes.size()] ^= static_cast<char>(1 << (random() % 8));
    (void)read(bytes).ok();
  }
}

TEST_F(DamagedParquet, FolderAndGlobListTheSameFile) {
  auto folder = list_files(folder_.string(), ".");
  auto pattern = list_files(folder_.string(), "*.parquet");
  ASSERT_TRUE(folder.ok() && pattern.ok());
  EXPECT_EQ(folder->size(), 1u);
  EXPECT_EQ(pattern->size(), 1u);
  EXPECT_EQ(list_files(folder_.string(), "none.parquet").status().info().id, "GN201");
}

}  // namespace
}  // namespace gnomon
