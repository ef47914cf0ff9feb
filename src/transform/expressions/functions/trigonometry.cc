// Angles, in radians unless the name says otherwise.
#include <numbers>

#include "transform/expressions/kernels.h"

namespace gnomon {
namespace {

using arrow::DoubleType;

Function of_angle(const char* name, const char* description, const char* example, const char* answer) {
  return {name,
          {{{ValueType::kFloat}, ValueType::kFloat, arrow_kernel(name)}},
          Arity::kFixed,
          FunctionInfo{name, std::string(name) + "(x)", description, example, answer}};
}

// As CPython: one multiplication by the rounded quotient.
Function scaled(const char* name, double factor, const char* description, const char* example, const char* answer) {
  Kernel kernel = map_rows<DoubleType, DoubleType>([factor](double x, double* out) {
    *out = x * factor;
    return true;
  });
  return {name,
          {{{ValueType::kFloat}, ValueType::kFloat, std::move(kernel)}},
          Arity::kFixed,
          FunctionInfo{name, std::string(name) + "(x)", description, example, answer}};
}

}  // namespace

std::vector<Function> trigonometric_functions() {
  constexpr double kDegreesOfHalfTurn = 180.0;
  return {
      of_angle("sin", "The sine of an angle in radians.", "sin(0)", "0.0"),
      of_angle("cos", "The cosine of an angle in radians.", "cos(0)", "1.0"),
      of_angle("tan", "The tangent of an angle in radians.", "tan(0)", "0.0"),
      of_angle("asin", "The angle whose sine is x; NaN outside of -1 to 1.", "asin(0)", "0.0"),
      of_angle("acos", "The angle whose cosine is x; NaN outside of -1 to 1.", "acos(1)", "0.0"),
      of_angle("atan", "The angle whose tangent is x.", "atan(0)", "0.0"),
      {"atan2",
       {{{ValueType::kFloat, ValueType::kFloat}, ValueType::kFloat, arrow_kernel("atan2")}},
       Arity::kFixed,
       FunctionInfo{"atan2", "atan2(y, x)", "The angle of the point (x, y), from -pi to pi.", "atan2(0, 1)", "0.0"}},
      scaled("radians", std::numbers::pi / kDegreesOfHalfTurn, "An angle in degrees as radians.", "radians(180)",
             "3.141592653589793"),
      scaled("degrees", kDegreesOfHalfTurn / std::numbers::pi, "An angle in radians as degrees.", "degrees(0)", "0.0"),
  };
}

}  // namespace gnomon
