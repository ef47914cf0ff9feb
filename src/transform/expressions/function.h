// What a function of the language is: overloads by type, each with a kernel over whole columns.
//
// To add one: write it in the file of functions/ that it belongs to, with a FunctionInfo whose example the tests execute.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/datum.h>

#include "gnomon/expression.h"
#include "transform/expressions/value_type.h"

namespace gnomon {

// Arguments of one call: columns of equal length, or scalars. At least one is a column; constants are folded before.
using Values = std::vector<arrow::Datum>;
using Kernel = std::function<Result<arrow::Datum>(const Values&)>;

enum class Arguments : uint8_t {
  kAny,
  kConstant,  // known when the expression is bound: a wrong one is an error then, not a null later
};

struct Overload {
  std::vector<ValueType> parameters;
  ValueType result;
  Kernel kernel;
  Arguments arguments = Arguments::kAny;
};

enum class Arity : uint8_t {
  kFixed,
  kVariadic,  // the last parameter may repeat
};

struct Function {
  std::string name;
  // The first one that needs the fewest conversions of Int64 to Float64 is taken; None fits every parameter.
  std::vector<Overload> overloads;
  Arity arity = Arity::kFixed;
  std::optional<FunctionInfo> info;  // none: an operator
};

// Operators and functions; null if there is none of that name.
const Function* find_function(const std::string& name);

// The groups of the table, one a file of functions/.
std::vector<Function> logic_functions();
std::vector<Function> comparison_functions();
std::vector<Function> arithmetic_functions();
std::vector<Function> null_functions();
std::vector<Function> number_functions();
std::vector<Function> string_functions();
std::vector<Function> time_functions();

}  // namespace gnomon
