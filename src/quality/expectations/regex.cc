// regex: the pattern is found somewhere in the text. Other types are searched in the text that a rejected row shows.
//
// The matcher is Arrow's kernel over its own RE2 (linear time, no look-around). RE2 is not linked besides: the two would
// share symbols and not layouts.
#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/compute/initialize.h>

#include "data/arrow_status.h"
#include "quality/check_params.h"
#include "quality/column_scan.h"
#include "quality/expectation.h"
#include "quality/value_text.h"

namespace gnomon {
namespace {

// One boolean a text: whether the pattern is in it.
arrow::Result<std::shared_ptr<arrow::Array>> found(const std::shared_ptr<arrow::Array>& texts, const std::string& pattern) {
  ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
  arrow::compute::MatchSubstringOptions options(pattern);
  ARROW_ASSIGN_OR_RAISE(arrow::Datum answer, arrow::compute::CallFunction("match_substring_regex", {texts}, &options));
  return answer.make_array();
}

Status check_params(const v1::Check& check) {
  const v1::Value* pattern = find_param(check, "pattern");
  if (pattern == nullptr || pattern->kind_case() != v1::Value::kStringValue)
    return bad_check(check, "pattern must be a string");
  // A column of one null text: over no rows at all the kernel would not run, and not compile the pattern.
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> one_text, "making a column", arrow::MakeArrayOfNull(arrow::utf8(), 1));
  arrow::Status compiled = found(one_text, pattern->string_value()).status();
  if (compiled.ok()) return Status();
  return bad_check(check, "the pattern does not compile: " + compiled.message(),
                   "The syntax is RE2's: no look-around, no back-references");
}

arrow::Result<std::shared_ptr<arrow::Array>> texts_of(const arrow::Array& values) {
  arrow::StringBuilder builder;
  for (int64_t i = 0; i < values.length(); ++i) {
    ARROW_RETURN_NOT_OK(values.IsNull(i) ? builder.AppendNull() : builder.Append(value_text(values, i)));
  }
  return builder.Finish();
}

Result<Verdict> evaluate(std::span<const CheckedColumn> columns, const v1::Check& check) {
  const CheckedColumn& column = columns[0];
  const arrow::DataType& type = *column.values->type();
  const std::string& pattern = find_param(check, "pattern")->string_value();
  if (type.id() == arrow::Type::NA) return Verdict{};
  if (!has_value_text(type) || arrow::is_binary(type.id())) return unfit_type(column, "strings, numbers, booleans or times");
  arrow::ArrayVector answers;
  for (std::shared_ptr<arrow::Array> texts : column.values->chunks()) {
    if (!arrow::is_string(type.id())) {
      GN_ARROW_ASSIGN(texts, "writing values as text", texts_of(*texts));
    }
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> answer, "searching " + column.name, found(texts, pattern));
    answers.push_back(std::move(answer));
  }
  Verdict verdict;
  auto value = [](const arrow::BooleanArray& array, int64_t i) { return array.Value(i); };
  scan_array<arrow::BooleanArray>(
      arrow::ChunkedArray(answers, arrow::boolean()), value, [](bool is_found) { return is_found; }, &verdict);
  return verdict;
}

}  // namespace

Expectation regex_expectation() {
  Expectation expectation;
  expectation.info = {"regex",
                      {"pattern"},
                      "The pattern (RE2, unanchored) is found in every value.",
                      {R"({"type": "regex", "columns": ["tailnum"], "params": {"pattern": {"string_value": "^N[0-9]"}}})",
                       "String",
                       R"(["N14228", "D942DN", null])",
                       {1}}};
  expectation.check_params = check_params;
  expectation.evaluate = evaluate;
  return expectation;
}

}  // namespace gnomon
