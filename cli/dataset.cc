// dataset: a point-in-time training set as a file, with the manifest that repeats it.
#include <filesystem>

#include <arrow/api.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/arrow_output.h"
#include "cli/commands.h"
#include "cli/open_project.h"
#include "cli/text_table.h"

namespace gnomon::cli {
namespace {

// A file as the shell knows it; anything else (a file of the project, or SQL) is for the engine.
std::string spine_text(const std::string& spine) {
  std::error_code error;
  bool here = std::filesystem::exists(spine, error);
  return here ? std::filesystem::absolute(spine).string() : spine;
}

Result<HistoricalRequest> request_of(const Arguments& arguments) {
  HistoricalRequest request;
  request.features.feature_service = arguments.text("service");
  request.features.features = arguments.split("--features");
  if (request.features.feature_service.empty() == request.features.features.empty()) {
    return usage_error("name either a feature service or --features");
  }
  request.features.full_feature_names = arguments.has("--full-feature-names");
  request.entity_rows = spine_text(arguments.text("--spine"));
  if (arguments.has("--timestamp")) request.timestamp_column = arguments.text("--timestamp");
  if (arguments.text("--history") == "ideal") request.history = History::kIdeal;
  return request;
}

Result<Exit> run_dataset(const Arguments& arguments, const Terminal& terminal) {
  GN_ASSIGN(HistoricalRequest request, request_of(arguments));
  const std::string out = arguments.text("-o");
  GN_ASSIGN(FileFormat format, output_format(out));  // before any work
  GN_ASSIGN(Project project, Project::open(terminal));
  GN_ASSIGN(TrainingSet set, project->get_historical_features(request));
  const std::string manifest = out + ".manifest.json";
  GN_TRY(write_table(*set.table, format, out, project->env()));
  GN_TRY(project->env()->write_file_atomic(manifest, set.manifest_json));
  project.end_progress();
  if (terminal.json()) {
    nlohmann::ordered_json answer{{"rows", set.table->num_rows()},
                                  {"columns", set.table->schema()->field_names()},
                                  {"output", out},
                                  {"manifest", manifest}};
    terminal.print(answer.dump());
  } else {
    terminal.print(fmt::format("{}: {} rows, {} columns; {}", out, with_thousands(set.table->num_rows()),
                               set.table->num_columns(), manifest));
  }
  return Exit::kOk;
}

}  // namespace

Command dataset_command() {
  return {
      "dataset",
      "Write a point-in-time training set",
      {{"service", "SERVICE", "A feature service (or use --features)"},
       {"--spine", "FILE", "The rows to label: a parquet, csv or ndjson file, or SQL over the sources", Arity::kOne,
        Presence::kRequired},
       {"-o", "OUT", "A .parquet, .csv or .ndjson file; OUT.manifest.json comes with it", Arity::kOne, Presence::kRequired},
       {"--timestamp", "COL", "The spine's time column (default: event_timestamp)"},
       {"--features", "V:F,V", "Features instead of a service, separated by commas: view:feature, or view for all of it"},
       {"--full-feature-names", "", "Name columns view__feature", Arity::kFlag},
       {"--history",
        "KIND",
        "as_known (what serving would have said; the default) or ideal",
        Arity::kOne,
        Presence::kOptional,
        {"as_known", "ideal"}}},
      run_dataset};
}

}  // namespace gnomon::cli
