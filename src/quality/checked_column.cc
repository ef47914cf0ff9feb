#include "quality/checked_column.h"

#include <arrow/compute/api.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gnomon {
namespace {

// The plain type that holds the same values.
std::shared_ptr<arrow::DataType> plain_type(const std::shared_ptr<arrow::DataType>& type) {
  switch (type->id()) {
    case arrow::Type::DICTIONARY: return plain_type(static_cast<const arrow::DictionaryType&>(*type).value_type());
    case arrow::Type::STRING_VIEW: return arrow::utf8();
    case arrow::Type::BINARY_VIEW: return arrow::binary();
    default: return type;
  }
}

}  // namespace

Result<CheckedColumn> ColumnSet::find(const std::string& name) {
  if (auto known = decoded_.find(name); known != decoded_.end()) return known->second;
  std::vector<int> places = table_.schema()->GetAllFieldIndices(name);
  if (places.size() != 1) {
    return Status(Code::kInvalidArgument, "GN131",
                  places.empty() ? fmt::format("unknown column \"{}\"", name)
                                 : fmt::format("column \"{}\" is there {} times", name, places.size()),
                  fmt::format("The columns are {}", fmt::join(table_.schema()->field_names(), ", ")));
  }
  CheckedColumn column{name, table_.column(places[0])};
  arrow::Type::type id = column.values->type()->id();
  // Their nulls are not in a bitmap of their own: a kernel would take every row for valid.
  if (id == arrow::Type::RUN_END_ENCODED || arrow::is_union(id)) return unfit_type(column, "a plain type");
  std::shared_ptr<arrow::DataType> plain = plain_type(column.values->type());
  if (!plain->Equals(*column.values->type())) {
    arrow::Result<arrow::Datum> decoded = arrow::compute::Cast(column.values, plain);
    if (!decoded.ok())
      return unfit_type(column,
                        fmt::format("a column that decodes to {} ({})", plain->ToString(), decoded.status().message()));
    column.values = decoded->chunked_array();
  }
  decoded_.emplace(name, column);
  return column;
}

Status unfit_type(const CheckedColumn& column, const std::string& needs) {
  return Status(
      Code::kInvalidArgument, "GN132",
      fmt::format("column \"{}\" has type {}; expected {}", column.name, column.values->type()->ToString(), needs));
}

}  // namespace gnomon
