// Evaluation over columns against the row-by-row oracle: random well-typed trees over random rows with nulls and edges.
#include <cmath>

#include "transform_expressions_fixture.h"
#include "transform_expressions_oracle.h"

namespace gnomon {
namespace {

constexpr int kTrees = 6'000;
constexpr int64_t kRows = 9;
constexpr DrawnKind kKinds[] = {DrawnKind::kBool,   DrawnKind::kInt,   DrawnKind::kFloat,
                                DrawnKind::kString, DrawnKind::kBytes, DrawnKind::kTime};

bool same(const arrow::Array& array, int64_t row, const OracleValue& expected) {
  if (array.IsNull(row) || std::holds_alternative<std::monostate>(expected))
    return array.IsNull(row) == std::holds_alternative<std::monostate>(expected);
  switch (array.type_id()) {
    case arrow::Type::BOOL: return static_cast<const arrow::BooleanArray&>(array).Value(row) == std::get<bool>(expected);
    case arrow::Type::INT64: return static_cast<const arrow::Int64Array&>(array).Value(row) == std::get<int64_t>(expected);
    case arrow::Type::STRING:
      return static_cast<const arrow::StringArray&>(array).GetView(row) == std::get<std::string>(expected);
    case arrow::Type::BINARY:
      return static_cast<const arrow::BinaryArray&>(array).GetView(row) == std::get<BytesLiteral>(expected).bytes;
    case arrow::Type::TIMESTAMP:
      return static_cast<const arrow::TimestampArray&>(array).Value(row) == std::get<OracleTime>(expected).us;
    default: break;
  }
  double found = static_cast<const arrow::DoubleArray&>(array).Value(row);
  double wanted = std::get<double>(expected);
  return std::isnan(wanted) ? std::isnan(found) : found == wanted && std::signbit(found) == std::signbit(wanted);
}

TEST(ExpressionOracle, RandomTreesOverRandomRows) {
  const uint64_t seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::printf("seed %lu\n", static_cast<unsigned long>(seed));
  TypedDraw draw(seed);
  int64_t cases = 0, nulls = 0;
  for (int i = 0; i < kTrees; ++i) {
    std::vector<OracleRow> rows(kRows);
    for (OracleRow& row : rows) row = draw.row();
    Expression tree = draw.tree(kKinds[static_cast<size_t>(i) % std::size(kKinds)], 1 + i % 5);
    SCOPED_TRACE(tree.to_string());
    auto bound = bind(tree, *TypedDraw::schema());
    ASSERT_TRUE(bound.ok()) << bound.status().to_string();
    // Not from the first row, so that offsets count.
    const int64_t skipped = i % 3;
    auto values = evaluate(*bound, *batch_of(rows)->Slice(skipped));
    ASSERT_TRUE(values.ok()) << values.status().to_string();
    ASSERT_TRUE((*values)->ValidateFull().ok());
    ASSERT_EQ((*values)->length(), kRows - skipped);
    ASSERT_TRUE((*values)->type()->Equals(*bound->type()));
    for (int64_t row = 0; row < (*values)->length(); ++row, ++cases) {
      OracleValue expected = oracle_value(tree, rows[static_cast<size_t>(row + skipped)]);
      nulls += std::holds_alternative<std::monostate>(expected) ? 1 : 0;
      ASSERT_TRUE(same(**values, row, expected))
          << "row " << row << ": found " << (*values)->GetScalar(row).ValueOrDie()->ToString() << "\n"
          << batch_of({rows[static_cast<size_t>(row + skipped)]})->ToString();
    }
  }
  EXPECT_GT(cases, 20'000);
  EXPECT_GT(cases - nulls, cases / 4) << "most answers are null: the draw tests little";
}

// The whole batch and each row alone give the same answer.
TEST(ExpressionOracle, OneRowIsAsGoodAsMany) {
  TypedDraw draw(7);
  std::vector<OracleRow> rows(64);
  for (OracleRow& row : rows) row = draw.row();
  auto batch = batch_of(rows);
  for (int i = 0; i < 200; ++i) {
    Expression tree = draw.tree(DrawnKind::kBool, 4);
    auto bound = bind_condition(tree, *batch->schema());
    ASSERT_TRUE(bound.ok());
    std::vector<uint8_t> together = passing_rows(*bound, *batch).value();
    for (int64_t row = 0; row < batch->num_rows(); row += 9) {
      ASSERT_EQ(passing_rows(*bound, *batch->Slice(row, 1)).value()[0], together[static_cast<size_t>(row)])
          << tree.to_string();
      OracleValue value = oracle_value(tree, rows[static_cast<size_t>(row)]);
      ASSERT_EQ(together[static_cast<size_t>(row)] == 1, std::holds_alternative<bool>(value) && std::get<bool>(value))
          << tree.to_string();
    }
  }
}

// Quotients of integers beyond 2^53, which two roundings would get wrong: CPython's answers.
TEST(ExpressionOracle, QuotientsAreRoundedOnce) {
  const std::pair<const char*, const char*> cases[] = {
      {"6528229633291761223 / 7", "9.326042333273944e+17"},
      {"2067614124476336464 / 3", "6.892047081587789e+17"},
      {"7470740976692514440 / 7", "1.0672487109560735e+18"},
      {"1827414015640578954 / 5493903765384248505", "0.33262577825892586"},
      {"-545482181857941732 / 917726825142", "-594384.0442645219"},
      {"-1327192376387893190 / 886116782804", "-1497762.3741513703"},
      {"6071512230881258983 / 3", "2.023837410293753e+18"},
      {"-3378819482318850210 / 7", "-4.826884974741215e+17"},
      {"-3719746872378231149 / 3", "-1.239915624126077e+18"},
      {"595370268078356549 / 631032551145857075", "0.9434858265191813"},
      {"3120250741050998849 / 4942227557165130189", "0.6313450169908363"},
      {"-780909423968885591 / 7", "-1.1155848913841222e+17"},
      {"6063978881461701482 / 3", "2.021326293820567e+18"},
      {"-125613593129131116 / 296282967875", "-423964.9482049428"},
      {"9223372036854775807 / 1", "9.223372036854776e+18"},
      {"-9223372036854775808 / 1", "-9.223372036854776e+18"},
      {"9223372036854775807 / -9223372036854775808", "-1.0"},
      {"9007199254740993 / 1", "9007199254740992.0"},
      {"-9223372036854775808 / -1", "9.223372036854776e+18"},
  };
  for (const auto& [text, answer] : cases) EXPECT_TRUE(same_value(text, answer));
}

}  // namespace
}  // namespace gnomon
