#include "engine/own_requests.h"

#include <algorithm>
#include <set>

#include <arrow/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/arrow_status.h"
#include "gnomon/types.h"

namespace gnomon {
namespace {

Result<std::shared_ptr<arrow::Array>> requested_column(const arrow::RecordBatch& rows, const ViewDefinition& definition,
                                                       const arrow::Field& field) {
  const auto column = rows.GetColumnByName(field.name());
  const std::string where = fmt::format("column \"{}\", which view {} includes", field.name(), definition.view.name());
  if (column == nullptr) {
    return Status(
        Code::kInvalidArgument, "GN216", fmt::format("the request has no {}", where),
        fmt::format("Features with include_request count the request's own event: give its columns in every entity "
                    "row. There are: {}",
                    fmt::join(rows.schema()->field_names(), ", ")));
  }
  Result<CastColumn> cast = cast_request_column(column, field);
  if (!cast.ok()) return cast.status().with_where(where);
  if (cast->rejected.empty()) return cast->values;
  return Status(Code::kInvalidArgument, "GN217",
                fmt::format("row {} of the request: the value is no {}", cast->rejected.front(), field.type()->ToString()),
                "Give a value of that type, or null", where);
}

int place_in(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? kNone : static_cast<int>(found - names.begin());
}

}  // namespace

Result<CastColumn> cast_request_column(const std::shared_ptr<arrow::Array>& column, const arrow::Field& field) {
  const bool reads_time = field.type()->id() == arrow::Type::TIMESTAMP && !arrow::is_integer(column->type_id());
  Result<CastColumn> cast = reads_time ? cast_time_column(column) : cast_column(column, field.type());
  if (!cast.ok() || cast->values->type()->Equals(*field.type())) return cast;
  GN_ARROW_ASSIGN(cast->values, "reading the request", cast->values->View(field.type()));
  return cast;
}

Result<CastColumn> cast_join_key(const std::shared_ptr<arrow::Array>& column, const arrow::Field& key,
                                 const std::string& view) {
  Result<CastColumn> cast = cast_request_column(column, key);
  if (cast.ok() || cast.status().info().id != "GN205") return cast;
  const std::string type = dtype_of(*key.type()).value();
  const Result<std::string> given = dtype_of(*column->type());
  return Status(
      Code::kInvalidArgument, "GN205",
      fmt::format("the key is {}, the values given are {}", type, given.ok() ? *given : column->type()->ToString()),
      fmt::format("Give values of type {}", type), fmt::format("join key \"{}\" of view {}", key.name(), view));
}

std::vector<std::string> request_columns(const ViewDefinition& definition, const std::vector<std::string>& features) {
  std::set<std::string> columns;
  const AggregatedView& view = *definition.aggregated;
  for (size_t index = 0; index < view.features.size(); ++index) {
    if (std::find(features.begin(), features.end(), view.features[index].name) == features.end()) continue;
    columns.insert(view.request_columns[index].begin(), view.request_columns[index].end());
  }
  return {columns.begin(), columns.end()};
}

Result<std::shared_ptr<arrow::RecordBatch>> own_requests(const arrow::RecordBatch& rows, const ViewDefinition& definition,
                                                         const std::vector<std::string>& features) {
  const bool includes = std::any_of(
      definition.aggregated->features.begin(), definition.aggregated->features.end(),
      [&](const WindowedFeature& feature) { return feature.include_request && place_in(features, feature.name) != kNone; });
  if (!includes) return std::shared_ptr<arrow::RecordBatch>();
  const std::vector<std::string> needed = request_columns(definition, features);
  arrow::FieldVector fields = definition.keys->fields();
  fields.insert(fields.end(), definition.row_columns->fields().begin(), definition.row_columns->fields().end());
  arrow::ArrayVector columns;
  for (const auto& field : fields) {
    columns.emplace_back();
    if (std::binary_search(needed.begin(), needed.end(), field->name())) {
      GN_ASSIGN(columns.back(), requested_column(rows, definition, *field));
    } else {
      GN_ARROW_ASSIGN(columns.back(), "reading the request", arrow::MakeArrayOfNull(field->type(), rows.num_rows()));
    }
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), rows.num_rows(), columns);
}

Result<OwnStateEvents> OwnStateEvents::read(const AggregatedView& view, const StateLayout& layout,
                                            std::shared_ptr<arrow::RecordBatch> requests, TimeUs t) {
  OwnStateEvents result;
  const auto rows = static_cast<size_t>(requests->num_rows());
  GN_ASSIGN(OwnEvents own, OwnEvents::read(std::move(requests), view.columns, view.passes, view.filters));
  result.own_ = std::make_shared<const OwnEvents>(std::move(own));
  result.times_ = std::make_shared<const std::vector<TimeUs>>(rows, t);
  result.events_.count = static_cast<int64_t>(rows);
  result.events_.event_time = result.times_->data();
  // A column or filter that the view has no more belongs to no feature that is asked for.
  for (const StateColumn& column : layout.columns()) {
    const int place = place_in(view.columns, column.name);
    EventColumn& to = result.events_.columns.emplace_back();
    if (place == kNone) continue;
    const GroupEvents::Column& from = result.own_->columns[static_cast<size_t>(place)];
    to = {from.kind, from.ints.data(), from.floats.data(), from.bytes.data(), from.valid.data()};
  }
  for (const std::string& filter : layout.filters()) {
    const int place = place_in(view.filter_texts, filter);
    result.events_.passes.push_back(place == kNone ? nullptr : result.own_->passes[static_cast<size_t>(place)].data());
  }
  return result;
}

}  // namespace gnomon
