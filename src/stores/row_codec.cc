#include "stores/row_codec.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "stores/value_bytes.h"

namespace gnomon {
namespace {

size_t fixed_width(ValueLayout layout) {
  switch (layout) {
    case ValueLayout::kBool: return 1;
    case ValueLayout::kFixed4: return 4;
    case ValueLayout::kFixed8: return 8;
    default: return 0;
  }
}

bool has_value(std::string_view row, size_t column) {
  return ((static_cast<uint8_t>(row[column / 8]) >> (column % 8)) & 1) != 0;
}

// Calls put(value's reader, row, the encoded row) for every value that is not null, and sets its validity bit.
template <class Put>
void for_each_value(size_t column, std::span<const FeatureReaders> batches, std::span<const RowRef> rows, PackedBytes* out,
                    Put put) {
  for (size_t i = 0; i < rows.size(); ++i) {
    const ColumnReader& reader = batches[rows[i].batch][column];
    if (!reader.is_valid(rows[i].row)) continue;
    char* row = out->bytes.data() + out->starts[i];
    row[column / 8] = static_cast<char>(row[column / 8] | (1 << (column % 8)));
    put(reader, rows[i].row, row, i);
  }
}

}  // namespace

Result<RowCodec> RowCodec::make(std::shared_ptr<arrow::Schema> features) {
  RowCodec codec;
  codec.fixed_bytes_ = static_cast<size_t>((features->num_fields() + 7) / 8);
  for (const auto& field : features->fields()) {
    std::optional<ValueLayout> layout = value_layout_of(*field->type());
    if (!layout) {
      return Status(Code::kInvalidArgument, "GN515",
                    fmt::format("feature \"{}\" has type {}, which the online store cannot keep", field->name(),
                                field->type()->ToString()),
                    "Declare one of the types of gnomon.types");
    }
    codec.columns_.push_back({*layout, codec.fixed_bytes_});
    codec.fixed_bytes_ += fixed_width(*layout);
  }
  codec.features_ = std::move(features);
  return codec;
}

FeatureReaders RowCodec::readers_of(const arrow::RecordBatch& features) const {
  GN_ASSERT(features.num_columns() == features_->num_fields());
  FeatureReaders readers;
  for (int i = 0; i < features.num_columns(); ++i) {
    readers.push_back(ColumnReader::of(*features.column_data(i)));
    GN_ASSERT(readers.back().layout == columns_[static_cast<size_t>(i)].layout);
  }
  return readers;
}

void RowCodec::encode(std::span<const FeatureReaders> batches, std::span<const RowRef> rows, PackedBytes* out) const {
  std::vector<size_t> sizes(rows.size(), fixed_bytes_);
  for (size_t column = 0; column < columns_.size(); ++column) {
    if (fixed_width(columns_[column].layout) > 0) continue;
    for (size_t i = 0; i < rows.size(); ++i) {
      const ColumnReader& reader = batches[rows[i].batch][column];
      if (reader.is_valid(rows[i].row)) sizes[i] += variable_bytes(reader, rows[i].row);
    }
  }
  out->assign_sizes(sizes);
  std::vector<size_t> cursors(rows.size(), fixed_bytes_);
  for (size_t column = 0; column < columns_.size(); ++column) encode_column(column, batches, rows, &cursors, out);
}

void RowCodec::encode_column(size_t column, std::span<const FeatureReaders> batches, std::span<const RowRef> rows,
                             std::vector<size_t>* cursors, PackedBytes* out) const {
  size_t place = columns_[column].place;
  switch (columns_[column].layout) {
    case ValueLayout::kBool:
      for_each_value(column, batches, rows, out, [place](const ColumnReader& reader, int64_t from, char* row, size_t) {
        row[place] = reader.bool_at(from) ? 1 : 0;
      });
      return;
    case ValueLayout::kFixed4:
      for_each_value(column, batches, rows, out, [place](const ColumnReader& reader, int64_t from, char* row, size_t) {
        store_little(row + place, reader.word_at<uint32_t>(from));
      });
      return;
    case ValueLayout::kFixed8:
      for_each_value(column, batches, rows, out, [place](const ColumnReader& reader, int64_t from, char* row, size_t) {
        store_little(row + place, reader.word_at<uint64_t>(from));
      });
      return;
    case ValueLayout::kBytes:
    case ValueLayout::kList:
      for_each_value(column, batches, rows, out, [cursors](const ColumnReader& reader, int64_t from, char* row, size_t i) {
        (*cursors)[i] += put_variable(reader, from, row + (*cursors)[i]);
      });
      return;
  }
}

Result<std::shared_ptr<arrow::RecordBatch>> RowCodec::decode(std::span<const std::string_view> rows) const {
  for (std::string_view row : rows) {
    if (row.data() != nullptr && row.size() < fixed_bytes_) return undecodable_row();
  }
  std::vector<size_t> cursors(rows.size(), fixed_bytes_);
  arrow::ArrayVector arrays;
  for (size_t column = 0; column < columns_.size(); ++column) {
    GN_ASSIGN(std::shared_ptr<arrow::Array> array, decode_column(column, rows, &cursors));
    arrays.push_back(std::move(array));
  }
  return arrow::RecordBatch::Make(features_, static_cast<int64_t>(rows.size()), std::move(arrays));
}

Result<std::shared_ptr<arrow::Array>> RowCodec::decode_column(size_t column, std::span<const std::string_view> rows,
                                                              std::vector<size_t>* cursors) const {
  size_t place = columns_[column].place;
  ColumnWriter writer(*features_->field(static_cast<int>(column))->type());
  GN_TRY(writer.reserve(static_cast<int64_t>(rows.size())));
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].data() == nullptr || !has_value(rows[i], column)) {
      GN_TRY(writer.append_null());
    } else if (columns_[column].layout == ValueLayout::kBytes || columns_[column].layout == ValueLayout::kList) {
      GN_TRY(writer.append_variable(rows[i], &(*cursors)[i]));
    } else {
      writer.append_fixed(rows[i].data() + place);
    }
  }
  return writer.finish(features_->field(static_cast<int>(column))->type());
}

}  // namespace gnomon
