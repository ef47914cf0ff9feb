// Functions of numbers. Where a result must be an integer, what has none in Int64 is null.
#include <cmath>
#include <limits>

#include "transform/expressions/kernels.h"

namespace gnomon {
namespace {

using arrow::DoubleType;
using arrow::Int64Type;

constexpr double kTwoTo63 = 9223372036854775808.0;

Overload unary_float(const char* arrow_name) { return {{ValueType::kFloat}, ValueType::kFloat, arrow_kernel(arrow_name)}; }
Overload float_test(const char* arrow_name) { return {{ValueType::kFloat}, ValueType::kBool, arrow_kernel(arrow_name)}; }
Overload same_integer() {
  return {{ValueType::kInt}, ValueType::kInt, map_rows<Int64Type, Int64Type>([](int64_t a, int64_t* out) {
            *out = a;
            return true;
          })};
}

// A whole number of a float, if Int64 has it.
template <class Fn>
Overload to_integer(Fn fn) {
  return {{ValueType::kFloat},
          ValueType::kInt,
          map_rows<Int64Type, DoubleType>([fn](double a, int64_t* out) {
            const double whole = fn(a);
            if (!(whole >= -kTwoTo63 && whole < kTwoTo63)) return false;
            *out = static_cast<int64_t>(whole);
            return true;
          }),
          OwnNull::kOverflow};
}

Overload absolute_integer() {
  return {{ValueType::kInt},
          ValueType::kInt,
          map_rows<Int64Type, Int64Type>([](int64_t a, int64_t* out) {
            *out = a;
            return a >= 0 || !__builtin_sub_overflow(int64_t{0}, a, out);
          }),
          OwnNull::kOverflow};
}

// float('inf'), float('-inf'), float('nan'): the values that have no literal.
Result<arrow::Datum> special_float(const Values& values) {
  const std::string text = std::static_pointer_cast<arrow::StringArray>(values[0].make_array())->GetString(0);
  double value = 0;
  if (text == "inf" || text == "-inf") {
    value = text == "inf" ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
  } else if (text == "nan") {
    value = std::numeric_limits<double>::quiet_NaN();
  } else {
    return Status(Code::kInvalidArgument, "GN166", "float() of a text that is none of 'inf', '-inf', 'nan'",
                  "Write the number itself: 1.5");
  }
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> array, "evaluating",
                  arrow::MakeArrayFromScalar(*arrow::MakeScalar(value), 1));
  return arrow::Datum(array);
}

Function float_of() {
  Kernel widen = [](const Values& values) -> Result<arrow::Datum> {
    return values[0];
  };  // Int64 arguments are converted for the parameter
  return {"float",
          {{{ValueType::kFloat}, ValueType::kFloat, widen},
           {{ValueType::kString}, ValueType::kFloat, special_float, OwnNull::kMissing, 0}},
          Arity::kFixed,
          FunctionInfo{"float", "float(x)", "x as Float64; also float('inf'), float('-inf') and float('nan').", "float(7)",
                       "7.0"}};
}

Function extreme(const char* name, const char* arrow_name, const char* description, const char* example,
                 const char* answer) {
  auto options = std::make_shared<arrow::compute::ElementWiseAggregateOptions>(/*skip_nulls=*/false);
  Function function{
      name, {}, Arity::kVariadic, FunctionInfo{name, std::string(name) + "(x, y, …)", description, example, answer}};
  for (ValueType type : {ValueType::kInt, ValueType::kFloat, ValueType::kTime})
    function.overloads.push_back({{type}, type, arrow_kernel(arrow_name, options)});
  return function;
}

// min(max(x, low), high), also where x is NaN.
template <class Type, class Value>
Overload clipped(ValueType type) {
  return {{type, type, type}, type, map_rows<Type, Type, Type, Type>([](Value x, Value low, Value high, Value* out) {
            *out = x < low ? low : x;
            *out = *out > high ? high : *out;
            return true;
          })};
}

Function clip() {
  return {"clip",
          {clipped<Int64Type, int64_t>(ValueType::kInt), clipped<DoubleType, double>(ValueType::kFloat)},
          Arity::kFixed,
          FunctionInfo{"clip", "clip(x, low, high)", "x, but at least low and at most high; NaN stays NaN.", "clip(7, 0, 5)",
                       "5"}};
}

Function named(const char* name, std::vector<Overload> overloads, const char* description, const char* example,
               const char* answer) {
  return {name, std::move(overloads), Arity::kFixed,
          FunctionInfo{name, std::string(name) + "(x)", description, example, answer}};
}

}  // namespace

std::vector<Function> number_functions() {
  auto floor = [](double a) { return std::floor(a); };
  auto ceil = [](double a) { return std::ceil(a); };
  auto round = [](double a) { return std::nearbyint(a); };  // to nearest even, as Python's
  auto truncate = [](double a) { return std::trunc(a); };
  return {
      named("abs", {absolute_integer(), unary_float("abs")}, "The value without its sign.", "abs(-3)", "3"),
      named("floor", {same_integer(), to_integer(floor)}, "The greatest integer that is not above x.", "floor(-2.5)", "-3"),
      named("ceil", {same_integer(), to_integer(ceil)}, "The smallest integer that is not below x.", "ceil(-2.5)", "-2"),
      named("round", {same_integer(), to_integer(round)}, "The nearest integer; halves go to the even one.", "round(2.5)",
            "2"),
      named("int", {same_integer(), to_integer(truncate)}, "x without its fraction.", "int(-2.5)", "-2"),
      float_of(),
      named("sqrt", {unary_float("sqrt")}, "The square root; NaN of a negative number.", "sqrt(16)", "4.0"),
      named("exp", {unary_float("exp")}, "e to the power of x.", "exp(0)", "1.0"),
      named("log", {unary_float("ln")}, "The natural logarithm; -inf of 0, NaN of a negative number.", "log(1)", "0.0"),
      named("log1p", {unary_float("log1p")}, "The natural logarithm of 1 + x, exact also for a small x.", "log1p(0)", "0.0"),
      named("expm1", {unary_float("expm1")}, "e to the power of x, minus 1, exact also for a small x.", "expm1(0)", "0.0"),
      clip(),
      named("log2", {unary_float("log2")}, "The logarithm to base 2.", "log2(8)", "3.0"),
      named("log10", {unary_float("log10")}, "The logarithm to base 10.", "log10(1000)", "3.0"),
      {"pow",
       {{{ValueType::kFloat, ValueType::kFloat}, ValueType::kFloat, arrow_kernel("power")}},
       Arity::kFixed,
       FunctionInfo{"pow", "pow(x, y)", "x to the power of y, as Float64.", "pow(2, 10)", "1024.0"}},
      extreme("min", "min_element_wise", "The smallest of its arguments; NaN only if all are.", "min(3, 1, 2)", "1"),
      extreme("max", "max_element_wise", "The greatest of its arguments; NaN only if all are.", "max(3, 1, 2)", "3"),
      named("is_nan", {float_test("is_nan")}, "Whether x is NaN.", "is_nan(float('nan'))", "True"),
      named("is_inf", {float_test("is_inf")}, "Whether x is infinite, of either sign.", "is_inf(float('inf'))", "True"),
      named("is_finite", {float_test("is_finite")}, "Whether x is neither NaN nor infinite.", "is_finite(1.5)", "True"),
  };
}

}  // namespace gnomon
