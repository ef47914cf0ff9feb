// Expressions from bytes. A tree must print to a text that parses to it again, bind without a crash, and evaluate to one value a row.
//
// The entry is libFuzzer's, so that it runs under that where clang's runtime is installed (-DGNOMON_LIBFUZZER); without it the test below
// feeds it mutants of a corpus.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <arrow/api.h>

#include "gnomon/expression.h"

namespace {

std::shared_ptr<arrow::RecordBatch> rows() {
  auto time = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  auto schema =
      arrow::schema({arrow::field("a", arrow::int64()), arrow::field("b", arrow::float64()),
                     arrow::field("c", arrow::utf8()), arrow::field("d", arrow::boolean()), arrow::field("t", time)});
  arrow::Int64Builder integers;
  arrow::DoubleBuilder floats;
  arrow::StringBuilder texts;
  arrow::BooleanBuilder flags;
  arrow::TimestampBuilder times(time, arrow::default_memory_pool());
  bool ok = integers.AppendValues({1, INT64_MIN, 0}, {true, true, false}).ok() &&
            floats.AppendValues({0.5, -0.0, 1e300}).ok() &&
            texts.AppendValues(std::vector<std::string>{"a", "größe", ""}).ok() &&
            flags.AppendValues(std::vector<bool>{true, false, true}).ok() && times.AppendValues({0, 1, -1}).ok();
  if (!ok) std::abort();
  return arrow::RecordBatch::Make(schema, 3,
                                  {*integers.Finish(), *floats.Finish(), *texts.Finish(), *flags.Finish(), *times.Finish()});
}

void require(bool holds, const char* what, const std::string& text) {
  if (holds) return;
  std::fprintf(stderr, "%s: %s\n", what, text.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::shared_ptr<arrow::RecordBatch> batch = rows();
  const std::string text(reinterpret_cast<const char*>(data), size);
  auto expression = gnomon::parse_expression(text);
  if (!expression.ok()) {
    require(!expression.status().info().message.empty(), "an error without a message", text);
    return 0;
  }
  const std::string canonical = expression->to_string();
  auto again = gnomon::parse_expression(canonical);
  require(again.ok() && *again == *expression, "does not parse back", canonical);
  auto bound = gnomon::bind(*expression, *batch->schema());
  if (!bound.ok()) return 0;
  auto values = gnomon::evaluate(*bound, *batch);
  require(values.ok() && (*values)->length() == batch->num_rows() && (*values)->ValidateFull().ok(), "evaluates to nonsense",
          canonical);
  return 0;
}

#ifndef GNOMON_LIBFUZZER
#include <gtest/gtest.h>

#include "fuzz_loop.h"

namespace {

const std::vector<std::string> kCorpus = {
    "a > 10 and c in ['a', 'b'] and d is not None",
    "1 < a <= 2.5e3 or not d",
    "-a // 3 % 2 + b * (1 - a) / 7",
    "coalesce(a, -9223372036854775808) == 9223372036854775807",
    "c + 'x\\n\\x41\\u00e9' in ('b', \"c\",)",
    "t >= timestamp('2013-01-01T00:00:00Z') if d else t is null",
    "`a` == 1 and r'\\d' != c and b'\\xff' == b'a'",
    "abs(a) + length(lower(upper(c))) - floor(b) > round(-0.5)",
    "is_nan(float('nan')) and starts_with(c, 'g') and 'r' in c",
    "year(t) * 100 + month(t) not in [197001, 196912]",
    "((((a))))",
    "a + a + a + a + a + a + a + a",
};
const std::vector<std::string> kPieces = {
    "(",    ")",    "[", "]",  ",", " and ", " or ", "not ", " in ", " is None", " if ",  " else ",
    "'",    "\"",   "`", "\\", "-", "+",     "//",   "%",    "==",   "<",        "1e308", "9223372036854775808",
    "None", "\xff", "é", "a",  "0", ".",     "b'",   "r'"};

TEST(FuzzExpressionParser, MutatedCorpus) {
  gnomon::test::FuzzLoop loop(kCorpus, kPieces);
  int64_t trees = 0;
  const int64_t inputs = loop.run(
      [](const std::string& text) {
        LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(text.data()), text.size());
        return gnomon::parse_expression(text).ok();
      },
      &trees);
  EXPECT_GT(trees, inputs / 50) << "few mutants are expressions: the walk behind the parser is hardly tested";
}

}  // namespace
#endif
