// Names, types and constants: what binding accepts, what it refuses, and how it says so.
#include "transform_expressions_fixture.h"

namespace gnomon {
namespace {

TEST(ExpressionBind, ResultTypes) {
  const std::pair<const char*, const char*> cases[] = {
      {"amount", "int64"},
      {"small", "int64"},
      {"`odd name`", "int64"},
      {"amount + small", "int64"},
      {"amount + price", "double"},
      {"amount / 2", "double"},
      {"amount // 2", "int64"},
      {"amount % 2.5", "double"},
      {"-price", "double"},
      {"category + 'x'", "string"},
      {"amount > price", "bool"},
      {"category in ['a']", "bool"},
      {"amount in [1, 2.5]", "bool"},
      {"amount in []", "bool"},
      {"'a' in category", "bool"},
      {"tags is None", "bool"},
      {"nothing is None", "bool"},
      {"nothing", "null"},
      {"None", "null"},
      {"amount + nothing", "int64"},
      {"coalesce(amount, 0)", "int64"},
      {"coalesce(amount, 0.5)", "double"},
      {"coalesce(None, at)", "timestamp[us, tz=UTC]"},
      {"1 if flag else None", "int64"},
      {"raw", "binary"},
      {"at >= timestamp('2013-01-01')", "bool"},
      {"length(category)", "int64"},
      {"year(at)", "int64"},
      {"None and flag", "bool"},
  };
  for (const auto& [text, type] : cases) {
    auto bound = bind(parsed(text), *shop_schema());
    ASSERT_TRUE(bound.ok()) << text << "\n" << bound.status().to_string();
    EXPECT_EQ(bound->type()->ToString(), type) << text;
  }
}

struct Refusal {
  const char* text;
  const char* id;
  const char* message;  // a part
  const char* hint;     // a part
};

TEST(ExpressionBind, Refusals) {
  const Refusal cases[] = {
      {"amout > 1", "GN101", "unknown column amout", "Did you mean \"amount\"?"},
      {"zzz > 1", "GN101", "unknown column zzz", "Columns: amount, price"},
      {"len(category)", "GN167", "unknown function len()", ""},
      {"lowr(category)", "GN167", "unknown function lowr()", "Did you mean \"lower\"?"},
      {"abs(amount, 1)", "GN167", "abs() takes 1 argument, not 2: abs(amount, 1)", "abs(x)"},
      {"coalesce()", "GN167", "coalesce() takes at least 1 argument, not 0", "coalesce(x"},
      {"category > 1", "GN166", "\">\" does not take String, Int64: category > 1", "quotes"},
      {"amount == '1'", "GN166", "\"==\" does not take Int64, String", "quotes"},
      {"at > '2013-01-01'", "GN166", "does not take UnixTimestamp, String", "timestamp("},
      {"at > 5", "GN166", "does not take UnixTimestamp, Int64", "timestamp("},
      {"flag + 1", "GN166", "\"+\" does not take Bool, Int64", "1 if flag else 0"},
      {"flag == 1", "GN166", "\"==\" does not take Bool, Int64", ""},
      {"raw == 'a'", "GN166", "does not take Bytes, String", "b'…'"},
      {"amount and flag", "GN166", "\"and\" does not take Int64, Bool", ""},
      {"not amount", "GN166", "\"not\" does not take Int64", ""},
      {"-category", "GN166", "\"-\" does not take String: -category", ""},
      {"amount == None", "GN166", "a comparison with None is never true", "x is None"},
      {"nothing < 1", "GN166", "a comparison with None is never true", "x is None"},
      {"amount in ['a']", "GN166", "Int64 is looked for among String", "quotes"},
      {"amount in [None]", "GN166", "a list holds None", "x is None or x in"},
      {"amount in [price]", "GN166", "a list holds constants only: price", "=="},
      {"amount in ['a', 1 // 0]", "GN166", "a list holds None", ""},
      {"tags in ['a']", "GN166", "Array", ""},
      {"tags == tags", "GN166", "Array", ""},
      {"'a' in ('a')", nullptr, "", ""},
      {"1 in (1)", "GN166", "\"in\" does not take Int64, Int64", ""},
      {"[1, 2] == [1, 2]", "GN166", "\"==\" does not take Array(Int64), Array(Int64)", ""},
      {"array_length([1, 'a'])", "GN166", "a list mixes Int64 and String", ""},
      {"array_length([])", "GN166", "an empty list has no type here", ""},
      {"timestamp('soon')", "GN113", "timestamp('soon')", ""},
      {"timestamp(category)", "GN166", "a constant here", ""},
      {"float('1.5')", "GN166", "float('1.5')", "number itself"},
      {"amount if amount else 1", "GN166", "\"if\" does not take", ""},
      {"1 if flag else 'a'", "GN166", "\"if\" does not take Bool, Int64, String", ""},
  };
  for (const Refusal& wanted : cases) {
    auto bound = bind(parsed(wanted.text), *shop_schema());
    ASSERT_EQ(bound.ok(), wanted.id == nullptr) << wanted.text;
    if (bound.ok()) continue;
    const ErrorInfo& error = bound.status().info();
    EXPECT_EQ(error.code, Code::kInvalidArgument);
    EXPECT_EQ(error.id, wanted.id) << wanted.text << "\n" << error.message;
    EXPECT_NE(error.message.find(wanted.message), std::string::npos) << wanted.text << "\n" << error.message;
    EXPECT_NE(error.hint.find(wanted.hint), std::string::npos) << wanted.text << "\n" << error.hint;
  }
}

TEST(ExpressionBind, AmbiguousAndImpossibleColumns) {
  auto twice = arrow::schema({arrow::field("a", arrow::int64()), arrow::field("a", arrow::int64())});
  EXPECT_EQ(bind(parsed("a > 1"), *twice).status().info().id, "GN101");
  auto nested = arrow::schema({arrow::field("a", arrow::struct_({arrow::field("b", arrow::int64())}))});
  auto refused = bind(parsed("a is None"), *nested);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.status().info().message.find("column a"), std::string::npos);
}

TEST(ExpressionBind, AConditionIsBool) {
  EXPECT_TRUE(bind_condition(parsed("flag"), *shop_schema()).ok());
  EXPECT_TRUE(bind_condition(parsed("True"), *shop_schema()).ok());
  for (const char* text : {"amount", "None", "1", "category"}) {
    auto refused = bind_condition(parsed(text), *shop_schema());
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_EQ(refused.status().info().id, "GN166") << text;
  }
}

TEST(ExpressionBind, ReadsOnlyItsColumns) {
  auto bound = bind(parsed("small > 1 and category == 'a'"), *shop_schema());
  ASSERT_TRUE(bound.ok());
  EXPECT_EQ(bound->columns(), (std::vector<std::string>{"category", "small"}));
}

// The rows may come with their columns in another order, and of another width.
TEST(ExpressionBind, RowsOfAnotherShape) {
  auto bound = bind_condition(parsed("amount > 1 and category == 'a'"), *shop_schema());
  ASSERT_TRUE(bound.ok());
  arrow::StringBuilder text;
  ASSERT_TRUE(text.AppendValues(std::vector<std::string>{"a", "a", "b"}).ok());
  arrow::Int16Builder narrow;
  ASSERT_TRUE(narrow.AppendValues(std::vector<int16_t>{1, 2, 3}).ok());
  auto category = text.Finish().ValueOrDie();
  auto amount = narrow.Finish().ValueOrDie();
  auto rows = arrow::RecordBatch::Make(
      arrow::schema({arrow::field("category", arrow::utf8()), arrow::field("amount", arrow::int16())}), 3,
      {category, amount});
  auto passing = passing_rows(*bound, *rows);
  ASSERT_TRUE(passing.ok()) << passing.status().to_string();
  EXPECT_EQ(*passing, (std::vector<uint8_t>{0, 1, 0}));

  auto missing = arrow::RecordBatch::Make(arrow::schema({arrow::field("amount", arrow::int16())}), 3, {amount});
  EXPECT_EQ(passing_rows(*bound, *missing).status().info().id, "GN101");
  auto changed = arrow::RecordBatch::Make(
      arrow::schema({arrow::field("category", arrow::int16()), arrow::field("amount", arrow::int16())}), 3,
      {amount, amount});
  EXPECT_EQ(passing_rows(*bound, *changed).status().info().id, "GN166");
}

TEST(ExpressionBind, NoRowsAndOnlyConstants) {
  auto none = arrow::RecordBatch::Make(arrow::schema({arrow::field("amount", arrow::int64())}), 0,
                                       {arrow::MakeArrayOfNull(arrow::int64(), 0).ValueOrDie()});
  for (const char* text : {"amount > 1", "True", "amount in [1]", "amount % 2 == 1.5"}) {
    auto passing = passing_rows(*bind_condition(parsed(text), *none->schema()), *none);
    ASSERT_TRUE(passing.ok()) << text;
    EXPECT_TRUE(passing->empty());
  }
  auto three = arrow::RecordBatch::Make(none->schema(), 3, {arrow::MakeArrayOfNull(arrow::int64(), 3).ValueOrDie()});
  EXPECT_EQ(*passing_rows(*bind_condition(parsed("1 < 2"), *three->schema()), *three), (std::vector<uint8_t>{1, 1, 1}));
  EXPECT_EQ(*passing_rows(*bind_condition(parsed("amount > 1"), *three->schema()), *three), (std::vector<uint8_t>{0, 0, 0}));
}

}  // namespace
}  // namespace gnomon
