// Precedence climbing over Python's grammar of expressions (Python Language Reference, section 6), as far as the language goes.
#include <fmt/format.h>

#include "gnomon/expression.h"
#include "transform/expressions/operators.h"
#include "transform/expressions/syntax_error.h"
#include "transform/expressions/text_encoding.h"
#include "transform/expressions/tokens.h"

namespace gnomon {
namespace {

// A level of the tree costs at most two calls of parse(), of text a third: "(" and an operator's operand. A call takes some 1.5 KiB of stack, under
// AddressSanitizer 10 KiB.
constexpr uint32_t kMaxNesting = 3 * kMaxExpressionDepth;
constexpr size_t kShownWord = 30;  // bytes

bool is_comparison(const Token& token) {
  const Operator* known = token.kind == TokenKind::kSymbol ? find_operator(token.text) : nullptr;
  return (known != nullptr && known->precedence == kPrecedenceComparison) || token.is("in") || token.is("is");
}

// What people write who come from elsewhere, and what it is called here.
struct Habit {
  std::string_view written;
  std::string_view hint;
};
constexpr Habit kHabits[] = {
    {"=", "Compare with =="},
    {"<>", "Write != for different"},
    {"&&", "Write `and`"},
    {"||", "Write `or`"},
    {"!", "Write `not`"},
    {"&", "Write `and`"},
    {"|", "Write `or`"},
    {"~", "Write `not`"},
    {"**", "Multiply instead: there is no operator for powers"},
    {"+", "Leave out the + sign"},
    {".",
     "There are no methods: write lower(name) instead of name.lower(). A column with a dot in its name stands in "
     "backquotes"},
    {"{", "Write a list: in ['a', 'b']"},
    {"[", "There are no subscripts"},
    {"AND", "Write `and` in lower case"},
    {"OR", "Write `or` in lower case"},
    {"NOT", "Write `not` in lower case"},
    {"IN", "Write `in` in lower case"},
    {"IS", "Write `is None` in lower case"},
    {"NULL", "Write None"},
    {"LIKE", "There is no `like`; see docs/expressions.md for the functions on strings"},
    {"like", "There is no `like`; see docs/expressions.md for the functions on strings"},
    {"BETWEEN", "Write 1 <= x <= 9"},
    {"between", "Write 1 <= x <= 9"},
    {"lambda", "An expression is one value: there is no lambda"},
    {"for", "An expression works on one row: there are no loops"},
};

std::string habit_hint(const Token& token) {
  for (const Habit& habit : kHabits) {
    if (token.is(habit.written)) return std::string(habit.hint);
  }
  return "";
}

std::string shown(const Token& token) {
  switch (token.kind) {
    case TokenKind::kEnd: return "the end";
    case TokenKind::kInteger:
    case TokenKind::kFloat: return "a number";
    case TokenKind::kText: return "a string";
    default:
      return fmt::format("\"{}\"{}", std::string_view(token.text).substr(0, kShownWord),
                         token.text.size() <= kShownWord ? "" : "…");
  }
}

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens) : text_(text), tokens_(std::move(tokens)) {}

  Result<Expression> run() {
    GN_ASSIGN(Expression whole, parse(kPrecedenceIf));
    if (peek().kind != TokenKind::kEnd) return unexpected("an operator or the end");
    return whole;
  }

 private:
  const Token& peek() const { return tokens_[at_]; }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool take_if(std::string_view text) {
    if (!peek().is(text)) return false;
    ++at_;
    return true;
  }

  Status unexpected(const std::string& expected) const {
    return syntax_error(text_, peek().offset, fmt::format("expected {}, found {}", expected, shown(peek())),
                        habit_hint(peek()));
  }

  // Building fails only at the limits: shown where the tree grew too big.
  Result<Expression> placed(Result<Expression> built, size_t offset) const {
    if (built.ok()) return built;
    const ErrorInfo& info = built.status().info();
    return Status(info.code, info.id, info.message + pointed_at(text_, offset), info.hint);
  }
  Result<Expression> call(size_t offset, std::string_view function, std::vector<Expression> arguments) const {
    return placed(Expression::call(std::string(function), std::move(arguments)), offset);
  }

  // Everything that binds at least as tight as `weakest`.
  Result<Expression> parse(int weakest) {
    if (nesting_ >= kMaxNesting) {
      return Status(Code::kInvalidArgument, "GN165",
                    fmt::format("the expression is nested too deeply{}", pointed_at(text_, peek().offset)),
                    "Leave out parentheses that are not needed");
    }
    ++nesting_;
    Result<Expression> result = parse_operators(weakest);
    --nesting_;
    return result;
  }

  Result<Expression> parse_operators(int weakest) {
    GN_ASSIGN(Expression left, parse_prefix(weakest));
    for (;;) {
      const Token& token = peek();
      const size_t offset = token.offset;
      if (weakest <= kPrecedenceComparison && (is_comparison(token) || (token.is("not") && tokens_[at_ + 1].is("in")))) {
        GN_ASSIGN(left, parse_comparisons(std::move(left)));
      } else if (weakest <= kPrecedenceAnd && token.is(kAnd)) {
        GN_ASSIGN(left, parse_junction(std::move(left), kAnd, kPrecedenceNot));
      } else if (weakest <= kPrecedenceOr && token.is(kOr)) {
        GN_ASSIGN(left, parse_junction(std::move(left), kOr, kPrecedenceAnd));
      } else if (weakest <= kPrecedenceIf && take_if(kIf)) {
        GN_ASSIGN(Expression condition, parse(kPrecedenceOr));
        if (!take_if("else")) return unexpected("\"else\"");
        GN_ASSIGN(Expression otherwise, parse(kPrecedenceIf));
        GN_ASSIGN(left, call(offset, kIf, {std::move(condition), std::move(left), std::move(otherwise)}));
      } else {
        const Operator* known = token.kind == TokenKind::kSymbol ? find_operator(token.text) : nullptr;
        if (known == nullptr || known->precedence < kPrecedenceSum || known->precedence < weakest) return left;
        ++at_;
        GN_ASSIGN(Expression right, parse(known->precedence + 1));
        GN_ASSIGN(left, call(offset, known->name, {std::move(left), std::move(right)}));
      }
    }
  }

  // a and b and c: gathered first, so that a long condition is built once.
  Result<Expression> parse_junction(Expression first, std::string_view function, int operand) {
    const size_t offset = peek().offset;
    std::vector<Expression> operands{std::move(first)};
    while (take_if(function)) {
      GN_ASSIGN(Expression next, parse(operand));
      operands.push_back(std::move(next));
    }
    return call(offset, function, std::move(operands));
  }

  // a < b <= c is `a < b and b <= c`.
  Result<Expression> parse_comparisons(Expression left) {
    const size_t offset = peek().offset;
    std::vector<Expression> links;
    while (is_comparison(peek()) || peek().is("not")) {
      Expression right = left;
      GN_ASSIGN(Expression link, parse_comparison(left, &right));
      links.push_back(std::move(link));
      left = std::move(right);
    }
    if (links.size() == 1) return links[0];
    return call(offset, kAnd, std::move(links));
  }

  Result<Expression> parse_comparison(const Expression& left, Expression* right) {
    const Token& token = take();
    const size_t offset = token.offset;
    if (token.is("is")) return parse_is(left, offset);
    const bool negated = token.is("not");
    if (negated && !take_if("in")) return unexpected("\"in\" after \"not\"");
    const std::string function = negated ? std::string(kIn) : token.text;
    GN_ASSIGN(*right, parse(kPrecedenceSum));
    GN_ASSIGN(Expression link, call(offset, function, {left, *right}));
    return negated ? call(offset, kNot, {std::move(link)}) : Result<Expression>(std::move(link));
  }

  Result<Expression> parse_is(const Expression& left, size_t offset) {
    const bool negated = take_if("not");
    if (!take_if("None") && !take_if("null")) {
      return syntax_error(text_, peek().offset, fmt::format("expected None after \"is\", found {}", shown(peek())),
                          "Compare with ==; `is` only asks for None");
    }
    if (is_comparison(peek())) {
      return syntax_error(text_, peek().offset, fmt::format("{} directly after a test for None", shown(peek())),
                          "Put the test in parentheses");
    }
    GN_ASSIGN(Expression test, call(offset, kIsNone, {left}));
    return negated ? call(offset, kNot, {std::move(test)}) : Result<Expression>(std::move(test));
  }

  Result<Expression> parse_prefix(int weakest) {
    const Token& token = peek();
    const size_t offset = token.offset;
    if (token.is(kNot)) {
      if (weakest > kPrecedenceNot)
        return syntax_error(text_, offset, "\"not\" as an operand", "Put it in parentheses: a == (not b)");
      ++at_;
      GN_ASSIGN(Expression operand, parse(kPrecedenceNot));
      return call(offset, kNot, {std::move(operand)});
    }
    if (take_if("-")) {
      if (peek().kind == TokenKind::kInteger) return Expression::literal(static_cast<int64_t>(0 - take().magnitude));
      GN_ASSIGN(Expression operand, parse(kPrecedenceSign));
      return call(offset, kNegate, {std::move(operand)});
    }
    return parse_primary();
  }

  Result<Expression> parse_primary() {
    const Token& token = peek();
    switch (token.kind) {
      case TokenKind::kFloat:
      case TokenKind::kText: return Expression::literal(take().literal);
      case TokenKind::kQuotedName: return Expression::column(take().text);
      case TokenKind::kWord: return parse_word();
      case TokenKind::kInteger:
        if (token.magnitude > INT64_MAX)
          return syntax_error(text_, token.offset, "an integer outside the range of Int64",
                              "Write it with a decimal point for a Float64");
        return Expression::literal(static_cast<int64_t>(take().magnitude));
      case TokenKind::kSymbol:
        if (token.is("(")) return parse_parentheses();
        if (token.is("[")) {
          ++at_;
          return parse_list(token.offset, "]", {});
        }
        break;
      case TokenKind::kEnd: break;
    }
    return unexpected("a value");
  }

  Result<Expression> parse_word() {
    const Token& token = peek();
    const Token& next = tokens_[at_ + 1];  // there is one: the end is no word
    if (token.is("True") || token.is("true") || token.is("False") || token.is("false")) {
      ++at_;
      return Expression::literal(token.text[0] == 'T' || token.text[0] == 't');
    }
    if (token.is("None") || token.is("null")) {
      ++at_;
      return Expression::literal({});
    }
    if (is_keyword(token.text)) return unexpected("a value");
    ++at_;
    if (!next.is("(")) return Expression::column(token.text);
    ++at_;
    GN_ASSIGN(std::vector<Expression> arguments, parse_items(")", {}));
    return call(token.offset, token.text, std::move(arguments));
  }

  // ( … ): grouping, or with a comma a tuple, which is a list.
  Result<Expression> parse_parentheses() {
    const size_t offset = take().offset;
    GN_ASSIGN(Expression inner, parse(kPrecedenceIf));
    if (take_if(",")) return parse_list(offset, ")", {std::move(inner)});
    if (!take_if(")")) return unexpected("\")\"");
    return inner;
  }

  Result<Expression> parse_list(size_t offset, std::string_view close, std::vector<Expression> items) {
    GN_ASSIGN(items, parse_items(close, std::move(items)));
    return placed(Expression::list(std::move(items)), offset);
  }

  // Up to and with `close`; a comma may stand behind the last item.
  Result<std::vector<Expression>> parse_items(std::string_view close, std::vector<Expression> items) {
    while (!take_if(close)) {
      GN_ASSIGN(Expression item, parse(kPrecedenceIf));
      items.push_back(std::move(item));
      if (take_if(close)) break;
      if (!take_if(",")) return unexpected(fmt::format("\",\" or \"{}\"", close));
    }
    return items;
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  uint32_t nesting_ = 0;
};

}  // namespace

Result<Expression> parse_expression(std::string_view text) {
  if (text.size() > kMaxExpressionBytes) {
    return Status(Code::kInvalidArgument, "GN165",
                  fmt::format("an expression of {} bytes ({} allowed)", text.size(), kMaxExpressionBytes),
                  "Compute a part of it in the view's transform");
  }
  if (size_t invalid = first_invalid_utf8(text); invalid < text.size())
    return syntax_error(text, invalid, "the text is no UTF-8 here", "Save the file as UTF-8");
  GN_ASSIGN(std::vector<Token> tokens, expression_tokens(text));
  return Parser(text, std::move(tokens)).run();
}

}  // namespace gnomon
