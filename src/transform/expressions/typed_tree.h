// The inside of a TypedExpression: what evaluation walks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/scalar.h>

#include "transform/expressions/function.h"

namespace gnomon {

struct TypedNode {
  ValueType type;
  std::shared_ptr<arrow::DataType> arrow;
  // Exactly one of these says what it is.
  std::shared_ptr<arrow::Scalar> constant;
  int column = -1;  // an index into TypedExpression::Tree::columns
  Kernel kernel;    // a call, on `arguments`
  // shared: bound once, read by every thread
  std::vector<std::shared_ptr<const TypedNode>> arguments;
  OwnNull own_null = OwnNull::kMissing;  // of a call
  bool chooses = false;                  // `if`: only the chosen side counts
  bool invalid = false;                  // of a constant: null because an integer outgrew Int64
};
using TypedNodePtr = std::shared_ptr<const TypedNode>;

struct TypedExpression::Tree {
  TypedNodePtr root;
  std::vector<std::string> columns;      // sorted
  std::vector<ColumnType> column_types;  // what each is converted to
};

// The value of a call of constants. REQUIRES: every argument of `call` is one.
Result<TypedNodePtr> folded_call(const TypedNode& call);

TypedNodePtr constant_node(ValueType type, std::shared_ptr<arrow::Scalar> value);

}  // namespace gnomon
