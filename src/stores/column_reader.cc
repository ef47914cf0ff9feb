#include "stores/column_reader.h"

#include <arrow/type.h>

#include "gnomon/status.h"

namespace gnomon {

std::optional<ValueLayout> value_layout_of(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL: return ValueLayout::kBool;
    case arrow::Type::INT32:
    case arrow::Type::FLOAT: return ValueLayout::kFixed4;
    case arrow::Type::INT64:
    case arrow::Type::DOUBLE:
    case arrow::Type::TIMESTAMP: return ValueLayout::kFixed8;
    case arrow::Type::STRING:
    case arrow::Type::BINARY: return ValueLayout::kBytes;
    case arrow::Type::LIST: {
      std::optional<ValueLayout> item = value_layout_of(*type.field(0)->type());
      if (!item || *item == ValueLayout::kList) return std::nullopt;
      return ValueLayout::kList;
    }
    default: return std::nullopt;
  }
}

ColumnReader ColumnReader::of(const arrow::ArrayData& data) {
  std::optional<ValueLayout> layout = value_layout_of(*data.type);
  GN_ASSERT(layout.has_value());
  ColumnReader reader;
  reader.layout = *layout;
  reader.offset = data.offset;
  // Any buffer of an empty column may be absent.
  auto bytes_of = [&data](size_t buffer) {
    return data.buffers[buffer] == nullptr ? nullptr : data.buffers[buffer]->data();
  };
  reader.validity = bytes_of(0);
  bool has_offsets = *layout == ValueLayout::kBytes || *layout == ValueLayout::kList;
  if (has_offsets) reader.offsets = reinterpret_cast<const int32_t*>(bytes_of(1));
  if (*layout != ValueLayout::kList) reader.values = bytes_of(has_offsets ? 2 : 1);
  if (*layout == ValueLayout::kList) reader.items = std::make_unique<ColumnReader>(of(*data.child_data[0]));
  return reader;
}

}  // namespace gnomon
