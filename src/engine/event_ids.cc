#include "engine/event_ids.h"

#include <algorithm>
#include <numeric>

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include "data/arrow_status.h"
#include "data/cast.h"
#include "data/content_order.h"
#include "features/key_groups.h"
#include "gnomon/types.h"

namespace gnomon {
namespace {

Result<std::shared_ptr<arrow::Array>> whole_column(const arrow::Table& table, const std::string& name) {
  auto column = table.GetColumnByName(name);
  if (column == nullptr) return Status(Code::kInvalidArgument, "GN101", fmt::format("unknown column \"{}\"", name));
  if (column->num_chunks() == 1) return column->chunk(0);
  GN_ARROW_ASSIGN(
      auto joined, "reading event ids",
      column->num_chunks() == 0 ? arrow::MakeArrayOfNull(column->type(), 0) : arrow::Concatenate(column->chunks()));
  return joined;
}

// A column in a type that has an order; what has none is compared as text.
Result<std::shared_ptr<arrow::Array>> ordered_column(const std::shared_ptr<arrow::Array>& values) {
  Result<std::string> dtype = dtype_of(*values->type());
  if (dtype.ok()) {
    GN_ASSIGN(auto type, arrow_type_of(*dtype));
    GN_ASSIGN(CastColumn cast, cast_column(values, type));
    return cast.values;
  }
  arrow::StringBuilder texts;
  for (int64_t row = 0; row < values->length(); ++row) {
    GN_ARROW_ASSIGN(auto cell, "comparing events", values->GetScalar(row));
    GN_ARROW_TRY("comparing events", cell->is_valid ? texts.Append(cell->ToString()) : texts.AppendNull());
  }
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> array, "comparing events", texts.Finish());
  return array;
}

// The rows of `table` at `places`, in the order of the source's columns: those of its schema first.
Result<std::shared_ptr<arrow::RecordBatch>> comparable_rows(const v1::Source& source, const arrow::Table& table,
                                                            const std::vector<int64_t>& places) {
  std::vector<std::string> names;
  auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end() && table.GetColumnByName(name) != nullptr)
      names.push_back(name);
  };
  for (const v1::Field& field : source.schema()) {
    auto mapped = source.field_mapping().find(field.name());
    add(mapped == source.field_mapping().end() ? field.name() : mapped->second);
  }
  for (const auto& field : table.schema()->fields()) add(field->name());
  arrow::Int64Builder builder;
  GN_ARROW_TRY("comparing events", builder.AppendValues(places));
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> indices, "comparing events", builder.Finish());
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (const std::string& name : names) {
    GN_ASSIGN(auto whole, whole_column(table, name));
    GN_ARROW_ASSIGN(arrow::Datum taken, "comparing events",
                    arrow::compute::Take(whole, indices, arrow::compute::TakeOptions::NoBoundsCheck()));
    GN_ASSIGN(auto column, ordered_column(taken.make_array()));
    fields.push_back(arrow::field(name, column->type()));
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), static_cast<int64_t>(places.size()), columns);
}

// The group of each row's id; kNoGroup for rows that take no part, and for null ids, which are listed.
Result<std::vector<int32_t>> groups_of(const v1::Source& source, const arrow::Table& ids, const RowSet& bad,
                                       EventIdRows* found) {
  GN_ASSIGN(auto column, whole_column(ids, source.event_id()));
  GN_ASSIGN(std::string dtype, dtype_of(*column->type()));
  GN_ASSIGN(auto type, arrow_type_of(dtype));
  GN_ASSIGN(CastColumn cast, cast_column(column, type));
  std::vector<int32_t> groups;
  GN_ASSIGN(KeyGroups distinct, KeyGroups::build({cast.values}, &groups));
  std::shared_ptr<arrow::Array> times;
  if (!source.timestamp_field().empty()) {
    GN_ASSIGN(auto stored, whole_column(ids, source.timestamp_field()));
    GN_ASSIGN(CastColumn usable, cast_time_column(stored));
    times = usable.values;
    for (int64_t row : usable.rejected) groups[static_cast<size_t>(row)] = kNoGroup;
  }
  for (size_t row = 0; row < groups.size(); ++row) {
    const auto place = static_cast<int64_t>(row);
    if (bad.contains(place) || (times != nullptr && times->IsNull(place))) {
      groups[row] = kNoGroup;
    } else if (cast.values->IsNull(place)) {
      found->rejected.push_back({place, fmt::format("not_null({})", source.event_id()), source.event_id(), "null"});
    }
  }
  return groups;
}

}  // namespace

Result<EventIdRows> find_event_ids(const v1::Source& source, const arrow::Table& ids, const RowSet& bad,
                                   const WholeRows& all_columns) {
  EventIdRows found;
  GN_ASSIGN(std::vector<int32_t> groups, groups_of(source, ids, bad, &found));
  std::vector<int32_t> count;
  for (int32_t group : groups) {
    if (group == kNoGroup) continue;
    if (static_cast<size_t>(group) >= count.size()) count.resize(static_cast<size_t>(group) + 1);
    ++count[static_cast<size_t>(group)];
  }
  std::vector<int64_t> shared;
  for (size_t row = 0; row < groups.size(); ++row) {
    if (groups[row] != kNoGroup && count[static_cast<size_t>(groups[row])] > 1) shared.push_back(static_cast<int64_t>(row));
  }
  if (shared.empty()) return found;

  GN_ASSIGN(auto table, all_columns());
  GN_ASSIGN(auto rows, comparable_rows(source, *table, shared));
  std::vector<int> columns(static_cast<size_t>(rows->num_columns()));
  std::iota(columns.begin(), columns.end(), 0);
  std::vector<int64_t> order(shared.size());  // places in `shared`: by id, then by content
  std::iota(order.begin(), order.end(), int64_t{0});
  auto group_at = [&](int64_t place) { return groups[static_cast<size_t>(shared[static_cast<size_t>(place)])]; };
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    if (group_at(a) != group_at(b)) return group_at(a) < group_at(b);
    return compare_content(*rows, a, *rows, b, columns) < 0;
  });
  GN_ASSIGN(auto id_column, whole_column(ids, source.event_id()));
  int64_t smallest = order.front();
  for (size_t at = 1; at < order.size(); ++at) {
    const int64_t place = order[at], row = shared[static_cast<size_t>(place)];
    if (group_at(place) != group_at(smallest)) {
      smallest = place;
    } else if (compare_content(*rows, smallest, *rows, place, columns) == 0) {
      found.repeated.push_back(row);
    } else {
      auto cell = id_column->GetScalar(row);
      found.rejected.push_back({row, "conflicting_duplicate", source.event_id(), cell.ok() ? (*cell)->ToString() : ""});
    }
  }
  std::sort(found.rejected.begin(), found.rejected.end(),
            [](const Rejected& a, const Rejected& b) { return a.row < b.row; });
  return found;
}

CheckResult event_id_result(const v1::Source& source, int64_t rows, const EventIdRows& found) {
  CheckResult result;
  result.check = fmt::format("event_id({})", source.event_id());
  result.on_fail = OnFail::kQuarantine;
  result.success = found.rejected.empty();
  result.element_count = rows;
  result.unexpected_count = static_cast<int64_t>(found.rejected.size());
  const size_t named = std::min(found.rejected.size(), static_cast<size_t>(kFirstUnexpected));
  result.first_unexpected.assign(found.rejected.begin(), found.rejected.begin() + static_cast<std::ptrdiff_t>(named));
  return result;
}

}  // namespace gnomon
