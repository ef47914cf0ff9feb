#include "stores/value_bytes.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/type.h>

#include "data/arrow_status.h"

namespace gnomon {
namespace {

constexpr size_t kLengthBytes = 4;
constexpr const char* kDecoding = "decoding rows of the online store";

size_t item_width(ValueLayout layout) { return layout == ValueLayout::kBool ? 1 : layout == ValueLayout::kFixed4 ? 4 : 8; }

char* put_bytes(std::string_view bytes, char* to) {
  store_little(to, static_cast<uint32_t>(bytes.size()));
  if (!bytes.empty()) std::memcpy(to + kLengthBytes, bytes.data(), bytes.size());
  return to + kLengthBytes + bytes.size();
}

char* put_item(const ColumnReader& items, int64_t item, char* to) {
  switch (items.layout) {
    case ValueLayout::kBool: *to = items.bool_at(item) ? 1 : 0; return to + 1;
    case ValueLayout::kFixed4: store_little(to, items.word_at<uint32_t>(item)); return to + 4;
    case ValueLayout::kFixed8: store_little(to, items.word_at<uint64_t>(item)); return to + 8;
    default: return put_bytes(items.bytes_at(item), to);
  }
}

// Takes a u32 length and as many bytes off the front of *bytes. False if they are not there.
bool take_bytes(std::string_view* bytes, std::string_view* taken) {
  if (bytes->size() < kLengthBytes) return false;
  size_t length = load_little<uint32_t>(bytes->data());
  if (bytes->size() - kLengthBytes < length) return false;
  *taken = bytes->substr(kLengthBytes, length);
  bytes->remove_prefix(kLengthBytes + length);
  return true;
}

std::shared_ptr<arrow::ArrayBuilder> builder_of(ValueLayout layout) {
  switch (layout) {
    case ValueLayout::kBool: return std::make_shared<arrow::BooleanBuilder>();
    case ValueLayout::kFixed4: return std::make_shared<arrow::UInt32Builder>();
    case ValueLayout::kFixed8: return std::make_shared<arrow::UInt64Builder>();
    default: return std::make_shared<arrow::BinaryBuilder>();
  }
}

// The same buffers under the declared type: a layout stands for several types.
std::shared_ptr<arrow::ArrayData> retyped(const arrow::ArrayData& data, const std::shared_ptr<arrow::DataType>& type) {
  std::shared_ptr<arrow::ArrayData> copy = data.Copy();
  copy->type = type;
  if (type->id() == arrow::Type::LIST) copy->child_data[0] = retyped(*copy->child_data[0], type->field(0)->type());
  return copy;
}

}  // namespace

Status undecodable_row() {
  return Status(Code::kDataLoss, "GN511", "a row of the online store cannot be decoded",
                "Drop the store's folder and materialize again");
}

size_t variable_bytes(const ColumnReader& reader, int64_t row) {
  if (reader.layout == ValueLayout::kBytes) return kLengthBytes + reader.bytes_at(row).size();
  int64_t start = reader.offsets[reader.offset + row], end = reader.offsets[reader.offset + row + 1];
  size_t count = static_cast<size_t>(end - start);
  size_t bytes = 2 * kLengthBytes + (count + 7) / 8;
  const ColumnReader& items = *reader.items;
  if (items.layout != ValueLayout::kBytes) return bytes + count * item_width(items.layout);
  for (int64_t item = start; item < end; ++item) {
    if (items.is_valid(item)) bytes += kLengthBytes + items.bytes_at(item).size();
  }
  return bytes;
}

size_t put_variable(const ColumnReader& reader, int64_t row, char* to) {
  if (reader.layout == ValueLayout::kBytes) return static_cast<size_t>(put_bytes(reader.bytes_at(row), to) - to);
  int64_t start = reader.offsets[reader.offset + row], end = reader.offsets[reader.offset + row + 1];
  const ColumnReader& items = *reader.items;
  size_t null_width = items.layout == ValueLayout::kBytes ? 0 : item_width(items.layout);
  char* bitmap = to + 2 * kLengthBytes;
  char* at = bitmap + (end - start + 7) / 8;
  for (int64_t item = start; item < end; ++item) {
    if (!items.is_valid(item)) {
      at += null_width;
      continue;
    }
    int64_t i = item - start;
    bitmap[i / 8] = static_cast<char>(bitmap[i / 8] | (1 << (i % 8)));
    at = put_item(items, item, at);
  }
  size_t size = static_cast<size_t>(at - to);
  store_little(to, static_cast<uint32_t>(size - kLengthBytes));
  store_little(to + kLengthBytes, static_cast<uint32_t>(end - start));
  return size;
}

ColumnWriter::ColumnWriter(const arrow::DataType& type) : layout_(*value_layout_of(type)) {
  if (layout_ != ValueLayout::kList) {
    builder_ = builder_of(layout_);
    return;
  }
  items_ = std::make_unique<ColumnWriter>(*type.field(0)->type());
  builder_ = std::make_shared<arrow::ListBuilder>(arrow::default_memory_pool(), items_->builder_);
}

Status ColumnWriter::reserve(int64_t rows) {
  GN_ARROW_TRY(kDecoding, builder_->Reserve(rows));
  return Status();
}

Status ColumnWriter::append_null() {
  GN_ARROW_TRY(kDecoding, builder_->AppendNull());
  return Status();
}

void ColumnWriter::append_fixed(const char* from) {
  switch (layout_) {
    case ValueLayout::kBool: static_cast<arrow::BooleanBuilder&>(*builder_).UnsafeAppend(*from != 0); return;
    case ValueLayout::kFixed4:
      static_cast<arrow::UInt32Builder&>(*builder_).UnsafeAppend(load_little<uint32_t>(from));
      return;
    default: static_cast<arrow::UInt64Builder&>(*builder_).UnsafeAppend(load_little<uint64_t>(from)); return;
  }
}

Status ColumnWriter::append_variable(std::string_view row, size_t* cursor) {
  if (*cursor > row.size()) return undecodable_row();
  std::string_view rest = row.substr(*cursor), value;
  if (!take_bytes(&rest, &value)) return undecodable_row();
  *cursor = row.size() - rest.size();
  return layout_ == ValueLayout::kBytes ? append_bytes(value) : append_items(value);
}

Status ColumnWriter::append_bytes(std::string_view bytes) {
  GN_ARROW_TRY(kDecoding, static_cast<arrow::BinaryBuilder&>(*builder_).Append(bytes));
  return Status();
}

Status ColumnWriter::append_items(std::string_view list) {
  if (list.size() < kLengthBytes) return undecodable_row();
  size_t count = load_little<uint32_t>(list.data());
  size_t bitmap_bytes = (count + 7) / 8;
  bool fixed = items_->layout_ != ValueLayout::kBytes;
  size_t width = fixed ? item_width(items_->layout_) : 0;
  if (list.size() - kLengthBytes < bitmap_bytes + count * width) return undecodable_row();
  const char* bitmap = list.data() + kLengthBytes;
  std::string_view rest = list.substr(kLengthBytes + bitmap_bytes);
  GN_ARROW_TRY(kDecoding, static_cast<arrow::ListBuilder&>(*builder_).Append());
  GN_TRY(items_->reserve(static_cast<int64_t>(count)));
  for (size_t i = 0; i < count; ++i) {
    bool valid = ((static_cast<uint8_t>(bitmap[i / 8]) >> (i % 8)) & 1) != 0;
    std::string_view value;
    if (!valid) {
      GN_TRY(items_->append_null());
    } else if (fixed) {
      items_->append_fixed(rest.data());
    } else if (take_bytes(&rest, &value)) {
      GN_TRY(items_->append_bytes(value));
    } else {
      return undecodable_row();
    }
    rest.remove_prefix(width);
  }
  return Status();
}

Result<std::shared_ptr<arrow::Array>> ColumnWriter::finish(const std::shared_ptr<arrow::DataType>& type) {
  std::shared_ptr<arrow::Array> array;
  GN_ARROW_TRY(kDecoding, builder_->Finish(&array));
  return arrow::MakeArray(retyped(*array->data(), type));
}

}  // namespace gnomon
