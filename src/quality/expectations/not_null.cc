// not_null: a value is there. NaN is a value.
#include "quality/expectation.h"

namespace gnomon {
namespace {

Status check_params(const v1::Check&) { return Status(); }

Result<Verdict> evaluate(std::span<const CheckedColumn> columns, const v1::Check&) {
  Verdict verdict;
  const arrow::ChunkedArray& column = *columns[0].values;
  verdict.considered = column.length();
  int64_t first_row = 0;
  for (const std::shared_ptr<arrow::Array>& chunk : column.chunks()) {
    if (chunk->null_count() > 0) {
      for (int64_t i = 0; i < chunk->length(); ++i) {
        if (chunk->IsNull(i)) verdict.unexpected.push_back(first_row + i);
      }
    }
    first_row += chunk->length();
  }
  return verdict;
}

}  // namespace

Expectation not_null_expectation() {
  Expectation expectation;
  expectation.info = {"not_null",
                      {},
                      "No value is null; NaN is a value.",
                      {R"({"type": "not_null", "columns": ["user_id"]})", "Int64", "[7, null, 9]", {1}}};
  expectation.check_params = check_params;
  expectation.evaluate = evaluate;
  return expectation;
}

}  // namespace gnomon
