// == != < <= > >=. An integer and a float are compared as the numbers that they are, not rounded to one type first.
#include <cmath>
#include <compare>

#include "transform/expressions/kernels.h"
#include "transform/expressions/operators.h"

namespace gnomon {
namespace {

constexpr double kTwoTo63 = 9223372036854775808.0;

std::partial_ordering compare_exactly(int64_t integer, double number) {
  if (std::isnan(number)) return std::partial_ordering::unordered;
  if (number >= kTwoTo63) return std::partial_ordering::less;
  if (number < -kTwoTo63) return std::partial_ordering::greater;
  const auto whole = static_cast<int64_t>(number);  // toward zero; exact where |number| >= 2^53
  if (integer != whole) return integer <=> whole;
  return 0.0 <=> number - static_cast<double>(whole);
}

template <class Holds>
Kernel integer_with_float(Holds holds) {
  return map_rows<arrow::BooleanType, arrow::Int64Type, arrow::DoubleType>([holds](int64_t a, double b, bool* out) {
    *out = holds(compare_exactly(a, b));
    return true;
  });
}

template <class Holds>
Kernel float_with_integer(Holds holds) {
  return map_rows<arrow::BooleanType, arrow::DoubleType, arrow::Int64Type>([holds](double a, int64_t b, bool* out) {
    *out = holds(0 <=> compare_exactly(b, a));
    return true;
  });
}

template <class Holds>
Function comparison(const char* name, const char* arrow_name, Holds holds) {
  Function function{name, {}};
  for (ValueType type : kScalarTypes) {
    function.overloads.push_back({{type, type}, ValueType::kBool, arrow_kernel(arrow_name)});
  }
  function.overloads.push_back({{ValueType::kInt, ValueType::kFloat}, ValueType::kBool, integer_with_float(holds)});
  function.overloads.push_back({{ValueType::kFloat, ValueType::kInt}, ValueType::kBool, float_with_integer(holds)});
  return function;
}

}  // namespace

std::vector<Function> comparison_functions() {
  using Order = std::partial_ordering;
  return {
      comparison("==", "equal", [](Order order) { return order == 0; }),
      comparison("!=", "not_equal", [](Order order) { return order != 0; }),
      comparison("<", "less", [](Order order) { return order < 0; }),
      comparison("<=", "less_equal", [](Order order) { return order <= 0; }),
      comparison(">", "greater", [](Order order) { return order > 0; }),
      comparison(">=", "greater_equal", [](Order order) { return order >= 0; }),
  };
}

}  // namespace gnomon
