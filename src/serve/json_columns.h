// Columns of JSON values as Arrow columns: integers int64, other numbers float64, text utf8, booleans, lists list<…>; all
// null: null. What a column is declared as is decided elsewhere.
// Thread-safety: pure functions.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"
#include "serve/request_members.h"

namespace gnomon {

// Join keys mean what they are, and are no lists. A column of values may mix 1 and 2.5, and "NaN" among numbers, because JSON
// writers do; an integer that would be rounded by that is an error.
enum class ColumnRule { kKeys, kValues };

// ERRORS: GN611 for a member without columns; GN612 for columns of unequal lengths or mixed types, naming column and row.
Result<std::shared_ptr<arrow::RecordBatch>> build_columns(const Member& member, ColumnRule rule);
// The same with a rule for each column, by its name.
using RuleOfColumn = std::function<ColumnRule(const std::string& name)>;
inline ColumnRule all_values(const std::string&) { return ColumnRule::kValues; }
Result<std::shared_ptr<arrow::RecordBatch>> build_columns(const Member& member, const RuleOfColumn& rule_of);

}  // namespace gnomon
