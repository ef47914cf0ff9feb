// validate: the checks of sources and views, without storing anything.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/open_project.h"
#include "cli/text_table.h"

namespace gnomon::cli {
namespace {

using nlohmann::ordered_json;

const char* name_of(OnFail on_fail) {
  switch (on_fail) {
    case OnFail::kBlock: return "block";
    case OnFail::kQuarantine: return "quarantine";
    case OnFail::kPass: return "pass";
  }
  return "";
}

ordered_json to_json(const CheckResult& result) {
  ordered_json first = ordered_json::array();
  for (const Rejected& rejected : result.first_unexpected) {
    first.push_back({{"row", rejected.row}, {"column", rejected.column}, {"value", rejected.value}});
  }
  return {{"check", result.check},
          {"on_fail", name_of(result.on_fail)},
          {"success", result.success},
          {"element_count", result.element_count},
          {"unexpected_count", result.unexpected_count},
          {"first_unexpected", first},
          {"exception", result.exception}};
}

ordered_json to_json(const ValidationReport& report) {
  ordered_json results = ordered_json::array();
  for (const CheckResult& result : report.report.results) results.push_back(to_json(result));
  return {{"target", report.target}, {"rows", report.rows}, {"blocked", report.report.blocked}, {"results", results}};
}

std::string first_of(const CheckResult& result) {
  if (!result.exception.empty()) return result.exception;
  if (result.first_unexpected.empty()) return "";
  const Rejected& first = result.first_unexpected.front();
  return fmt::format("row {}: {} = {}", first.row, first.column, first.value);
}

std::string to_text(const std::vector<ValidationReport>& reports) {
  TextTable table({"target", "check", "on_fail", "result", "rows", "unexpected", "first"});
  for (const ValidationReport& report : reports) {
    for (const CheckResult& result : report.report.results) {
      table.add({report.target, result.check, name_of(result.on_fail), result.success ? "ok" : "FAILED",
                 with_thousands(result.element_count), with_thousands(result.unexpected_count), first_of(result)});
    }
  }
  return table.empty() ? "There are no checks to run." : table.text();
}

Result<Exit> run_validate(const Arguments& arguments, const Terminal& terminal) {
  GN_ASSIGN(Project project, Project::open(terminal));
  GN_ASSIGN(std::vector<ValidationReport> reports, project->validate(arguments.texts("names")));
  project.end_progress();
  bool blocked = false;
  ordered_json rows = ordered_json::array();
  for (const ValidationReport& report : reports) {
    blocked = blocked || report.report.blocked;
    rows.push_back(to_json(report));
  }
  terminal.print(terminal.json() ? rows.dump() : to_text(reports));
  return blocked ? Exit::kGateFailed : Exit::kOk;
}

}  // namespace

Command validate_command() {
  return {"validate",
          "Run the checks of sources and views, and print failing rows",
          {{"names", "NAME", "Sources or views (default: all that have checks)", Arity::kMany}},
          run_validate};
}

}  // namespace gnomon::cli
