// RowHistory::take over Parquet files however they are written: it gives the values that were put in, whether it reads them where
// they lie or not, and names what is damaged.
#include <filesystem>
#include <fstream>
#include <random>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include "data/row_history.h"
#include "gnomon/online_store.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kRows = 5000;
constexpr int64_t kGroupRows = 1700;

class RowTake : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fs::path("gnomon_data_row_take_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path() const { return (folder_ / "x.parquet").string(); }

  // Columns k (Int64), d (Float64), s (String) and t. `null_share`: one of so many values of d is null; 0: none.
  void write(const parquet::WriterProperties& properties, uint64_t null_share, bool nullable) {
    arrow::Int64Builder key, time;
    arrow::DoubleBuilder number;
    arrow::StringBuilder text;
    for (int64_t i = 0; i < kRows; ++i) {
      const bool is_null = null_share != 0 && random_() % null_share == 0;
      ASSERT_TRUE(key.Append(static_cast<int64_t>(random_())).ok());
      ASSERT_TRUE((is_null ? number.AppendNull() : number.Append(static_cast<double>(random_()) / 7)).ok());
      ASSERT_TRUE(text.Append(std::to_string(random_() % 100)).ok());
      ASSERT_TRUE(time.Append(i * 1000).ok());
    }
    auto times = time.Finish().ValueOrDie()->View(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")).ValueOrDie();
    table_ = arrow::Table::Make(
        arrow::schema({arrow::field("k", arrow::int64(), nullable), arrow::field("d", arrow::float64(), nullable),
                       arrow::field("s", arrow::utf8()), arrow::field("t", times->type())}),
        {key.Finish().ValueOrDie(), number.Finish().ValueOrDie(), text.Finish().ValueOrDie(), times});
    auto sink = arrow::io::FileOutputStream::Open(path()).ValueOrDie();
    auto shared = std::make_shared<parquet::WriterProperties>(properties);
    ASSERT_TRUE(parquet::arrow::WriteTable(*table_, arrow::default_memory_pool(), sink, kGroupRows, shared).ok());
    ASSERT_TRUE(sink->Close().ok());
  }

  Result<std::unique_ptr<RowHistory>> open() const {
    return open_parquet_history(
        {path()}, {{{"k", arrow::int64(), "k"}}, {{"d", arrow::float64(), "d"}, {"s", arrow::utf8(), "s"}}, "t", "", ""},
        nullptr);
  }

  // Some rows of a unit, of which one in `one_of`.
  std::vector<int64_t> some_rows(const RowHistory& history, int64_t unit, uint64_t one_of) {
    std::vector<int64_t> rows;
    for (int64_t row = 0; row < history.unit_rows(unit); ++row) {
      if (random_() % one_of == 0) rows.push_back(history.unit_first_row(unit) + row);
    }
    return rows;
  }

  void expect_values() {
    auto history = open();
    ASSERT_TRUE(history.ok()) << history.status().to_string();
    for (int64_t unit = 0; unit < (*history)->unit_count(); ++unit) {
      for (const uint64_t one_of : {1, 3, 400, 100000}) {
        const std::vector<int64_t> rows = some_rows(**history, unit, one_of);
        for (const std::string column : {"k", "d", "s"}) {
          Result<arrow::ArrayVector> parts = (*history)->take(unit, column, rows);
          ASSERT_TRUE(parts.ok()) << parts.status().to_string();
          const auto wanted = table_->GetColumnByName(column);
          size_t next = 0;
          for (const auto& part : *parts) {
            for (int64_t i = 0; i < part->length(); ++i, ++next) {
              ASSERT_LT(next, rows.size());
              ASSERT_TRUE(part->GetScalar(i).ValueOrDie()->Equals(*wanted->GetScalar(rows[next]).ValueOrDie()))
                  << column << ", row " << rows[next];
            }
          }
          EXPECT_EQ(next, rows.size());
        }
      }
    }
  }

  const uint64_t seed_ = std::random_device{}();
  testing::ScopedTrace trace_{__FILE__, __LINE__, testing::Message() << "seed " << seed_};
  std::mt19937_64 random_{seed_};
  fs::path folder_;
  std::shared_ptr<arrow::Table> table_;
};

using Builder = parquet::WriterProperties::Builder;

TEST_F(RowTake, IsWhatWasWritten) {
  std::vector<std::pair<std::string, std::shared_ptr<parquet::WriterProperties>>> written = {
      {"dictionaries", Builder().build()},
      {"plain", Builder().disable_dictionary()->build()},
      {"small pages", Builder()
                          .disable_dictionary()
                          ->data_pagesize(512)
                          ->write_batch_size(64)
                          ->compression(parquet::Compression::SNAPPY)
                          ->build()},
      {"second version of pages", Builder()
                                      .disable_dictionary()
                                      ->data_pagesize(1024)
                                      ->write_batch_size(64)
                                      ->data_page_version(parquet::ParquetDataPageVersion::V2)
                                      ->compression(parquet::Compression::ZSTD)
                                      ->build()},
      {"without statistics", Builder().disable_dictionary()->disable_statistics()->build()},
      {"split streams", Builder()
                            .disable_dictionary()
                            ->encoding("d", parquet::Encoding::BYTE_STREAM_SPLIT)
                            ->encoding("k", parquet::Encoding::DELTA_BINARY_PACKED)
                            ->build()},
      // A dictionary that grows too large is left in the middle of a chunk.
      {"mixed", Builder().dictionary_pagesize_limit(2048)->data_pagesize(1024)->write_batch_size(64)->build()},
  };
  for (const auto& [name, properties] : written) {
    for (const uint64_t null_share : {uint64_t{0}, uint64_t{3}, uint64_t{2000}}) {
      SCOPED_TRACE(testing::Message() << name << ", nulls: one of " << null_share);
      write(*properties, null_share, true);
      expect_values();
    }
    SCOPED_TRACE(name + ", required");
    write(*properties, 0, false);
    expect_values();
  }
}

TEST_F(RowTake, DamageIsNamedOrHarmless) {
  write(*Builder().disable_dictionary()->data_pagesize(512)->write_batch_size(64)->build(), 0, true);
  std::ifstream in(path(), std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  for (int round = 0; round < 300; ++round) {
    std::string bytes = whole;
    for (int flips = 0; flips < 3; ++flips) bytes[random_() % bytes.size()] ^= static_cast<char>(1 << random_() % 8);
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
    auto history = open();
    if (!history.ok()) continue;
    for (int64_t unit = 0; unit < (*history)->unit_count(); ++unit) {
      const std::vector<int64_t> rows = some_rows(**history, unit, 50);
      Result<arrow::ArrayVector> parts = (*history)->take(unit, "d", rows);
      if (!parts.ok()) {
        EXPECT_NE(parts.status().to_string().find("x.parquet"), std::string::npos);
      }
    }
  }
}

}  // namespace
}  // namespace gnomon
