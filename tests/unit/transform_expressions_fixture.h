// Small words for the tests of expressions.
#pragma once

#include <string>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "gnomon/expression.h"

namespace gnomon {

inline Expression parsed(const std::string& text) {
  Result<Expression> expression = parse_expression(text);
  EXPECT_TRUE(expression.ok()) << text << "\n" << expression.status().to_string();
  return expression.ok() ? *expression : Expression::literal({});
}

// The tree with every bracket: "(+ a (* b 2))".
inline std::string brackets(const Expression& expression) {
  if (expression.kind() == ExpressionKind::kLiteral || expression.kind() == ExpressionKind::kColumn)
    return expression.to_string();
  std::string out = expression.kind() == ExpressionKind::kList ? "(list" : "(" + expression.name();
  for (const Expression& argument : expression.arguments()) out += " " + brackets(argument);
  return out + ")";
}

inline std::shared_ptr<arrow::DataType> time_type() { return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"); }

inline std::shared_ptr<arrow::Schema> shop_schema() {
  return arrow::schema({arrow::field("amount", arrow::int64()), arrow::field("price", arrow::float64()),
                        arrow::field("category", arrow::utf8()), arrow::field("flag", arrow::boolean()),
                        arrow::field("raw", arrow::binary()), arrow::field("at", time_type()),
                        arrow::field("small", arrow::int32()), arrow::field("tags", arrow::list(arrow::utf8())),
                        arrow::field("nothing", arrow::null()), arrow::field("odd name", arrow::int64())});
}

// The value of an expression without columns.
inline Result<std::shared_ptr<arrow::Array>> value_of(const std::string& text) {
  GN_ASSIGN(Expression expression, parse_expression(text));
  GN_ASSIGN(TypedExpression bound, gnomon::bind(expression, *arrow::schema(arrow::FieldVector{}), example_lookup_sets()));
  auto row = arrow::RecordBatch::Make(arrow::schema(arrow::FieldVector{}), 1, arrow::ArrayVector{});
  return evaluate(bound, *row);
}

// Whether an expression without columns has the value of another, and its type, unless that is None.
inline ::testing::AssertionResult same_value(const std::string& text, const std::string& answer) {
  auto found = value_of(text);
  auto expected = value_of(answer);
  for (const auto& value : {found, expected}) {
    if (!value.ok()) return ::testing::AssertionFailure() << text << ", " << answer << ": " << value.status().to_string();
  }
  // Negative zero is another value here: what it divides shows it.
  auto options = arrow::EqualOptions::Defaults().nans_equal(true).signed_zeros_equal(false);
  bool same = (*expected)->type_id() == arrow::Type::NA ? (*found)->IsNull(0) : (*found)->Equals(*expected, options);
  if (same) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << text << " is " << (*found)->ToString() << ", not " << answer;
}

}  // namespace gnomon
