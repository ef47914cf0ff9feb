// Text that nobody should write: it must be answered with a tree or an error, in little time and stack.
#include "transform_expressions_fixture.h"

namespace gnomon {
namespace {

std::string repeated(const std::string& text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

void expect_refused(const std::string& text, const std::string& id) {
  auto expression = parse_expression(text);
  ASSERT_FALSE(expression.ok()) << text.substr(0, 80);
  EXPECT_EQ(expression.status().info().id, id) << text.substr(0, 80) << "\n" << expression.status().to_string();
  EXPECT_LT(expression.status().to_string().size(), 2000u);
}

TEST(ExpressionLimits, DeepNesting) {
  for (size_t depth : {1'000u, 100'000u}) {
    for (const char* open :
         {"(", "[", "f(", "not ", "-", "a if b else ", "a if (", "x in [", "- (", "1 + (", "not (a and "}) {
      expect_refused(repeated(open, depth) + "a", "GN165");
    }
    expect_refused(repeated("a + ", depth) + "a", "GN165");
    expect_refused(repeated("(", depth) + "a" + repeated(")", depth), "GN165");
  }
}

TEST(ExpressionLimits, WhatPeopleWriteFits) {
  EXPECT_TRUE(parse_expression(repeated("(", 100) + "a" + repeated(")", 100)).ok());
  EXPECT_TRUE(parse_expression(repeated("a + ", 120) + "a").ok());
  Expression long_condition = parsed(repeated("a == 1 or ", 5'000) + "a == 2");
  EXPECT_EQ(long_condition.depth(), 3u);
  std::string list = "a in [0";
  for (int i = 1; i < 50'000; ++i) list += ", " + std::to_string(i * 7);
  Expression membership = parsed(list + "]");
  auto bound = bind_condition(membership, *arrow::schema({arrow::field("a", arrow::int64())}));
  ASSERT_TRUE(bound.ok());
}

// The deepest tree that may be built is printed, parsed, bound and evaluated.
TEST(ExpressionLimits, TheDeepestTreeWorks) {
  const std::vector<std::string> functions = {"not", "unary -", "+", "if", "and", "is None", "abs"};
  for (const std::string& function : functions) {
    const Expression leaf =
        function == "not" || function == "and" ? Expression::column("flag") : Expression::column("amount");
    Expression tree = leaf;
    while (tree.depth() < kMaxExpressionDepth) {
      std::vector<Expression> arguments{tree};
      if (function == "+") arguments = {leaf, tree};
      if (function == "if") arguments = {Expression::column("flag"), tree, leaf};
      if (function == "and") arguments = {leaf, Expression::call("not", {tree}).value()};
      auto next = Expression::call(function, arguments);
      if (!next.ok()) break;  // `and` grows by two
      tree = *next;
    }
    EXPECT_GE(tree.depth(), kMaxExpressionDepth - 1) << function;
    auto back = parse_expression(tree.to_string());
    ASSERT_TRUE(back.ok()) << function << "\n" << back.status().to_string();
    EXPECT_TRUE(*back == tree) << function;
    auto bound = bind(tree, *shop_schema());
    ASSERT_TRUE(bound.ok()) << function << "\n" << bound.status().to_string();
    auto one = arrow::RecordBatch::MakeEmpty(shop_schema()).ValueOrDie();
    EXPECT_TRUE(evaluate(*bound, *one).ok()) << function;
  }
  Expression deepest = Expression::column("a");
  while (deepest.depth() < kMaxExpressionDepth) deepest = Expression::call("abs", {deepest}).value();
  EXPECT_EQ(Expression::call("abs", {deepest}).status().info().id, "GN165");
  EXPECT_EQ(Expression::list({deepest}).status().info().id, "GN165");
}

TEST(ExpressionLimits, HugeTexts) {
  expect_refused(std::string(kMaxExpressionBytes + 1, ' '), "GN165");
  expect_refused(repeated("a and ", 100'000) + "a", "GN165");
  std::string list = "a in [1";
  for (int i = 0; i < 70'000; ++i) list += ",1";
  expect_refused(list + "]", "GN165");
  expect_refused(std::string(500'000, '('), "GN165");
  expect_refused(repeated("a,", 500'000), "GN165");
  expect_refused(std::string(500'000, '1'), "GN164");
  expect_refused("'" + std::string(500'000, 'a'), "GN164");
  expect_refused(std::string(500'000, 'a') + " b", "GN164");
  expect_refused(repeated("\n", 100'000) + "a b", "GN164");
}

// A chain shares its middle operands: nested, it would double at every level.
TEST(ExpressionLimits, SharedOperandsCountEachTime) {
  std::string chain = "a";
  for (int i = 0; i < 60; ++i) chain = "0 < (" + chain + ") < 9";
  expect_refused(chain, "GN165");
}

TEST(ExpressionLimits, BytesThatAreNoText) {
  for (const char* text :
       {"\xff", "a == '\xc3'", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "'\xe0\x80\x80'", "a\x80", "`\xfe`"})
    expect_refused(text, "GN164");
  expect_refused(std::string("a\0b", 3), "GN164");
  expect_refused(std::string(1, '\0'), "GN164");
  EXPECT_TRUE(parse_expression(std::string("'a\0b'", 5)).ok());
  EXPECT_TRUE(parsed(std::string("'a\0b'", 5)) == parsed("'a\\x00b'"));
}

TEST(ExpressionLimits, EveryPrefixIsAnswered) {
  const std::string text =
      "amount > 1.5e3 and category in ['a\\x41', \"b\"] and not (code is not None) or f(`x y`, -b'\\xff') if 1 < t <= 2 "
      "else r'\\'";
  int trees = 0;
  for (size_t size = 0; size <= text.size(); ++size) {
    auto expression = parse_expression(text.substr(0, size));
    trees += expression.ok() ? 1 : 0;
    if (!expression.ok()) {
      EXPECT_EQ(expression.status().info().id, "GN164") << text.substr(0, size);
    }
  }
  EXPECT_GT(trees, 10);
}

}  // namespace
}  // namespace gnomon
