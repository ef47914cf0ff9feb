// SQL text as tokens, in DuckDB's dialect, as far as one must read it to tell names from strings and comments.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gnomon/status.h"

namespace gnomon {

enum class SqlTokenKind : uint8_t {
  kWord,        // a name or keyword; text is in lower case
  kQuotedName,  // "a name"; text without the quotes
  kString,      // 'text', E'text', $$text$$; text is not decoded
  kNumber,
  kSymbol,  // one character
};

struct SqlToken {
  SqlTokenKind kind;
  std::string text;
  int line;  // from 1

  bool is_word(std::string_view word) const { return kind == SqlTokenKind::kWord && text == word; }
  bool is_symbol(char symbol) const { return kind == SqlTokenKind::kSymbol && text[0] == symbol; }
  bool is_name() const { return kind == SqlTokenKind::kWord || kind == SqlTokenKind::kQuotedName; }
};

// Comments and white space are left out. ERRORS: GN321 for a string, a quoted name or a comment that does not end.
Result<std::vector<SqlToken>> sql_tokens(std::string_view sql);

}  // namespace gnomon
