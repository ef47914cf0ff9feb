// One walk over the tree a batch: each node is one pass over columns.
#include <arrow/api.h>
#include <fmt/format.h>

#include "data/arrow_status.h"
#include "data/cast.h"
#include "transform/expressions/invalid_rows.h"
#include "transform/expressions/literal_text.h"
#include "transform/expressions/typed_tree.h"

namespace gnomon {
namespace {

// A column or a constant, and the rows whose value is lost; no mask: none is.
struct Marked {
  arrow::Datum datum;
  InvalidRows invalid;
};

Result<Marked> evaluate_node(const TypedNode& node, const std::vector<arrow::Datum>& columns, int64_t rows) {
  if (node.constant != nullptr) return Marked{arrow::Datum(node.constant), node.invalid ? all_rows(rows) : nullptr};
  if (node.column >= 0) return Marked{columns[static_cast<size_t>(node.column)], nullptr};
  Values values;
  std::vector<InvalidRows> invalid;
  values.reserve(node.arguments.size());
  for (const TypedNodePtr& argument : node.arguments) {
    GN_ASSIGN(Marked value, evaluate_node(*argument, columns, rows));
    values.push_back(std::move(value.datum));
    invalid.push_back(std::move(value.invalid));
  }
  GN_ASSIGN(arrow::Datum out, node.kernel(values));
  InvalidRows lost = invalid_rows(node, values, invalid, out, rows);
  return Marked{std::move(out), std::move(lost)};
}

// The column as the type that it was bound to.
Result<arrow::Datum> read_column(const arrow::RecordBatch& batch, const std::string& name, const ColumnType& bound) {
  std::shared_ptr<arrow::Array> values = batch.GetColumnByName(name);
  if (values == nullptr)
    return Status(Code::kInvalidArgument, "GN101", fmt::format("column {} is missing from the rows", column_text(name)));
  if (values->type()->Equals(*bound.arrow)) return arrow::Datum(values);
  GN_ASSIGN(ColumnType found, column_type(*values->type()));
  if (found.type != bound.type && found.type != ValueType::kNull) {
    return Status(Code::kInvalidArgument, "GN166",
                  fmt::format("column {} is {}, the expression was made for {}", column_text(name),
                              values->type()->ToString(), value_type_name(bound.type)));
  }
  GN_ASSIGN(CastColumn cast, cast_column(values, bound.arrow));
  return arrow::Datum(cast.values);
}

}  // namespace

TypedNodePtr constant_node(ValueType type, std::shared_ptr<arrow::Scalar> value) {
  std::shared_ptr<arrow::DataType> arrow = value->type;
  return std::make_shared<const TypedNode>(TypedNode{type, std::move(arrow), std::move(value), -1, nullptr, {}});
}

Result<TypedNodePtr> folded_call(const TypedNode& call) {
  Values values;
  std::vector<InvalidRows> invalid;
  for (const TypedNodePtr& argument : call.arguments) {
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> row, "evaluating a constant",
                    arrow::MakeArrayFromScalar(*argument->constant, 1));
    values.emplace_back(std::move(row));
    invalid.push_back(argument->invalid ? all_rows(1) : nullptr);
  }
  GN_ASSIGN(arrow::Datum out, call.kernel(values));
  std::shared_ptr<arrow::Array> row = out.make_array();
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Scalar> value, "evaluating a constant", row->GetScalar(0));
  TypedNode constant{call.type, value->type, value, -1, nullptr, {}};
  constant.invalid = invalid_rows(call, values, invalid, arrow::Datum(row), 1) != nullptr;
  return std::make_shared<const TypedNode>(std::move(constant));
}

TypedExpression::TypedExpression(std::shared_ptr<const Tree> tree) : tree_(std::move(tree)) {}
const std::shared_ptr<arrow::DataType>& TypedExpression::type() const { return tree_->root->arrow; }
const std::vector<std::string>& TypedExpression::columns() const { return tree_->columns; }

Result<MarkedColumn> evaluate_marked(const TypedExpression& expression, const arrow::RecordBatch& batch) {
  const TypedExpression::Tree& tree = expression.tree();
  std::vector<arrow::Datum> columns(tree.columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    if (tree.column_types[i].type == ValueType::kNull) continue;  // bound as a column without values: a constant
    GN_ASSIGN(columns[i], read_column(batch, tree.columns[i], tree.column_types[i]));
  }
  GN_ASSIGN(Marked out, evaluate_node(*tree.root, columns, batch.num_rows()));
  MarkedColumn column;
  if (out.invalid != nullptr) column.invalid = *out.invalid;
  if (!out.datum.is_scalar()) {
    column.values = out.datum.make_array();
    return column;
  }
  GN_ARROW_ASSIGN(column.values, "evaluating", arrow::MakeArrayFromScalar(*out.datum.scalar(), batch.num_rows()));
  return column;
}

Result<std::shared_ptr<arrow::Array>> evaluate(const TypedExpression& expression, const arrow::RecordBatch& batch) {
  GN_ASSIGN(MarkedColumn column, evaluate_marked(expression, batch));
  return column.values;
}

Result<std::vector<uint8_t>> passing_rows(const TypedExpression& condition, const arrow::RecordBatch& batch) {
  GN_ASSERT(condition.tree().root->type == ValueType::kBool);
  GN_ASSIGN(std::shared_ptr<arrow::Array> values, evaluate(condition, batch));
  const auto& flags = static_cast<const arrow::BooleanArray&>(*values);
  std::vector<uint8_t> passing(static_cast<size_t>(flags.length()));
  for (int64_t row = 0; row < flags.length(); ++row)
    passing[static_cast<size_t>(row)] = flags.IsValid(row) && flags.Value(row) ? 1 : 0;
  return passing;
}

}  // namespace gnomon
