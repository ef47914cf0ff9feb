// run and runs: the pipeline, once, and its history.
#include <cstdio>

#include <charconv>

#include <fmt/format.h>

#include "base/time_text.h"
#include "cli/commands.h"
#include "cli/open_project.h"
#include "cli/open_store.h"
#include "cli/text_table.h"
#include "engine/report_json.h"

namespace gnomon::cli {
namespace {

constexpr int kRunsShown = 20;

double seconds_of(const Run& run) {
  return run.ended_us == 0 ? 0.0 : static_cast<double>(run.ended_us - run.started_us) / kSecondUs;
}

std::string to_text(const Run& run) {
  TextTable table({"target", "step", "status", "rows in", "rows out", "quarantined", "bytes", "seconds"});
  std::string messages;
  for (const RunStep& step : run.steps) {
    table.add({step.view, step.step, step.status, with_thousands(step.rows_in), with_thousands(step.rows_out),
               with_thousands(step.rows_quarantined), with_thousands(step.bytes), fmt::format("{:.2f}", step.seconds)});
    if (!step.message.empty()) messages += fmt::format("{} {}: {}\n", step.view, step.step, step.message);
  }
  return fmt::format("{} {}: {}, started {}, {:.2f} s\n", run.kind, run.id, run.status, format_time(run.started_us),
                     seconds_of(run)) +
         (table.empty() ? "" : table.text()) + messages;
}

Result<Exit> run_run(const Arguments& arguments, const Terminal& terminal) {
  GN_ASSIGN(Store store, Store::open(arguments, terminal));
  GN_ASSIGN(RunReport report, store->run(arguments.texts("views")));
  store.end_progress();
  terminal.print(terminal.json() ? to_json(report) : to_text(report.run));
  if (report.blocked) return Exit::kGateFailed;
  return report.run.status == "ok" ? Exit::kOk : Exit::kError;
}

Result<Exit> show_run(Project& project, const std::string& id_text, const Terminal& terminal) {
  int64_t id = 0;
  auto [end, error] = std::from_chars(id_text.data(), id_text.data() + id_text.size(), id);
  if (error != std::errc() || end != id_text.data() + id_text.size())
    return usage_error(fmt::format("\"{}\" is not the number of a run", id_text));
  GN_ASSIGN(Run run, project->run_record(id));
  terminal.print(terminal.json() ? to_json(run) : to_text(run));
  return Exit::kOk;
}

Result<Exit> run_runs(const Arguments& arguments, const Terminal& terminal) {
  GN_ASSIGN(Project project, Project::open(terminal));
  if (arguments.has("id")) return show_run(project, arguments.text("id"), terminal);
  GN_ASSIGN(std::vector<Run> runs, project->runs(kRunsShown));
  TextTable table({"run", "kind", "status", "started", "seconds", "steps", "quarantined"});
  for (const Run& run : runs) {
    int64_t quarantined = 0;
    for (const RunStep& step : run.steps) quarantined += step.rows_quarantined;
    table.add({std::to_string(run.id), run.kind, run.status, format_time(run.started_us),
               fmt::format("{:.2f}", seconds_of(run)), std::to_string(run.steps.size()), with_thousands(quarantined)});
  }
  if (terminal.json())
    terminal.print(to_json(runs));
  else
    terminal.print(table.empty() ? "No runs yet." : table.text());
  return Exit::kOk;
}

}  // namespace

Command run_command() {
  return {"run",
          "Check, transform, store and materialize: the pipeline, once",
          {{"views", "VIEW", "Only these views (default: all)", Arity::kMany}, server_parameter()},
          run_run};
}

Command runs_command() {
  return {"runs", "The latest runs, or one in full", {{"id", "ID", "The number of a run"}}, run_runs};
}

}  // namespace gnomon::cli
