// and, or, not: Kleene's logic. if: a condition that is null gives null.
#include "transform/expressions/kernels.h"
#include "transform/expressions/operators.h"

namespace gnomon {
namespace {

// Two or more operands, two at a time.
Kernel folded(const std::string& function) {
  return [kernel = arrow_kernel(function)](const Values& values) -> Result<arrow::Datum> {
    arrow::Datum out = values[0];
    for (size_t i = 1; i < values.size(); ++i) {
      GN_ASSIGN(out, kernel({out, values[i]}));
    }
    return out;
  };
}

Function conditional() {
  Function function{std::string(kIf), {}};
  for (ValueType type : kScalarTypes) {
    function.overloads.push_back({{ValueType::kBool, type, type}, type, arrow_kernel("if_else")});
  }
  return function;
}

}  // namespace

std::vector<Function> logic_functions() {
  const std::vector<ValueType> two = {ValueType::kBool, ValueType::kBool};
  return {
      {std::string(kAnd), {{two, ValueType::kBool, folded("and_kleene")}}, Arity::kVariadic},
      {std::string(kOr), {{two, ValueType::kBool, folded("or_kleene")}}, Arity::kVariadic},
      {std::string(kNot), {{{ValueType::kBool}, ValueType::kBool, arrow_kernel("invert")}}},
      conditional(),
  };
}

}  // namespace gnomon
