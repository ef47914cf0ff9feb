#include "transform/expressions/tokens.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "transform/expressions/literal_text.h"
#include "transform/expressions/operators.h"
#include "transform/expressions/syntax_error.h"

namespace gnomon {
namespace {

// Of the largest tree: each part with a comma and a pair of parentheses.
constexpr size_t kMaxTokens = 4 * size_t{kMaxExpressionNodes};

constexpr std::string_view kTwoCharacterSymbols[] = {"==", "!=", "<=", ">=", "<>", "//", "**",
                                                     "&&", "||", "->", ":=", "<<", ">>"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Tokenizer {
 public:
  explicit Tokenizer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    for (;;) {
      while (at_ < text_.size() && is_space(text_[at_])) ++at_;
      if (at_ == text_.size()) break;
      if (tokens_.size() >= kMaxTokens) {
        return Status(Code::kInvalidArgument, "GN165",
                      fmt::format("the expression has too many words and symbols ({} allowed)", kMaxTokens),
                      "Compute a part of it in the view's transform");
      }
      GN_TRY(next());
    }
    add(TokenKind::kEnd, at_);
    return std::move(tokens_);
  }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  Status error(size_t offset, const std::string& message, const std::string& hint = "") const {
    return syntax_error(text_, offset, message, hint);
  }
  Token& add(TokenKind kind, size_t offset, std::string_view text = "") {
    return tokens_.emplace_back(Token{kind, offset, std::string(text), 0, {}});
  }

  Status next() {
    const char c = peek();
    if (c == '\'' || c == '"') return text_literal(at_, TextKind::kString, Escapes::kDecoded);
    if (c == '`') return quoted_name();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (starts_name(c)) return word();
    if (static_cast<unsigned char>(c) >= 0x80) {
      return error(at_, "a character outside ASCII stands outside quotes", "Put a column's name in backquotes: `größe`");
    }
    for (std::string_view symbol : kTwoCharacterSymbols) {
      if (text_.substr(at_, 2) == symbol) {
        add(TokenKind::kSymbol, at_, symbol);
        at_ += 2;
        return Status();
      }
    }
    add(TokenKind::kSymbol, at_, text_.substr(at_, 1));
    ++at_;
    return Status();
  }

  Status word() {
    const size_t start = at_;
    while (continues_name(peek())) ++at_;
    std::string_view name = text_.substr(start, at_ - start);
    if (peek() == '\'' || peek() == '"') {
      if (name == "r" || name == "R") return text_literal(start, TextKind::kString, Escapes::kRaw);
      if (name == "b" || name == "B") return text_literal(start, TextKind::kBytes, Escapes::kDecoded);
      return error(start, fmt::format("a string cannot start with {}", name.substr(0, 20)),
                   "Write '…', r'…' for text without escapes, or b'…' for bytes");
    }
    add(TokenKind::kWord, start, name);
    return Status();
  }

  // At the opening quote; `start` is where the literal starts, its prefix included.
  Status text_literal(size_t start, TextKind kind, Escapes escapes) {
    const char quote = peek();
    if (peek(1) == quote && peek(2) == quote)
      return error(start, "strings with three quotes are not supported", "Use one pair of quotes, and \\n for a new line");
    const size_t body = at_ + 1;
    size_t end = body;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n')
      end += text_[end] == '\\' && end + 1 < text_.size() ? 2 : 1;
    if (end >= text_.size() || text_[end] != quote)
      return error(start, "a string that does not end", fmt::format("Close it with {}", quote));
    size_t offset = 0;
    Result<std::string> decoded = decode_text(text_.substr(body, end - body), kind, escapes, &offset);
    if (!decoded.ok()) return error(body + offset, decoded.status().info().message, decoded.status().info().hint);
    Token& token = add(TokenKind::kText, start);
    if (kind == TextKind::kBytes) {
      token.literal = BytesLiteral{std::move(*decoded)};
    } else {
      token.literal = std::move(*decoded);
    }
    at_ = end + 1;
    return Status();
  }

  Status quoted_name() {
    const size_t start = at_++;
    std::string name;
    for (;; ++at_) {
      if (at_ >= text_.size())
        return error(start, "a name in backquotes that does not end", "Close it with `; a backquote in a name is doubled");
      if (peek() == '`') {
        if (peek(1) != '`') break;
        ++at_;
      }
      name.push_back(peek());
    }
    if (name.empty()) return error(start, "an empty name in backquotes");
    ++at_;
    add(TokenKind::kQuotedName, start, name);
    return Status();
  }

  // Digits with single underscores between them, as Python allows. False: an underscore stands wrong.
  bool digits(std::string* out) {
    while (is_digit(peek()) || peek() == '_') {
      if (peek() == '_') {
        if (out->empty() || !is_digit(out->back()) || !is_digit(peek(1))) return false;
      } else {
        out->push_back(peek());
      }
      ++at_;
    }
    return true;
  }

  Status number() {
    const size_t start = at_;
    std::string spelled;
    bool is_float = false;
    bool good = digits(&spelled);
    if (good && peek() == '.') {
      is_float = true;
      spelled.push_back('.');
      ++at_;
      good = digits(&spelled);
    }
    const size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
    if (good && (peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
      is_float = true;
      spelled.push_back('e');
      if (sign == 1) spelled.push_back(peek(1));
      at_ += 1 + sign;
      good = digits(&spelled);
    }
    if (!good || continues_name(peek()) || (peek() == '.' && is_float))
      return error(at_, "a number that ends wrong", "Write 1000, 1_000, 1.5 or 1e3");
    return is_float ? add_float(start, spelled) : add_integer(start, spelled);
  }

  Status add_float(size_t start, const std::string& spelled) {
    double value = 0;
    auto [end, code] = std::from_chars(spelled.data(), spelled.data() + spelled.size(), value);
    if (code == std::errc::result_out_of_range) {
      return error(start, "a number outside the range of Float64", "Write float('inf') for infinity");
    }
    if (code != std::errc() || end != spelled.data() + spelled.size())
      return error(start, "a number that cannot be read", "Write 1.5 or 1e3");
    add(TokenKind::kFloat, start).literal = value;
    return Status();
  }

  Status add_integer(size_t start, const std::string& spelled) {
    if (spelled.size() > 1 && spelled[0] == '0' && spelled.find_first_not_of('0') != std::string::npos) {
      return error(start, "a number with leading zeros", "Leave out the zeros");
    }
    uint64_t magnitude = 0;
    auto [end, code] = std::from_chars(spelled.data(), spelled.data() + spelled.size(), magnitude);
    if (code != std::errc() || magnitude > uint64_t{1} << 63) {
      return error(start, "an integer outside the range of Int64", "Write it with a decimal point for a Float64");
    }
    add(TokenKind::kInteger, start).magnitude = magnitude;
    return Status();
  }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> expression_tokens(std::string_view text) { return Tokenizer(text).run(); }

}  // namespace gnomon
