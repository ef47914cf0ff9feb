#include "engine/view_rows.h"

#include <filesystem>

#include <arrow/api.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "data/arrow_status.h"
#include "engine/event_ids.h"
#include "gnomon/python_transform.h"
#include "gnomon/sql_engine.h"
#include "registry/objects.h"

namespace gnomon {
namespace {

// The layout of a plain view over raw files: names as the files spell them.
HistoryLayout raw_layout(const ViewDefinition& definition, const v1::Source& batch) {
  HistoryLayout layout = definition.row_layout();
  for (HistoryColumn& column : layout.keys) column.source_column = raw_column(batch, column.source_column);
  for (HistoryColumn& column : layout.features) column.source_column = raw_column(batch, column.source_column);
  layout.event_time = raw_column(batch, layout.event_time);
  if (!layout.created_time.empty()) layout.created_time = raw_column(batch, layout.created_time);
  if (!layout.known_at.empty()) layout.known_at = raw_column(batch, layout.known_at);
  return layout;
}

std::string relative_name(const Engine::Impl& project, const std::string& path) {
  std::filesystem::path relative = std::filesystem::path(path).lexically_relative(project.dir);
  return relative.empty() || *relative.begin() == ".." ? path : relative.string();
}

Result<std::string> file_id(const Engine::Impl& project, const std::string& path) {
  GN_ASSIGN(std::string hash, hash128_hex_of_file(path));
  return fmt::format("file {} {}", relative_name(project, path), hash);
}

// Columns that the checks of a source or view look at.
std::vector<std::string> checked_columns(const google::protobuf::RepeatedPtrField<v1::Check>& checks) {
  std::vector<std::string> columns;
  for (const v1::Check& check : checks) columns.insert(columns.end(), check.columns().begin(), check.columns().end());
  return columns;
}

// Rows of `table` that the checks quarantine; GN310 if one blocks.
Result<std::shared_ptr<RowSet>> quarantined_rows(const std::shared_ptr<arrow::Table>& table,
                                                 const google::protobuf::RepeatedPtrField<v1::Check>& checks,
                                                 const std::string& target) {
  GN_ASSIGN(CheckedRows rows, check_rows(table, checks));
  if (rows.report.blocked) return gate_failed(target, rows.report);
  auto set = std::make_shared<RowSet>();
  for (const Rejected& rejected : rows.report.quarantined) set->insert(rejected.row);
  return set;
}

// A plain view's checks run on rows as the source has them: its own first, then the view's. `table` has the columns that they look at.
Result<std::shared_ptr<RowSet>> rejected_source_rows(const ViewDefinition& definition, const v1::Source& source,
                                                     const std::shared_ptr<arrow::Table>& table, const WholeRows& whole) {
  GN_ASSIGN(auto rejected, quarantined_rows(table, source.expect(), "source " + source.name()));
  if (!source.event_id().empty()) {
    GN_ASSIGN(EventIdRows found, find_event_ids(source, *table, *rejected, whole));
    rejected->insert(found.repeated.begin(), found.repeated.end());
    for (const Rejected& row : found.rejected) rejected->insert(row.row);
  }
  GN_ASSIGN(auto by_view, quarantined_rows(table, definition.view.expect(), "view " + definition.view.name()));
  rejected->insert(by_view->begin(), by_view->end());
  return rejected;
}

Status add_source_files(Engine::Impl& project, const ViewDefinition& definition, const v1::Source& batch,
                        ViewHistory* history) {
  GN_ASSIGN(SourceFiles files, source_files(project, batch));
  std::vector<std::string> columns = checked_columns(batch.expect());
  std::vector<std::string> more = checked_columns(definition.view.expect());
  columns.insert(columns.end(), more.begin(), more.end());
  if (!batch.event_id().empty()) columns.insert(columns.end(), {batch.event_id(), batch.timestamp_field()});
  bool checked = !columns.empty();
  if (files.format != FileFormat::kParquet) {
    GN_ASSIGN(auto table, file_rows(project, batch, {}));
    std::shared_ptr<RowSet> rejected;
    if (checked) {
      GN_ASSIGN(rejected, rejected_source_rows(definition, batch, table, [&] { return Result(table); }));
    }
    std::string id;
    for (const std::string& path : files.paths) {
      GN_ASSIGN(std::string one, file_id(project, path));
      id += (id.empty() ? "" : "\n") + one;
    }
    GN_ASSIGN(auto rows, open_table_history(table, definition.row_layout(), rejected));
    history->parts.push_back({id, "", std::move(rows)});
    return Status();
  }
  std::shared_ptr<RowSet> rejected;
  if (checked) {
    GN_ASSIGN(auto table, file_rows(project, batch, columns));
    GN_ASSIGN(rejected, rejected_source_rows(definition, batch, table, [&] { return file_rows(project, batch, {}); }));
  }
  if (rejected != nullptr && !rejected->empty()) {
    // Row numbers run over all files together, so the files stay one part.
    std::string id;
    for (const std::string& path : files.paths) {
      GN_ASSIGN(std::string one, file_id(project, path));
      id += (id.empty() ? "" : "\n") + one;
    }
    GN_ASSIGN(auto rows, open_parquet_history(files.paths, raw_layout(definition, batch), rejected));
    history->parts.push_back({id, "", std::move(rows)});
    return Status();
  }
  for (const std::string& path : files.paths) {
    GN_ASSIGN(std::string id, file_id(project, path));
    GN_ASSIGN(auto rows, open_parquet_history({path}, raw_layout(definition, batch), nullptr));
    history->parts.push_back({id, path, std::move(rows)});
  }
  return Status();
}

Status add_transformed(Engine::Impl& project, const ViewDefinition& definition, const v1::Manifest& manifest,
                       ViewHistory* history) {
  SourceTables inputs;
  std::string id = "transform";
  for (const v1::Source* source : definition.sources) {
    GN_ASSIGN(auto table, checked_source_table(project, *source, manifest));
    inputs.emplace_back(source->name(), table);
    if (const v1::Source* batch = batch_source(*source, manifest)) {
      GN_ASSIGN(SourceFiles files, source_files(project, *batch));
      for (const std::string& path : files.paths) {
        GN_ASSIGN(std::string one, file_id(project, path));
        id += "\n" + one;
      }
    }
    if (source->has_push()) {
      GN_ASSIGN(OfflineSnapshot pushed, project.push_table(source->name()).snapshot());
      id += "\npushed " + pushed.content_hash;
    }
  }
  GN_ASSIGN(auto table, transform_rows(project, definition.view, inputs));
  GN_ASSIGN(auto rejected, quarantined_rows(table, definition.view.expect(), "view " + definition.view.name()));
  GN_ASSIGN(auto rows, open_table_history(table, definition.row_layout(), rejected));
  history->parts.push_back({id, "", std::move(rows)});
  return Status();
}

Status add_log(const OfflineTable& table, const HistoryLayout& layout, const std::string& name, ViewHistory* history) {
  GN_ASSIGN(OfflineSnapshot snapshot, table.snapshot());
  for (const std::string& path : snapshot.files) {
    GN_ASSIGN(auto rows, open_parquet_history({path}, layout, nullptr));
    history->parts.push_back({logged_part_id(name, path), path, std::move(rows)});
  }
  return Status();
}

}  // namespace

std::string logged_part_id(const std::string& log, const std::string& path) {
  return log + " " + std::filesystem::path(path).filename().string();
}

std::vector<const RowHistory*> ViewHistory::histories() const {
  std::vector<const RowHistory*> result;
  for (const HistoryPart& part : parts) result.push_back(part.rows.get());
  return result;
}

Result<std::shared_ptr<arrow::Table>> transform_rows(const Engine::Impl& project, const v1::FeatureView& view,
                                                     const SourceTables& inputs) {
  if (view.transform_case() == v1::FeatureView::kSql) {
    SqlTables tables;
    for (const auto& [name, table] : inputs) tables[name] = std::make_shared<arrow::TableBatchReader>(table);
    return run_sql(view.sql(), tables, place_of(view.origin()));
  }
  PythonTransformCall call;
  call.python = project.python();
  call.project_dir = project.dir;
  call.function = view.python().function();
  call.mode = view.python().mode();
  call.inputs = inputs;
  return run_python_transform(call);
}

std::pair<std::string, std::string> publication(const ViewDefinition& definition, int64_t version) {
  nlohmann::json value = {{"version", version}, {"meaning", definition.meaning_hash}};
  return {"published/" + definition.view.name(), value.dump()};
}

Result<std::optional<OfflineSnapshot>> published_snapshot(Engine::Impl& project, const ViewDefinition& definition) {
  GN_ASSIGN(Registry * registry, project.registry());
  GN_ASSIGN(std::optional<std::string> text, registry->get_value("published/" + definition.view.name()));
  if (!text.has_value()) return std::optional<OfflineSnapshot>();
  auto value = nlohmann::json::parse(*text, nullptr, false);
  if (value.is_discarded())
    return Status(Code::kDataLoss, "GN511", fmt::format("the publication of {} is unreadable", definition.view.name()),
                  "Run `gnomon run` again");
  if (value["meaning"] != definition.meaning_hash) return std::optional<OfflineSnapshot>();
  GN_ASSIGN(OfflineSnapshot snapshot, project.view_table(definition.view.name()).snapshot(value["version"].get<int64_t>()));
  return std::optional<OfflineSnapshot>(std::move(snapshot));
}

Result<ViewHistory> source_history(Engine::Impl& project, const ViewDefinition& definition) {
  GN_ASSIGN(auto definitions, project.definitions());
  const v1::Manifest& manifest = definitions->manifest();
  ViewHistory history;
  if (has_transform(definition.view)) {
    GN_TRY(add_transformed(project, definition, manifest, &history));
  } else if (const v1::Source* batch = batch_source(*definition.sources.front(), manifest)) {
    GN_TRY(add_source_files(project, definition, *batch, &history));
  }
  return history;
}

Result<std::optional<HistoryPart>> logged_part(Engine::Impl& project, const ViewDefinition& definition,
                                               const std::string& id) {
  const std::string& view = definition.view.name();
  const std::string& source = definition.sources.front()->name();
  struct Log {
    std::string name;
    OfflineTable table;
    HistoryLayout layout;
  };
  const Log logs[] = {{"snapshot " + view, project.view_table(view), definition.stored_layout()},
                      {"online_only " + view, project.online_only_table(view), definition.stored_layout()},
                      {"pushed " + source, project.push_table(source), definition.row_layout()}};
  for (const Log& log : logs) {
    if (!id.starts_with(log.name + " ")) continue;
    const std::string path = log.table.path() + "/" + id.substr(log.name.size() + 1);
    std::error_code error;
    if (!std::filesystem::exists(path, error)) break;
    GN_ASSIGN(auto rows, open_parquet_history({path}, log.layout, nullptr));
    return std::optional(HistoryPart{id, path, std::move(rows)});
  }
  return std::optional<HistoryPart>();
}

Result<ViewHistory> view_history(Engine::Impl& project, const ViewDefinition& definition, PushedRows pushed) {
  ViewHistory history;
  const std::string& name = definition.view.name();
  bool plain = !has_transform(definition.view);
  const v1::Source* source = plain ? definition.sources.front() : nullptr;
  GN_ASSIGN(std::optional<OfflineSnapshot> snapshot, published_snapshot(project, definition));
  if (snapshot.has_value()) {
    for (const std::string& path : snapshot->files) {
      GN_ASSIGN(auto rows, open_parquet_history({path}, definition.stored_layout(), nullptr));
      history.parts.push_back({logged_part_id("snapshot " + name, path), path, std::move(rows)});
    }
  } else {
    GN_ASSIGN(history, source_history(project, definition));
  }
  if (plain && source->has_push())
    GN_TRY(add_log(project.push_table(source->name()), definition.row_layout(), "pushed " + source->name(), &history));
  if (pushed == PushedRows::kOfflineAndOnlineOnly) {
    GN_TRY(add_log(project.online_only_table(name), definition.stored_layout(), "online_only " + name, &history));
  }
  return history;
}

}  // namespace gnomon
