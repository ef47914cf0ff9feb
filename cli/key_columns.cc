#include "cli/key_columns.h"

#include <algorithm>
#include <charconv>

#include <arrow/api.h>
#include <fmt/format.h>

#include "cli/command.h"
#include "data/arrow_status.h"

namespace gnomon::cli {
namespace {

Result<std::shared_ptr<arrow::Scalar>> parse_word(const std::string& name, const std::string& word,
                                                  const std::string& dtype) {
  auto misfit = [&] { return usage_error(fmt::format("{}: \"{}\" is no {}", name, word, dtype)); };
  if (word == "null") return std::shared_ptr<arrow::Scalar>(std::make_shared<arrow::NullScalar>());
  if (dtype == "Int32" || dtype == "Int64") {
    int64_t value = 0;
    auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size()) return misfit();
    return arrow::MakeScalar(value);
  }
  if (dtype == "Float32" || dtype == "Float64") {
    double value = 0;
    auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size()) return misfit();
    return arrow::MakeScalar(value);
  }
  if (dtype == "Bool") {
    if (word != "true" && word != "false") return misfit();
    return arrow::MakeScalar(word == "true");
  }
  if (dtype == "Bytes") return std::shared_ptr<arrow::Scalar>(std::make_shared<arrow::BinaryScalar>(word));
  return arrow::MakeScalar(word);  // an instant too: the engine reads ISO text
}

}  // namespace

Result<KeyWords> parse_key_words(const std::vector<std::string>& words) {
  KeyWords keys;
  for (const std::string& word : words) {
    size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
      return usage_error(fmt::format("\"{}\" is not a join key", word), "Write name=value");
    std::string name = word.substr(0, equals);
    bool known = std::any_of(keys.begin(), keys.end(), [&](const auto& key) { return key.first == name; });
    if (known) return usage_error(fmt::format("join key \"{}\" is given twice", name));
    keys.emplace_back(std::move(name), word.substr(equals + 1));
  }
  return keys;
}

Result<std::shared_ptr<arrow::RecordBatch>> key_row(const KeyWords& words,
                                                    const std::map<std::string, std::string>& dtypes) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (const auto& [name, word] : words) {
    auto dtype = dtypes.find(name);
    GN_ASSIGN(auto value, parse_word(name, word, dtype == dtypes.end() ? "String" : dtype->second));
    GN_ARROW_ASSIGN(auto column, "building the entity row", arrow::MakeArrayFromScalar(*value, 1));
    fields.push_back(arrow::field(name, column->type()));
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), 1, std::move(columns));
}

}  // namespace gnomon::cli
