// ResultBlock: results of some features for a few rows, numbers in one piece of memory. An online answer has many features and few rows:
// what a column costs by itself is what it costs.
// Thread-safety: one thread; a block is reused from answer to answer.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include <arrow/type_fwd.h>

#include "features/aggregations/aggregation.h"
#include "gnomon/status.h"

namespace gnomon {

class ResultBlock {
 public:
  explicit ResultBlock(std::vector<std::shared_ptr<arrow::DataType>> types) : types_(std::move(types)) {}

  // Columns without results, for exactly so many rows. They live until finish() or the next start().
  std::span<ResultColumn> start(size_t rows);

  // What was appended, column by column. `invalid`: by column, as ResultColumn::finish. REQUIRES: each column has its rows.
  Result<arrow::ArrayVector> finish(std::vector<std::vector<int64_t>>* invalid);

 private:
  std::vector<std::shared_ptr<arrow::DataType>> types_;
  size_t rows_ = 0;
  std::vector<uint64_t> words_;  // column by column
  std::vector<uint8_t> valid_;
  std::vector<ResultColumn> columns_;
};

}  // namespace gnomon
