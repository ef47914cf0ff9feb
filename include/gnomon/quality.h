// Checks: row and column expectations evaluated over batches, and what they reject.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"
#include "gnomon/v1/manifest.pb.h"

namespace gnomon {

enum class OnFail : uint8_t { kBlock, kQuarantine, kPass };

// One bad row: its index in the checked table, which check said so, and the offending value as text.
struct Rejected {
  int64_t row;
  std::string check;  // "between(wind_speed, 0, 120)"
  std::string column;
  std::string value;  // "1048.36"; "null"
};

struct CheckResult {
  std::string check;  // as in Rejected
  OnFail on_fail = OnFail::kBlock;
  bool success = true;
  int64_t element_count = 0;  // rows looked at
  int64_t unexpected_count = 0;
  std::vector<Rejected> first_unexpected;  // at most kFirstUnexpected
  std::string exception;                   // not empty: the check could not be evaluated, which counts as failed
};
inline constexpr int kFirstUnexpected = 20;

struct CheckReport {
  std::vector<CheckResult> results;   // in the order of the checks
  std::vector<Rejected> quarantined;  // rows failing an on_fail=quarantine check; one entry per (row, check), by row
  bool blocked = false;               // an on_fail=block check failed, or a quarantine check could not be evaluated
};

// Evaluates `checks` over the whole table in order. Semantics: nulls are skipped except by not_null; in `unique` every
// member of a duplicate group is unexpected and rows with a null in the columns are skipped; regex is an unanchored RE2
// search; `mostly` in (0,1] loosens success: the share of good values among those looked at (non-null ones; all of them
// for not_null). Over several columns every check but unique is applied to each column: a row that is bad in any of them
// is unexpected once, and each column must meet `mostly`. Rows are quarantined only where the check failed.
// A check over an unknown column or of an unfit type is an exception result: failed, and the report is blocked unless
// on_fail is pass, because what cannot be checked cannot be let through either.
Result<CheckReport> run_checks(const arrow::Table& table, const std::vector<const v1::Check*>& checks);

// How an expectation presents itself in lists, with an example that the tests execute.
struct ExpectationExample {
  std::string check;                // as manifest JSON, over one column
  std::string dtype;                // of that column
  std::string values;               // of that column, as a JSON array
  std::vector<int64_t> unexpected;  // the rows it finds
};
struct ExpectationInfo {
  std::string name;                     // "between"
  std::vector<std::string> parameters;  // "min", "max", …; every expectation also takes `mostly`
  std::string description;              // one line
  ExpectationExample example;
};

// Every expectation there is, by name. Lives as long as the process.
const std::vector<ExpectationInfo>& builtin_expectations();

// A text form of a check: "between(wind_speed, 0, 120)".
std::string check_label(const v1::Check& check);

// Definition-time validation: known type, parameters present and of the right kind, regex compiles.
// ERRORS: GN130 InvalidArgument.
Status check_definition(const v1::Check& check);

}  // namespace gnomon
