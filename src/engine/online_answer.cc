// Online answers: request keys → one read per view → a value, a status and an event time for each feature and row.
#include <algorithm>
#include <map>

#include <arrow/api.h>
#include <fmt/format.h>

#include "data/arrow_status.h"
#include "engine/asked_features.h"
#include "engine/load_log.h"
#include "engine/materialize_view.h"
#include "engine/online_computed.h"
#include "engine/online_windows.h"
#include "engine/own_requests.h"
#include "engine/project.h"
#include "engine/request_plan.h"
#include "engine/served_log.h"

namespace gnomon {
namespace {

constexpr int kMostTries = 5;  // of a read that writes come between

// Before the earliest materialized time the store cannot tell what held; nor at any, while nothing of the view's history is materialized.
Status mark_uncovered(OnlineStore& store, const ViewDefinition& definition, TimeUs t, OnlineRows* rows) {
  GN_ASSIGN(TimeUs from, recently_covered_from(store, definition));
  const bool covers_nothing = from == kNothingMaterialized && !only_pushed(definition);
  if (!covers_nothing && (from == kNothingMaterialized || t >= from)) return Status();
  arrow::ArrayVector nulls;
  for (const auto& field : definition.features->fields()) {
    GN_ARROW_ASSIGN(auto column, "answering", arrow::MakeArrayOfNull(field->type(), rows->features->num_rows()));
    nulls.push_back(column);
  }
  rows->features = arrow::RecordBatch::Make(definition.features, rows->features->num_rows(), nulls);
  std::fill(rows->row_status.begin(), rows->row_status.end(), OnlineStatus::kInvalid);
  return Status();
}

OnlineColumn column_of(const OnlineRows& rows, const std::string& feature) {
  OnlineColumn column;
  column.values = rows.features->GetColumnByName(feature);
  column.status = rows.row_status;
  column.event_time = rows.event_time;
  for (size_t row = 0; row < column.status.size(); ++row) {
    OnlineStatus& status = column.status[row];
    if (status == OnlineStatus::kPresent && column.values->IsNull(static_cast<int64_t>(row)))
      status = OnlineStatus::kNullValue;
    if (status == OnlineStatus::kNotFound || status == OnlineStatus::kInvalid) column.event_time[row] = 0;
  }
  return column;
}

Result<ViewAnswer> rows_answer(OnlineStore& store, const ViewDefinition& definition,
                               const std::vector<std::string>& features, OnlineRows rows, TimeUs t, bool in_the_past) {
  if (in_the_past) GN_TRY(mark_uncovered(store, definition, t, &rows));
  ViewAnswer answer;
  std::vector<bool> is_told(rows.row_status.size(), false);
  for (const OnlineRows::Failure& failure : rows.failures) {
    answer.errors.push_back(unavailable_error(definition.view.name(), failure));
    is_told[failure.row] = true;
  }
  for (size_t row = 0; row < rows.row_status.size(); ++row) {
    if (rows.row_status[row] == OnlineStatus::kInvalid && !is_told[row])
      answer.errors.push_back(fmt::format("AS_OF_NOT_COVERED {} row {}", definition.view.name(), row));
  }
  for (const std::string& feature : features) answer.columns.push_back(column_of(rows, feature));
  return answer;
}

// What is stored, of all views that a request asks for: gathered, fetched together, answered.
class StoredFeatures {
 public:
  StoredFeatures(OnlineStore& store, const arrow::RecordBatch& entity_rows, TimeUs t, bool in_the_past)
      : store_(store), entity_rows_(entity_rows), t_(t), in_the_past_(in_the_past) {}

  Status add(const ViewDefinition& definition, const std::vector<std::string>& features,
             const std::vector<size_t>& indices) {
    View& view = views_.emplace_back();
    view.definition = &definition;
    view.features = &features;
    GN_ASSIGN(view.keys, key_batch(entity_rows_, definition));
    if (definition.aggregated == nullptr) return Status();
    GN_ASSIGN(auto requests, own_requests(entity_rows_, definition, features));
    GN_ASSIGN(view.windows, OnlineWindows::begin(store_, definition, indices, *view.keys, std::move(requests), t_));
    return Status();
  }

  // ERRORS: GN533 Aborted if windows were built anew meanwhile: begin again.
  Status read(std::map<const ViewDefinition*, std::vector<OnlineColumn>>* columns, std::vector<std::string>* errors) {
    std::vector<OnlineQuery> row_queries;
    std::vector<WindowQuery> window_queries;
    for (const View& view : views_) {
      if (view.windows == nullptr) {
        row_queries.push_back({&view.definition->online, view.keys.get()});
      } else if (std::optional<WindowQuery> query = view.windows->query()) {
        window_queries.push_back(*query);
      }
    }
    GN_ASSIGN(std::vector<OnlineRows> rows, store_.read_together(row_queries, window_queries, t_));
    size_t next = 0;
    for (const View& view : views_) {
      ViewAnswer one;
      if (view.windows != nullptr) {
        GN_ASSIGN(one, view.windows->finish());
      } else {
        GN_ASSIGN(one, rows_answer(store_, *view.definition, *view.features, std::move(rows[next++]), t_, in_the_past_));
      }
      (*columns)[view.definition] = std::move(one.columns);
      errors->insert(errors->end(), one.errors.begin(), one.errors.end());
    }
    return Status();
  }

 private:
  struct View {
    const ViewDefinition* definition;
    const std::vector<std::string>* features;
    std::shared_ptr<arrow::RecordBatch> keys;
    std::unique_ptr<OnlineWindows> windows;  // null: its rows are stored
  };

  OnlineStore& store_;
  const arrow::RecordBatch& entity_rows_;
  TimeUs t_;
  bool in_the_past_;
  std::vector<View> views_;
};

// The caller's own columns that were used as keys, in the caller's order.
std::shared_ptr<arrow::RecordBatch> used_keys(const arrow::RecordBatch& rows,
                                              const std::map<const ViewDefinition*, std::vector<std::string>>& views) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (int i = 0; i < rows.num_columns(); ++i) {
    bool used = std::any_of(views.begin(), views.end(),
                            [&](const auto& entry) { return entry.first->keys->GetFieldIndex(rows.column_name(i)) >= 0; });
    if (!used) continue;
    fields.push_back(rows.schema()->field(i));
    columns.push_back(rows.column(i));
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), rows.num_rows(), columns);
}

// Hands an answer to the log, if it is one of the sample. What cannot be copied is counted as dropped.
void log_answer(Engine::Impl& project, OnlineStore& store, std::shared_ptr<const Definitions> definitions,
                std::shared_ptr<const RequestPlan> plan, const OnlineRequest& request, const OnlineAnswer& answer) {
  if (project.served_log == nullptr || !project.served_log->samples()) return;
  // A write that is under way may have been seen already. In this order: one that ended in between is in the sequence.
  const bool is_writing = project.online_writes.load() > 0;
  const uint64_t sequence = store.sequence();
  Result<ServedAnswer> served =
      captured(std::move(definitions), std::move(plan), request.features, *request.entity_rows, answer);
  Result<std::string> store_name = load_log_store(store);
  if (!served.ok() || !store_name.ok()) return project.served_log->count_dropped();
  served->sequence_end = sequence + (is_writing ? 1 : 0);
  served->store = std::move(*store_name);
  served->served_at = project.env->now_us();
  project.served_log->add(std::move(*served));
}

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> key_batch(const arrow::RecordBatch& rows, const ViewDefinition& definition) {
  arrow::ArrayVector columns;
  for (const auto& field : definition.keys->fields()) {
    auto column = rows.GetColumnByName(field->name());
    if (column == nullptr) {
      return Status(Code::kInvalidArgument, "GN211",
                    fmt::format("missing join key \"{}\" of view {}", field->name(), definition.view.name()),
                    "Give it in every entity row; null matches nothing");
    }
    Result<CastColumn> cast = cast_join_key(column, *field, definition.view.name());
    if (!cast.ok())
      return cast.status().with_where(fmt::format("join key \"{}\" of view {}", field->name(), definition.view.name()));
    columns.push_back(cast->values);
  }
  return arrow::RecordBatch::Make(definition.keys, rows.num_rows(), columns);
}

bool Engine::is_request_column(const std::string& name) {
  auto definitions = impl_->definitions();
  return definitions.ok() && (*definitions)->request_columns().contains(name);
}

Result<OnlineAnswer> Engine::get_online_features(const OnlineRequest& request) {
  GN_ASSIGN(auto definitions, impl_->definitions());
  GN_ASSIGN(auto plan, definitions->request_plans().get(*definitions, request.features));
  const AskedFeatures& asked = plan->asked;
  GN_ASSIGN(OnlineStore * store, impl_->online_for_reading());
  OnlineAnswer answer;
  const TimeUs now = impl_->env->now_us();
  answer.t = request.as_of.value_or(now);
  const bool is_in_the_past = answer.t < now;
  answer.sequence = store->sequence();
  answer.keys = used_keys(*request.entity_rows, asked.stored);
  GN_TRY(plan->check_names(*answer.keys->schema()));
  std::map<const ViewDefinition*, std::vector<OnlineColumn>> columns;
  for (const auto& [definition, features] : asked.stored) {
    if (definition->view.offline_only()) {
      return Status(Code::kFailedPrecondition, "GN405",
                    fmt::format("view {} is not served online (online=False)", definition->view.name()),
                    "Set online=True and apply");
    }
  }
  for (int tries = 1;; ++tries) {
    StoredFeatures stored(*store, *request.entity_rows, answer.t, is_in_the_past);
    for (const auto& [definition, features] : asked.stored)
      GN_TRY(stored.add(*definition, features, plan->indices.at(definition)));
    const Status read = stored.read(&columns, &answer.errors);
    if (read.ok()) break;
    if (read.code() != Code::kAborted || tries == kMostTries) return read;
    answer.errors.clear();
  }
  GN_ASSIGN(auto computed, computed_online(*impl_, asked, columns, *request.entity_rows, &answer.errors));
  answer.columns.reserve(plan->wanted.size());
  for (size_t index = 0; index < plan->wanted.size(); ++index) {
    const RequestedFeature& feature = plan->wanted[index];
    // Each is wanted once, and nothing reads it any more.
    answer.columns.push_back(std::move(feature.on_demand != nullptr ? computed.at({feature.view_name(), feature.feature})
                                                                    : columns.at(feature.view)[plan->places[index]]));
    answer.columns.back().name = feature.name;
  }
  log_answer(*impl_, *store, definitions, plan, request, answer);
  return answer;
}

}  // namespace gnomon
