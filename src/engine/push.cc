// push and write_to_online_store: rows from outside → checked → history log → online store. The log is durable before the store
// answers with them, so that training can always explain what was served.
#include <algorithm>
#include <limits>
#include <set>

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/arrow_status.h"
#include "data/canonical_columns.h"
#include "data/cast.h"
#include "engine/materialize_view.h"
#include "engine/project.h"
#include "engine/quarantine_rows.h"
#include "engine/source_rows.h"
#include "engine/view_rows.h"
#include "engine/window_state.h"
#include "gnomon/types.h"

namespace gnomon {
namespace {

// The columns that a source's views and checks need, with their types: what a pushed row consists of.
Result<std::shared_ptr<arrow::Schema>> pushed_schema(Engine::Impl& project, const v1::Source& source,
                                                     const v1::Manifest& manifest) {
  GN_ASSIGN(auto schema, source_schema(project, source, manifest));
  TimeColumnNames times = time_columns(source, manifest);
  arrow::FieldVector fields;
  for (const auto& field : schema->fields()) {
    bool time = field->name() == times.event_time || field->name() == times.created_time || field->name() == times.known_at;
    if (time) {
      fields.push_back(arrow::field(field->name(), arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")));
      continue;
    }
    Result<std::string> dtype = dtype_of(*field->type());
    if (!dtype.ok()) continue;
    GN_ASSIGN(auto type, arrow_type_of(*dtype));
    fields.push_back(arrow::field(field->name(), type));
  }
  return arrow::schema(fields);
}

// `rows` cast to `schema`. A column the source has and the rows lack is null, but for those that must be there. Rows whose values do
// not fit are listed in `unfit`.
Result<std::shared_ptr<arrow::Table>> conform(const arrow::Table& rows, const arrow::Schema& schema,
                                              const std::set<std::string>& required, std::vector<Rejected>* unfit) {
  arrow::ArrayVector columns;
  for (const auto& field : schema.fields()) {
    auto column = rows.GetColumnByName(field->name());
    if (column == nullptr) {
      if (required.contains(field->name())) {
        return Status(Code::kInvalidArgument, "GN101", fmt::format("the rows have no column \"{}\"", field->name()),
                      fmt::format("They have: {}", fmt::join(rows.schema()->field_names(), ", ")));
      }
      GN_ARROW_ASSIGN(auto nulls, "reading pushed rows", arrow::MakeArrayOfNull(field->type(), rows.num_rows()));
      columns.push_back(nulls);
      continue;
    }
    GN_ARROW_ASSIGN(
        auto array, "reading pushed rows",
        column->num_chunks() == 0 ? arrow::MakeArrayOfNull(column->type(), 0) : arrow::Concatenate(column->chunks()));
    bool time = field->type()->id() == arrow::Type::TIMESTAMP;
    Result<CastColumn> cast = time ? cast_time_column(array) : cast_column(array, field->type());
    if (!cast.ok()) return cast.status().with_where(fmt::format("column \"{}\"", field->name()));
    for (int64_t row : cast->rejected) {
      auto cell = array->GetScalar(row);
      unfit->push_back({row, fmt::format("cast({}: {})", field->name(), time ? "time" : dtype_of(*field->type()).value()),
                        field->name(), cell.ok() ? (*cell)->ToString() : ""});
    }
    if (time) {
      GN_ARROW_ASSIGN(cast->values, "reading pushed rows", cast->values->View(field->type()));
    }
    if (required.contains(field->name())) {
      for (int64_t row = 0; row < array->length(); ++row) {
        if (array->IsNull(row)) unfit->push_back({row, fmt::format("not_null({})", field->name()), field->name(), "null"});
      }
    }
    columns.push_back(cast->values);
  }
  return arrow::Table::Make(arrow::schema(schema.fields()), columns, rows.num_rows());
}

// Takes unfit and quarantined rows out and records them. GN310 if a check blocks: then nothing is written at all.
Result<std::shared_ptr<arrow::Table>> screened(Engine::Impl& project, const std::string& target,
                                               const std::shared_ptr<arrow::Table>& rows,
                                               const google::protobuf::RepeatedPtrField<v1::Check>& checks,
                                               const std::vector<Rejected>& unfit, int64_t* quarantined) {
  GN_ASSIGN(CheckedRows checked, check_rows(rows, checks));
  if (checked.report.blocked) return gate_failed(target, checked.report);
  std::vector<Rejected> all = unfit;
  all.insert(all.end(), checked.report.quarantined.begin(), checked.report.quarantined.end());
  RowSet drop;
  for (const Rejected& rejected : all) drop.insert(rejected.row);
  *quarantined = static_cast<int64_t>(drop.size());
  GN_TRY(quarantine_rows(project, {0, target, "push", rows, all}));
  return without_rows(rows, drop);
}

// The rows of a source as canonical rows of one of its plain views.
Result<std::shared_ptr<arrow::RecordBatch>> view_batch(const ViewDefinition& definition, const arrow::Table& rows) {
  GN_ASSIGN(CanonicalColumns columns,
            CanonicalColumns::make(*rows.schema(), definition.row_layout(), "view " + definition.view.name()));
  std::vector<std::string> names = definition.keys->field_names();
  for (const std::string& name : definition.row_columns->field_names()) names.push_back(name);
  names.insert(names.end(), {kEventTime, kCreatedTime, kKnownAt});
  GN_ARROW_ASSIGN(auto batch, "reading pushed rows", rows.CombineChunksToBatch());
  GN_ASSIGN(auto canonical, columns.convert(*batch, names, 0, nullptr));
  auto times = canonical->GetColumnByName(kEventTime);
  if (times->null_count() == 0) return canonical;
  GN_ARROW_ASSIGN(arrow::Datum usable, "reading pushed rows", arrow::compute::CallFunction("is_valid", {times}));
  GN_ARROW_ASSIGN(arrow::Datum kept, "reading pushed rows", arrow::compute::Filter(canonical, usable));
  return kept.record_batch();
}

// Canonical rows in the form of the offline tables: times as timestamps.
Result<std::shared_ptr<arrow::Table>> stored_table(const arrow::RecordBatch& batch) {
  arrow::FieldVector fields = batch.schema()->fields();
  arrow::ArrayVector columns = batch.columns();
  auto time = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string& name = fields[i]->name();
    if (name != kEventTime && name != kCreatedTime && name != kKnownAt) continue;
    GN_ARROW_ASSIGN(columns[i], "storing rows", columns[i]->View(time));
    fields[i] = fields[i]->WithType(time);
  }
  return arrow::Table::Make(arrow::schema(fields), columns, batch.num_rows());
}

// Everything in the file that a commit added last, as the load log tells of it.
LoadEntry all_of_last_file(const std::string& log, const OfflineSnapshot& snapshot) {
  constexpr TimeUs kEarliest = std::numeric_limits<TimeUs>::min();
  constexpr TimeUs kLatest = std::numeric_limits<TimeUs>::max();
  LoadEntry entry;
  entry.ranges.push_back({logged_part_id(log, snapshot.files.back()), kEarliest, kLatest});
  return entry;
}

Result<LoadEntry> append_online_only(Engine::Impl& project, const ViewDefinition& definition,
                                     const arrow::RecordBatch& batch) {
  GN_ASSIGN(auto table, stored_table(batch));
  // The log keeps only the columns that its layout has, so that it reads like a snapshot.
  std::vector<int> keep;
  for (int i = 0; i < table->num_columns(); ++i) {
    const std::string& name = table->field(i)->name();
    bool absent = (name == kCreatedTime && definition.times.created_time.empty()) ||
                  (name == kKnownAt && definition.times.known_at.empty());
    if (!absent) keep.push_back(i);
  }
  GN_ARROW_ASSIGN(auto chosen, "storing rows", table->SelectColumns(keep));
  const std::string& name = definition.view.name();
  GN_ASSIGN(OfflineSnapshot snapshot, project.online_only_table(name).commit(*chosen, {}));
  return all_of_last_file("online_only " + name, snapshot);
}

}  // namespace

Result<PushReport> Engine::push(const std::string& source_name, const arrow::Table& rows, PushTo to) {
  GN_ASSIGN(auto definitions, impl_->definitions());
  GN_ASSIGN(const v1::Source* source, definitions->source(source_name));
  if (!source->has_push()) {
    return Status(Code::kInvalidArgument, "GN406", fmt::format("source {} is not a push source", source_name),
                  "Define it as a PushSource with this file as its batch_source");
  }
  const v1::Manifest& manifest = definitions->manifest();
  std::vector<const ViewDefinition*> views;
  std::set<std::string> required{time_columns(*source, manifest).event_time};
  for (const auto& [name, view] : definitions->views()) {
    if (has_transform(view.view) || view.sources.front() != source) continue;
    views.push_back(&view);
    for (const std::string& key : view.keys->field_names()) required.insert(key);
  }
  GN_ASSIGN(auto schema, pushed_schema(*impl_, *source, manifest));
  std::vector<Rejected> unfit;
  GN_ASSIGN(auto table, conform(rows, *schema, required, &unfit));
  // A store that somebody else owns is found out before anything is written, so that whoever is told may push elsewhere.
  bool serves = std::any_of(views.begin(), views.end(), [](const auto* view) { return !view->view.offline_only(); });
  if (serves && to != PushTo::kOffline) GN_TRY(impl_->online().status());
  PushReport report;
  GN_ASSIGN(auto good, screened(*impl_, "source " + source_name, table, source->expect(), unfit, &report.rows_quarantined));
  report.rows = good->num_rows();
  if (good->num_rows() == 0) return report;
  LoadEntry pushed;
  if (to != PushTo::kOnline) {
    GN_ASSIGN(OfflineSnapshot snapshot, impl_->push_table(source_name).commit(*good, {}));
    pushed = all_of_last_file("pushed " + source_name, snapshot);
    impl_->env->kill_point("push.after_offline");
  }
  if (to == PushTo::kOffline) return report;
  for (const ViewDefinition* view : views) {
    if (view->view.offline_only()) continue;
    GN_ASSIGN(auto batch, view_batch(*view, *good));
    LoadEntry loaded = pushed;
    if (to == PushTo::kOnline) {
      GN_ASSIGN(loaded, append_online_only(*impl_, *view, *batch));
    }
    if (view->aggregated != nullptr) {
      GN_TRY(push_to_windows(*impl_, *view));
    } else {
      GN_TRY(write_online_rows(*impl_, *view, {batch}, {}, std::move(loaded)));
    }
    report.views.push_back(view->view.name());
  }
  return report;
}

Result<PushReport> Engine::write_to_online_store(const std::string& view_name, const arrow::Table& rows) {
  GN_ASSIGN(auto definitions, impl_->definitions());
  GN_ASSIGN(const ViewDefinition* view, definitions->view(view_name));
  if (view->view.offline_only()) {
    return Status(Code::kFailedPrecondition, "GN405", fmt::format("view {} is not served online (online=False)", view_name),
                  "Set online=True and apply");
  }
  if (view->aggregated != nullptr) {
    return Status(Code::kInvalidArgument, "GN406",
                  fmt::format("the features of view {} are aggregated: they cannot be written", view_name),
                  "Push events to its source");
  }
  arrow::FieldVector fields = view->keys->fields();
  for (const auto& field : view->features->fields()) fields.push_back(field);
  auto time = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  for (const std::string& name : {view->times.event_time, view->times.created_time, view->times.known_at}) {
    if (!name.empty()) fields.push_back(arrow::field(name, time));
  }
  std::set<std::string> required{view->times.event_time};
  for (const std::string& key : view->keys->field_names()) required.insert(key);
  std::vector<Rejected> unfit;
  GN_ASSIGN(auto table, conform(rows, *arrow::schema(fields), required, &unfit));
  GN_TRY(impl_->online().status());  // before anything is written: it may be somebody else's
  PushReport report;
  GN_ASSIGN(auto good, screened(*impl_, "view " + view_name, table, view->view.expect(), unfit, &report.rows_quarantined));
  report.rows = good->num_rows();
  report.views = {view_name};
  if (good->num_rows() == 0) return report;
  GN_ASSIGN(auto batch, view_batch(*view, *good));
  GN_ASSIGN(LoadEntry loaded, append_online_only(*impl_, *view, *batch));
  GN_TRY(write_online_rows(*impl_, *view, {batch}, {}, std::move(loaded)));
  return report;
}

}  // namespace gnomon
