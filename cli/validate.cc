// validate: the checks of sources and views, without storing anything.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/open_project.h"
#include "cli/text_table.h"
#include "engine/report_json.h"

namespace gnomon::cli {
namespace {

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
      table.add({report.target, result.check, on_fail_name(result.on_fail), result.success ? "ok" : "FAILED",
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
  for (const ValidationReport& report : reports) blocked = blocked || report.report.blocked;
  terminal.print(terminal.json() ? to_json(reports) : to_text(reports));
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
