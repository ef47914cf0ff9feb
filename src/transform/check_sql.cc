// Reads a query's text before anything runs: one SELECT, over named tables, whose answer depends on the data alone.
// This keeps meanings stable and messages early; what keeps the query away from files is the engine's configuration.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "gnomon/sql_engine.h"
#include "transform/refused_functions.h"
#include "transform/sql_tokens.h"

namespace gnomon {
namespace {

template <size_t N>
bool is_one_of(const SqlToken& token, const std::array<std::string_view, N>& words) {
  return token.kind == SqlTokenKind::kWord && std::find(words.begin(), words.end(), token.text) != words.end();
}

constexpr std::array<std::string_view, 4> kWrites = {"insert", "update", "delete", "merge"};
// Functions whose arguments are set apart by FROM: trim(both 'x' from name).
constexpr std::array<std::string_view, 5> kFromInside = {"extract", "overlay", "position", "substring", "trim"};
constexpr std::array<std::string_view, 12> kEndsFrom = {"select", "where", "group",  "having", "qualify",   "window",
                                                        "order",  "limit", "offset", "union",  "intersect", "except"};

// What the walk knows about one pair of parentheses, or the whole statement.
struct Level {
  bool from_is_argument = false;  // the parentheses of a function in kFromInside, before any SELECT
  bool in_from = false;
  bool table_next = false;  // the next token names a table
};

class QueryCheck {
 public:
  explicit QueryCheck(const std::vector<SqlToken>& tokens) : tokens_(tokens) {}

  Status run() {
    GN_TRY(check_shape());
    levels_.push_back({});
    for (at_ = 0; at_ < tokens_.size(); ++at_) {
      GN_TRY(check_table());
      GN_TRY(check_function());
      GN_TRY(check_sample());
      follow();
    }
    return Status();
  }

 private:
  Status refused(size_t at, const std::string& what, const std::string& hint) const {
    return Status(Code::kInvalidArgument, "GN321", fmt::format("line {}: {}", tokens_[at].line, what), hint);
  }

  bool word_at(size_t at, std::string_view word) const { return at < tokens_.size() && tokens_[at].is_word(word); }
  bool symbol_at(size_t at, char symbol) const { return at < tokens_.size() && tokens_[at].is_symbol(symbol); }
  // Also true for at_ == 0 minus one, which wraps: there is no such token.
  bool word_before(std::string_view word) const { return word_at(at_ - 1, word); }
  bool symbol_before(char symbol) const { return symbol_at(at_ - 1, symbol); }

  // One statement that starts with SELECT or WITH, and no write behind the WITH.
  Status check_shape() const {
    static const char* const kHint = "Write one query that starts with SELECT or WITH";
    size_t first = 0;
    while (symbol_at(first, '(')) ++first;
    if (first == tokens_.size() || symbol_at(first, ';'))
      return Status(Code::kInvalidArgument, "GN321", "there is no query", kHint);
    if (!word_at(first, "select") && !word_at(first, "with"))
      return refused(first, fmt::format("\"{}\" does not start a query", tokens_[first].text), kHint);
    for (size_t at = first; at < tokens_.size(); ++at) {
      if (at > 0 && symbol_at(at - 1, ')') && is_one_of(tokens_[at], kWrites))
        return refused(at, fmt::format("{} is not a query", tokens_[at].text), kHint);
      bool more = symbol_at(at, ';') && std::any_of(tokens_.begin() + static_cast<std::ptrdiff_t>(at), tokens_.end(),
                                                    [](const SqlToken& t) { return !t.is_symbol(';'); });
      if (more) return refused(at, "there is more than one statement", kHint);
    }
    return Status();
  }

  // A string where a table belongs is a file to DuckDB, and so is a quoted name that looks like a path.
  Status check_table() const {
    if (!levels_.back().table_next) return Status();
    const SqlToken& token = tokens_[at_];
    bool path = token.kind == SqlTokenKind::kString ||
                (token.kind == SqlTokenKind::kQuotedName && token.text.find_first_of("./\\:*?") != std::string::npos);
    if (!path) return Status();
    return refused(at_, fmt::format("\"{}\" is a file, not a source", token.text), "Declare a source for it and name that");
  }

  Status check_function() const {
    const SqlToken& token = tokens_[at_];
    if (!token.is_name()) return Status();
    std::string name = token.text;
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (symbol_at(at_ + 1, '(')) {
      const char* reason = refused_function(name);
      if (reason == nullptr && name == "age" && !has_two_arguments(at_ + 1))
        reason = "with one argument it reads the clock; give it two";
      if (reason != nullptr)
        return refused(at_, fmt::format("{}() is refused: {}", name, reason), "Use a column of the sources instead");
    } else if (!symbol_before('.') && !word_before("as")) {
      const char* reason = refused_keyword(name);
      if (reason != nullptr)
        return refused(at_, fmt::format("{} is refused: {}", name, reason),
                       "A column of that name is written with its table: t." + name);
    }
    return Status();
  }

  bool has_two_arguments(size_t open) const {
    int depth = 0;
    for (size_t at = open; at < tokens_.size(); ++at) {
      if (symbol_at(at, '(') || symbol_at(at, '[') || symbol_at(at, '{')) ++depth;
      if (symbol_at(at, ')') || symbol_at(at, ']') || symbol_at(at, '}')) --depth;
      if (depth == 0) return false;
      if (depth == 1 && symbol_at(at, ',')) return true;
    }
    return false;
  }

  Status check_sample() const {
    bool sample = word_at(at_, "tablesample") || (word_at(at_, "sample") && word_before("using"));
    if (!sample) return Status();
    return refused(at_, "a sample is refused: it differs from call to call",
                   "Filter on a hash of the key: hash(id) % 100 < 10");
  }

  // Moves the knowledge about levels past the current token.
  void follow() {
    const SqlToken& token = tokens_[at_];
    Level& level = levels_.back();
    bool table_expected = level.table_next;
    level.table_next = table_expected && token.is_word("lateral");
    if (token.is_symbol('(')) {
      bool from_inside = at_ > 0 && is_one_of(tokens_[at_ - 1], kFromInside);
      levels_.push_back({from_inside, false, table_expected});
    } else if (token.is_symbol(')')) {
      if (levels_.size() > 1) levels_.pop_back();
    } else if (token.is_symbol(',')) {
      level.table_next = level.in_from;
    } else if (token.is_word("join")) {
      level.table_next = true;
    } else if (token.is_word("from")) {
      bool clause = !level.from_is_argument && !word_before("distinct");  // a IS DISTINCT FROM b
      if (clause) level.in_from = level.table_next = true;
    } else if (is_one_of(token, kEndsFrom)) {
      level.in_from = false;
      if (token.is_word("select")) level.from_is_argument = false;
    }
  }

  const std::vector<SqlToken>& tokens_;
  size_t at_ = 0;
  std::vector<Level> levels_;
};

}  // namespace

Status check_sql(const std::string& sql, const std::string& where) {
  Result<std::vector<SqlToken>> tokens = sql_tokens(sql);
  if (!tokens.ok()) return tokens.status().with_where(where);
  return QueryCheck(*tokens).run().with_where(where);
}

}  // namespace gnomon
