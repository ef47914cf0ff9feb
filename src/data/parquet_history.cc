// RowHistory over Parquet files: one unit a row group, decoded in batches so that memory stays at a batch.
#include <algorithm>
#include <cstring>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

#include "data/arrow_status.h"
#include "data/canonical_columns.h"
#include "data/parquet_status.h"
#include "data/plain_pages.h"
#include "data/row_history.h"
#include "gnomon/online_store.h"

namespace gnomon {
namespace {

__extension__ using Int128 = __int128;

struct File {
  std::string path;
  std::shared_ptr<arrow::io::RandomAccessFile> input;
  std::shared_ptr<parquet::FileMetaData> metadata;
  CanonicalColumns columns;
  int64_t time_unit_ns = 1000;  // of the event time column's statistics; 0: not usable for pruning
  int time_column = -1;         // leaf column of the event time
};

struct Unit {
  int file;
  int row_group;
  int64_t first_row;
  int64_t rows;
};

int64_t unit_ns(const arrow::DataType& type) {
  if (type.id() != arrow::Type::TIMESTAMP) return 0;
  switch (static_cast<const arrow::TimestampType&>(type).unit()) {
    case arrow::TimeUnit::MILLI: return 1'000'000;
    case arrow::TimeUnit::MICRO: return 1'000;
    case arrow::TimeUnit::NANO: return 1;
    default: return 0;
  }
}

// The leaf column of a top-level field, or -1 if it is nested.
int leaf_of(const parquet::SchemaDescriptor& schema, const std::string& field) {
  for (int i = 0; i < schema.num_columns(); ++i) {
    if (schema.Column(i)->path()->ToDotString() == field) return i;
  }
  return -1;
}

// Whether every data page of the chunk is dictionary-encoded: then reading codes is cheaper than reading texts.
bool all_dictionary(const parquet::ColumnChunkMetaData& chunk) {
  const auto& stats = chunk.encoding_stats();
  if (stats.empty()) return false;
  return std::all_of(stats.begin(), stats.end(), [](const parquet::PageEncodingStats& page) {
    bool data = page.page_type == parquet::PageType::DATA_PAGE || page.page_type == parquet::PageType::DATA_PAGE_V2;
    return !data || page.encoding == parquet::Encoding::RLE_DICTIONARY ||
           page.encoding == parquet::Encoding::PLAIN_DICTIONARY;
  });
}

class ParquetHistory : public RowHistory {
 public:
  static Result<std::unique_ptr<RowHistory>> open(const std::vector<std::string>& paths, const HistoryLayout& layout,
                                                  std::shared_ptr<const RowSet> rejected) {
    auto history = std::make_unique<ParquetHistory>();
    history->rejected_ = std::move(rejected);
    for (const std::string& path : paths) {
      try {
        GN_TRY(history->add_file(path, layout));
      } catch (const parquet::ParquetException& error) {
        return damaged_parquet(path, error.what());
      }
    }
    return std::unique_ptr<RowHistory>(std::move(history));
  }

  int64_t unit_count() const override { return static_cast<int64_t>(units_.size()); }
  int64_t unit_rows(int64_t unit) const override { return units_[static_cast<size_t>(unit)].rows; }
  int64_t unit_first_row(int64_t unit) const override { return units_[static_cast<size_t>(unit)].first_row; }
  int64_t row_count() const override { return rows_; }

  bool unit_may_hold(int64_t index, TimeUs from, TimeUs to) const override {
    const Unit& unit = units_[static_cast<size_t>(index)];
    const File& file = files_[static_cast<size_t>(unit.file)];
    if (file.time_column < 0 || file.time_unit_ns == 0) return true;
    std::shared_ptr<parquet::TypedStatistics<parquet::Int64Type>> stats;
    try {
      auto chunk = file.metadata->RowGroup(unit.row_group)->ColumnChunk(file.time_column);
      if (chunk->is_stats_set())
        stats = std::dynamic_pointer_cast<parquet::TypedStatistics<parquet::Int64Type>>(chunk->statistics());
    } catch (const parquet::ParquetException&) {
      return true;  // damaged statistics prove nothing; reading the unit will tell
    }
    if (stats == nullptr || !stats->HasMinMax()) return true;
    // Compared in microseconds, rounded outwards; 128 bits because milliseconds may not fit.
    auto in_us = [&](int64_t value) { return static_cast<Int128>(value) * file.time_unit_ns / 1000; };
    return in_us(stats->max()) + 1 >= from && in_us(stats->min()) - 1 <= to;
  }

  Status scan(int64_t index, const std::vector<std::string>& columns, int64_t batch_rows, const ScanFn& fn) const override {
    const Unit& unit = units_[static_cast<size_t>(index)];
    const File& file = files_[static_cast<size_t>(unit.file)];
    try {
      return scan_unit(file, unit, columns, batch_rows, fn);
    } catch (const parquet::ParquetException& error) {
      return damaged_parquet(file.path, error.what());
    }
  }

  Result<arrow::ArrayVector> take(int64_t index, const std::string& column, std::span<const int64_t> rows) const override {
    const Unit& unit = units_[static_cast<size_t>(index)];
    const File& file = files_[static_cast<size_t>(unit.file)];
    if (rows.empty()) return arrow::ArrayVector();
    try {
      GN_ASSIGN(std::shared_ptr<arrow::Array> values, take_plain(file, unit, column, rows));
      if (values != nullptr) return arrow::ArrayVector{values};
    } catch (const parquet::ParquetException& error) {
      return damaged_parquet(file.path, error.what());
    }
    return RowHistory::take(index, column, rows);
  }

 private:
  // The values at `rows`, read where they lie, or a null pointer where that is not possible.
  static Result<std::shared_ptr<arrow::Array>> take_plain(const File& file, const Unit& unit, const std::string& column,
                                                          std::span<const int64_t> rows) {
    std::shared_ptr<arrow::Array> none;
    const HistoryColumn* source = file.columns.uncast(column);
    if (source == nullptr || (source->type->id() != arrow::Type::INT64 && source->type->id() != arrow::Type::DOUBLE))
      return none;
    const int leaf = leaf_of(*file.metadata->schema(), source->source_column);
    if (leaf < 0) return none;
    auto next = rows.begin();
    auto pages = PlainPages::open(file.input, file.metadata, unit.row_group, leaf, [&](int64_t first, int64_t count) {
      return next != rows.end() && *next < unit.first_row + first + count;
    });
    if (pages == nullptr) return none;
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Buffer> buffer, "gathering rows",
                    arrow::AllocateBuffer(static_cast<int64_t>(rows.size()) * 8));
    uint8_t* out = buffer->mutable_data();
    while (next != rows.end()) {
      const PlainPages::Page page = pages->next();
      if (page.kind == PlainPages::Page::Kind::kOther) return none;
      if (page.kind == PlainPages::Page::Kind::kEnd)
        return damaged_parquet(file.path,
                               fmt::format("{} of {} rows in row group {}", page.first_row, unit.rows, unit.row_group));
      const int64_t first = unit.first_row + page.first_row;
      for (; next != rows.end() && *next < first + page.rows; ++next, out += 8)
        std::memcpy(out, page.values + (*next - first) * 8, 8);
    }
    return arrow::MakeArray(
        arrow::ArrayData::Make(source->type, static_cast<int64_t>(rows.size()), {nullptr, std::move(buffer)}, 0));
  }

  Status scan_unit(const File& file, const Unit& unit, const std::vector<std::string>& columns, int64_t batch_rows,
                   const ScanFn& fn) const {
    GN_ASSIGN(std::vector<int> fields, file.columns.source_columns(columns));
    auto group = file.metadata->RowGroup(unit.row_group);
    parquet::ArrowReaderProperties properties(/*use_threads=*/false);
    properties.set_batch_size(batch_rows);
    properties.set_pre_buffer(false);
    std::vector<int> leaves = leaves_of(*file.metadata->schema(), fields);
    mark_dictionaries(file, *group, &properties);

    parquet::arrow::FileReaderBuilder builder;
    GN_ARROW_TRY("reading " + file.path, builder.Open(file.input, parquet::default_reader_properties(), file.metadata));
    std::unique_ptr<parquet::arrow::FileReader> reader;
    GN_ARROW_TRY("reading " + file.path, builder.properties(properties)->Build(&reader));
    GN_ARROW_ASSIGN(std::unique_ptr<arrow::RecordBatchReader> batches, "reading " + file.path,
                    reader->GetRecordBatchReader({unit.row_group}, leaves));
    int64_t row = unit.first_row;
    while (true) {
      std::shared_ptr<arrow::RecordBatch> batch;
      GN_TRY(from_parquet(batches->ReadNext(&batch), file.path));
      if (batch == nullptr) break;
      Result<std::shared_ptr<arrow::RecordBatch>> canonical = file.columns.convert(*batch, columns, row, rejected_.get());
      if (!canonical.ok()) return canonical.status().with_where(file.path);
      GN_TRY(fn(row, **canonical));
      row += batch->num_rows();
    }
    if (row != unit.first_row + unit.rows) {
      return damaged_parquet(file.path,
                             fmt::format("{} of {} rows in row group {}", row - unit.first_row, unit.rows, unit.row_group));
    }
    return Status();
  }

  Status add_file(const std::string& path, const HistoryLayout& layout) {
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::io::RandomAccessFile> input, "opening " + path,
                    arrow::io::ReadableFile::Open(path));
    parquet::arrow::FileReaderBuilder builder;
    GN_TRY(from_parquet(builder.Open(input), path));
    std::unique_ptr<parquet::arrow::FileReader> reader;
    GN_TRY(from_parquet(builder.Build(&reader), path));
    std::shared_ptr<arrow::Schema> schema;
    GN_ARROW_TRY("opening " + path, reader->GetSchema(&schema));
    GN_ASSIGN(CanonicalColumns columns, CanonicalColumns::make(*schema, layout, path));
    File file{path, input, reader->parquet_reader()->metadata(), std::move(columns)};
    file.time_column = leaf_of(*file.metadata->schema(), layout.event_time);
    file.time_unit_ns = unit_ns(*schema->GetFieldByName(layout.event_time)->type());
    int file_index = static_cast<int>(files_.size());
    for (int group = 0; group < file.metadata->num_row_groups(); ++group) {
      int64_t rows = file.metadata->RowGroup(group)->num_rows();
      units_.push_back({file_index, group, rows_, rows});
      rows_ += rows;
    }
    files_.push_back(std::move(file));
    return Status();
  }

  static std::vector<int> leaves_of(const parquet::SchemaDescriptor& schema, const std::vector<int>& fields) {
    std::vector<int> leaves;
    for (int i = 0; i < schema.num_columns(); ++i) {
      int field = schema.group_node()->FieldIndex(*schema.GetColumnRoot(i));
      if (std::find(fields.begin(), fields.end(), field) != fields.end()) leaves.push_back(i);
    }
    return leaves;
  }

  static void mark_dictionaries(const File& file, const parquet::RowGroupMetaData& group,
                                parquet::ArrowReaderProperties* properties) {
    for (const HistoryColumn& key : file.columns.layout().keys) {
      int leaf = leaf_of(*file.metadata->schema(), key.source_column);
      if (leaf < 0 || file.metadata->schema()->Column(leaf)->physical_type() != parquet::Type::BYTE_ARRAY) continue;
      if (all_dictionary(*group.ColumnChunk(leaf))) properties->set_read_dictionary(leaf, true);
    }
  }

  std::vector<File> files_;
  std::vector<Unit> units_;
  int64_t rows_ = 0;
  std::shared_ptr<const RowSet> rejected_;
};

}  // namespace

Result<std::unique_ptr<RowHistory>> open_parquet_history(const std::vector<std::string>& files, HistoryLayout layout,
                                                         std::shared_ptr<const RowSet> rejected) {
  return ParquetHistory::open(files, layout, std::move(rejected));
}

}  // namespace gnomon
