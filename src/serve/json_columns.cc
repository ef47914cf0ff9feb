#include "serve/json_columns.h"

#include <limits>

#include <arrow/api.h>
#include <fmt/format.h>

#include "data/arrow_status.h"

namespace gnomon {
namespace {

constexpr int64_t kExactInDouble = int64_t{1} << 53;
constexpr const char* kBuilding = "building the request's columns";
constexpr const char* kKindNames[] = {"null", "a boolean", "an integer", "a number with a fraction", "text", "a list"};

using Column = Result<std::shared_ptr<arrow::Array>>;

// The cells of one column, and how its messages name their rows.
struct Input {
  const std::string& name;
  const Cells& cells;
  std::vector<size_t> rows;  // of list members; empty: a cell's place is its row

  Status problem(size_t cell, const std::string& what) const {
    return bad_cell(name, rows.empty() ? cell : rows[cell], what);
  }
};

bool is_special_float(std::string_view text) { return text == "NaN" || text == "Infinity" || text == "-Infinity"; }
bool is_number(CellKind kind) { return kind == CellKind::kInt || kind == CellKind::kFloat; }

// The kind that all cells share.
Result<CellKind> shared_kind(const Input& input, ColumnRule rule) {
  CellKind shared = CellKind::kNull;
  bool only_special_text = true;  // all text so far would also do as a float
  for (size_t i = 0; i < input.cells.size(); ++i) {
    CellKind kind = input.cells.kind(i);
    if (kind == CellKind::kNull) continue;
    bool special = kind == CellKind::kText && is_special_float(input.cells.text(i));
    only_special_text = only_special_text && (kind != CellKind::kText || special);
    bool fits_float = is_number(kind) || special;
    bool shared_fits_float = is_number(shared) || (shared == CellKind::kText && only_special_text);
    if (shared == CellKind::kNull || shared == kind) {
      shared = kind;
    } else if (rule == ColumnRule::kValues && fits_float && shared_fits_float) {
      shared = CellKind::kFloat;
    } else {
      const char* name = kKindNames[static_cast<int>(kind)];
      return input.problem(i, fmt::format("{} after {}: a column has one type", name, kKindNames[static_cast<int>(shared)]));
    }
  }
  return shared;
}

Result<double> to_double(const Input& input, size_t cell) {
  if (input.cells.kind(cell) == CellKind::kFloat) return input.cells.floating(cell);
  if (input.cells.kind(cell) == CellKind::kInt) {
    int64_t integer = input.cells.integer(cell);
    if (integer >= -kExactInDouble && integer <= kExactInDouble) return static_cast<double>(integer);
    return input.problem(cell, "the integer is not exact as a float, and the column has fractions");
  }
  std::string_view text = input.cells.text(cell);
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  double infinity = std::numeric_limits<double>::infinity();
  return text == "Infinity" ? infinity : -infinity;
}

// Builds a column whose builder takes what `read` makes of a cell.
template <class Builder, class Read>
Column fill(const Input& input, Read read) {
  Builder builder;
  GN_ARROW_TRY(kBuilding, builder.Reserve(static_cast<int64_t>(input.cells.size())));
  for (size_t i = 0; i < input.cells.size(); ++i) {
    if (input.cells.kind(i) == CellKind::kNull) {
      GN_ARROW_TRY(kBuilding, builder.AppendNull());
    } else {
      GN_ASSIGN(auto value, read(i));
      GN_ARROW_TRY(kBuilding, builder.Append(value));
    }
  }
  GN_ARROW_ASSIGN(auto column, kBuilding, builder.Finish());
  return column;
}

Column build(const Input& input, const Cells& members, ColumnRule rule);

Column build_lists(const Input& input, const Cells& members, ColumnRule rule) {
  arrow::Int32Builder offsets;
  arrow::TypedBufferBuilder<bool> validity;
  std::vector<size_t> rows(members.size());
  size_t end = 0, nulls = 0;
  for (size_t i = 0; i < input.cells.size(); ++i) {
    GN_ARROW_TRY(kBuilding, offsets.Append(static_cast<int32_t>(end)));
    bool is_list = input.cells.kind(i) == CellKind::kList;
    GN_ARROW_TRY(kBuilding, validity.Append(is_list));
    if (!is_list) {
      ++nulls;
      continue;
    }
    for (end = input.cells.list(i).first; end < input.cells.list(i).second; ++end) rows[end] = i;
  }
  GN_ARROW_TRY(kBuilding, offsets.Append(static_cast<int32_t>(end)));
  GN_ASSIGN(auto values, build({input.name, members, std::move(rows)}, Cells(), rule));
  GN_ARROW_ASSIGN(auto offset_array, kBuilding, offsets.Finish());
  GN_ARROW_ASSIGN(auto bitmap, kBuilding, validity.Finish());
  return std::shared_ptr<arrow::Array>(
      std::make_shared<arrow::ListArray>(arrow::list(values->type()), static_cast<int64_t>(input.cells.size()),
                                         offset_array->data()->buffers[1], values, bitmap, static_cast<int64_t>(nulls)));
}

Column build(const Input& input, const Cells& members, ColumnRule rule) {
  GN_ASSIGN(CellKind kind, shared_kind(input, rule));
  const Cells& cells = input.cells;
  switch (kind) {
    case CellKind::kNull:
      return std::shared_ptr<arrow::Array>(std::make_shared<arrow::NullArray>(static_cast<int64_t>(cells.size())));
    case CellKind::kBool:
      return fill<arrow::BooleanBuilder>(input, [&](size_t i) { return Result<bool>(cells.boolean(i)); });
    case CellKind::kInt:
      return fill<arrow::Int64Builder>(input, [&](size_t i) { return Result<int64_t>(cells.integer(i)); });
    case CellKind::kFloat: return fill<arrow::DoubleBuilder>(input, [&](size_t i) { return to_double(input, i); });
    case CellKind::kText:
      return fill<arrow::StringBuilder>(input, [&](size_t i) { return Result<std::string_view>(cells.text(i)); });
    case CellKind::kList: break;
  }
  if (rule == ColumnRule::kKeys)
    return bad_member(fmt::format("column \"{}\" holds lists, which are no join keys", input.name));
  return build_lists(input, members, rule);
}

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> build_columns(const Member& member, ColumnRule rule) {
  return build_columns(member, [rule](const std::string&) { return rule; });
}

Result<std::shared_ptr<arrow::RecordBatch>> build_columns(const Member& member, const RuleOfColumn& rule_of) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (const ColumnCells& cells : member.columns) {
    GN_ASSIGN(auto column, build({cells.name, cells.cells, {}}, cells.members, rule_of(cells.name)));
    if (!columns.empty() && columns[0]->length() != column->length()) {
      return Status(Code::kInvalidArgument, "GN612",
                    fmt::format("\"{}\": column \"{}\" has {} values, \"{}\" has {}", member.name, cells.name,
                                column->length(), fields[0]->name(), columns[0]->length()),
                    "All columns must have the same length");
    }
    fields.push_back(arrow::field(cells.name, column->type()));
    columns.push_back(std::move(column));
  }
  if (columns.empty()) return bad_member(fmt::format("\"{}\" has no columns", member.name), "Write {\"column\": [values]}");
  int64_t rows = columns[0]->length();
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows, std::move(columns));
}

}  // namespace gnomon
