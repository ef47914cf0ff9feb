// Definition-time validation, labels, and the catalog whose examples are executed.
#include <limits>

#include <google/protobuf/util/json_util.h>

#include "gnomon/types.h"
#include "quality_fixture.h"

namespace gnomon {
namespace {

TEST(BuiltinExpectations, EveryExampleDoesWhatItSays) {
  ASSERT_EQ(builtin_expectations().size(), 5u);
  for (const ExpectationInfo& info : builtin_expectations()) {
    SCOPED_TRACE(info.name);
    v1::Check check;
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(info.example.check, &check).ok());
    EXPECT_EQ(check.type(), info.name);
    EXPECT_TRUE(check_definition(check).ok()) << check_definition(check).to_string();
    Result<std::shared_ptr<arrow::DataType>> type = arrow_type_of(info.example.dtype);
    ASSERT_TRUE(type.ok());
    EXPECT_EQ(bad_rows(*table_of({{check.columns(0), json_column(*type, info.example.values)}}), check),
              info.example.unexpected);
    EXPECT_FALSE(info.description.empty());
    EXPECT_EQ(info.description.find('\n'), std::string::npos);
  }
}

TEST(CheckLabel, ReadsLikeACall) {
  v1::Check between = with(make_check("between", {"x"}), "min", 0.5);
  EXPECT_EQ(check_label(between), "between(x, 0.5)");
  EXPECT_EQ(check_label(with(make_check("between", {"x"}), "max", 120.0)), "between(x, max=120)");
  EXPECT_EQ(check_label(with(with(between, "max", "z"), "strict_max", true)), "between(x, 0.5, \"z\", strict_max=true)");
  EXPECT_EQ(check_label(with(between, "mostly", 0.9)), "between(x, 0.5, mostly=0.9)");
  EXPECT_EQ(check_label(make_check("unique", {"origin", "time_hour"})), "unique(origin, time_hour)");
  EXPECT_EQ(check_label(in_set("c", "UA", "B6")), "in_set(c, [\"UA\", \"B6\"])");
  EXPECT_EQ(check_label(in_set("c", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)), "in_set(c, [1, 2, 3, 4, 5, 6, 7, 8, … 2 more])");
  EXPECT_EQ(check_label(with(make_check("regex", {"c"}), "pattern", "^N")), "regex(c, \"^N\")");
}

struct Refusal {
  v1::Check check;
  const char* says;
};

TEST(CheckDefinition, RefusesWhatCannotBeMeant) {
  v1::Check between = make_check("between", {"x"});
  v1::Check list_of_kinds = in_set("x", 1, "a");
  v1::Check no_list = with(make_check("in_set", {"x"}), "values", 1);
  const std::vector<Refusal> refusals = {
      {make_check("betwen", {"x"}), "unknown expectation"},
      {make_check("not_null", {}), "names no column"},
      {make_check("unique", {"a", "a"}), "names column \"a\" twice"},
      {with(make_check("not_null", {"x"}), "min", 1), "unknown parameter: \"min\""},
      {with(between, "min", true), "min must be"},
      {with(between, "max", std::numeric_limits<double>::quiet_NaN()), "max must be"},
      {with(with(between, "min", 1), "max", "z"), "of one kind"},
      {with(with(between, "min", 2), "max", 1.5), "min is greater"},
      {with(with(between, "min", "2013-02-01"), "max", "2013-01-31T23:59Z"), "min is greater"},
      {with(between, "strict_min", 1), "strict_min must be"},
      {with(between, "mostly", 0), "mostly must be"},
      {with(between, "mostly", 1.01), "mostly must be"},
      {with(between, "mostly", "all"), "mostly must be"},
      {on_fail(between, "ignore"), "unknown on_fail"},
      {list_of_kinds, "mixes kinds"},
      {no_list, "values must be a list"},
      {make_check("in_set", {"x"}), "values must be a list"},
      {in_set("x"), "holds no value"},
      {make_check("regex", {"x"}), "pattern must be"},
      {with(make_check("regex", {"x"}), "pattern", "(?=a)"), "does not compile"},
  };
  for (const Refusal& refusal : refusals) {
    Status status = check_definition(refusal.check);
    ASSERT_FALSE(status.ok()) << check_label(refusal.check);
    EXPECT_EQ(status.info().id, "GN130");
    EXPECT_NE(status.info().message.find(refusal.says), std::string::npos) << status.to_string();
    // An engine that is handed such a check anyway must not pass it.
    EXPECT_TRUE(
        report_of(*table_of({{"x", json_column(arrow::int64(), "[1]")}}), {on_fail(refusal.check, "block")}).blocked ||
        refusal.check.on_fail() == "ignore");
  }
}

TEST(CheckDefinition, NamesThePlace) {
  v1::Check check = make_check("nope", {"x"});
  check.mutable_origin()->set_file("features/a.py");
  check.mutable_origin()->set_line(14);
  EXPECT_EQ(check_definition(check).info().where, "features/a.py:14");
}

TEST(CheckDefinition, AcceptsOpenEnds) {
  EXPECT_TRUE(check_definition(make_check("between", {"x"})).ok());
  EXPECT_TRUE(check_definition(with(make_check("between", {"x"}), "max", "2013-01-01")).ok());
  EXPECT_TRUE(check_definition(with(with(make_check("between", {"x"}), "min", 1), "max", 1.0)).ok());
}

}  // namespace
}  // namespace gnomon
