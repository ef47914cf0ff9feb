// Text to tree: precedence, literals, and errors that show the place.
#include "transform_expressions_fixture.h"

namespace gnomon {
namespace {

TEST(ExpressionParser, PrecedenceIsPythons) {
  const std::pair<const char*, const char*> cases[] = {
      {"a or b and c", "(or a (and b c))"},
      {"a and b or c", "(or (and a b) c)"},
      {"not a and b", "(and (not a) b)"},
      {"not a == b", "(not (== a b))"},
      {"not not a", "(not (not a))"},
      {"a and b and c", "(and a b c)"},
      {"(a and b) and (c and d)", "(and a b c d)"},
      {"a or (b or c)", "(or a b c)"},
      {"a + b * c", "(+ a (* b c))"},
      {"(a + b) * c", "(* (+ a b) c)"},
      {"a - b - c", "(- (- a b) c)"},
      {"a - (b - c)", "(- a (- b c))"},
      {"a / b * c // d % e", "(% (// (* (/ a b) c) d) e)"},
      {"-a * b", "(* (unary - a) b)"},
      {"-a % b", "(% (unary - a) b)"},
      {"-(a + b)", "(unary - (+ a b))"},
      {"- - a", "(unary - (unary - a))"},
      {"a - -5", "(- a -5)"},
      {"a-5", "(- a 5)"},
      {"-5", "-5"},
      {"--5", "5"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"a + b < c - d", "(< (+ a b) (- c d))"},
      {"a < b <= c", "(and (< a b) (<= b c))"},
      {"a < b and c", "(and (< a b) c)"},
      {"0 < a < 10 and b", "(and (< 0 a) (< a 10) b)"},
      {"(a < b) == c", "(== (< a b) c)"},
      {"a in [1, 2]", "(in a (list 1 2))"},
      {"a not in [1]", "(not (in a (list 1)))"},
      {"not a in [1]", "(not (in a (list 1)))"},
      {"a in (1, 2)", "(in a (list 1 2))"},
      {"a in (1,)", "(in a (list 1))"},
      {"a in []", "(in a (list))"},
      {"a in [1, 2,]", "(in a (list 1 2))"},
      {"a + 1 in [1] and b", "(and (in (+ a 1) (list 1)) b)"},
      {"a is None", "(is None a)"},
      {"a is not None", "(not (is None a))"},
      {"a is null or b is not null", "(or (is None a) (not (is None b)))"},
      {"a < b is None", "(and (< a b) (is None b))"},
      {"a if c else b", "(if c a b)"},
      {"a if c else b if d else e", "(if c a (if d b e))"},
      {"a or b if c and d else e", "(if (and c d) (or a b) e)"},
      {"f(a, b + 1)", "(f a (+ b 1))"},
      {"f()", "(f)"},
      {"f(a if b else c)", "(f (if b a c))"},
      {"-f(a)", "(unary - (f a))"},
      {"`odd name` > 1", "(> `odd name` 1)"},
      {"`a`", "a"},
      {"`and`", "`and`"},
      {"`f` (1)", nullptr},
      {" a\n  and\tb ", "(and a b)"},
  };
  for (const auto& [text, tree] : cases) {
    if (tree == nullptr) {
      EXPECT_FALSE(parse_expression(text).ok()) << text;
    } else {
      EXPECT_EQ(brackets(parsed(text)), tree) << text;
    }
  }
}

TEST(ExpressionParser, Literals) {
  const std::pair<const char*, Literal> cases[] = {
      {"None", {}},
      {"null", {}},
      {"True", true},
      {"false", false},
      {"0", int64_t{0}},
      {"1_000", int64_t{1000}},
      {"9223372036854775807", INT64_MAX},
      {"1.", 1.0},
      {".5", 0.5},
      {"1e3", 1000.0},
      {"1_0.2_5E-1", 1.025},
      {"0.1", 0.1},
      {"-0.0", -0.0},
      {"5e-324", 5e-324},
      {"'a\"b'", std::string("a\"b")},
      {"\"a'b\"", std::string("a'b")},
      {"'\\'\\\\\\n\\x41\\u00e9\\U0001F600'", std::string("'\\\nAé😀")},
      {"'\\0'", std::string(1, '\0')},
      {"''", std::string()},
      {"'größe'", std::string("größe")},
      {"r'\\d+'", std::string("\\d+")},
      {"b'a\\xff'", BytesLiteral{"a\xff"}},
  };
  for (const auto& [text, value] : cases) {
    Expression expression = parsed(text);
    ASSERT_EQ(expression.kind(), ExpressionKind::kLiteral) << text;
    EXPECT_TRUE(expression == Expression::literal(value)) << text << " is " << expression.to_string();
  }
}

TEST(ExpressionParser, CanonicalText) {
  const std::pair<const char*, const char*> cases[] = {
      {"((a))  and(b)", "a and b"},
      {"(a+b)*c", "(a + b) * c"},
      {"a+(b*c)", "a + b * c"},
      {"a-(b-c)", "a - (b - c)"},
      {"not (a in (1,2))", "a not in [1, 2]"},
      {"not(a is null)", "a is not None"},
      {"(a not in [1]) == b", "(a not in [1]) == b"},
      {"-(a)", "-a"},
      {"(a < b) < c", "(a < b) < c"},
      {"1 < a < 2", "1 < a and a < 2"},
      {"a == (not b)", "a == (not b)"},
      {"(a if b else c) + 1", "(a if b else c) + 1"},
      {"(a if b else c) if d else (e if f else g)", "(a if b else c) if d else e if f else g"},
      {"1e20 + 1. + 1E-7", "1e+20 + 1.0 + 1e-07"},
      {"\"it's\"", "'it\\'s'"},
      {"`a b` + `c`", "`a b` + c"},
      {"` `` `", "` `` `"},
      {"true == null", "True == None"},
      {"b\"\\x00a\"", "b'\\x00a'"},
  };
  for (const auto& [text, canonical] : cases) {
    EXPECT_EQ(parsed(text).to_string(), canonical) << text;
    EXPECT_TRUE(parsed(canonical) == parsed(text)) << text;
  }
}

TEST(ExpressionParser, ColumnsAreSortedAndUnique) {
  EXPECT_EQ(parsed("b > a and `c d` in [1] and f(b, e)").columns(), (std::vector<std::string>{"a", "b", "c d", "e"}));
  EXPECT_TRUE(parsed("1 + 2").columns().empty());
}

struct Refusal {
  const char* text;
  const char* message;  // what the error starts with
  int caret;            // the character that it points at, from 0
  const char* hint;     // a part of it
};

TEST(ExpressionParser, ErrorsShowThePlace) {
  const Refusal cases[] = {
      {"", "expected a value, found the end", 0, ""},
      {"amount > ", "expected a value, found the end", 9, ""},
      {"amount > )", "expected a value, found \")\"", 9, ""},
      {"(a + b", "expected \")\", found the end", 6, ""},
      {"a b", "expected an operator or the end, found \"b\"", 2, ""},
      {"a 'b'", "expected an operator or the end, found a string", 2, ""},
      {"a = 1", "expected an operator or the end, found \"=\"", 2, "=="},
      {"a <> 1", "expected an operator or the end, found \"<>\"", 2, "!="},
      {"a && b", "expected an operator or the end, found \"&&\"", 2, "`and`"},
      {"a | b", "expected an operator or the end, found \"|\"", 2, "`or`"},
      {"!a", "expected a value, found \"!\"", 0, "`not`"},
      {"a AND b", "expected an operator or the end, found \"AND\"", 2, "lower case"},
      {"a BETWEEN 1 and 2", "expected an operator or the end, found \"BETWEEN\"", 2, "1 <= x <= 9"},
      {"a LIKE 'b%'", "expected an operator or the end, found \"LIKE\"", 2, "like"},
      {"a ** 2", "expected an operator or the end, found \"**\"", 2, "powers"},
      {"name.lower()", "expected an operator or the end, found \".\"", 4, "lower(name)"},
      {"a[0]", "expected an operator or the end, found \"[\"", 1, "subscripts"},
      {"a in {1}", "expected a value, found \"{\"", 5, "list"},
      {"a is 1", "expected None after \"is\", found a number", 5, "=="},
      {"a is not", "expected None after \"is\", found the end", 8, "=="},
      {"a is None == b", "\"==\" directly after a test for None", 10, "parentheses"},
      {"a == not b", "\"not\" as an operand", 5, "parentheses"},
      {"a not b", "expected an operator or the end, found \"not\"", 2, ""},
      {"a if b", "expected \"else\", found the end", 6, ""},
      {"f(a b)", "expected \",\" or \")\", found \"b\"", 4, ""},
      {"[1, 2", "expected \",\" or \"]\", found the end", 5, ""},
      {"f(,)", "expected a value, found \",\"", 2, ""},
      {"()", "expected a value, found \")\"", 1, ""},
      {"and", "expected a value, found \"and\"", 0, ""},
      {"+1", "expected a value, found \"+\"", 0, "+ sign"},
      {"1a", "a number that ends wrong", 1, ""},
      {"1__0", "a number that ends wrong", 1, ""},
      {"1.2.3", "a number that ends wrong", 3, ""},
      {"0x10", "a number that ends wrong", 1, ""},
      {"1e", "a number that ends wrong", 1, ""},
      {"012", "a number with leading zeros", 0, "zeros"},
      {"1e999", "a number outside the range of Float64", 0, "float('inf')"},
      {"9223372036854775808", "an integer outside the range of Int64", 0, "decimal"},
      {"-(9223372036854775808)", "an integer outside the range of Int64", 2, "decimal"},
      {"-9223372036854775809", "an integer outside the range of Int64", 1, "decimal"},
      {"a == 'b", "a string that does not end", 5, "Close it with '"},
      {"a == 'b\\'", "a string that does not end", 5, ""},
      {"a == 'b\n'", "a string that does not end", 5, ""},
      {"'a\\d'", "unknown escape in a string", 2, "r'"},
      {"'\\x4'", "\\x needs 2 hexadecimal digits", 1, ""},
      {"'\\ud800'", "an escape that is no character of Unicode", 1, ""},
      {"b'é'", "a bytes literal holds a character that is no ASCII", 2, "\\x"},
      {"f'a'", "a string cannot start with f", 0, ""},
      {"'''a'''", "strings with three quotes are not supported", 0, ""},
      {"`a", "a name in backquotes that does not end", 0, "`"},
      {"``", "an empty name in backquotes", 0, ""},
      {"größe > 1", "a character outside ASCII stands outside quotes", 2, "backquotes"},
      {"'größe' = 1", "expected an operator or the end, found \"=\"", 8, "=="},
  };
  for (const Refusal& wanted : cases) {
    auto expression = parse_expression(wanted.text);
    ASSERT_FALSE(expression.ok()) << wanted.text << " is " << expression->to_string();
    const ErrorInfo& error = expression.status().info();
    EXPECT_EQ(error.id, "GN164") << wanted.text;
    EXPECT_TRUE(error.message.starts_with(wanted.message)) << wanted.text << "\n" << error.message;
    std::string last_line = error.message.substr(error.message.rfind('\n') + 1);
    EXPECT_EQ(last_line, std::string(static_cast<size_t>(wanted.caret) + 2, ' ') + "^") << error.message;
    EXPECT_NE(error.hint.find(wanted.hint), std::string::npos) << wanted.text << ": " << error.hint;
  }
}

TEST(ExpressionParser, TheCaretFindsItsLineAndItsPlaceInALongOne) {
  auto second_line = parse_expression("a > 1\nand b = 2\nand c");
  ASSERT_FALSE(second_line.ok());
  EXPECT_TRUE(second_line.status().info().message.ends_with("\n  and b = 2\n        ^"))
      << second_line.status().info().message;
  std::string quoted = "`" + std::string(500, 'x') + "` = " + std::string(500, 'y');
  auto long_line = parse_expression(quoted);
  ASSERT_FALSE(long_line.ok());
  const std::string& message = long_line.status().info().message;
  EXPECT_LT(message.size(), 400u);
  size_t line = message.find('\n') + 1;
  size_t caret_line = message.rfind('\n') + 1;
  std::string shown = message.substr(line, caret_line - 1 - line);
  // "…" is one character of three bytes.
  EXPECT_EQ(shown[message.size() - 1 - caret_line + 2], '=') << message;
}

}  // namespace
}  // namespace gnomon
