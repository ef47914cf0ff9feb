// From names to columns and from functions to kernels: all that can be wrong with an expression is found here, before any row.
#include <algorithm>

#include <arrow/compute/api.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/closest.h"
#include "transform/expressions/address_ranges.h"
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

// `node` as a value of `type`: None gets the type, an Int64 becomes a Float64, and so do those of an array.
TypedNodePtr converted(const TypedNodePtr& node, ValueType type) {
  if (type == ValueType::kAny || node->type == type) return node;
  if (node->type == ValueType::kNull) return constant_node(type, arrow::MakeNullScalar(arrow_type(type)));
  GN_ASSERT((node->type == ValueType::kInt && type == ValueType::kFloat) ||
            (node->type == ValueType::kIntArray && type == ValueType::kFloatArray));
  Kernel widen = [to = arrow_type(type)](const Values& values) -> Result<arrow::Datum> {
    auto options = arrow::compute::CastOptions::Unsafe(to);  // rounds to nearest, as Python does
    GN_ARROW_ASSIGN(arrow::Datum out, "evaluating", arrow::compute::Cast(values[0], options));
    return out;
  };
  TypedNode call{type, arrow_type(type), nullptr, -1, std::move(widen), {node}};
  if (node->constant == nullptr) return std::make_shared<const TypedNode>(std::move(call));
  Result<TypedNodePtr> folded = folded_call(call);
  GN_ASSERT(folded.ok());  // every integer has a nearest float
  return *folded;
}

// An array of constants: of one type, or of integers and floats.
Result<TypedNodePtr> array_constant(const std::vector<TypedNodePtr>& items, const Expression& list) {
  if (items.empty()) return refused("GN166", "an empty list has no type here", "Write: x in [], or leave it out", list);
  ValueType element = items[0]->type;
  for (const TypedNodePtr& item : items) {
    if (item->type == ValueType::kFloat && element == ValueType::kInt) element = ValueType::kFloat;
  }
  std::unique_ptr<arrow::ArrayBuilder> builder;
  GN_ARROW_TRY("making an array", arrow::MakeBuilder(arrow::default_memory_pool(), arrow_type(element), &builder));
  for (const TypedNodePtr& item : items) {
    if (item->type != element && !(item->type == ValueType::kInt && element == ValueType::kFloat))
      return refused("GN166", fmt::format("a list mixes {} and {}", value_type_name(element), value_type_name(item->type)),
                     "Give all items one type", list);
    GN_ARROW_TRY("making an array", builder->AppendScalar(*converted(item, element)->constant));
  }
  std::shared_ptr<arrow::Array> values;
  GN_ARROW_TRY("making an array", builder->Finish(&values));
  return constant_node(array_of(element), std::make_shared<arrow::ListScalar>(values));
}

bool comparable(ValueType a, ValueType b) {
  auto number = [](ValueType type) { return type == ValueType::kInt || type == ValueType::kFloat; };
  return a == b || (number(a) && number(b));
}

class Binder {
 public:
  Binder(const arrow::Schema& schema, const LookupSets& sets, TypedExpression::Tree* tree)
      : schema_(schema), sets_(sets), tree_(tree) {}

  Result<TypedNodePtr> bind(const Expression& expression) {
    switch (expression.kind()) {
      case ExpressionKind::kLiteral: return literal_node(expression.value());
      case ExpressionKind::kColumn: return bind_column(expression);
      case ExpressionKind::kList: return bind_array(expression);
      case ExpressionKind::kCall: break;
    }
    if (expression.name() == kIn && expression.arguments()[1].kind() == ExpressionKind::kList)
      return bind_membership(expression);
    if (expression.name() == kInSet) return bind_lookup(expression);
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

  // The items of a list: constants, none of which is None.
  Result<std::vector<TypedNodePtr>> bind_items(const Expression& list, const Expression& at) {
    std::vector<TypedNodePtr> items;
    for (const Expression& written : list.arguments()) {
      GN_ASSIGN(TypedNodePtr item, bind(written));
      if (item->constant == nullptr)
        return refused("GN166", "a list holds constants only", "Compare with columns by ==, joined by `or`", written);
      if (!item->constant->is_valid) return refused("GN166", "a list holds None", "Write: x is None or x in [...]", at);
      items.push_back(std::move(item));
    }
    return items;
  }

  // A list that is a value of its own.
  Result<TypedNodePtr> bind_array(const Expression& list) {
    GN_ASSIGN(std::vector<TypedNodePtr> items, bind_items(list, list));
    return array_constant(items, list);
  }

  Result<TypedNodePtr> bind_membership(const Expression& expression) {
    GN_ASSIGN(TypedNodePtr value, bind(expression.arguments()[0]));
    GN_ASSIGN(std::vector<TypedNodePtr> items, bind_items(expression.arguments()[1], expression));
    return contained(value, items, expression);
  }

  // in_set(x, 'name')
  Result<TypedNodePtr> bind_lookup(const Expression& expression) {
    const std::vector<Expression>& arguments = expression.arguments();
    const std::string* name = arguments.size() != 2 || arguments[1].kind() != ExpressionKind::kLiteral
                                  ? nullptr
                                  : std::get_if<std::string>(&arguments[1].value());
    if (name == nullptr)
      return refused("GN167", "in_set() takes a value and the name of a lookup set", "Write in_set(x, 'name')", expression);
    auto found = sets_.find(*name);
    if (found == sets_.end()) return unknown_set(*name);
    GN_ASSIGN(TypedNodePtr value, bind(arguments[0]));
    if (found->second.cidrs.empty()) {
      std::vector<TypedNodePtr> items;
      for (const Literal& item : found->second.values) items.push_back(literal_node(item));
      return contained(value, items, expression);
    }
    if (value->type != ValueType::kString && value->type != ValueType::kNull)
      return refused("GN166",
                     fmt::format("a set of address ranges is asked for a String, not {}", value_type_name(value->type)),
                     "Declare the address as String", expression);
    GN_ASSIGN(Kernel kernel, address_membership(found->second.cidrs));
    return call_node({{ValueType::kString}, ValueType::kBool, std::move(kernel)}, {converted(value, ValueType::kString)});
  }

  Status unknown_set(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& [known, values] : sets_) names.push_back(known);
    std::string guess = closest(name, names);
    std::string hint = names.empty()
                           ? "Define one: LookupSet(name=..., values=[...]). Conditions of feature views cannot use any"
                       : guess.empty() ? fmt::format("There are: {}", fmt::join(names, ", "))
                                       : fmt::format("Did you mean \"{}\"?", guess);
    return Status(Code::kInvalidArgument, "GN168", fmt::format("unknown lookup set \"{}\"", name), hint);
  }

  static Result<TypedNodePtr> contained(const TypedNodePtr& value, const std::vector<TypedNodePtr>& items,
                                        const Expression& expression) {
    for (const TypedNodePtr& item : items) {
      if (value->type != ValueType::kNull && !comparable(value->type, item->type)) {
        return refused("GN166",
                       fmt::format("{} is looked for among {}", value_type_name(value->type), value_type_name(item->type)),
                       mismatch_hint({value->type, item->type}), expression);
      }
    }
    if (value->type == ValueType::kNull) return constant_node(ValueType::kBool, arrow::MakeNullScalar(arrow::boolean()));
    if (is_array(value->type)) return refused("GN166", "\"in\" does not take an Array on the left", "", expression);
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
      if (i >= overload->constants_from && arguments[i]->constant == nullptr) {
        return refused("GN166", fmt::format("{}() takes a constant here, not a column", function->name),
                       overload->constants_from == 0 ? "Declare the column with the type that it should have"
                                                     : fmt::format("Write {}", function->info->signature),
                       expression);
      }
      if (i >= overload->constants_from && !arguments[i]->constant->is_valid)
        return constant_node(overload->result, arrow::MakeNullScalar(arrow_type(overload->result)));
    }
    Result<TypedNodePtr> node = prepared_call(*overload, std::move(arguments), expression.name() == kIf);
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

  // Constants that a kernel is made from are no arguments of it.
  static Result<TypedNodePtr> prepared_call(const Overload& overload, std::vector<TypedNodePtr> arguments, bool chooses) {
    if (overload.prepare == nullptr) return call_node(overload, arguments, chooses);
    std::vector<std::shared_ptr<arrow::Scalar>> constants;
    for (size_t i = overload.constants_from; i < arguments.size(); ++i) constants.push_back(arguments[i]->constant);
    arguments.resize(overload.constants_from);
    Overload made = overload;
    GN_ASSIGN(made.kernel, overload.prepare(constants));
    return call_node(made, arguments, chooses);
  }

  static Result<TypedNodePtr> call_node(const Overload& overload, const std::vector<TypedNodePtr>& arguments,
                                        bool chooses = false) {
    TypedNode call{overload.result, arrow_type(overload.result), nullptr, -1, overload.kernel, arguments};
    call.own_null = overload.own_null;
    call.chooses = chooses;
    auto constant = [](const TypedNodePtr& argument) { return argument->constant != nullptr; };
    if (std::all_of(arguments.begin(), arguments.end(), constant)) return folded_call(call);
    return std::make_shared<const TypedNode>(std::move(call));
  }

  const arrow::Schema& schema_;
  const LookupSets& sets_;
  TypedExpression::Tree* tree_;
};

}  // namespace

Result<TypedExpression> bind(const Expression& expression, const arrow::Schema& schema, const LookupSets& sets) {
  auto tree = std::make_shared<TypedExpression::Tree>();
  tree->columns = expression.columns();
  tree->column_types.resize(tree->columns.size(), ColumnType{ValueType::kNull, nullptr});
  GN_ASSIGN(tree->root, Binder(schema, sets, tree.get()).bind(expression));
  return TypedExpression(std::move(tree));
}

Result<TypedExpression> bind_condition(const Expression& expression, const arrow::Schema& schema, const LookupSets& sets) {
  GN_ASSIGN(TypedExpression bound, bind(expression, schema, sets));
  const ValueType type = bound.tree().root->type;
  if (type == ValueType::kBool) return bound;
  return refused("GN166", fmt::format("a condition is Bool, this is {}", value_type_name(type)),
                 "Compare it with something: amount != 0, name is not None", expression);
}

}  // namespace gnomon
