// doctor and version: is everything there that a project needs?
#include <arrow/api.h>
#include <arrow/config.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/open_project.h"
#include "cli/text_table.h"
#include "gnomon/sql_engine.h"
#include "gnomon/version.h"

namespace gnomon::cli {
namespace {

using nlohmann::ordered_json;

constexpr const char* kStoreOwnedId = "GN510";

struct Finding {
  std::string check;
  std::string result;  // ok | note | failed
  std::string detail;
  std::string hint;
};

// `good`: what to say when the check passes.
Finding finding_of(const std::string& check, const Result<std::string>& good) {
  if (good.ok()) return {check, "ok", *good, ""};
  const ErrorInfo& info = good.status().info();
  std::string where = info.where.empty() ? "" : info.where + " ";
  return {check, info.id == kStoreOwnedId ? "note" : "failed", fmt::format("{} {}{}", info.id, where, info.message),
          info.hint};
}

// Loads the library and asks it something.
Result<std::string> duckdb() {
  GN_TRY(run_sql("select 6 * 7 as answer", {}, "doctor").status());
  return std::string("DuckDB answers");
}

Result<std::string> definitions(Engine& engine) {
  GN_ASSIGN(Plan plan, engine.plan(std::nullopt));
  const v1::Manifest& target = plan.target;
  int objects =
      target.entities_size() + target.sources_size() + target.feature_views_size() + target.feature_services_size();
  return fmt::format("{} objects read, {}", objects,
                     plan.changes.empty() ? "all applied" : fmt::format("{} changes to apply", plan.changes.size()));
}

Result<std::string> registry(Engine& engine) {
  GN_ASSIGN(v1::Manifest manifest, engine.manifest());
  return fmt::format("{} views applied", manifest.feature_views_size());
}

Result<std::string> state_folder(Engine& engine) {
  const std::string folder = engine.project_dir() + "/.gnomon";
  GN_TRY(engine.env()->make_dirs(folder));
  GN_TRY(engine.env()->write_file_atomic(folder + "/doctor", "written by gnomon doctor\n"));
  GN_TRY(engine.env()->remove_file(folder + "/doctor"));
  return folder + " is writable";
}

Result<std::string> online_store(Engine& engine) {
  GN_TRY(engine.open_online_store());
  return std::string("opens; nobody else owns it");
}

std::vector<std::pair<std::string, std::string>> versions() {
  return {{"gnomon", kVersion}, {"arrow", arrow::GetBuildInfo().version_string}};
}

std::vector<Finding> examine(const Terminal& terminal) {
  std::vector<Finding> findings;
  findings.push_back(
      {"versions", "ok", fmt::format("gnomon {}, Arrow {}", kVersion, arrow::GetBuildInfo().version_string), ""});
  findings.push_back(finding_of("duckdb", duckdb()));
  Result<Project> project = Project::open(terminal);
  if (!project.ok()) {
    findings.push_back(finding_of("project", project.status()));
    return findings;
  }
  Engine& engine = **project;
  findings.push_back({"project", "ok", engine.project_dir(), ""});
  findings.push_back(finding_of("state folder", state_folder(engine)));
  findings.push_back(finding_of("registry", registry(engine)));
  findings.push_back(finding_of("definitions and Python", definitions(engine)));
  findings.push_back(finding_of("online store", online_store(engine)));
  return findings;
}

Result<Exit> run_doctor(const Arguments&, const Terminal& terminal) {
  bool failed = false;
  ordered_json rows = ordered_json::array();
  TextTable table({"check", "result", "detail"});
  std::string hints;
  for (const Finding& finding : examine(terminal)) {
    failed = failed || finding.result == "failed";
    rows.push_back(
        {{"check", finding.check}, {"result", finding.result}, {"detail", finding.detail}, {"hint", finding.hint}});
    table.add({finding.check, finding.result, finding.detail});
    if (!finding.hint.empty()) hints += fmt::format("{}: {}\n", finding.check, finding.hint);
  }
  terminal.print(terminal.json() ? rows.dump() : table.text() + hints);
  return failed ? Exit::kError : Exit::kOk;
}

Result<Exit> run_version(const Arguments&, const Terminal& terminal) {
  ordered_json answer;
  std::string text;
  for (const auto& [name, version] : versions()) {
    answer[name] = version;
    text += name + " " + version + "\n";
  }
  terminal.print(terminal.json() ? answer.dump() : text);
  return Exit::kOk;
}

}  // namespace

Command doctor_command() { return {"doctor", "Check that everything a project needs is there", {}, run_doctor}; }

Command version_command() { return {"version", "Versions of Gnomon and of what it stands on", {}, run_version}; }

}  // namespace gnomon::cli
