#include "features/aggregations/result_block.h"

#include <algorithm>

#include <arrow/api.h>

#include "features/aggregations/word_column.h"

namespace gnomon {

std::span<ResultColumn> ResultBlock::start(size_t rows) {
  rows_ = rows;
  words_.assign(types_.size() * rows, 0);
  valid_.assign(types_.size() * rows, 0);
  columns_.clear();
  for (size_t at = 0; at < types_.size(); ++at) {
    if (is_word_type(*types_[at])) {
      columns_.emplace_back(ResultPlaces{words_.data() + at * rows, 1, valid_.data() + at * rows, 1});
    } else {
      columns_.emplace_back(types_[at]);
    }
  }
  return columns_;
}

Result<arrow::ArrayVector> ResultBlock::finish(std::vector<std::vector<int64_t>>* invalid) {
  // All columns are slices of the same two buffers.
  const std::shared_ptr<arrow::Buffer> words = arrow::Buffer::FromVector(std::move(words_));
  const std::shared_ptr<arrow::Buffer> bits = bits_of(valid_);
  invalid->resize(types_.size());
  arrow::ArrayVector arrays(types_.size());
  for (size_t at = 0; at < types_.size(); ++at) {
    GN_ASSIGN(arrays[at], columns_[at].finish(&(*invalid)[at]));
    if (arrays[at] != nullptr) continue;
    const auto first = valid_.begin() + static_cast<int64_t>(at * rows_);
    const int64_t nulls = std::count(first, first + static_cast<int64_t>(rows_), uint8_t{0});
    GN_ASSIGN(arrays[at], word_column(types_[at], arrow::ArrayData::Make(arrow::uint64(), static_cast<int64_t>(rows_),
                                                                         {nulls > 0 ? bits : nullptr, words}, nulls,
                                                                         static_cast<int64_t>(at * rows_))));
  }
  return arrays;
}

}  // namespace gnomon
