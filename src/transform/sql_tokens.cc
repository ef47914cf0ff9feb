#include "transform/sql_tokens.h"

#include <fmt/format.h>

namespace gnomon {
namespace {

// By hand and by byte: the C library's versions ask the locale. Bytes of a multi-byte character count as letters.
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

class Scanner {
 public:
  explicit Scanner(std::string_view sql) : sql_(sql) {}

  Result<std::vector<SqlToken>> scan() {
    while (true) {
      GN_TRY(skip_blanks());
      if (at_ == sql_.size()) return std::move(tokens_);
      GN_TRY(scan_token());
    }
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }

  void step() {
    if (sql_[at_] == '\n') ++line_;
    ++at_;
  }

  Status unfinished(const char* what, int line) const {
    return Status(Code::kInvalidArgument, "GN321", fmt::format("line {}: {} that does not end", line, what));
  }

  Status skip_blanks() {
    while (at_ < sql_.size()) {
      if (is_space(peek())) {
        step();
      } else if (peek() == '-' && peek(1) == '-') {
        while (at_ < sql_.size() && peek() != '\n') step();
      } else if (peek() == '/' && peek(1) == '*') {
        GN_TRY(skip_block_comment());
      } else {
        break;
      }
    }
    return Status();
  }

  // Block comments nest, as in PostgreSQL.
  Status skip_block_comment() {
    int start = line_;
    int depth = 0;
    do {
      if (at_ >= sql_.size()) return unfinished("a comment", start);
      bool opens = peek() == '/' && peek(1) == '*';
      bool closes = peek() == '*' && peek(1) == '/';
      depth += opens ? 1 : closes ? -1 : 0;
      if (opens || closes) step();
      step();
    } while (depth > 0);
    return Status();
  }

  Status scan_token() {
    char c = peek();
    if (c == '\'') return scan_quoted('\'', SqlTokenKind::kString, "a string");
    if (c == '"') return scan_quoted('"', SqlTokenKind::kQuotedName, "a quoted name");
    if ((c == 'e' || c == 'E') && peek(1) == '\'') return scan_escape_string();
    if (c == '$' && !is_digit(peek(1))) return scan_dollar_string();
    if (is_letter(c)) {
      scan_word();
    } else if (is_digit(c)) {
      scan_number();
    } else {
      add(SqlTokenKind::kSymbol, std::string(1, c), line_);
      step();
    }
    return Status();
  }

  void add(SqlTokenKind kind, std::string text, int line) { tokens_.push_back({kind, std::move(text), line}); }

  // A doubled quote stands for itself.
  Status scan_quoted(char quote, SqlTokenKind kind, const char* what) {
    int start = line_;
    std::string text;
    for (step(); at_ < sql_.size(); step()) {
      if (peek() == quote && peek(1) == quote)
        step();
      else if (peek() == quote) {
        step();
        add(kind, std::move(text), start);
        return Status();
      }
      text += peek();
    }
    return unfinished(what, start);
  }

  // E'it\'s': a backslash takes the next character with it.
  Status scan_escape_string() {
    int start = line_;
    std::string text;
    step();
    for (step(); at_ < sql_.size(); step()) {
      if (peek() == '\\' || (peek() == '\'' && peek(1) == '\'')) {
        text += peek();
        step();
        if (at_ == sql_.size()) break;
      } else if (peek() == '\'') {
        step();
        add(SqlTokenKind::kString, std::move(text), start);
        return Status();
      }
      text += peek();
    }
    return unfinished("a string", start);
  }

  // $tag$ … $tag$. A dollar that opens none is a symbol.
  Status scan_dollar_string() {
    size_t end = at_ + 1;
    while (end < sql_.size() && (is_letter(sql_[end]) || is_digit(sql_[end]))) ++end;
    if (end == sql_.size() || sql_[end] != '$') {
      add(SqlTokenKind::kSymbol, "$", line_);
      step();
      return Status();
    }
    int start = line_;
    std::string_view tag = sql_.substr(at_, end + 1 - at_);
    size_t close = sql_.find(tag, end + 1);
    if (close == std::string_view::npos) return unfinished("a string", start);
    std::string text(sql_.substr(end + 1, close - end - 1));
    while (at_ < close + tag.size()) step();
    add(SqlTokenKind::kString, std::move(text), start);
    return Status();
  }

  void scan_word() {
    std::string text;
    for (; at_ < sql_.size() && (is_letter(peek()) || is_digit(peek()) || peek() == '$'); ++at_) text += lower(peek());
    add(SqlTokenKind::kWord, std::move(text), line_);
  }

  // 12, 1.5e10, 0xff, 1_000: what follows a digit without a gap; a sign only right after the exponent's e.
  void scan_number() {
    std::string text;
    auto continues = [&] {
      char c = peek();
      bool exponent_sign = (c == '+' || c == '-') && (text.back() == 'e' || text.back() == 'E') && is_digit(peek(1));
      return is_digit(c) || is_letter(c) || c == '.' || exponent_sign;
    };
    do {
      text += peek();
      ++at_;
    } while (at_ < sql_.size() && continues());
    add(SqlTokenKind::kNumber, std::move(text), line_);
  }

  std::string_view sql_;
  size_t at_ = 0;
  int line_ = 1;
  std::vector<SqlToken> tokens_;
};

}  // namespace

Result<std::vector<SqlToken>> sql_tokens(std::string_view sql) { return Scanner(sql).scan(); }

}  // namespace gnomon
