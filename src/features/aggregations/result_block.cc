#include "features/aggregations/result_block.h"

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
  const auto words = arrow::Buffer::FromVector(std::move(words_));
  const auto bytes = static_cast<int64_t>(rows_ * sizeof(uint64_t));
  invalid->resize(types_.size());
  arrow::ArrayVector arrays(types_.size());
  for (size_t at = 0; at < types_.size(); ++at) {
    GN_ASSIGN(arrays[at], columns_[at].finish(&(*invalid)[at]));
    if (arrays[at] != nullptr) continue;
    GN_ASSIGN(arrays[at], word_column(types_[at], arrow::SliceBuffer(words, static_cast<int64_t>(at) * bytes, bytes),
                                      valid_.data() + at * rows_));
  }
  return arrays;
}

}  // namespace gnomon
