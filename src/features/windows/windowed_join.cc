#include "features/windows/windowed_join.h"

#include <algorithm>

#include <arrow/api.h>
#include <arrow/compute/api.h>

#include "base/parallel.h"
#include "data/arrow_status.h"
#include "features/entity_slots.h"
#include "features/key_groups.h"
#include "features/windows/group_windows.h"
#include "features/windows/window_results.h"

namespace gnomon {
namespace {

constexpr int64_t kWorkPerTask = 1 << 17;  // events and times that one task takes at least

// The own events of the entity rows in the order of their slots, of which each row then has one of its own.
Result<OwnEvents> own_events(const WindowedView& view, const EntitySlots& slots) {
  if (view.requests == nullptr) return OwnEvents();
  std::vector<int64_t> row_of(static_cast<size_t>(slots.slot_count()));
  for (int64_t row = 0; row < view.requests->num_rows(); ++row) {
    if (slots.slot_of_row(row) >= 0) row_of[static_cast<size_t>(slots.slot_of_row(row))] = row;
  }
  arrow::Int64Builder builder;
  GN_ARROW_TRY("reading requests", builder.AppendValues(row_of));
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> order, "reading requests", builder.Finish());
  GN_ARROW_ASSIGN(arrow::Datum taken, "reading requests", arrow::compute::Take(view.requests, order));
  return OwnEvents::read(taken.record_batch(), view.columns, view.passes, view.filters);
}

Result<WindowResults::Run> aggregate_groups(const WindowedView& view, const EventRows& rows, const EntitySlots& slots,
                                            const OwnEvents& own, int32_t first, int32_t end, WindowResults* results) {
  const int64_t first_slot = slots.group_begin(first);
  std::vector<ResultColumn> columns = results->columns(first_slot, slots.group_end(end - 1));
  GroupWindows windows(view);
  GroupEvents events;
  for (int32_t group = first; group < end; ++group) {
    rows.load(group, &events);
    GN_TRY(windows.append(events, slots.times(group), {view.requests == nullptr ? nullptr : &own, slots.group_begin(group)},
                          &columns));
  }
  return WindowResults::finished(first_slot, &columns);
}

// Groups [first, end) cut into runs of about equal work.
std::vector<int32_t> cut_groups(const EventRows& rows, const EntitySlots& slots, int32_t first, int32_t end) {
  std::vector<int32_t> cuts{first};
  int64_t work = 0;
  for (int32_t group = first; group < end; ++group) {
    work += rows.group_count_of_events(group) + slots.group_end(group) - slots.group_begin(group);
    if (work < kWorkPerTask && group + 1 < end) continue;
    cuts.push_back(group + 1);
    work = 0;
  }
  return cuts;
}

// Event times that any window of the entity rows can hold: [from, to).
void set_times(const WindowedView& view, const EntitySlots& slots, EventQuery* query) {
  TimeUs from = kBeginningOfTime;
  int64_t longest = longest_reach(view.features);
  if (longest == 0 || __builtin_sub_overflow(slots.min_time(), longest, &from)) from = kBeginningOfTime;
  // Windows end before the time they are asked for.
  for (const RowHistory* history : view.histories) query->parts.push_back({history, from, slots.max_time()});
}

int64_t parts_within_budget(const WindowedView& view, const EventQuery& query, int32_t groups) {
  if (view.memory_budget_bytes <= 0) return 1;
  int64_t events = 0;
  for (const RowHistory* history : view.histories) events += history->row_count();
  int64_t parts = events / std::max<int64_t>(1, view.memory_budget_bytes / EventRows::bytes_per_event(query)) + 1;
  return std::clamp<int64_t>(parts, 1, std::max(1, groups));
}

}  // namespace

Result<std::shared_ptr<arrow::Array>> with_default(const std::shared_ptr<arrow::Array>& values,
                                                   const std::shared_ptr<arrow::Scalar>& value,
                                                   const std::vector<int64_t>& invalid_rows) {
  if (value == nullptr || values->null_count() == static_cast<int64_t>(invalid_rows.size())) return values;
  arrow::BooleanBuilder missing;
  size_t next = 0;
  for (int64_t row = 0; row < values->length(); ++row) {
    bool invalid = next < invalid_rows.size() && invalid_rows[next] == row;
    next += static_cast<size_t>(invalid);
    GN_ARROW_TRY("filling in defaults", missing.Append(values->IsNull(row) && !invalid));
  }
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> mask, "filling in defaults", missing.Finish());
  GN_ARROW_ASSIGN(arrow::Datum filled, "filling in defaults", arrow::compute::IfElse(mask, value, values));
  return filled.make_array();
}

int64_t longest_reach(const std::vector<WindowedFeature>& features) {
  int64_t longest = 0;
  for (const WindowedFeature& feature : features) {
    int64_t reach = feature.window.reach_us();
    if (reach == 0) return 0;
    longest = std::max(longest, reach);
  }
  return longest;
}

Result<WindowedValues> windowed_join(const EntityRows& entities, const WindowedView& view, int threads) {
  threads = thread_count(threads);
  std::vector<int32_t> groups_of_rows;
  GN_ASSIGN(KeyGroups groups, KeyGroups::build(entities.keys, &groups_of_rows));
  const auto share = view.requests == nullptr ? EntitySlots::Share::kEqualTimes : EntitySlots::Share::kNone;
  EntitySlots slots = EntitySlots::build(groups_of_rows, groups.group_count(), entities.times, share);
  GN_ASSIGN(OwnEvents own, own_events(view, slots));

  EventQuery query;
  query.key_names = view.key_names;
  query.columns = view.columns;
  query.condition_columns = view.condition_columns;
  query.passes = view.passes;
  query.filters = view.filters;
  query.serving_lag_us = view.serving_lag_us;
  set_times(view, slots, &query);
  WindowResults results(view, slots);
  std::vector<WindowResults::Run> runs;
  int64_t passes = parts_within_budget(view, query, groups.group_count());
  for (int64_t pass = 0; pass < passes; ++pass) {
    if (view.progress) view.progress(pass, passes);
    query.first_group = static_cast<int32_t>(groups.group_count() * pass / passes);
    query.end_group = static_cast<int32_t>(groups.group_count() * (pass + 1) / passes);
    if (query.first_group == query.end_group) continue;
    GN_ASSIGN(EventRows rows, EventRows::read(query, groups, threads));
    std::vector<int32_t> cuts = cut_groups(rows, slots, query.first_group, query.end_group);
    size_t before = runs.size();
    runs.resize(before + cuts.size() - 1);
    GN_TRY(parallel_for(static_cast<int64_t>(cuts.size()) - 1, threads, [&](int, int64_t task) -> Status {
      size_t at = static_cast<size_t>(task);
      GN_ASSIGN(runs[before + at], aggregate_groups(view, rows, slots, own, cuts[at], cuts[at + 1], &results));
      return Status();
    }));
  }
  GN_ASSIGN(WindowResults::Run empty, results.empty_windows());
  runs.push_back(std::move(empty));
  return results.by_entity_row(entities.rows, runs, threads);
}

}  // namespace gnomon
