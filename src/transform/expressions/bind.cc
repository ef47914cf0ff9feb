// From names to columns and from functions to kernels: all that can be wrong with an expression is found here, before any row.
#include <algorithm>

#include <arrow/compute/api.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/closest.h"
#include "transform/expressions/expression_node.h"
#include "transform/expressions/kernels.h"
#include "transform/expressions/literal_text.h"
#include "transform/expressions/membership.h"
#include "transform/expressions/operators.h"
#include "transform/expressions/overloads.h"
#include "transform/expressions/typed_tree.h"

namespace gnomon {
namespace {

constexpr size_t kShownColumns = 20;

Status refused(const char* id, const std::string& message, const std::string& hint, const Expression& at) {
  return Status(Code::kInvalidArgument, id, fmt::format("{}: {}", message, shown(at)), hint);
}

TypedNodePtr literal_node(const Literal& value) {
  if (const bool* flag = std::get_if<bool>(&value)) return constant_node(ValueType::kBool, arrow::MakeScalar(*flag));
  if (const int64_t* number = std::get_if<int64_t>(&value))
    return constant_node(ValueType::kInt, arrow::MakeScalar(*number));
  if (const double* number = std::get_if<double>(&value))
    return constant_node(ValueType::kFloat, arrow::MakeScalar(*number));
  if (const std::string* text = std::get_if<std::string>(&value))
    return constant_node(ValueType::kString, arrow::MakeScalar(*text));
  if (const BytesLiteral* bytes = std::get_if<BytesLiteral>(&value)) {
    return constant_node(ValueType::kBytes, std::make_shared<arrow::BinaryScalar>(bytes->bytes));
  }
  return constant_node(ValueType::kNull, std::make_shared<arrow::NullScalar>());
}

// `node` as a value of `type`: None gets the type, an Int64 becomes a Float64.
TypedNodePtr converted(const TypedNodePtr& node, ValueType type) {
  if (type == ValueType::kAny || node->type == type) return node;
  if (node->type == ValueType::kNull) return constant_node(type, arrow::MakeNullScalar(arrow_type(type)));
  GN_ASSERT(node->type == ValueType::kInt && type == ValueType::kFloat);
  if (node->constant != nullptr) {
    const auto& integer = static_cast<const arrow::Int64Scalar&>(*node->constant);
    return constant_node(type, integer.is_valid ? arrow::MakeScalar(static_cast<double>(integer.value))
                                                : arrow::MakeNullScalar(arrow::float64()));
  }
  Kernel widen = [](const Values& values) -> Result<arrow::Datum> {
    auto options = arrow::compute::CastOptions::Unsafe(arrow::float64());  // rounds to nearest, as Python does
    GN_ARROW_ASSIGN(arrow::Datum out, "evaluating", arrow::compute::Cast(values[0], options));
    return out;
  };
  return std::make_shared<const TypedNode>(TypedNode{type, arrow_type(type), nullptr, -1, std::move(widen), {node}});
}

bool comparable(ValueType a, ValueType b) {
  auto number = [](ValueType type) { return type == ValueType::kInt || type == ValueType::kFloat; };
  return a == b || (number(a) && number(b));
}

class Binder {
 public:
  Binder(const arrow::Schema& schema, TypedExpression::Tree* tree) : schema_(schema), tree_(tree) {}

  Result<TypedNodePtr> bind(const Expression& expression) {
    switch (expression.kind()) {
      case ExpressionKind::kLiteral: return literal_node(expression.value());
      case ExpressionKind::kColumn: return bind_column(expression);
      case ExpressionKind::kList:
        return refused("GN166", "a list stands only on the right of \"in\"", "Write: column in [1, 2]", expression);
      case ExpressionKind::kCall: break;
    }
    if (expression.name() == kIn && expression.arguments()[1].kind() == ExpressionKind::kList)
      return bind_membership(expression);
    return bind_call(expression);
  }

 private:
  Result<TypedNodePtr> bind_column(const Expression& expression) {
    const std::string& name = expression.name();
    std::vector<int> found = schema_.GetAllFieldIndices(name);
    if (found.empty()) return unknown_column(name);
    if (found.size() > 1)
      return Status(Code::kInvalidArgument, "GN101",
                    fmt::format("{} columns are called {}", found.size(), column_text(name)), "Rename all but one");
    Result<ColumnType> type = column_type(*schema_.field(found[0])->type());
    if (!type.ok()) {
      return Status(type.status().code(), type.status().info().id,
                    fmt::format("column {}: {}", column_text(name), type.status().info().message),
                    type.status().info().hint);
    }
    if (type->type == ValueType::kNull) return literal_node({});
    auto at = std::lower_bound(tree_->columns.begin(), tree_->columns.end(), name) - tree_->columns.begin();
    tree_->column_types[static_cast<size_t>(at)] = *type;
    return std::make_shared<const TypedNode>(TypedNode{type->type, type->arrow, nullptr, static_cast<int>(at), nullptr, {}});
  }

  Status unknown_column(const std::string& name) const {
    std::vector<std::string> names = schema_.field_names();
    std::string guess = closest(name, names);
    std::string hint = fmt::format("Did you mean \"{}\"?", guess);
    if (guess.empty()) {
      const bool more = names.size() > kShownColumns;
      if (more) names.resize(kShownColumns);
      hint = fmt::format("Columns: {}{}", fmt::join(names, ", "), more ? ", …" : "");
    }
    return Status(Code::kInvalidArgument, "GN101", fmt::format("unknown column {}", column_text(name)), hint);
  }

  Result<TypedNodePtr> bind_membership(const Expression& expression) {
    GN_ASSIGN(TypedNodePtr value, bind(expression.arguments()[0]));
    std::vector<TypedNodePtr> items;
    for (const Expression& written : expression.arguments()[1].arguments()) {
      GN_ASSIGN(TypedNodePtr item, bind(written));
      if (item->constant == nullptr)
        return refused("GN166", "a list holds constants only", "Compare with columns by ==, joined by `or`", written);
      if (!item->constant->is_valid)
        return refused("GN166", "a list holds None", "Write: x is None or x in [...]", expression);
      if (value->type != ValueType::kNull && !comparable(value->type, item->type)) {
        return refused("GN166",
                       fmt::format("{} is looked for among {}", value_type_name(value->type), value_type_name(item->type)),
                       mismatch_hint({value->type, item->type}), expression);
      }
      items.push_back(std::move(item));
    }
    if (value->type == ValueType::kNull) return constant_node(ValueType::kBool, arrow::MakeNullScalar(arrow::boolean()));
    if (value->type == ValueType::kArray)
      return refused("GN166", "\"in\" does not take an Array on the left", "", expression);
    Overload overload{{value->type}, ValueType::kBool, membership(value->type, items)};
    return call_node(overload, {value});
  }

  Result<TypedNodePtr> bind_call(const Expression& expression) {
    const Function* function = find_function(expression.name());
    if (function == nullptr) return unknown_function(expression);
    std::vector<TypedNodePtr> arguments;
    std::vector<ValueType> types;
    for (const Expression& argument : expression.arguments()) {
      GN_ASSIGN(TypedNodePtr bound, bind(argument));
      types.push_back(bound->type);
      arguments.push_back(std::move(bound));
    }
    GN_ASSIGN(const Overload* overload, choose_overload(*function, types, expression));
    for (size_t i = 0; i < arguments.size(); ++i) {
      arguments[i] = converted(arguments[i], overload->parameters[std::min(i, overload->parameters.size() - 1)]);
      if (overload->arguments == Arguments::kConstant && arguments[i]->constant == nullptr) {
        return refused("GN166", fmt::format("{}() takes a constant here, not a column", function->name),
                       "Declare the column with the type that it should have", expression);
      }
    }
    if (overload->arguments == Arguments::kConstant && !arguments[0]->constant->is_valid) {
      return constant_node(overload->result, arrow::MakeNullScalar(arrow_type(overload->result)));
    }
    Result<TypedNodePtr> node = call_node(*overload, arguments);
    if (node.ok()) return node;
    const ErrorInfo& info = node.status().info();
    return Status(info.code, info.id, fmt::format("{}: {}", info.message, shown(expression)), info.hint);
  }

  static Status unknown_function(const Expression& expression) {
    std::vector<std::string> names;
    for (const FunctionInfo& info : builtin_functions()) names.push_back(info.name);
    std::string guess = closest(expression.name(), names);
    std::string hint =
        guess.empty() ? fmt::format("There are: {}", fmt::join(names, ", ")) : fmt::format("Did you mean \"{}\"?", guess);
    return Status(Code::kInvalidArgument, "GN167", fmt::format("unknown function {}()", expression.name()), hint);
  }

  static Result<TypedNodePtr> call_node(const Overload& overload, const std::vector<TypedNodePtr>& arguments) {
    auto constant = [](const TypedNodePtr& argument) { return argument->constant != nullptr; };
    if (std::all_of(arguments.begin(), arguments.end(), constant)) return folded_call(overload, arguments);
    return std::make_shared<const TypedNode>(
        TypedNode{overload.result, arrow_type(overload.result), nullptr, -1, overload.kernel, arguments});
  }

  const arrow::Schema& schema_;
  TypedExpression::Tree* tree_;
};

}  // namespace

Result<TypedExpression> bind(const Expression& expression, const arrow::Schema& schema) {
  auto tree = std::make_shared<TypedExpression::Tree>();
  tree->columns = expression.columns();
  tree->column_types.resize(tree->columns.size(), ColumnType{ValueType::kNull, nullptr});
  GN_ASSIGN(tree->root, Binder(schema, tree.get()).bind(expression));
  return TypedExpression(std::move(tree));
}

Result<TypedExpression> bind_condition(const Expression& expression, const arrow::Schema& schema) {
  GN_ASSIGN(TypedExpression bound, bind(expression, schema));
  const ValueType type = bound.tree().root->type;
  if (type == ValueType::kBool) return bound;
  return refused("GN166", fmt::format("a condition is Bool, this is {}", value_type_name(type)),
                 "Compare it with something: amount != 0, name is not None", expression);
}

}  // namespace gnomon
