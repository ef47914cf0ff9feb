// The stupid evaluator: one row, one value at a time, from what docs/expressions.md says. And what draws trees and rows for it.
#pragma once

#include <map>
#include <random>
#include <string>
#include <variant>

#include "gnomon/expression.h"

namespace gnomon {

// A value of a row; times are wrapped so that they are no integers.
struct OracleTime {
  int64_t us;
};
using OracleValue = std::variant<std::monostate, bool, int64_t, double, std::string, BytesLiteral, OracleTime>;
using OracleRow = std::map<std::string, OracleValue>;

OracleValue oracle_value(const Expression& expression, const OracleRow& row);

// Kinds that trees and columns are drawn of.
enum class DrawnKind { kBool, kInt, kFloat, kString, kBytes, kTime };

class TypedDraw {
 public:
  explicit TypedDraw(uint64_t seed) : random_(seed) {}

  // Columns of every kind, two each ("int0", "int1", …) and a narrow "small" and "single"; many nulls and edges.
  static std::shared_ptr<arrow::Schema> schema();
  OracleRow row();
  // A well-typed tree of that kind.
  Expression tree(DrawnKind kind, int levels);

 private:
  size_t below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }
  Literal literal(DrawnKind kind);
  Expression leaf(DrawnKind kind);
  Expression membership(DrawnKind kind, int levels);
  Expression bool_tree(int levels);
  Expression number_tree(DrawnKind kind, int levels);
  DrawnKind number() { return below(2) == 0 ? DrawnKind::kInt : DrawnKind::kFloat; }

  std::mt19937_64 random_;
};

// `rows` in the schema's types.
std::shared_ptr<arrow::RecordBatch> batch_of(const std::vector<OracleRow>& rows);

}  // namespace gnomon
