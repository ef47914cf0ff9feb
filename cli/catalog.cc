// quarantine, list, describe: what there is, and what was kept away from it.
#include <arrow/api.h>

#include "cli/arrow_output.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/open_project.h"

namespace gnomon::cli {
namespace {

Result<Exit> run_quarantine(const Arguments& arguments, const Terminal& terminal) {
  GN_ASSIGN(Project project, Project::open(terminal));
  GN_ASSIGN(auto rows, project->quarantine(arguments.text("name")));
  project.end_progress();
  if (terminal.json())
    terminal.print(table_json(*rows));
  else
    terminal.print(rows->num_rows() == 0 ? "Nothing is quarantined." : table_text(*rows));
  return Exit::kOk;
}

Result<Exit> run_list(const Arguments& arguments, const Terminal& terminal) {
  GN_ASSIGN(Project project, Project::open(terminal));
  GN_ASSIGN(std::string rows, project->list_json(arguments.text("what")));
  project.end_progress();
  terminal.print(terminal.json() ? rows : rows_text(rows));
  return Exit::kOk;
}

Result<Exit> run_describe(const Arguments& arguments, const Terminal& terminal) {
  GN_ASSIGN(Project project, Project::open(terminal));
  GN_ASSIGN(std::string document, project->describe_json(arguments.text("name")));
  project.end_progress();
  terminal.print(terminal.json() ? document : outline_text(document));
  return Exit::kOk;
}

}  // namespace

Command quarantine_command() {
  return {"quarantine",
          "Rows that a check took out, with the reason",
          {{"name", "NAME", "A source or view (default: all)"}},
          run_quarantine};
}

Command list_command() {
  return {
      "list",
      "Entities, sources, views, on_demand_views, lookup_sets, services, aggregations, expectations, functions or stores",
      {{"what", "WHAT", "What to list", Arity::kOne, Presence::kRequired}},
      run_list};
}

Command describe_command() {
  return {"describe",
          "One applied object in full",
          {{"name", "NAME", "An entity, source, lookup set, view or service", Arity::kOne, Presence::kRequired}},
          run_describe};
}

}  // namespace gnomon::cli
