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
  if (data.buffers[0] != nullptr) reader.validity = data.buffers[0]->data();
  switch (*layout) {
    case ValueLayout::kList:
      reader.offsets = reinterpret_cast<const int32_t*>(data.buffers[1]->data());
      reader.items = std::make_unique<ColumnReader>(of(*data.child_data[0]));
      break;
    case ValueLayout::kBytes:
      reader.offsets = reinterpret_cast<const int32_t*>(data.buffers[1]->data());
      if (data.buffers[2] != nullptr) reader.values = data.buffers[2]->data();
      break;
    default:
      if (data.buffers[1] != nullptr) reader.values = data.buffers[1]->data();
  }
  return reader;
}

}  // namespace gnomon
