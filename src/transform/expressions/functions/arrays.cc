// Functions of arrays. Elements that are None are skipped, but for `element`, which gives them back.
#include <algorithm>

#include "transform/expressions/kernels.h"
#include "transform/expressions/list_operand.h"

namespace gnomon {
namespace {

using arrow::DoubleType;
using arrow::Int64Type;
__extension__ using Wide = __int128;

// The element at a position, from the end if negative; None where there is none.
Result<arrow::Datum> element_at(const Values& values) {
  GN_ASSIGN(ListOperand lists, ListOperand::of(values[0]));
  GN_ASSIGN(Operand<Int64Type> positions, Operand<Int64Type>::of(values[1]));
  const int64_t rows = std::max(lists.rows(), positions.rows());
  arrow::Int64Builder chosen;
  for (int64_t row = 0; row < rows; ++row) {
    if (!lists.valid(row) || !positions.valid(row)) {
      GN_ARROW_TRY("evaluating", chosen.AppendNull());
      continue;
    }
    const auto [begin, end] = lists.at(row);
    const int64_t at = positions.at(row) < 0 ? positions.at(row) + (end - begin) : positions.at(row);
    const bool is_there = at >= 0 && at < end - begin;
    GN_ARROW_TRY("evaluating", is_there ? chosen.Append(begin + at) : chosen.AppendNull());
  }
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> indices, "evaluating", chosen.Finish());
  GN_ARROW_ASSIGN(arrow::Datum elements, "evaluating", arrow::compute::Take(lists.elements(), indices));
  return elements;
}

Function element() {
  Function function{"element", {}};
  for (ValueType array : kArrayTypes)
    function.overloads.push_back({{array, ValueType::kInt}, element_type(array), element_at});
  function.info =
      FunctionInfo{"element", "element(a, n)", "Element n of an array, from 0, or from the end if negative; else None.",
                   "element([10, 20, 30], -1)", "30"};
  return function;
}

// Whether a value equals an element.
template <class Type>
Overload has_element(ValueType type) {
  Kernel kernel = [](const Values& values) -> Result<arrow::Datum> {
    GN_ASSIGN(ListOperand lists, ListOperand::of(values[0]));
    GN_ASSIGN(Operand<Type> wanted, Operand<Type>::of(values[1]));
    const auto& elements = static_cast<const typename arrow::TypeTraits<Type>::ArrayType&>(*lists.elements());
    return map_operands<arrow::BooleanType>(
        [&](ListRange range, auto value, bool* out) {
          *out = false;
          for (int64_t i = range.begin; i < range.end && !*out; ++i)
            *out = elements.IsValid(i) && elements.GetView(i) == value;
          return true;
        },
        lists, wanted);
  };
  return {{array_of(type), type}, ValueType::kBool, std::move(kernel)};
}

Function array_contains() {
  Function function{"array_contains", {}};
  function.overloads = {
      has_element<arrow::BooleanType>(ValueType::kBool), has_element<Int64Type>(ValueType::kInt),
      has_element<DoubleType>(ValueType::kFloat),        has_element<arrow::StringType>(ValueType::kString),
      has_element<arrow::BinaryType>(ValueType::kBytes), has_element<arrow::TimestampType>(ValueType::kTime)};
  function.info = FunctionInfo{"array_contains", "array_contains(a, x)", "Whether an array holds x.",
                               "array_contains(['a', 'b'], 'b')", "True"};
  return function;
}

Function array_length() {
  Function function{"array_length", {}};
  for (ValueType array : kArrayTypes)
    function.overloads.push_back({{array}, ValueType::kInt, arrow_kernel("list_value_length", nullptr, arrow::int64())});
  function.info = FunctionInfo{"array_length", "array_length(a)", "The number of elements, those that are None included.",
                               "array_length([10, 20, 30])", "3"};
  return function;
}

// The sum of the elements from left to right and how many there are. Integers are summed in 128 bits.
template <class Type, class Sum>
Sum sum_of(const ListOperand& lists, ListRange range, int64_t* count) {
  const auto& elements = static_cast<const typename arrow::TypeTraits<Type>::ArrayType&>(*lists.elements());
  Sum sum = 0;
  *count = 0;
  for (int64_t i = range.begin; i < range.end; ++i) {
    if (elements.IsNull(i)) continue;
    sum += elements.Value(i);
    ++*count;
  }
  return sum;
}

Result<arrow::Datum> sum_of_integers(const Values& values) {
  GN_ASSIGN(ListOperand lists, ListOperand::of(values[0]));
  return map_operands<Int64Type>(
      [&](ListRange range, int64_t* out) {
        int64_t count = 0;
        const Wide sum = sum_of<Int64Type, Wide>(lists, range, &count);
        *out = static_cast<int64_t>(sum);
        return sum == *out;
      },
      lists);
}

Result<arrow::Datum> sum_of_floats(const Values& values) {
  GN_ASSIGN(ListOperand lists, ListOperand::of(values[0]));
  return map_operands<DoubleType>(
      [&](ListRange range, double* out) {
        int64_t count = 0;
        *out = sum_of<DoubleType, double>(lists, range, &count);
        return true;
      },
      lists);
}

Result<arrow::Datum> mean_of_floats(const Values& values) {
  GN_ASSIGN(ListOperand lists, ListOperand::of(values[0]));
  return map_operands<DoubleType>(
      [&](ListRange range, double* out) {
        int64_t count = 0;
        *out = sum_of<DoubleType, double>(lists, range, &count) / static_cast<double>(count);
        return count > 0;
      },
      lists);
}

}  // namespace

std::vector<Function> array_functions() {
  return {
      array_length(),
      array_contains(),
      element(),
      {"array_sum",
       {{{ValueType::kIntArray}, ValueType::kInt, sum_of_integers, OwnNull::kOverflow},
        {{ValueType::kFloatArray}, ValueType::kFloat, sum_of_floats}},
       Arity::kFixed,
       FunctionInfo{"array_sum", "array_sum(a)", "The sum of the elements, from left to right; 0 of none.",
                    "array_sum([1, 2, 3])", "6"}},
      {"array_mean",
       {{{ValueType::kFloatArray}, ValueType::kFloat, mean_of_floats}},
       Arity::kFixed,
       FunctionInfo{"array_mean", "array_mean(a)", "The sum of the elements divided by their number; None of none.",
                    "array_mean([1, 2])", "1.5"}},
  };
}

}  // namespace gnomon
