// Making kernels: from Arrow's functions where they mean the same, else from a function of one row's values.
#pragma once

#include <memory>
#include <string>
#include <tuple>
#include <type_traits>

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>

#include "data/arrow_status.h"
#include "transform/expressions/function.h"

namespace gnomon {

// Arrow's function of that name; its result is cast to `result` where it has another width. Nulls as Arrow treats them.
Kernel arrow_kernel(std::string function, std::shared_ptr<arrow::compute::FunctionOptions> options = nullptr,
                    std::shared_ptr<arrow::DataType> result = nullptr);

// A constant of type String. REQUIRES: it is one, and not null.
std::string constant_text(const arrow::Scalar& constant);

// An argument as something to index: a scalar is a column that repeats its value.
template <class Type>
class Operand {
 public:
  using ArrayType = typename arrow::TypeTraits<Type>::ArrayType;

  static Result<Operand> of(const arrow::Datum& datum) {
    if (!datum.is_scalar()) return Operand(datum.make_array(), 1);
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> single, "evaluating", arrow::MakeArrayFromScalar(*datum.scalar(), 1));
    return Operand(std::move(single), 0);
  }

  bool valid(int64_t row) const { return !has_nulls_ || values_->IsValid(row * step_); }
  auto at(int64_t row) const { return values_->GetView(row * step_); }
  // The number of rows, or -1 for a scalar.
  int64_t rows() const { return step_ == 0 ? -1 : values_->length(); }

 private:
  Operand(const std::shared_ptr<arrow::Array>& values, int64_t step)
      : values_(std::static_pointer_cast<ArrayType>(values)), step_(step), has_nulls_(values->null_count() > 0) {}

  std::shared_ptr<ArrayType> values_;  // shared: Arrow's
  int64_t step_;
  bool has_nulls_;
};

// fn(a, b, …, &out) of each row that has no null, on operands that are unpacked already; false makes the row null.
template <class Out, class Fn, class... Operands>
Result<arrow::Datum> map_operands(const Fn& fn, const Operands&... operands) {
  const int64_t rows = std::max({operands.rows()...});
  GN_ASSERT(rows >= 0);
  typename arrow::TypeTraits<Out>::BuilderType builder(arrow::TypeTraits<Out>::type_singleton(),
                                                       arrow::default_memory_pool());
  GN_ARROW_TRY("evaluating", builder.Reserve(rows));
  typename arrow::TypeTraits<Out>::CType out{};
  for (int64_t row = 0; row < rows; ++row) {
    if ((operands.valid(row) && ...) && fn(operands.at(row)..., &out)) {
      builder.UnsafeAppend(out);
    } else {
      builder.UnsafeAppendNull();
    }
  }
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> array, "evaluating", builder.Finish());
  return arrow::Datum(array);
}

// As map_operands, for texts: fn(a, b, …, std::string* out).
template <class Fn, class... Operands>
Result<arrow::Datum> map_operands_to_text(const Fn& fn, const Operands&... operands) {
  const int64_t rows = std::max({operands.rows()...});
  GN_ASSERT(rows >= 0);
  arrow::StringBuilder builder;
  std::string out;
  for (int64_t row = 0; row < rows; ++row) {
    out.clear();
    const bool found = (operands.valid(row) && ...) && fn(operands.at(row)..., &out);
    GN_ARROW_TRY("evaluating", found ? builder.Append(out) : builder.AppendNull());
  }
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> array, "evaluating", builder.Finish());
  return arrow::Datum(array);
}

// map_rows<Out, In…>(fn): null in, null out; fn(in…, &out) says whether there is a result.
template <class Out, class... In, class Fn>
Kernel map_rows(Fn fn) {
  return [fn](const Values& values) -> Result<arrow::Datum> {
    return [&]<size_t... i>(std::index_sequence<i...>)->Result<arrow::Datum> {
      std::tuple<Result<Operand<In>>...> operands{Operand<In>::of(values[i])...};
      Status failed;
      ((failed = std::get<i>(operands).ok() ? failed : std::get<i>(operands).status()), ...);
      GN_TRY(failed);
      if constexpr (std::is_same_v<Out, arrow::StringType>) {
        return map_operands_to_text(fn, *std::get<i>(operands)...);
      } else {
        return map_operands<Out>(fn, *std::get<i>(operands)...);
      }
    }
    (std::index_sequence_for<In...>());
  };
}

}  // namespace gnomon
