// Join keys from words: origin=EWR id=17.
//
// A word does not say whether 17 is a number or text. Keys whose words look like integers are numbers first; a caller that is
// told that the types clash asks for the next reading.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
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

// How many readings there are: 2 to the number of words that look like integers, that number being limited to 8.
uint64_t reading_count(const KeyWords& words);

// One row. Bit i of `reading`: the i-th word that looks like an integer is text. The word `null` is null in every reading.
Result<std::shared_ptr<arrow::RecordBatch>> key_row(const KeyWords& words, uint64_t reading);

}  // namespace gnomon::cli
