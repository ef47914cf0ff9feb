// Canonical text of random trees parses back to the same tree, and to the same text.
#include <random>

#include "transform_expressions_fixture.h"

namespace gnomon {
namespace {

constexpr int kTrees = 40'000;

class TreeDraw {
 public:
  explicit TreeDraw(uint64_t seed) : random_(seed) {}

  Expression tree(int levels) {
    if (levels == 0 || below(6) == 0) return leaf();
    static const char* const kBinary[] = {"==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "//", "%", "in"};
    switch (below(10)) {
      case 0: return call("not", {tree(levels - 1)});
      case 1: return call("unary -", {tree(levels - 1)});
      case 2: return call("is None", {tree(levels - 1)});
      case 3: return call("if", {tree(levels - 1), tree(levels - 1), tree(levels - 1)});
      case 4: return call(below(2) == 0 ? "and" : "or", trees(2 + below(3), levels - 1));
      case 5: return call(below(2) == 0 ? "abs" : "some_function", trees(below(4), levels - 1));
      case 6: return call("in", {tree(levels - 1), Expression::list(trees(below(4), levels - 1)).value()});
      default: return call(kBinary[below(std::size(kBinary))], {tree(levels - 1), tree(levels - 1)});
    }
  }

 private:
  size_t below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }
  template <class T, size_t n>
  T one_of(const T (&values)[n]) {
    return values[below(n)];
  }
  static Expression call(const char* function, std::vector<Expression> arguments) {
    return Expression::call(function, std::move(arguments)).value();
  }

  std::vector<Expression> trees(size_t count, int levels) {
    std::vector<Expression> out;
    for (size_t i = 0; i < count; ++i) out.push_back(tree(levels));
    return out;
  }

  Expression leaf() {
    static const char* const kNames[] = {"a",  "b_1", "_",  "and", "None", "odd name",    "`",   "größe",
                                         "1a", "x.y", "if", "r",   "b",    "line\nbreak", "' \""};
    static const int64_t kIntegers[] = {0, 1, -1, 42, INT64_MAX, INT64_MIN, INT64_MIN + 1};
    static const double kFloats[] = {0.0,      -0.0,      1.0, -2.5, 0.1, 1e300, -1e-300, 5e-324, 1e16, 123456789012345680.0,
                                     INFINITY, -INFINITY, NAN};
    static const char* const kTexts[] = {"", "a", "it's", "\"", "\\", "\n\t\r\x7f\x01", "größe 😀", "`", "\\x41", "' + '"};
    switch (below(8)) {
      case 0: return Expression::literal({});
      case 1: return Expression::literal(below(2) == 0);
      case 2: return Expression::literal(below(2) == 0 ? one_of(kIntegers) : static_cast<int64_t>(random_()));
      case 3:
        return Expression::literal(below(2) == 0
                                       ? one_of(kFloats)
                                       : std::ldexp(static_cast<double>(random_()), static_cast<int>(below(600)) - 300));
      case 4: return Expression::literal(std::string(one_of(kTexts)));
      case 5: return Expression::literal(BytesLiteral{random_bytes()});
      default: return Expression::column(one_of(kNames));
    }
  }

  std::string random_bytes() {
    std::string out(below(5), '\0');
    for (char& byte : out) byte = static_cast<char>(below(256));
    return out;
  }

  std::mt19937_64 random_;
};

TEST(ExpressionRoundTrip, RandomTrees) {
  const uint64_t seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::printf("seed %lu\n", static_cast<unsigned long>(seed));
  TreeDraw draw(seed);
  for (int i = 0; i < kTrees; ++i) {
    Expression tree = draw.tree(1 + i % 6);
    std::string text = tree.to_string();
    auto back = parse_expression(text);
    ASSERT_TRUE(back.ok()) << text << "\n" << back.status().to_string();
    ASSERT_TRUE(*back == tree) << text << "\n" << brackets(tree) << "\n" << brackets(*back);
    ASSERT_EQ(back->to_string(), text);
    ASSERT_EQ(back->columns(), tree.columns());
  }
}

// Negative control: trees that differ are told apart, by == and by their texts.
TEST(ExpressionRoundTrip, DifferentTreesDiffer) {
  const std::pair<const char*, const char*> cases[] = {
      {"a - (b - c)", "a - b - c"}, {"0.0", "-0.0"},     {"1", "1.0"},  {"1", "'1'"},   {"'a'", "b'a'"}, {"a", "'a'"},
      {"a and b", "b and a"},       {"f(a)", "f(a, a)"}, {"a", "f(a)"}, {"[1]", "f(1)"}};
  for (const auto& [one, other] : cases) {
    EXPECT_FALSE(parsed(one) == parsed(other)) << one << ", " << other;
    EXPECT_NE(parsed(one).to_string(), parsed(other).to_string());
  }
}

}  // namespace
}  // namespace gnomon
