#include "cli/key_columns.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <arrow/api.h>
#include <fmt/format.h>

#include "cli/command.h"
#include "data/arrow_status.h"

namespace gnomon::cli {
namespace {

constexpr uint64_t kMaxAmbiguous = 8;
constexpr const char* kBuilding = "building the entity row";

// Only the canonical form of an integer: 007 and +7 are text.
std::optional<int64_t> as_integer(const std::string& word) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || std::to_string(value) != word) return std::nullopt;
  return value;
}

Result<std::shared_ptr<arrow::Array>> one_value(const std::string& word, bool as_text) {
  std::shared_ptr<arrow::Array> column;
  if (word == "null") {
    column = std::make_shared<arrow::NullArray>(1);
  } else if (auto integer = as_integer(word); integer && !as_text) {
    GN_ARROW_ASSIGN(column, kBuilding, arrow::MakeArrayFromScalar(arrow::Int64Scalar(*integer), 1));
  } else if (word == "true" || word == "false") {
    GN_ARROW_ASSIGN(column, kBuilding, arrow::MakeArrayFromScalar(arrow::BooleanScalar(word == "true"), 1));
  } else {
    GN_ARROW_ASSIGN(column, kBuilding, arrow::MakeArrayFromScalar(arrow::StringScalar(word), 1));
  }
  return column;
}

}  // namespace

Result<KeyWords> parse_key_words(const std::vector<std::string>& words) {
  KeyWords keys;
  for (const std::string& word : words) {
    size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) return usage_error(fmt::format("\"{}\" is not a join key", word), "Write name=value");
    std::string name = word.substr(0, equals);
    bool known = std::any_of(keys.begin(), keys.end(), [&](const auto& key) { return key.first == name; });
    if (known) return usage_error(fmt::format("join key \"{}\" is given twice", name));
    keys.emplace_back(std::move(name), word.substr(equals + 1));
  }
  return keys;
}

uint64_t reading_count(const KeyWords& words) {
  auto ambiguous = static_cast<uint64_t>(std::count_if(words.begin(), words.end(), [](const auto& key) { return as_integer(key.second).has_value(); }));
  return uint64_t{1} << std::min(ambiguous, kMaxAmbiguous);
}

Result<std::shared_ptr<arrow::RecordBatch>> key_row(const KeyWords& words, uint64_t reading) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (const auto& [name, word] : words) {
    bool as_text = (reading & 1) != 0;
    if (as_integer(word)) reading >>= 1;
    GN_ASSIGN(auto column, one_value(word, as_text));
    fields.push_back(arrow::field(name, column->type()));
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), 1, std::move(columns));
}

}  // namespace gnomon::cli
