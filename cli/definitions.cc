// plan and apply: what would change, and changing it.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/open_project.h"

namespace gnomon::cli {
namespace {

Result<Exit> run_plan(const Arguments& arguments, const Terminal& terminal) {
  GN_ASSIGN(Project project, Project::open(terminal));
  GN_ASSIGN(Plan plan, project->plan(std::nullopt));
  project.end_progress();
  terminal.print(terminal.json() ? plan_to_json(plan) : plan_to_text(plan));
  bool tell = arguments.has("--detailed-exitcode") && !plan.changes.empty();
  return tell ? Exit::kChanges : Exit::kOk;
}

Result<Exit> run_apply(const Arguments& arguments, const Terminal& terminal) {
  GN_ASSIGN(Project project, Project::open(terminal));
  GN_ASSIGN(Plan plan, project->plan(std::nullopt));
  project.end_progress();
  if (!terminal.json()) terminal.print(plan_to_text(plan));
  bool allowed = arguments.has("--yes");
  if (plan.destructive() && !allowed) allowed = terminal.confirm("Some of this destroys data. Apply it?");
  GN_ASSIGN(int64_t revision, project->apply(plan, allowed));
  if (terminal.json()) {
    auto answer = nlohmann::ordered_json::parse(plan_to_json(plan));
    answer["revision"] = revision;
    terminal.print(answer.dump());
  } else if (!plan.changes.empty()) {
    terminal.print(fmt::format("Applied {} change{}: revision {}.", plan.changes.size(), plan.changes.size() == 1 ? "" : "s",
                               revision));
  }
  return Exit::kOk;
}

}  // namespace

Command plan_command() {
  return {"plan",
          "Show what would change, its cost and whom it affects",
          {{"--detailed-exitcode", "", "Exit with 4 when there are changes", Arity::kFlag}},
          run_plan};
}

Command apply_command() {
  return {"apply",
          "Make the project's definitions the applied ones",
          {{"--yes", "", "Apply destructive changes too, without asking", Arity::kFlag}},
          run_apply};
}

}  // namespace gnomon::cli
