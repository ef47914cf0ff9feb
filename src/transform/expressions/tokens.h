// An expression's text as tokens.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gnomon/expression.h"

namespace gnomon {

enum class TokenKind : uint8_t {
  kWord,        // a name or a keyword
  kQuotedName,  // `a name`: a column, whatever it is called
  kInteger,     // magnitude
  kFloat,       // literal
  kText,        // literal: a string or bytes
  kSymbol,
  kEnd,
};

struct Token {
  TokenKind kind;
  size_t offset;       // of its first byte
  std::string text;    // of a word, a quoted name (decoded) or a symbol
  uint64_t magnitude;  // at most 2^63, which only a minus sign can make an Int64
  Literal literal;

  bool is(std::string_view word_or_symbol) const {
    return (kind == TokenKind::kWord || kind == TokenKind::kSymbol) && text == word_or_symbol;
  }
};

// Ends with a kEnd token. REQUIRES: UTF-8. ERRORS: GN164; GN165 for too many.
Result<std::vector<Token>> expression_tokens(std::string_view text);

}  // namespace gnomon
