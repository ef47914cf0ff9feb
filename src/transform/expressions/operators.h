// The operators' names in the tree, how they bind and how many operands they take. The parser and the printer share this table, so that
// what is printed parses back.
#pragma once

#include <cstddef>
#include <string_view>

namespace gnomon {

// Python's order; a greater one binds tighter.
enum Precedence : int {
  kPrecedenceIf = 1,  // a if c else b
  kPrecedenceOr,
  kPrecedenceAnd,
  kPrecedenceNot,
  kPrecedenceComparison,  // also in, is
  kPrecedenceSum,
  kPrecedenceProduct,
  kPrecedenceSign,
  kPrecedencePrimary,
};

inline constexpr std::string_view kNegate = "unary -";
inline constexpr std::string_view kIsNone = "is None";
inline constexpr std::string_view kIn = "in";
inline constexpr std::string_view kIf = "if";  // (condition, then, else)
inline constexpr std::string_view kAnd = "and";
inline constexpr std::string_view kOr = "or";
inline constexpr std::string_view kNot = "not";
inline constexpr std::string_view kInSet = "in_set";  // a function whose second argument is a name

struct Operator {
  std::string_view name;
  Precedence precedence;
  size_t arity;  // 0: two or more
};

inline constexpr Operator kOperators[] = {
    {kIf, kPrecedenceIf, 3},          {kOr, kPrecedenceOr, 0},          {kAnd, kPrecedenceAnd, 0},
    {kNot, kPrecedenceNot, 1},        {"==", kPrecedenceComparison, 2}, {"!=", kPrecedenceComparison, 2},
    {"<", kPrecedenceComparison, 2},  {"<=", kPrecedenceComparison, 2}, {">", kPrecedenceComparison, 2},
    {">=", kPrecedenceComparison, 2}, {kIn, kPrecedenceComparison, 2},  {kIsNone, kPrecedenceComparison, 1},
    {"+", kPrecedenceSum, 2},         {"-", kPrecedenceSum, 2},         {"*", kPrecedenceProduct, 2},
    {"/", kPrecedenceProduct, 2},     {"//", kPrecedenceProduct, 2},    {"%", kPrecedenceProduct, 2},
    {kNegate, kPrecedenceSign, 1},
};

constexpr const Operator* find_operator(std::string_view name) {
  for (const Operator& known : kOperators) {
    if (known.name == name) return &known;
  }
  return nullptr;
}

// Words that cannot be plain names of columns or functions.
inline constexpr std::string_view kKeywords[] = {"and",  "or",   "not",   "in",   "is",   "if",   "else",
                                                 "None", "True", "False", "null", "true", "false"};

constexpr bool is_keyword(std::string_view word) {
  for (std::string_view keyword : kKeywords) {
    if (keyword == word) return true;
  }
  return false;
}

constexpr bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
constexpr bool continues_name(char c) { return starts_name(c) || (c >= '0' && c <= '9'); }

// Whether `word` can stand without backquotes.
constexpr bool is_plain_name(std::string_view word) {
  if (word.empty() || !starts_name(word[0]) || is_keyword(word)) return false;
  for (char c : word) {
    if (!continues_name(c)) return false;
  }
  return true;
}

}  // namespace gnomon
