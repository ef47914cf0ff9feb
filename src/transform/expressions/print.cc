// Canonical text. Parentheses only where Python's precedence needs them.
#include <cmath>

#include <fmt/format.h>

#include "transform/expressions/expression_node.h"
#include "transform/expressions/literal_text.h"
#include "transform/expressions/operators.h"

namespace gnomon {
namespace {

bool is_call(const Expression& expression, std::string_view name) {
  return expression.kind() == ExpressionKind::kCall && expression.name() == name;
}

bool is_negative(const Literal& value) {
  if (const int64_t* number = std::get_if<int64_t>(&value)) return *number < 0;
  if (const double* number = std::get_if<double>(&value)) return std::signbit(*number);
  return false;
}

// `x not in y` and `x is not None` are written as one operator.
bool is_negated_comparison(const Expression& expression) {
  return is_call(expression, kNot) &&
         (is_call(expression.arguments()[0], kIn) || is_call(expression.arguments()[0], kIsNone));
}

Precedence precedence_of(const Expression& expression) {
  if (expression.kind() == ExpressionKind::kLiteral)
    return is_negative(expression.value()) ? kPrecedenceSign : kPrecedencePrimary;
  if (is_negated_comparison(expression)) return kPrecedenceComparison;
  const Operator* known = expression.kind() == ExpressionKind::kCall ? find_operator(expression.name()) : nullptr;
  return known != nullptr ? known->precedence : kPrecedencePrimary;
}

class Printer {
 public:
  // Parenthesized when it binds looser than `weakest`.
  void print(const Expression& expression, int weakest) {
    if (precedence_of(expression) >= weakest) return print_plain(expression);
    out_ += "(";
    print_plain(expression);
    out_ += ")";
  }

  std::string take() { return std::move(out_); }

 private:
  void print_plain(const Expression& expression) {
    switch (expression.kind()) {
      case ExpressionKind::kLiteral: out_ += literal_text(expression.value()); return;
      case ExpressionKind::kColumn: out_ += column_text(expression.name()); return;
      case ExpressionKind::kList: return print_items("[", expression.arguments(), "]");
      case ExpressionKind::kCall: break;
    }
    const Operator* known = find_operator(expression.name());
    if (known == nullptr) {
      out_ += expression.name();
      return print_items("(", expression.arguments(), ")");
    }
    print_operator(*known, expression.arguments());
  }

  void print_items(std::string_view open, const std::vector<Expression>& items, std::string_view close) {
    out_ += open;
    print_joined(items, ", ", kPrecedenceIf);
    out_ += close;
  }

  void print_joined(const std::vector<Expression>& items, std::string_view separator, int weakest) {
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_ += separator;
      print(items[i], weakest);
    }
  }

  void print_operator(const Operator& known, const std::vector<Expression>& operands) {
    if (known.name == kIf) {
      print(operands[1], kPrecedenceOr);
      out_ += " if ";
      print(operands[0], kPrecedenceOr);
      out_ += " else ";
      print(operands[2], kPrecedenceIf);
    } else if (known.name == kNot) {
      print_not(operands[0]);
    } else if (known.name == kNegate) {
      out_ += "-";
      print(operands[0], kPrecedenceSign);
    } else if (known.name == kIsNone) {
      print(operands[0], kPrecedenceSum);
      out_ += " is None";
    } else if (known.arity == 0) {
      print_joined(operands, fmt::format(" {} ", known.name), known.precedence + 1);
    } else {
      // Comparisons do not associate (a chain means something else); the others do to the left.
      print(operands[0], known.precedence == kPrecedenceComparison ? kPrecedenceSum : known.precedence);
      out_ += fmt::format(" {} ", known.name);
      print(operands[1], known.precedence + 1);
    }
  }

  void print_not(const Expression& operand) {
    if (is_call(operand, kIn)) {
      print(operand.arguments()[0], kPrecedenceSum);
      out_ += " not in ";
      print(operand.arguments()[1], kPrecedenceSum);
    } else if (is_call(operand, kIsNone)) {
      print(operand.arguments()[0], kPrecedenceSum);
      out_ += " is not None";
    } else {
      out_ += "not ";
      print(operand, kPrecedenceNot);
    }
  }

  std::string out_;
};

}  // namespace

std::string Expression::to_string() const {
  Printer printer;
  printer.print(*this, kPrecedenceIf);
  return printer.take();
}

}  // namespace gnomon
