// + - * / // % and the sign. Integers that overflow, or are divided by zero, are null; floats follow IEEE 754.
#include <bit>
#include <cmath>

#include "transform/expressions/kernels.h"
#include "transform/expressions/operators.h"

namespace gnomon {
namespace {

using arrow::DoubleType;
using arrow::Int64Type;

template <class Fn>
Overload integers(Fn fn, OwnNull own_null = OwnNull::kOverflow) {
  return {{ValueType::kInt, ValueType::kInt}, ValueType::kInt, map_rows<Int64Type, Int64Type, Int64Type>(fn), own_null};
}

Overload floats(Kernel kernel) { return {{ValueType::kFloat, ValueType::kFloat}, ValueType::kFloat, std::move(kernel)}; }

template <class Fn>
Overload floats_by_row(Fn fn) {
  return floats(map_rows<DoubleType, DoubleType, DoubleType>([fn](double a, double b, double* out) {
    *out = fn(a, b);
    return true;
  }));
}

uint64_t magnitude(int64_t value) { return value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value); }

// The quotient of two integers, rounded once. Doubles hold both exactly up to 2^53; beyond that the dividend is scaled until the
// integer quotient has more bits than a double, and a sticky last bit stands for the remainder.
double divide_integers(int64_t a, int64_t b) {
  constexpr uint64_t kExact = uint64_t{1} << 53;
  if (b == 0 || (magnitude(a) <= kExact && magnitude(b) <= kExact)) return static_cast<double>(a) / static_cast<double>(b);
  __extension__ using Wide = unsigned __int128;
  const int scale = 63 + std::countl_zero(magnitude(a) | 1);
  const Wide dividend = Wide{magnitude(a)} << scale;
  const Wide quotient = dividend / magnitude(b) | (dividend % magnitude(b) != 0 ? 1 : 0);
  const double rounded = std::ldexp(static_cast<double>(quotient), -scale);
  return (a < 0) != (b < 0) ? -rounded : rounded;
}

bool floor_divide(int64_t a, int64_t b, int64_t* out) {
  if (b == 0 || (a == INT64_MIN && b == -1)) return false;
  *out = a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
  return true;
}

bool floor_modulo(int64_t a, int64_t b, int64_t* out) {
  if (b == 0) return false;
  if (b == -1) {
    *out = 0;  // INT64_MIN % -1 has no quotient, but a remainder
    return true;
  }
  const int64_t remainder = a % b;
  *out = remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
  return true;
}

// As CPython's float_divmod, but where the divisor is zero: Python raises, IEEE has an answer.
double float_modulo(double a, double b) {
  double remainder = std::fmod(a, b);
  if (b == 0 || std::isnan(remainder)) return remainder;
  if (remainder == 0) return std::copysign(0.0, b);
  return (b < 0) != (remainder < 0) ? remainder + b : remainder;
}

double float_floor_divide(double a, double b) {
  if (b == 0) return a / b;
  const double remainder = std::fmod(a, b);
  double quotient = (a - remainder) / b;
  if (remainder != 0 && (b < 0) != (remainder < 0)) quotient -= 1.0;
  if (quotient == 0) return std::copysign(0.0, a / b);
  const double whole = std::floor(quotient);
  return quotient - whole > 0.5 ? whole + 1.0 : whole;
}

Overload quotient_of_integers() {
  return {{ValueType::kInt, ValueType::kInt},
          ValueType::kFloat,
          map_rows<DoubleType, Int64Type, Int64Type>([](int64_t a, int64_t b, double* out) {
            *out = divide_integers(a, b);
            return true;
          })};
}

Overload negated_integer() {
  return {
      {ValueType::kInt},
      ValueType::kInt,
      map_rows<Int64Type, Int64Type>([](int64_t a, int64_t* out) { return !__builtin_sub_overflow(int64_t{0}, a, out); }),
      OwnNull::kOverflow};
}

Overload joined_strings() {
  auto options = std::make_shared<arrow::compute::JoinOptions>(arrow::compute::JoinOptions::EMIT_NULL);
  Kernel join = [kernel = arrow_kernel("binary_join_element_wise", options)](const Values& values) {
    return kernel({values[0], values[1], arrow::Datum(arrow::MakeScalar(""))});  // the last one separates
  };
  return {{ValueType::kString, ValueType::kString}, ValueType::kString, std::move(join)};
}

}  // namespace

std::vector<Function> arithmetic_functions() {
  auto add = [](int64_t a, int64_t b, int64_t* out) { return !__builtin_add_overflow(a, b, out); };
  auto subtract = [](int64_t a, int64_t b, int64_t* out) { return !__builtin_sub_overflow(a, b, out); };
  auto multiply = [](int64_t a, int64_t b, int64_t* out) { return !__builtin_mul_overflow(a, b, out); };
  return {
      {"+", {integers(add), floats(arrow_kernel("add")), joined_strings()}},
      {"-", {integers(subtract), floats(arrow_kernel("subtract"))}},
      {"*", {integers(multiply), floats(arrow_kernel("multiply"))}},
      {"/", {quotient_of_integers(), floats(arrow_kernel("divide"))}},
      {"//", {integers(floor_divide, OwnNull::kOverflowUnlessDividedByZero), floats_by_row(float_floor_divide)}},
      {"%", {integers(floor_modulo, OwnNull::kMissing), floats_by_row(float_modulo)}},
      {std::string(kNegate), {negated_integer(), {{ValueType::kFloat}, ValueType::kFloat, arrow_kernel("negate")}}},
  };
}

}  // namespace gnomon
