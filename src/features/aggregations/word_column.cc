#include "features/aggregations/word_column.h"

#include <algorithm>
#include <bit>
#include <vector>

#include <arrow/api.h>

#include "data/arrow_status.h"

namespace gnomon {
namespace {

template <class Builder, class Convert>
Result<std::shared_ptr<arrow::Array>> converted(const arrow::ArrayData& words, const Convert& convert) {
  const auto* values = words.GetValues<uint64_t>(1);
  const arrow::UInt64Array array(std::make_shared<arrow::ArrayData>(words));
  Builder builder;
  GN_ARROW_TRY("aggregated values", builder.Reserve(words.length));
  for (int64_t row = 0; row < words.length; ++row) {
    if (array.IsValid(row)) {
      builder.UnsafeAppend(convert(values[row]));
    } else {
      builder.UnsafeAppendNull();
    }
  }
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> result, "aggregated values", builder.Finish());
  return result;
}

}  // namespace

bool is_word_type(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::BOOL:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::TIMESTAMP: return true;
    default: return false;
  }
}

Result<std::shared_ptr<arrow::Array>> word_column(const std::shared_ptr<arrow::DataType>& type,
                                                  const std::shared_ptr<arrow::ArrayData>& words) {
  switch (type->id()) {
    case arrow::Type::INT32:
      return converted<arrow::Int32Builder>(*words, [](uint64_t word) { return static_cast<int32_t>(word); });
    case arrow::Type::BOOL: return converted<arrow::BooleanBuilder>(*words, [](uint64_t word) { return word != 0; });
    case arrow::Type::FLOAT:
      return converted<arrow::FloatBuilder>(*words,
                                            [](uint64_t word) { return static_cast<float>(std::bit_cast<double>(word)); });
    default: words->type = type; return arrow::MakeArray(words);
  }
}

std::shared_ptr<arrow::Buffer> bits_of(std::span<const uint8_t> bytes) {
  std::vector<uint8_t> bits((bytes.size() + 7) / 8);
  for (size_t at = 0; at < bytes.size(); ++at) bits[at / 8] |= static_cast<uint8_t>(bytes[at] << (at % 8));
  return arrow::Buffer::FromVector(std::move(bits));
}

Result<std::shared_ptr<arrow::Array>> word_column(const std::shared_ptr<arrow::DataType>& type,
                                                  std::shared_ptr<arrow::Buffer> words, const uint8_t* valid) {
  const auto count = static_cast<size_t>(words->size()) / sizeof(uint64_t);
  const int64_t nulls = valid == nullptr ? 0 : std::count(valid, valid + count, uint8_t{0});
  std::shared_ptr<arrow::Buffer> bits;
  if (nulls > 0) bits = bits_of({valid, count});
  return word_column(type, arrow::ArrayData::Make(arrow::uint64(), static_cast<int64_t>(count),
                                                  {std::move(bits), std::move(words)}, nulls));
}

}  // namespace gnomon
