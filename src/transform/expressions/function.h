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

// What a null says that arguments without null give.
enum class OwnNull : uint8_t {
  kMissing,                      // there is no answer
  kOverflow,                     // there is one, and Int64 does not hold it: the value is INVALID
  kOverflowUnlessDividedByZero,  // of // and %
};

inline constexpr size_t kNoConstants = SIZE_MAX;

// Makes a kernel of the arguments before the constants from the constants, none of which is null. ERRORS: what is wrong with them.
using Prepare = std::function<Result<Kernel>(const std::vector<std::shared_ptr<arrow::Scalar>>& constants)>;

struct Overload {
  std::vector<ValueType> parameters;
  ValueType result;
  Kernel kernel;
  OwnNull own_null = OwnNull::kMissing;
  // Arguments from this one on are known when the expression is bound: a wrong one is an error then, not a null later.
  size_t constants_from = kNoConstants;
  Prepare prepare = nullptr;  // instead of `kernel`
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
std::vector<Function> text_functions();
std::vector<Function> time_functions();
std::vector<Function> duration_functions();
std::vector<Function> trigonometric_functions();
std::vector<Function> array_functions();
std::vector<Function> vector_functions();
std::vector<Function> place_functions();
std::vector<Function> hashing_functions();
std::vector<Function> network_functions();
std::vector<Function> lookup_functions();

}  // namespace gnomon
