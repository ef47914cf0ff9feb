#include "stores/entity_key.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "stores/column_reader.h"
#include "stores/sorted_bytes.h"

namespace gnomon {
namespace {

constexpr size_t kLengthBytes = 4;

Result<ColumnReader> key_reader(const arrow::Field& key, const arrow::RecordBatch& batch) {
  std::shared_ptr<arrow::Array> column = batch.GetColumnByName(key.name());
  if (column == nullptr) {
    return Status(Code::kInvalidArgument, "GN515", fmt::format("join key \"{}\" is missing", key.name()));
  }
  if (!column->type()->Equals(*key.type())) {
    return Status(Code::kInvalidArgument, "GN515",
                  fmt::format("join key \"{}\" has type {}, expected {}", key.name(), column->type()->ToString(),
                              key.type()->ToString()));
  }
  std::optional<ValueLayout> layout = value_layout_of(*key.type());
  bool is_float = key.type()->id() == arrow::Type::FLOAT || key.type()->id() == arrow::Type::DOUBLE;
  if (!layout || *layout == ValueLayout::kList || is_float) {
    return Status(Code::kInvalidArgument, "GN515",
                  fmt::format("join key \"{}\" has type {}, which cannot be a key", key.name(), key.type()->ToString()),
                  "Use Int32, Int64, String, Bytes, Bool or UnixTimestamp");
  }
  return ColumnReader::of(*column->data());
}

size_t fixed_key_bytes(ValueLayout layout) {
  switch (layout) {
    case ValueLayout::kBool: return 1;
    case ValueLayout::kFixed4: return 4;
    case ValueLayout::kFixed8: return 8;
    default: return kLengthBytes;
  }
}

// Writes one column of every row at its cursor and moves the cursors on.
template <class Put>
void put_column(const ColumnReader& reader, EntityKeys* out, std::vector<size_t>* cursors, Put put) {
  char* bytes = out->bytes.bytes.data();
  for (size_t row = 0; row < cursors->size(); ++row) {
    if (reader.is_valid(static_cast<int64_t>(row))) {
      (*cursors)[row] += put(static_cast<int64_t>(row), bytes + (*cursors)[row]);
    } else {
      out->has_null[row] = true;
    }
  }
}

void encode_column(const ColumnReader& reader, EntityKeys* out, std::vector<size_t>* cursors) {
  switch (reader.layout) {
    case ValueLayout::kBool:
      put_column(reader, out, cursors, [&](int64_t row, char* to) {
        *to = reader.bool_at(row) ? 1 : 0;
        return size_t{1};
      });
      return;
    case ValueLayout::kFixed4:
      put_column(reader, out, cursors, [&](int64_t row, char* to) {
        store_big(to, reader.word_at<uint32_t>(row) ^ kSignBit32);
        return size_t{4};
      });
      return;
    case ValueLayout::kFixed8:
      put_column(reader, out, cursors, [&](int64_t row, char* to) {
        store_big(to, reader.word_at<uint64_t>(row) ^ kSignBit64);
        return size_t{8};
      });
      return;
    default:
      put_column(reader, out, cursors, [&](int64_t row, char* to) {
        std::string_view value = reader.bytes_at(row);
        store_big(to, static_cast<uint32_t>(value.size()));
        if (!value.empty()) std::memcpy(to + kLengthBytes, value.data(), value.size());
        return kLengthBytes + value.size();
      });
  }
}

}  // namespace

Status encode_entity_keys(const arrow::Schema& keys, const arrow::RecordBatch& batch, EntityKeys* out) {
  std::vector<ColumnReader> readers;
  size_t fixed_bytes = 0;
  for (const auto& key : keys.fields()) {
    GN_ASSIGN(ColumnReader reader, key_reader(*key, batch));
    fixed_bytes += fixed_key_bytes(reader.layout);
    readers.push_back(std::move(reader));
  }
  size_t rows = static_cast<size_t>(batch.num_rows());
  std::vector<size_t> sizes(rows, fixed_bytes);
  for (const ColumnReader& reader : readers) {
    if (reader.layout != ValueLayout::kBytes) continue;
    for (size_t row = 0; row < rows; ++row) {
      if (reader.is_valid(static_cast<int64_t>(row))) sizes[row] += reader.bytes_at(static_cast<int64_t>(row)).size();
    }
  }
  out->bytes.assign_sizes(sizes);
  out->has_null.assign(rows, false);
  std::vector<size_t> cursors(out->bytes.starts.begin(), out->bytes.starts.end() - 1);
  for (const ColumnReader& reader : readers) encode_column(reader, out, &cursors);
  return Status();
}

}  // namespace gnomon
