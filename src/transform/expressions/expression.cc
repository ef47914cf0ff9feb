// Building trees. Every tree is made here, so the limits and the canonical forms hold for all of them.
#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "transform/expressions/expression_node.h"
#include "transform/expressions/operators.h"
#include "transform/expressions/text_encoding.h"

namespace gnomon {
namespace {

Status too_big(const char* what, uint32_t limit) {
  return Status(Code::kInvalidArgument, "GN165", fmt::format("the expression {} ({} allowed)", what, limit),
                "Compute a part of it in the view's transform, or use `in` instead of many comparisons");
}

bool same_value(const Literal& a, const Literal& b) {
  const double* left = std::get_if<double>(&a);
  const double* right = std::get_if<double>(&b);
  if (left != nullptr && right != nullptr) return std::bit_cast<uint64_t>(*left) == std::bit_cast<uint64_t>(*right);
  return a == b;
}

// -5 is the literal -5, as it is written. The smallest integer has no negative.
bool negate(const Literal& value, Literal* out) {
  if (const int64_t* number = std::get_if<int64_t>(&value)) {
    if (*number == INT64_MIN) return false;
    *out = -*number;
    return true;
  }
  if (const double* number = std::get_if<double>(&value)) {
    *out = -*number;
    return true;
  }
  return false;
}

std::vector<Expression> flattened(const std::string& function, std::vector<Expression> arguments) {
  auto nested = [&](const Expression& argument) {
    return argument.kind() == ExpressionKind::kCall && argument.name() == function;
  };
  if (std::none_of(arguments.begin(), arguments.end(), nested)) return arguments;
  std::vector<Expression> flat;
  for (Expression& argument : arguments) {
    if (nested(argument)) {
      flat.insert(flat.end(), argument.arguments().begin(), argument.arguments().end());
    } else {
      flat.push_back(std::move(argument));
    }
  }
  return flat;
}

void collect_columns(const Expression& expression, std::set<std::string>* names) {
  if (expression.kind() == ExpressionKind::kColumn) names->insert(expression.name());
  for (const Expression& argument : expression.arguments()) collect_columns(argument, names);
}

void collect_lookup_sets(const Expression& expression, std::set<std::string>* names) {
  const std::vector<Expression>& arguments = expression.arguments();
  if (expression.kind() == ExpressionKind::kCall && expression.name() == kInSet && arguments.size() == 2 &&
      arguments[1].kind() == ExpressionKind::kLiteral) {
    if (const auto* name = std::get_if<std::string>(&arguments[1].value())) names->insert(*name);
  }
  for (const Expression& argument : arguments) collect_lookup_sets(argument, names);
}

// The children's measures, and their node's.
Status measure(const std::vector<Expression>& arguments, uint32_t* depth, uint32_t* size,
               uint32_t (*size_of)(const Expression&)) {
  uint64_t nodes = 1;
  uint32_t deepest = 0;
  for (const Expression& argument : arguments) {
    nodes += size_of(argument);
    deepest = std::max(deepest, argument.depth());
  }
  if (nodes > kMaxExpressionNodes) return too_big("has too many parts", kMaxExpressionNodes);
  if (deepest >= kMaxExpressionDepth) return too_big("is nested too deeply", kMaxExpressionDepth);
  *depth = deepest + 1;
  *size = static_cast<uint32_t>(nodes);
  return Status();
}

}  // namespace

Expression::Expression(std::shared_ptr<const Node> node) : node_(std::move(node)) {}

Expression Expression::literal(Literal value) {
  if (const double* number = std::get_if<double>(&value); number != nullptr && !std::isfinite(*number)) {
    std::string name = std::isnan(*number) ? "nan" : *number > 0 ? "inf" : "-inf";
    Node node{ExpressionKind::kCall, {}, "float", {literal(name)}, 2, 2};
    return Expression(std::make_shared<const Node>(std::move(node)));
  }
  if (const std::string* text = std::get_if<std::string>(&value)) GN_ASSERT(is_utf8(*text));
  return Expression(std::make_shared<const Node>(Node{ExpressionKind::kLiteral, std::move(value), {}, {}}));
}

Expression Expression::column(std::string name) {
  GN_ASSERT(!name.empty() && is_utf8(name));
  return Expression(std::make_shared<const Node>(Node{ExpressionKind::kColumn, {}, std::move(name), {}}));
}

Result<Expression> Expression::call(std::string function, std::vector<Expression> arguments) {
  const Operator* known = find_operator(function);
  if (known == nullptr && !is_plain_name(function)) {
    return Status(Code::kInvalidArgument, "GN167", fmt::format("\"{}\" is no name of a function", function));
  }
  if (known != nullptr && (known->arity == 0 ? arguments.size() < 2 : arguments.size() != known->arity)) {
    return Status(Code::kInvalidArgument, "GN167",
                  fmt::format("operator \"{}\" does not take {} operands", function, arguments.size()));
  }
  if (function == kNegate && arguments[0].kind() == ExpressionKind::kLiteral) {
    Literal negated;
    if (negate(arguments[0].value(), &negated)) return literal(negated);
  }
  if (function == kAnd || function == kOr) arguments = flattened(function, std::move(arguments));
  Node node{ExpressionKind::kCall, {}, std::move(function), std::move(arguments)};
  GN_TRY(measure(node.arguments, &node.depth, &node.size, [](const Expression& argument) { return argument.node_->size; }));
  return Expression(std::make_shared<const Node>(std::move(node)));
}

Result<Expression> Expression::list(std::vector<Expression> items) {
  Node node{ExpressionKind::kList, {}, {}, std::move(items)};
  GN_TRY(measure(node.arguments, &node.depth, &node.size, [](const Expression& item) { return item.node_->size; }));
  return Expression(std::make_shared<const Node>(std::move(node)));
}

ExpressionKind Expression::kind() const { return node_->kind; }
const Literal& Expression::value() const { return node_->value; }
const std::string& Expression::name() const { return node_->name; }
const std::vector<Expression>& Expression::arguments() const { return node_->arguments; }
uint32_t Expression::depth() const { return node_->depth; }

std::vector<std::string> Expression::columns() const {
  std::set<std::string> names;
  collect_columns(*this, &names);
  return {names.begin(), names.end()};
}

std::vector<std::string> Expression::lookup_sets() const {
  std::set<std::string> names;
  collect_lookup_sets(*this, &names);
  return {names.begin(), names.end()};
}

bool Expression::operator==(const Expression& other) const {
  if (node_ == other.node_) return true;
  return kind() == other.kind() && node_->size == other.node_->size && name() == other.name() &&
         same_value(value(), other.value()) && arguments() == other.arguments();
}

}  // namespace gnomon
