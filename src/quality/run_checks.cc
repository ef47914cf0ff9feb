#include <algorithm>

#include <arrow/table.h>
#include <fmt/format.h>

#include "gnomon/quality.h"
#include "quality/check_params.h"
#include "quality/expectation.h"
#include "quality/value_text.h"

namespace gnomon {
namespace {

// A bad row and the first column of the check that says so.
struct BadRow {
  int64_t row;
  size_t column;
};

struct Finding {
  std::vector<CheckedColumn> columns;
  std::vector<BadRow> bad;  // by row, each once
  bool success = true;
};

OnFail on_fail_of(const v1::Check& check) {
  if (check.on_fail() == "quarantine") return OnFail::kQuarantine;
  return check.on_fail() == "pass" ? OnFail::kPass : OnFail::kBlock;
}

bool good_enough(const Verdict& verdict, double mostly) {
  if (verdict.unexpected.empty()) return true;
  int64_t good = verdict.considered - static_cast<int64_t>(verdict.unexpected.size());
  return static_cast<double>(good) / static_cast<double>(verdict.considered) >= mostly;
}

// Rows bad in several columns count once, for the first of them.
void keep_first_of_each_row(std::vector<BadRow>* bad) {
  std::sort(bad->begin(), bad->end(),
            [](const BadRow& a, const BadRow& b) { return a.row != b.row ? a.row < b.row : a.column < b.column; });
  bad->erase(std::unique(bad->begin(), bad->end(), [](const BadRow& a, const BadRow& b) { return a.row == b.row; }),
             bad->end());
}

Result<Finding> evaluate(ColumnSet* table_columns, const v1::Check& check) {
  GN_TRY(check_definition(check));
  const Expectation& expectation = *find_expectation(check.type());
  Finding finding;
  for (const std::string& name : check.columns()) {
    GN_ASSIGN(CheckedColumn column, table_columns->find(name));
    finding.columns.push_back(std::move(column));
  }
  bool together = expectation.scope == ColumnScope::kTogether;
  size_t width = together ? finding.columns.size() : 1;
  for (size_t first = 0; first < finding.columns.size(); first += width) {
    GN_ASSIGN(Verdict verdict, expectation.evaluate(std::span(finding.columns).subspan(first, width), check));
    finding.success = finding.success && good_enough(verdict, mostly_of(check));
    for (int64_t row : verdict.unexpected) finding.bad.push_back({row, first});
  }
  if (finding.columns.size() > width) keep_first_of_each_row(&finding.bad);
  return finding;
}

// What a report shows for a bad row: the column that failed, or all of a tuple.
Rejected rejected_row(const Finding& finding, const BadRow& bad, const std::string& label, bool together) {
  Rejected rejected{bad.row, label, finding.columns[bad.column].name,
                    value_text(*finding.columns[bad.column].values, bad.row)};
  for (size_t i = 1; together && i < finding.columns.size(); ++i) {
    rejected.column += ", " + finding.columns[i].name;
    rejected.value += ", " + value_text(*finding.columns[i].values, bad.row);
  }
  return rejected;
}

void add_result(const Finding& finding, const v1::Check& check, CheckResult* result, CheckReport* report) {
  bool together = find_expectation(check.type())->scope == ColumnScope::kTogether;
  result->success = finding.success;
  result->unexpected_count = static_cast<int64_t>(finding.bad.size());
  bool quarantine = !finding.success && result->on_fail == OnFail::kQuarantine;
  for (const BadRow& bad : finding.bad) {
    bool first = result->first_unexpected.size() < kFirstUnexpected;
    if (!first && !quarantine) break;
    Rejected rejected = rejected_row(finding, bad, result->check, together);
    if (quarantine) report->quarantined.push_back(rejected);
    if (first) result->first_unexpected.push_back(std::move(rejected));
  }
}

}  // namespace

Result<CheckReport> run_checks(const arrow::Table& table, const std::vector<const v1::Check*>& checks) {
  CheckReport report;
  ColumnSet columns(table);
  for (const v1::Check* check : checks) {
    CheckResult result;
    result.check = check_label(*check);
    result.on_fail = on_fail_of(*check);
    result.element_count = table.num_rows();
    Result<Finding> finding = evaluate(&columns, *check);
    if (finding.ok()) {
      add_result(*finding, *check, &result, &report);
    } else {
      result.success = false;
      result.exception = finding.status().to_string();
    }
    // Quarantine can set rows aside only when it knows which.
    bool unknown_rows = !result.exception.empty() && result.on_fail == OnFail::kQuarantine;
    report.blocked = report.blocked || (!result.success && result.on_fail == OnFail::kBlock) || unknown_rows;
    report.results.push_back(std::move(result));
  }
  std::stable_sort(report.quarantined.begin(), report.quarantined.end(),
                   [](const Rejected& a, const Rejected& b) { return a.row < b.row; });
  return report;
}

}  // namespace gnomon
