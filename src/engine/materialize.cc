// materialize: a view's history → the online store, all of a call's rows and its mark in one atomic write per view.
#include <algorithm>
#include <set>

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "data/arrow_status.h"
#include "engine/materialize_view.h"
#include "engine/online_views.h"
#include "engine/project.h"
#include "engine/view_rows.h"
#include "engine/window_state.h"

namespace gnomon {
namespace {

using nlohmann::json;

constexpr int64_t kReadBatchRows = 1 << 16;
constexpr TimeUs kBeginning = std::numeric_limits<TimeUs>::min();

struct Range {
  TimeUs start;
  TimeUs end;
};

// What is in the online store already: parts by id, each loaded up to a time.
struct Mark {
  TimeUs end = kBeginning;
  std::set<std::string> parts;
};

std::string mark_name(const ViewDefinition& definition) { return definition.online.id + "|materialized"; }

Result<Mark> read_mark(OnlineStore& store, const ViewDefinition& definition) {
  GN_ASSIGN(std::optional<std::string> text, store.get_mark(mark_name(definition)));
  Mark mark;
  if (!text.has_value()) return mark;
  json value = json::parse(*text, nullptr, false);
  if (value.is_discarded())
    return Status(Code::kDataLoss, "GN511", "the materialization mark of " + definition.view.name() + " is unreadable",
                  "Apply the view again and materialize");
  mark.end = value["end"].get<TimeUs>();
  for (const auto& part : value["parts"]) mark.parts.insert(part.get<std::string>());
  return mark;
}

OnlineMark written_mark(const ViewDefinition& definition, TimeUs end, const ViewHistory& history) {
  json parts = json::array();
  for (const HistoryPart& part : history.parts) parts.push_back(part.id);
  return {mark_name(definition), json{{"end", end}, {"parts", parts}}.dump()};
}

// The rows of `batch` with a usable event time in the range.
Result<std::shared_ptr<arrow::RecordBatch>> rows_in(const arrow::RecordBatch& batch, Range range) {
  const auto& times = static_cast<const arrow::Int64Array&>(*batch.GetColumnByName(kEventTime));
  arrow::Int64Builder keep;
  for (int64_t row = 0; row < times.length(); ++row) {
    if (times.IsValid(row) && times.Value(row) >= range.start && times.Value(row) < range.end)
      GN_ARROW_TRY("choosing rows", keep.Append(row));
  }
  std::shared_ptr<arrow::Array> rows;
  GN_ARROW_TRY("choosing rows", keep.Finish(&rows));
  auto owned = arrow::RecordBatch::Make(batch.schema(), batch.num_rows(), batch.columns());
  if (rows->length() == batch.num_rows()) return owned;
  GN_ARROW_ASSIGN(arrow::Datum taken, "choosing rows",
                  arrow::compute::Take(owned, rows, arrow::compute::TakeOptions::NoBoundsCheck()));
  return taken.record_batch();
}

// Dictionary-encoded keys as plain ones: a store knows declared types only.
Result<std::shared_ptr<arrow::RecordBatch>> plain_keys(const std::shared_ptr<arrow::RecordBatch>& batch) {
  arrow::ArrayVector columns = batch->columns();
  arrow::FieldVector fields = batch->schema()->fields();
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i]->type_id() != arrow::Type::DICTIONARY) continue;
    auto type = static_cast<const arrow::DictionaryType&>(*columns[i]->type()).value_type();
    GN_ARROW_ASSIGN(arrow::Datum plain, "decoding keys", arrow::compute::Cast(columns[i], type));
    columns[i] = plain.make_array();
    fields[i] = fields[i]->WithType(type);
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), batch->num_rows(), columns);
}

struct Collected {
  arrow::RecordBatchVector rows;
  int64_t rows_read = 0;
  bool earlier_left_out = false;  // the history has rows before the range
};

Status collect(const RowHistory& history, const ViewDefinition& definition, Range range, Collected* out) {
  std::vector<std::string> columns = definition.keys->field_names();
  for (const std::string& name : definition.features->field_names()) columns.push_back(name);
  columns.insert(columns.end(), {kEventTime, kCreatedTime, kKnownAt});
  for (int64_t unit = 0; unit < history.unit_count(); ++unit) {
    if (range.start > kBeginning) out->earlier_left_out |= history.unit_may_hold(unit, kBeginning, range.start - 1);
    if (range.start >= range.end || !history.unit_may_hold(unit, range.start, range.end - 1)) continue;
    GN_TRY(history.scan(unit, columns, kReadBatchRows, [&](int64_t, const arrow::RecordBatch& batch) -> Status {
      out->rows_read += batch.num_rows();
      GN_ASSIGN(auto chosen, rows_in(batch, range));
      if (chosen->num_rows() == 0) return Status();
      GN_ASSIGN(auto plain, plain_keys(chosen));
      out->rows.push_back(std::move(plain));
      return Status();
    }));
  }
  return Status();
}

void count(const Collected& collected, ViewReport* report) {
  report->rows_read = collected.rows_read;
  for (const auto& batch : collected.rows) report->rows_written += batch->num_rows();
}

Status check_end(const Engine::Impl& project, TimeUs end) {
  TimeUs now = project.env->now_us();
  if (end <= now) return Status();
  return Status(Code::kInvalidArgument, "GN404",
                fmt::format("end {} is in the future (now {})", format_time(end), format_time(now)),
                "Materialize up to now at most");
}

Result<MaterializeReport> materialize_views(
    Engine::Impl& project, const std::string& kind, const std::vector<std::string>& names,
    const std::function<Result<ViewReport>(const ViewDefinition&)>& materialize_one) {
  MaterializeReport report;
  GN_ASSIGN(Run run, for_online_views(project, {kind, "materialize", names},
                                      [&](const ViewDefinition& definition, RunStep* step) -> Status {
                                        GN_ASSIGN(ViewReport one, materialize_one(definition));
                                        step->rows_in = one.rows_read;
                                        step->rows_out = one.rows_written;
                                        report.views.push_back(std::move(one));
                                        return Status();
                                      }));
  report.run_id = run.id;
  for (size_t i = 0; i < run.steps.size(); ++i) report.views[i].seconds = run.steps[i].seconds;
  return report;
}

std::string covered_from_mark(const ViewDefinition& definition) { return definition.online.id + "|covered_from"; }

// From when on keys are still there that compactions removed later.
std::string compacted_mark(const ViewDefinition& definition) { return definition.online.id + "|compacted"; }

TimeUs covered_from(const std::optional<std::string>& text) {
  return text.has_value() ? static_cast<TimeUs>(std::stoll(*text)) : kNothingMaterialized;
}

}  // namespace

Status write_online_rows(Engine::Impl& project, const ViewDefinition& definition, const arrow::RecordBatchVector& rows,
                         std::vector<OnlineMark> marks, LoadEntry loaded) {
  GN_ASSIGN(OnlineStore * store, project.online());
  const OnlineWrite write(project);
  GN_ASSIGN(std::vector<OnlineMark> logged, load_marks(*store, project.env, load_log_name(definition), std::move(loaded)));
  marks.insert(marks.end(), logged.begin(), logged.end());
  return store->write(definition.online, rows, project.env->now_us(), marks);
}

Result<TimeUs> covered_from(OnlineStore& store, const ViewDefinition& definition) {
  GN_ASSIGN(std::optional<std::string> text, store.get_mark(covered_from_mark(definition)));
  return covered_from(text);
}

Result<TimeUs> recently_covered_from(OnlineStore& store, const ViewDefinition& definition) {
  GN_ASSIGN(std::optional<std::string> text, store.recent_mark(covered_from_mark(definition)));
  GN_ASSIGN(std::optional<std::string> compacted, store.recent_mark(compacted_mark(definition)));
  const TimeUs from = covered_from(text);
  if (!compacted.has_value()) return from;
  if (from == kNothingMaterialized) return only_pushed(definition) ? covered_from(compacted) : from;
  return std::max(from, covered_from(compacted));
}

Result<int64_t> compact_rows(OnlineStore& store, const ViewDefinition& definition, TimeUs as_of) {
  std::vector<OnlineMark> marks;
  if (definition.online.ttl_us > 0) {
    // What goes was too old to serve kKeptPastTtlUs before: since then nobody can tell it from what never was.
    GN_ASSIGN(std::optional<std::string> before, store.get_mark(compacted_mark(definition)));
    const TimeUs since = std::max(as_of - kKeptPastTtlUs, before.has_value() ? covered_from(before) : kBeginning);
    marks.push_back({compacted_mark(definition), std::to_string(since)});
  }
  return store.compact(definition.online, as_of, marks);
}

Result<ViewReport> materialize_view_incremental(Engine::Impl& project, const ViewDefinition& definition, TimeUs end) {
  GN_ASSIGN(OnlineStore * store, project.online());
  GN_ASSIGN(ViewHistory history, view_history(project, definition, PushedRows::kOfflineAndOnlineOnly));
  if (definition.aggregated != nullptr) return extend_windows(project, definition, history, end);
  GN_ASSIGN(Mark mark, read_mark(*store, definition));
  ViewReport report{definition.view.name()};
  Collected collected;
  LoadEntry loaded;
  int64_t done = 0;
  for (const HistoryPart& part : history.parts) {
    project.report(report.view + ": materialize", done++, static_cast<int64_t>(history.parts.size()));
    // A part that was loaded before holds nothing new below the old end; any other is new or changed: all of it counts, late rows too.
    Range range{mark.parts.contains(part.id) ? mark.end : kBeginning, end};
    loaded.ranges.push_back({part.id, range.start, range.end});
    GN_TRY(collect(*part.rows, definition, range, &collected));
  }
  count(collected, &report);
  project.env->kill_point("materialize.before_write");
  std::vector<OnlineMark> marks{written_mark(definition, std::max(end, mark.end), history),
                                {covered_from_mark(definition), std::to_string(kBeginning)}};
  GN_TRY(write_online_rows(project, definition, collected.rows, std::move(marks), std::move(loaded)));
  project.env->kill_point("materialize.after_write");
  project.report(report.view + ": materialize", done, done);
  return report;
}

Result<MaterializeReport> Engine::materialize(TimeUs start, TimeUs end, const std::vector<std::string>& views) {
  GN_TRY(check_end(*impl_, end));
  if (start > end) {
    return Status(Code::kInvalidArgument, "GN404",
                  fmt::format("start {} is after end {}", format_time(start), format_time(end)),
                  "Intervals are [start, end)");
  }
  return materialize_views(*impl_, "materialize", views, [&](const ViewDefinition& definition) -> Result<ViewReport> {
    GN_ASSIGN(OnlineStore * store, impl_->online());
    GN_ASSIGN(ViewHistory history, view_history(*impl_, definition, PushedRows::kOfflineAndOnlineOnly));
    if (definition.aggregated != nullptr) return rebuild_windows(*impl_, definition, history, start, end);
    ViewReport report{definition.view.name()};
    Collected collected;
    LoadEntry loaded;
    int64_t done = 0;
    for (const HistoryPart& part : history.parts) {
      impl_->report(report.view + ": materialize", done++, static_cast<int64_t>(history.parts.size()));
      loaded.ranges.push_back({part.id, start, end});
      GN_TRY(collect(*part.rows, definition, {start, end}, &collected));
    }
    count(collected, &report);
    GN_ASSIGN(TimeUs covered, covered_from(*store, definition));
    if (covered == kNothingMaterialized || end >= covered) covered = std::min(covered, start);
    if (!collected.earlier_left_out) covered = kBeginning;
    impl_->env->kill_point("materialize.before_write");
    GN_TRY(write_online_rows(*impl_, definition, collected.rows, {{covered_from_mark(definition), std::to_string(covered)}},
                             std::move(loaded)));
    impl_->env->kill_point("materialize.after_write");
    impl_->report(report.view + ": materialize", done, done);
    return report;
  });
}

Result<MaterializeReport> Engine::materialize_incremental(TimeUs end, const std::vector<std::string>& views) {
  GN_TRY(check_end(*impl_, end));
  return materialize_views(*impl_, "materialize_incremental", views, [&](const ViewDefinition& definition) {
    return materialize_view_incremental(*impl_, definition, end);
  });
}

}  // namespace gnomon
