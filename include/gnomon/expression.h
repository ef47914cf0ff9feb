// The expression language: what `where` conditions and on-demand features say about a row, as a tree that is checked once and
// evaluated on columns.
//
//   text ──parse_expression──→ Expression ──bind(schema)──→ TypedExpression ──evaluate(batch)──→ column
//
// Syntax and operators are Python's; docs/expressions.md tells users what there is and what null, NaN and overflow do.
// Units: times are int64 microseconds UTC. Bounds: every tree is at most kMaxExpressionDepth deep, so walks may recurse.
// Thread-safety: values; trees are immutable and shared, any number of threads may bind and evaluate.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"

namespace gnomon {

inline constexpr size_t kMaxExpressionBytes = 1 << 20;  // of text
inline constexpr uint32_t kMaxExpressionNodes = 65'536;
inline constexpr uint32_t kMaxExpressionDepth = 128;

struct BytesLiteral {
  std::string bytes;
  bool operator==(const BytesLiteral&) const = default;
};

// None, True, 1, 1.0, 'text', b'bytes'.
using Literal = std::variant<std::monostate, bool, int64_t, double, std::string, BytesLiteral>;

enum class ExpressionKind : uint8_t {
  kLiteral,
  kColumn,
  kCall,  // a function; operators are functions whose name is their symbol, see operators in docs/expressions.md
  kList,  // the right side of `in`, or an array of constants
};

// An untyped tree: what was written, before any column is known.
class Expression {
 public:
  struct Node;  // private

  // A float that has no spelling of its own (inf, nan) becomes the call float('inf'). REQUIRES: strings are UTF-8.
  static Expression literal(Literal value);
  // REQUIRES: UTF-8, not empty.
  static Expression column(std::string name);
  // Nested `and` and `or` are flattened: they are associative, and long conditions stay shallow.
  // ERRORS: GN165 when the tree would pass the limits above.
  static Result<Expression> call(std::string function, std::vector<Expression> arguments);
  static Result<Expression> list(std::vector<Expression> items);

  ExpressionKind kind() const;
  const Literal& value() const;                      // REQUIRES: kLiteral
  const std::string& name() const;                   // of the column or the function. REQUIRES: kColumn or kCall
  const std::vector<Expression>& arguments() const;  // of a call, or a list's items; else empty
  uint32_t depth() const;                            // 1: a leaf

  // The columns it reads, sorted, each once.
  std::vector<std::string> columns() const;
  // The lookup sets that it names, sorted, each once: in_set(x, 'name').
  std::vector<std::string> lookup_sets() const;
  // Canonical text: parses back to an equal tree, and equal trees have equal texts. For hashes, diffs and messages.
  std::string to_string() const;
  // The same tree; floats by their bits.
  bool operator==(const Expression& other) const;

 private:
  explicit Expression(std::shared_ptr<const Node> node);
  std::shared_ptr<const Node> node_;  // shared: subtrees belong to every tree that was built from them
};

// ERRORS, all InvalidArgument: GN164 for text that is no expression, GN165 for one that is too long, large or deep. The message shows the
// line with a caret below the place.
Result<Expression> parse_expression(std::string_view text);

// A tree whose columns, types and functions are known, with constants folded.
class TypedExpression {
 public:
  struct Tree;  // private

  explicit TypedExpression(std::shared_ptr<const Tree> tree);
  // bool, int64, float64, utf8, binary, timestamp[us, UTC], or a list of one of these; null for None.
  const std::shared_ptr<arrow::DataType>& type() const;
  // The columns that it reads, sorted.
  const std::vector<std::string>& columns() const;
  const Tree& tree() const { return *tree_; }

 private:
  std::shared_ptr<const Tree> tree_;  // shared: copies of a bound expression are cheap and never change
};

// What a lookup set holds: values of one type, or ranges of network addresses ("10.0.0.0/8").
struct LookupValues {
  std::vector<Literal> values;
  std::vector<std::string> cidrs;
};
using LookupSets = std::map<std::string, LookupValues>;

// Columns of any type that a feature can have are taken: small integers as int64, float32 as double, times in any unit. `sets` are what
// in_set() can name; they are copied.
// ERRORS, all InvalidArgument: GN101 unknown column ("did you mean"), GN166 types that do not go together, GN167 unknown function or a wrong number
// of arguments, GN113 a text that is no time, GN168 an unknown lookup set or a constant that a function cannot use.
Result<TypedExpression> bind(const Expression& expression, const arrow::Schema& schema, const LookupSets& sets = {});

// The same for a condition: its type must be Bool. ERRORS: as bind; GN166 if it is not.
Result<TypedExpression> bind_condition(const Expression& expression, const arrow::Schema& schema,
                                       const LookupSets& sets = {});

// ERRORS: GN168 for a text that is no range of addresses, or one with bits set behind its prefix.
Status check_cidr(const std::string& cidr);

// One value a row. Columns are found by name; a type may differ from the bound one in width, not in kind.
// ERRORS: GN101 when a column is missing, GN166 when it is of another kind.
Result<std::shared_ptr<arrow::Array>> evaluate(const TypedExpression& expression, const arrow::RecordBatch& batch);

// The same, with the rows whose value is lost.
struct MarkedColumn {
  std::shared_ptr<arrow::Array> values;
  std::vector<uint8_t>
      invalid;  // 1: null because an integer outgrew Int64, and nothing in the expression took its place; empty: none
};
Result<MarkedColumn> evaluate_marked(const TypedExpression& expression, const arrow::RecordBatch& batch);

// For a condition: 1 for each row that it holds for, 0 where it is false or null. REQUIRES: bound by bind_condition.
Result<std::vector<uint8_t>> passing_rows(const TypedExpression& condition, const arrow::RecordBatch& batch);

// What there is to call, for documentation. Operators are not listed.
struct FunctionInfo {
  std::string name;         // "abs"
  std::string signature;    // "abs(x)"
  std::string description;  // one line
  std::string example;      // "abs(-3)", executed by the tests
  std::string answer;       // "3", an expression too
};
// Sorted by name.
std::vector<FunctionInfo> builtin_functions();
// The sets that the functions' examples look up.
LookupSets example_lookup_sets();

}  // namespace gnomon
