// Arrays as arguments: the elements of all rows in one array, and where those of a row are.
// Thread-safety: immutable once built.
#pragma once

#include <memory>

#include <arrow/array.h>

#include "transform/expressions/kernels.h"

namespace gnomon {

struct ListRange {
  int64_t begin, end;  // indices into elements(): [begin, end)
};

// As Operand, of a column of arrays.
class ListOperand {
 public:
  static Result<ListOperand> of(const arrow::Datum& datum) {
    if (!datum.is_scalar()) return ListOperand(datum.make_array(), 1);
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> single, "evaluating", arrow::MakeArrayFromScalar(*datum.scalar(), 1));
    return ListOperand(single, 0);
  }

  bool valid(int64_t row) const { return lists_->IsValid(row * step_); }
  ListRange at(int64_t row) const { return {lists_->value_offset(row * step_), lists_->value_offset(row * step_ + 1)}; }
  int64_t rows() const { return step_ == 0 ? -1 : lists_->length(); }
  const std::shared_ptr<arrow::Array>& elements() const { return lists_->values(); }

 private:
  ListOperand(const std::shared_ptr<arrow::Array>& lists, int64_t step)
      : lists_(std::static_pointer_cast<arrow::ListArray>(lists)), step_(step) {}

  std::shared_ptr<arrow::ListArray> lists_;  // shared: Arrow's
  int64_t step_;                             // 0: one array for all rows
};

}  // namespace gnomon
