// Join keys from words: origin=EWR id=17. What a word means is decided by the key's declared type, so that 007 can be text.
// Thread-safety: pure functions.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"

namespace gnomon::cli {

using KeyWords = std::vector<std::pair<std::string, std::string>>;

// ERRORS: a usage error for a word without "=", or a key named twice.
Result<KeyWords> parse_key_words(const std::vector<std::string>& words);

// One row. `dtypes`: the join keys' types by name; a key that is not there is text. The word `null` is null.
// ERRORS: a usage error for a word that is no such value.
Result<std::shared_ptr<arrow::RecordBatch>> key_row(const KeyWords& words, const std::map<std::string, std::string>& dtypes);

}  // namespace gnomon::cli
