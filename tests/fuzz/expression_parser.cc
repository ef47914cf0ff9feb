// Expressions from bytes. A tree must print to a text that parses to it again, bind without a crash, and evaluate to one value a row.
//
// The entry is libFuzzer's, so that it runs under that where clang's runtime is installed (-DGNOMON_LIBFUZZER); without it the test below
// feeds it a corpus, mutated from a printed seed.
#include <cstdio>
#include <cstdlib>
#include <random>
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

namespace {

constexpr int kMutants = 60'000;

const char* const kCorpus[] = {
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
const char* const kPieces[] = {"(",    ")",        "[",    "]",      ",",  " and ", " or ",  "not ",
                               " in ", " is None", " if ", " else ", "'",  "\"",    "`",     "\\",
                               "-",    "+",        "//",   "%",      "==", "<",     "1e308", "9223372036854775808",
                               "None", "\xff",     "é",    "a",      "0",  ".",     "b'",    "r'"};

class Mutation {
 public:
  explicit Mutation(uint64_t seed) : random_(seed) {}

  std::string next() {
    std::string text = kCorpus[below(std::size(kCorpus))];
    for (size_t edits = 1 + below(6); edits > 0; --edits) edit(&text);
    return text;
  }

 private:
  size_t below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }

  void edit(std::string* text) {
    const size_t at = below(text->size() + 1);
    const std::string other = kCorpus[below(std::size(kCorpus))];
    switch (below(6)) {
      case 0: text->insert(at, kPieces[below(std::size(kPieces))]); return;
      case 1: text->erase(at, 1 + below(4)); return;
      case 2: text->insert(at, 1, static_cast<char>(below(256))); return;
      case 3: text->insert(at, text->substr(below(text->size() + 1), 1 + below(20))); return;
      case 4: text->insert(at, other.substr(below(other.size()), 1 + below(20))); return;
      default: text->resize(at); return;
    }
  }

  std::mt19937_64 random_;
};

TEST(FuzzExpressionParser, MutatedCorpus) {
  const char* chosen = std::getenv("GNOMON_SEED");
  const uint64_t seed = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : std::random_device{}();
  std::printf("seed %lu (again: GNOMON_SEED=%lu)\n", static_cast<unsigned long>(seed), static_cast<unsigned long>(seed));
  Mutation mutation(seed);
  int trees = 0;
  for (int i = 0; i < kMutants; ++i) {
    std::string text = mutation.next();
    trees += gnomon::parse_expression(text).ok() ? 1 : 0;
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  }
  EXPECT_GT(trees, kMutants / 50) << "few mutants are expressions: the walk behind the parser is hardly tested";
}

}  // namespace
#endif
