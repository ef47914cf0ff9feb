#include "features/windows/own_events.h"

#include <arrow/api.h>

#include "features/aggregations/algebra.h"

namespace gnomon {
namespace {

template <class Array, class T>
void read_numbers(const arrow::Array& column, std::vector<T>* values) {
  const auto& numbers = static_cast<const Array&>(column);
  for (int64_t row = 0; row < column.length(); ++row) values->push_back(static_cast<T>(numbers.Value(row)));
}

GroupEvents::Column column_of(const arrow::Array& column) {
  GroupEvents::Column result;
  result.kind = value_kind_of(*column.type());
  result.has_nulls = true;  // which costs nothing here, and no caller has to ask
  for (int64_t row = 0; row < column.length(); ++row) result.valid.push_back(column.IsValid(row) ? 1 : 0);
  switch (column.type_id()) {
    case arrow::Type::INT32: read_numbers<arrow::Int32Array>(column, &result.ints); break;
    case arrow::Type::INT64: read_numbers<arrow::Int64Array>(column, &result.ints); break;
    case arrow::Type::TIMESTAMP: read_numbers<arrow::TimestampArray>(column, &result.ints); break;
    case arrow::Type::BOOL: read_numbers<arrow::BooleanArray>(column, &result.ints); break;
    case arrow::Type::FLOAT: read_numbers<arrow::FloatArray>(column, &result.floats); break;
    case arrow::Type::DOUBLE: read_numbers<arrow::DoubleArray>(column, &result.floats); break;
    default:
      for (int64_t row = 0; row < column.length(); ++row)
        result.bytes.push_back(static_cast<const arrow::BinaryArray&>(column).GetView(row));
  }
  return result;
}

// `from`, then `more` of [first, first + count).
template <class T>
void join(const std::vector<T>& from, const std::vector<T>& more, size_t first, size_t count, std::vector<T>* out) {
  out->assign(from.begin(), from.end());
  if (more.empty()) return;
  const auto begin = more.begin() + static_cast<std::ptrdiff_t>(first);
  out->insert(out->end(), begin, begin + static_cast<std::ptrdiff_t>(count));
}

}  // namespace

Result<OwnEvents> OwnEvents::read(std::shared_ptr<arrow::RecordBatch> requests, const std::vector<std::string>& columns,
                                  const EventFilter& passes, const std::vector<EventFilter>& filters) {
  OwnEvents result;
  for (const std::string& name : columns) result.columns.push_back(column_of(*requests->GetColumnByName(name)));
  result.counts.assign(static_cast<size_t>(requests->num_rows()), 1);
  if (passes) {
    GN_ASSIGN(result.counts, passes(*requests));
  }
  for (const EventFilter& filter : filters) {
    result.passes.emplace_back();
    GN_ASSIGN(result.passes.back(), filter(*requests));
    for (size_t row = 0; row < result.counts.size(); ++row) result.passes.back()[row] &= result.counts[row];
  }
  result.batch = std::move(requests);
  return result;
}

void OwnEvents::append_to(const GroupEvents& events, int64_t first_own, std::span<const TimeUs> times,
                          GroupEvents* out) const {
  const auto first = static_cast<size_t>(first_own);
  const size_t count = times.size();
  out->count = events.count + static_cast<int64_t>(count);
  out->event_time = events.event_time;
  out->event_time.insert(out->event_time.end(), times.begin(), times.end());
  out->created_time = events.created_time;
  if (!events.created_time.empty()) out->created_time.resize(out->event_time.size(), kNoCreatedTime);
  out->visible_from = events.visible_from;
  out->columns.resize(columns.size());
  for (size_t index = 0; index < columns.size(); ++index) {
    const GroupEvents::Column& from = events.columns[index];
    GroupEvents::Column& to = out->columns[index];
    to.kind = columns[index].kind;  // where there are no events, theirs is not known
    to.has_nulls = true;
    join(from.ints, columns[index].ints, first, count, &to.ints);
    join(from.floats, columns[index].floats, first, count, &to.floats);
    join(from.bytes, columns[index].bytes, first, count, &to.bytes);
    join(from.valid, columns[index].valid, first, count, &to.valid);
  }
  out->passes.resize(passes.size());
  for (size_t filter = 0; filter < passes.size(); ++filter)
    join(events.passes[filter], passes[filter], first, count, &out->passes[filter]);
}

}  // namespace gnomon
