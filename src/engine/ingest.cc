// run and validate: source → check → transform → check → store → materialize, view by view; each step is recorded.
#include <algorithm>
#include <map>
#include <set>

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include "data/arrow_status.h"
#include "data/canonical_columns.h"
#include "engine/materialize_view.h"
#include "engine/project.h"
#include "engine/quarantine_rows.h"
#include "engine/source_rows.h"
#include "engine/view_rows.h"

namespace gnomon {
namespace {

int64_t table_bytes(const arrow::Table& table) {
  int64_t bytes = 0;
  for (const auto& column : table.columns()) {
    for (const auto& chunk : column->chunks()) {
      for (const auto& buffer : chunk->data()->buffers) bytes += buffer == nullptr ? 0 : buffer->size();
    }
  }
  return bytes;
}

int64_t distinct_rows(const std::vector<Rejected>& rejected) {
  std::set<int64_t> rows;
  for (const Rejected& one : rejected) rows.insert(one.row);
  return static_cast<int64_t>(rows.size());
}

// One run: sources are read and checked once, however many views use them.
class ViewRun {
 public:
  ViewRun(Engine::Impl& project, Registry& registry, const v1::Manifest& manifest, int64_t run_id)
      : project_(project), registry_(registry), manifest_(manifest), run_id_(run_id) {}

  // The whole branch of one view. A blocked gate or a failure ends the branch, not the run.
  Result<std::string> run(const ViewDefinition& definition) {
    const std::string& name = definition.view.name();
    bool transformed_view = has_transform(definition.view);
    SourceTables inputs;
    for (const v1::Source* source : definition.sources) {
      const v1::Source* batch = batch_source(*source, manifest_);
      std::shared_ptr<arrow::Table> table;
      if (batch != nullptr) {
        GN_ASSIGN(std::string status, read_source(*batch));
        if (status != "ok") return status;
        table = clean_[batch->name()];
      }
      // A transform sees pushed rows as part of its source; those of a plain view stay beside its snapshot.
      if (transformed_view) {
        GN_ASSIGN(table, with_pushed_rows(project_, *source, manifest_, table));
      }
      if (table != nullptr) inputs.emplace_back(source->name(), table);
    }
    if (inputs.empty()) return materialize(definition);
    std::shared_ptr<arrow::Table> rows;
    GN_ASSIGN(std::string transformed, step(name, "transform", [&](RunStep* record) -> Status {
                record->rows_in = inputs.front().second->num_rows();
                rows = inputs.front().second;
                if (transformed_view) {
                  GN_ASSIGN(rows, transform_rows(project_, definition.view, inputs));
                }
                record->rows_out = rows->num_rows();
                return Status();
              }));
    if (transformed != "ok") return transformed;
    std::shared_ptr<arrow::Table> stored;
    GN_ASSIGN(std::string checked,
              step(name, "check", [&](RunStep* record) { return check_view(definition, rows, &stored, record); }));
    if (checked != "ok") return checked;
    GN_ASSIGN(std::string saved, step(name, "store", [&](RunStep* record) { return store(definition, *stored, record); }));
    if (saved != "ok") return saved;
    return materialize(definition);
  }

 private:
  Result<std::string> materialize(const ViewDefinition& definition) {
    if (definition.view.offline_only()) return std::string("ok");
    return step(definition.view.name(), "materialize", [&](RunStep* record) -> Status {
      GN_ASSIGN(ViewReport report, materialize_view_incremental(project_, definition, project_.env->now_us()));
      record->rows_in = report.rows_read;
      record->rows_out = report.rows_written;
      return Status();
    });
  }

  // Runs one step, times it, records it, and says how it ended.
  Result<std::string> step(const std::string& target, const std::string& name, const std::function<Status(RunStep*)>& work) {
    project_.report(target + ": " + name, 0, 1);
    RunStep record;
    record.view = target;
    record.step = name;
    TimeUs started = project_.env->now_us();
    Status status = work(&record);
    record.seconds = static_cast<double>(project_.env->now_us() - started) / 1e6;
    record.status = status.ok() ? "ok" : status.info().id == "GN310" ? "blocked" : "failed";
    if (!status.ok()) record.message = status.to_string();
    GN_TRY(registry_.record_step(run_id_, record));
    project_.report(target + ": " + name, 1, 1);
    if (record.status == "failed" && status.code() == Code::kResourceExhausted) return status;
    return record.status;
  }

  // Source → checked table in clean_. The outcome is kept too: a blocked source blocks every view that reads it.
  Result<std::string> read_source(const v1::Source& source) {
    auto known = outcome_.find(source.name());
    if (known != outcome_.end()) return known->second;
    GN_ASSIGN(std::string status, step(source.name(), "read", [&](RunStep* record) -> Status {
                GN_ASSIGN(auto table, file_rows(project_, source, {}));
                record->rows_in = record->rows_out = table->num_rows();
                record->bytes = table_bytes(*table);
                raw_[source.name()] = table;
                return Status();
              }));
    if (status == "ok") {
      GN_ASSIGN(status, step(source.name(), "check", [&](RunStep* record) -> Status {
                  GN_ASSIGN(CheckedRows checked, check_source_rows(raw_[source.name()], source));
                  return settle("source " + source.name(), "ingest", checked, record, &clean_[source.name()]);
                }));
    }
    raw_.erase(source.name());
    outcome_[source.name()] = status;
    return status;
  }

  // Quarantines what a check took out, then lets the gate decide. good + bad + repeated == in is an invariant, checked here.
  Status settle(const std::string& target, const std::string& stage, const CheckedRows& checked, RunStep* record,
                std::shared_ptr<arrow::Table>* out) {
    const CheckReport& report = checked.report;
    const int64_t rows_in = checked.all->num_rows();
    record->rows_in = rows_in;
    record->rows_quarantined = distinct_rows(report.quarantined);
    GN_ASSERT(checked.table->num_rows() + record->rows_quarantined + checked.repeated == rows_in);
    GN_TRY(quarantine_rows(project_, {run_id_, target, stage, checked.all, report.quarantined}));
    if (report.blocked) return gate_failed(target, report);
    record->rows_out = checked.table->num_rows();
    if (record->rows_quarantined > 0) {
      const Rejected& first = report.quarantined.front();
      record->message = fmt::format("quarantined {} of {} rows; first: {} = {} fails {}", record->rows_quarantined, rows_in,
                                    first.column, first.value, first.check);
    }
    if (checked.repeated > 0) {
      record->message += fmt::format("{}left out {} of {} rows: events that are there already",
                                     record->message.empty() ? "" : "; ", checked.repeated, rows_in);
    }
    *out = checked.table;
    return Status();
  }

  // View rows → canonical, unfit rows and rows that fail the view's checks quarantined.
  Status check_view(const ViewDefinition& definition, const std::shared_ptr<arrow::Table>& rows,
                    std::shared_ptr<arrow::Table>* stored, RunStep* record) {
    GN_ASSIGN(CanonicalColumns columns,
              CanonicalColumns::make(*rows->schema(), definition.row_layout(), "view " + definition.view.name()));
    std::vector<UnfitRow> unfit;
    GN_ARROW_ASSIGN(auto batch, "checking rows", rows->CombineChunksToBatch());
    GN_TRY(columns.unfit_rows(*batch, 0, &unfit));
    GN_ASSIGN(CheckedRows checked, check_rows(rows, definition.view.expect()));
    RowSet drop;
    for (const Rejected& rejected : checked.report.quarantined) drop.insert(rejected.row);
    for (const UnfitRow& row : unfit) {
      drop.insert(row.row);
      auto cell = batch->GetColumnByName(row.column)->GetScalar(row.row);
      checked.report.quarantined.push_back({row.row, row.check, row.column, cell.ok() ? (*cell)->ToString() : ""});
    }
    GN_ASSIGN(checked.table, without_rows(rows, drop));
    std::shared_ptr<arrow::Table> clean;
    GN_TRY(settle("view " + definition.view.name(), "transform", checked, record, &clean));
    return store_form(definition, columns, clean, stored);
  }

  // Canonical columns as the offline table keeps them: times as timestamps.
  Status store_form(const ViewDefinition& definition, const CanonicalColumns& columns,
                    const std::shared_ptr<arrow::Table>& clean, std::shared_ptr<arrow::Table>* stored) {
    std::vector<std::string> names = definition.keys->field_names();
    for (const std::string& name : definition.row_columns->field_names()) names.push_back(name);
    names.push_back(kEventTime);
    if (!definition.times.created_time.empty()) names.push_back(kCreatedTime);
    if (!definition.times.known_at.empty()) names.push_back(kKnownAt);
    GN_ARROW_ASSIGN(auto batch, "storing rows", clean->CombineChunksToBatch());
    GN_ASSIGN(auto canonical, columns.convert(*batch, names, 0, nullptr));
    arrow::FieldVector fields;
    arrow::ArrayVector arrays;
    for (int i = 0; i < canonical->num_columns(); ++i) {
      std::shared_ptr<arrow::Array> array = canonical->column(i);
      if (names[static_cast<size_t>(i)].starts_with("__")) {
        GN_ARROW_ASSIGN(array, "storing rows", array->View(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")));
      }
      if (array->type_id() == arrow::Type::DICTIONARY) {
        GN_ARROW_ASSIGN(arrow::Datum plain, "storing rows", arrow::compute::Cast(array, definition.keys->field(i)->type()));
        array = plain.make_array();
      }
      fields.push_back(arrow::field(names[static_cast<size_t>(i)], array->type()));
      arrays.push_back(array);
    }
    *stored = arrow::Table::Make(arrow::schema(fields), arrays, canonical->num_rows());
    return Status();
  }

  // Audit is done: the new version is committed, then published by one registry write. A crash in between leaves the old one served.
  Status store(const ViewDefinition& definition, const arrow::Table& rows, RunStep* record) {
    CommitOptions options;
    options.mode = CommitMode::kOverwrite;
    project_.env->kill_point("run.before_commit");
    GN_ASSIGN(OfflineSnapshot snapshot, project_.view_table(definition.view.name()).commit(rows, options));
    project_.env->kill_point("run.before_publish");
    GN_TRY(registry_.set_values({publication(definition, snapshot.version)}));
    project_.env->kill_point("run.after_publish");
    record->rows_in = record->rows_out = rows.num_rows();
    record->bytes = table_bytes(rows);
    return Status();
  }

  Engine::Impl& project_;
  Registry& registry_;
  const v1::Manifest& manifest_;
  int64_t run_id_;
  std::map<std::string, std::shared_ptr<arrow::Table>> raw_;
  std::map<std::string, std::shared_ptr<arrow::Table>> clean_;
  std::map<std::string, std::string> outcome_;
};

}  // namespace

Result<RunReport> Engine::run(const std::vector<std::string>& names) {
  GN_ASSIGN(auto definitions, impl_->definitions());
  GN_ASSIGN(Registry * registry, impl_->registry());
  std::vector<const ViewDefinition*> views;
  for (const std::string& name : names) {
    GN_ASSIGN(const ViewDefinition* view, definitions->view(name));
    views.push_back(view);
  }
  if (names.empty()) {
    for (const auto& [name, view] : definitions->views()) views.push_back(&view);
  }
  GN_ASSIGN(int64_t id, registry->begin_run("run"));
  ViewRun run(*impl_, *registry, definitions->manifest(), id);
  std::string worst = "ok";
  for (const ViewDefinition* view : views) {
    Result<std::string> status = run.run(*view);
    if (!status.ok()) {
      GN_TRY(registry->end_run(id, "failed"));
      return status.status();
    }
    if (*status == "failed" || (*status == "blocked" && worst == "ok")) worst = *status;
  }
  GN_TRY(registry->end_run(id, worst));
  RunReport report;
  GN_ASSIGN(report.run, registry->run(id));
  report.blocked = worst == "blocked";
  return report;
}

Result<std::vector<ValidationReport>> Engine::validate(const std::vector<std::string>& names) {
  GN_ASSIGN(auto definitions, impl_->definitions());
  const v1::Manifest& manifest = definitions->manifest();
  std::vector<ValidationReport> reports;
  auto wanted = [&](const std::string& name) {
    return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const std::string& name : names) {
    if (!definitions->view(name).ok()) GN_TRY(definitions->source(name).status());
  }
  for (const v1::Source& source : manifest.sources()) {
    const bool has_checks = !source.expect().empty() || !source.event_id().empty();
    if (source.has_request() || !wanted(source.name()) || (names.empty() && !has_checks)) continue;
    std::shared_ptr<arrow::Table> table;
    if (source.has_file()) {
      GN_ASSIGN(table, file_rows(*impl_, source, {}));
    } else {
      GN_ASSIGN(table, with_pushed_rows(*impl_, source, manifest, nullptr));
    }
    GN_ASSIGN(CheckedRows checked, check_source_rows(table, source));
    reports.push_back({"source " + source.name(), table->num_rows(), checked.report});
  }
  for (const auto& [name, definition] : definitions->views()) {
    if (!wanted(name) || (names.empty() && definition.view.expect().empty())) continue;
    SourceTables inputs;
    for (const v1::Source* source : definition.sources) {
      GN_ASSIGN(auto table, checked_source_table(*impl_, *source, manifest));
      inputs.emplace_back(source->name(), table);
    }
    std::shared_ptr<arrow::Table> rows = inputs.front().second;
    if (has_transform(definition.view)) {
      GN_ASSIGN(rows, transform_rows(*impl_, definition.view, inputs));
    }
    GN_ASSIGN(CheckedRows checked, check_rows(rows, definition.view.expect()));
    reports.push_back({"view " + name, rows->num_rows(), checked.report});
  }
  return reports;
}

}  // namespace gnomon
