#include "transform/expressions/invalid_rows.h"

#include <algorithm>

#include <arrow/array.h>
#include <arrow/scalar.h>

namespace gnomon {
namespace {

// A column or a constant, by row.
class Column {
 public:
  explicit Column(const arrow::Datum& datum) {
    if (datum.is_scalar()) {
      scalar_ = datum.scalar();
    } else {
      array_ = datum.make_array();
    }
  }

  bool is_null(int64_t row) const { return array_ != nullptr ? array_->IsNull(row) : !scalar_->is_valid; }
  bool has_nulls() const { return array_ != nullptr ? array_->null_count() > 0 : !scalar_->is_valid; }
  // REQUIRES: Bool, not null.
  bool is_true(int64_t row) const {
    return array_ != nullptr ? static_cast<const arrow::BooleanArray&>(*array_).Value(row)
                             : static_cast<const arrow::BooleanScalar&>(*scalar_).value;
  }
  // REQUIRES: Int64, not null.
  bool is_zero(int64_t row) const {
    return array_ != nullptr ? static_cast<const arrow::Int64Array&>(*array_).Value(row) == 0
                             : static_cast<const arrow::Int64Scalar&>(*scalar_).value == 0;
  }

 private:
  std::shared_ptr<arrow::Array> array_;    // shared: Arrow's
  std::shared_ptr<arrow::Scalar> scalar_;  // shared: Arrow's
};

bool is_lost(const InvalidRows& lost, int64_t row) { return lost != nullptr && (*lost)[static_cast<size_t>(row)] != 0; }

bool chosen_is_lost(const std::vector<Column>& arguments, const std::vector<InvalidRows>& lost, int64_t row) {
  if (arguments[0].is_null(row)) return is_lost(lost[0], row);
  return is_lost(lost[arguments[0].is_true(row) ? 1 : 2], row);
}

// Whether the call itself lost the value of a row whose result is null.
bool loses(const TypedNode& call, const std::vector<Column>& arguments, int64_t row) {
  if (call.own_null == OwnNull::kMissing) return false;
  for (const Column& argument : arguments) {
    if (argument.is_null(row)) return false;
  }
  return call.own_null == OwnNull::kOverflow || !arguments[1].is_zero(row);
}

}  // namespace

InvalidRows all_rows(int64_t rows) { return std::make_shared<const std::vector<uint8_t>>(static_cast<size_t>(rows), 1); }

InvalidRows invalid_rows(const TypedNode& call, const Values& values, const std::vector<InvalidRows>& lost,
                         const arrow::Datum& out, int64_t rows) {
  const bool inherits = std::any_of(lost.begin(), lost.end(), [](const InvalidRows& one) { return one != nullptr; });
  if (!inherits && call.own_null == OwnNull::kMissing) return nullptr;
  const Column result(out);
  if (!result.has_nulls()) return nullptr;
  std::vector<Column> arguments(values.begin(), values.end());
  std::vector<uint8_t> marks(static_cast<size_t>(rows), 0);
  bool any = false;
  for (int64_t row = 0; row < rows; ++row) {
    if (!result.is_null(row)) continue;
    bool marked = loses(call, arguments, row);
    if (call.chooses) {
      marked = chosen_is_lost(arguments, lost, row);
    } else if (inherits && !marked) {
      marked = std::any_of(lost.begin(), lost.end(), [&](const InvalidRows& one) { return is_lost(one, row); });
    }
    marks[static_cast<size_t>(row)] = marked ? 1 : 0;
    any |= marked;
  }
  return any ? std::make_shared<const std::vector<uint8_t>>(std::move(marks)) : nullptr;
}

}  // namespace gnomon
