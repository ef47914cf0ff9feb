#include <utility>
#include <vector>

#include <arrow/api.h>

#include "data/arrow_status.h"
#include "features/aggregations/aggregation.h"
#include "features/aggregations/word_column.h"

namespace gnomon {
namespace {

// Values of one type as they are appended; bytes lie one behind the other.
struct Values {
  std::vector<int64_t> ints;
  std::vector<double> floats;
  std::string bytes;
  std::vector<size_t> bytes_end;

  void append(int64_t value) { ints.push_back(value); }
  void append(double value) { floats.push_back(value); }
  void append(std::string_view value) {
    bytes.append(value);
    bytes_end.push_back(bytes.size());
  }
  std::string_view bytes_at(size_t at) const {
    const size_t begin = at == 0 ? 0 : bytes_end[at - 1];
    return std::string_view(bytes).substr(begin, bytes_end[at] - begin);
  }
};

// How values of an Arrow type are held.
ValueKind kind_of(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE: return ValueKind::kFloat;
    case arrow::Type::STRING:
    case arrow::Type::BINARY: return ValueKind::kBytes;
    default: return ValueKind::kInt;
  }
}

size_t size_of(const Values& values, ValueKind kind) {
  if (kind == ValueKind::kFloat) return values.floats.size();
  return kind == ValueKind::kBytes ? values.bytes_end.size() : values.ints.size();
}

template <class Builder>
Result<std::shared_ptr<arrow::Array>> build_bytes(const Values& values, const uint8_t* valid) {
  Builder builder;
  for (size_t at = 0; at < values.bytes_end.size(); ++at) {
    GN_ARROW_TRY("aggregated values",
                 valid == nullptr || valid[at] != 0 ? builder.Append(values.bytes_at(at)) : builder.AppendNull());
  }
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> array, "aggregated values", builder.Finish());
  return array;
}

// `valid`: null pointer if all are.
Result<std::shared_ptr<arrow::Array>> build(const std::shared_ptr<arrow::DataType>& type, Values values,
                                            const uint8_t* valid) {
  switch (type->id()) {
    case arrow::Type::STRING: return build_bytes<arrow::StringBuilder>(values, valid);
    case arrow::Type::BINARY: return build_bytes<arrow::BinaryBuilder>(values, valid);
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE: return word_column(type, arrow::Buffer::FromVector(std::move(values.floats)), valid);
    default: return word_column(type, arrow::Buffer::FromVector(std::move(values.ints)), valid);
  }
}

}  // namespace

// Values of a list column are those of all its lists, in one row.
struct ResultColumn::Impl {
  std::shared_ptr<arrow::DataType> type;
  std::shared_ptr<arrow::DataType> value_type;  // the item's, of lists
  ValueKind kind = ValueKind::kInt;
  Values values;
  std::vector<size_t> list_end;
  std::vector<uint8_t> valid;

  bool is_list() const { return value_type != type; }

  template <class Value>
  void append(Value value) {
    values.append(value);
    valid.push_back(1);
  }

  template <class Value>
  void append_list(std::span<const Value> items) {
    for (const Value& item : items) values.append(item);
    list_end.push_back(size_of(values, kind));
    valid.push_back(1);
  }

  void append_null() {
    valid.push_back(0);
    if (is_list()) {
      list_end.push_back(size_of(values, kind));
    } else if (kind == ValueKind::kFloat) {
      values.append(0.0);
    } else if (kind == ValueKind::kBytes) {
      values.append(std::string_view());
    } else {
      values.append(int64_t{0});
    }
  }

  Result<std::shared_ptr<arrow::Array>> build_lists() {
    GN_ASSERT(list_end.size() == valid.size());
    GN_ASSIGN(auto items, build(value_type, std::move(values), nullptr));
    arrow::TypedBufferBuilder<int32_t> offsets;
    arrow::TypedBufferBuilder<bool> bits;
    if (items->length() > std::numeric_limits<int32_t>::max()) {
      return from_arrow(arrow::Status::CapacityError("lists hold more than 2^31 values"), "aggregated values");
    }
    GN_ARROW_TRY("aggregated values", offsets.Append(0));
    for (size_t end : list_end) GN_ARROW_TRY("aggregated values", offsets.Append(static_cast<int32_t>(end)));
    GN_ARROW_TRY("aggregated values", bits.Append(valid.data(), static_cast<int64_t>(valid.size())));
    const int64_t nulls = bits.false_count();
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Buffer> offset_buffer, "aggregated values", offsets.Finish());
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Buffer> bit_buffer, "aggregated values", bits.Finish());
    auto lists = std::make_shared<arrow::ListArray>(type, static_cast<int64_t>(list_end.size()), offset_buffer, items,
                                                    bit_buffer, nulls);
    return std::shared_ptr<arrow::Array>(std::move(lists));
  }
};

ResultColumn::ResultColumn(std::shared_ptr<arrow::DataType> type) : impl_(std::make_shared<Impl>()) {
  impl_->value_type = type->id() == arrow::Type::LIST ? type->field(0)->type() : type;
  impl_->type = std::move(type);
  impl_->kind = kind_of(*impl_->value_type);
}

void ResultColumn::reserve(int64_t rows) {
  if (impl_ == nullptr) return;
  const size_t size = static_cast<size_t>(rows);
  impl_->valid.reserve(size);
  if (impl_->is_list()) {
    impl_->list_end.reserve(size);
  } else if (impl_->kind == ValueKind::kInt) {
    impl_->values.ints.reserve(size);
  } else if (impl_->kind == ValueKind::kFloat) {
    impl_->values.floats.reserve(size);
  } else {
    impl_->values.bytes_end.reserve(size);
  }
}

void ResultColumn::append_invalid() {
  invalid_.push_back(size());
  append_null();
}

void ResultColumn::keep(int64_t value) { impl_->append(value); }
void ResultColumn::keep(double value) { impl_->append(value); }
void ResultColumn::keep_null() { impl_->append_null(); }
void ResultColumn::append(std::string_view value) { impl_->append(value); }
void ResultColumn::append_list(std::span<const int64_t> values) { impl_->append_list(values); }
void ResultColumn::append_list(std::span<const double> values) { impl_->append_list(values); }
void ResultColumn::append_list(std::span<const std::string_view> values) { impl_->append_list(values); }

int64_t ResultColumn::size() const {
  return impl_ == nullptr ? (next_.values - first_) / next_.stride : static_cast<int64_t>(impl_->valid.size());
}

Result<std::shared_ptr<arrow::Array>> ResultColumn::finish(std::vector<int64_t>* invalid) {
  *invalid = std::move(invalid_);
  invalid_.clear();
  if (impl_ == nullptr) return std::shared_ptr<arrow::Array>();
  Impl appended = std::exchange(*impl_, Impl{impl_->type, impl_->value_type, impl_->kind});
  if (appended.is_list()) return appended.build_lists();
  GN_ASSERT(size_of(appended.values, appended.kind) == appended.valid.size());
  return build(appended.type, std::move(appended.values), appended.valid.data());
}

}  // namespace gnomon
