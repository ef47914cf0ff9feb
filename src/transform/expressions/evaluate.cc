// One walk over the tree a batch: each node is one pass over columns.
#include <arrow/api.h>
#include <fmt/format.h>

#include "data/arrow_status.h"
#include "data/cast.h"
#include "transform/expressions/literal_text.h"
#include "transform/expressions/typed_tree.h"

namespace gnomon {
namespace {

Result<arrow::Datum> evaluate_node(const TypedNode& node, const std::vector<arrow::Datum>& columns) {
  if (node.constant != nullptr) return arrow::Datum(node.constant);
  if (node.column >= 0) return columns[static_cast<size_t>(node.column)];
  Values values;
  values.reserve(node.arguments.size());
  for (const TypedNodePtr& argument : node.arguments) {
    GN_ASSIGN(arrow::Datum value, evaluate_node(*argument, columns));
    values.push_back(std::move(value));
  }
  return node.kernel(values);
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

Result<TypedNodePtr> folded_call(const Overload& overload, const std::vector<TypedNodePtr>& arguments) {
  Values values;
  for (const TypedNodePtr& argument : arguments) {
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> row, "evaluating a constant",
                    arrow::MakeArrayFromScalar(*argument->constant, 1));
    values.emplace_back(std::move(row));
  }
  GN_ASSIGN(arrow::Datum out, overload.kernel(values));
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Scalar> value, "evaluating a constant", out.make_array()->GetScalar(0));
  return constant_node(overload.result, std::move(value));
}

TypedExpression::TypedExpression(std::shared_ptr<const Tree> tree) : tree_(std::move(tree)) {}
const std::shared_ptr<arrow::DataType>& TypedExpression::type() const { return tree_->root->arrow; }
const std::vector<std::string>& TypedExpression::columns() const { return tree_->columns; }

Result<std::shared_ptr<arrow::Array>> evaluate(const TypedExpression& expression, const arrow::RecordBatch& batch) {
  const TypedExpression::Tree& tree = expression.tree();
  std::vector<arrow::Datum> columns(tree.columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    if (tree.column_types[i].type == ValueType::kNull) continue;  // bound as a column without values: a constant
    GN_ASSIGN(columns[i], read_column(batch, tree.columns[i], tree.column_types[i]));
  }
  GN_ASSIGN(arrow::Datum out, evaluate_node(*tree.root, columns));
  if (!out.is_scalar()) return out.make_array();
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> repeated, "evaluating",
                  arrow::MakeArrayFromScalar(*out.scalar(), batch.num_rows()));
  return repeated;
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
