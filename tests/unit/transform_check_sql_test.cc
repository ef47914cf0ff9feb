// What a query's text may say.
#include <gtest/gtest.h>

#include "gnomon/sql_engine.h"
#include "transform/refused_functions.h"

namespace gnomon {
namespace {

TEST(CheckSql, AcceptsQueries) {
  for (const char* sql : {
           "select 1",
           "SELECT origin, temp FROM weather -- now()\n;",
           "/* select now() /* nested */ now() */ with a as (select 1) select * from a;;",
           "(select 1) union all (select 2)",
           "with recursive t(n) as (select 1 union all select n + 1 from t where n < 5) select n from t",
           "select 'now()' as a, \"now\" as b, e'it\\'s now()', $$ now() $$, $x$ $$ now() $x$ from t",
           "select t.now, t.current_date, x as current_timestamp from t",
           "select * from \"weather\", \"Other Table\" join b using (id)",
           "select a.x, 'text' from a, b where a.y in ('p', 'q') and a.x is not distinct from 'file.csv'",
           "select trim(both 'x' from 'xax'), substring('abc' from 2), extract(year from ts), trim('x' from 'y') from t",
           "select x from a order by x, 'y'",
           "select age(a, b), date_trunc('hour', ts) from t",
           "select * from (values ('a'), ('b')) v(x)",
           "select * from unnest(['a.csv']), generate_series(1, 3)",
           "select count(*) filter (where y = 'insert') from t",
           "select sample, \"update\" from t",
           "select 1e-5, 1.5e+10, 0xff, a[1:2], b->>'$.x', c::varchar, #1, x % 2 from t",
           "select \"über\", größe from t",
       }) {
    Status status = check_sql(sql, "");
    EXPECT_TRUE(status.ok()) << sql << "\n" << status.to_string();
  }
}

struct Refusal {
  const char* sql;
  const char* says;
};

class CheckSqlRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(CheckSqlRefuses, WithTheReason) {
  Status status = check_sql(GetParam().sql, "view v");
  ASSERT_FALSE(status.ok()) << GetParam().sql;
  EXPECT_EQ(status.info().id, "GN321");
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.info().where, "view v");
  EXPECT_NE(status.info().message.find(GetParam().says), std::string::npos) << status.to_string();
}

INSTANTIATE_TEST_SUITE_P(
    Statements, CheckSqlRefuses,
    testing::Values(Refusal{"", "there is no query"}, Refusal{"-- nothing\n;", "there is no query"},
                    Refusal{"insert into t values (1)", "\"insert\" does not start a query"},
                    Refusal{"copy t to 'x.csv'", "\"copy\" does not start a query"},
                    Refusal{"from t", "\"from\" does not start a query"}, Refusal{"set threads = 1", "\"set\""},
                    Refusal{"attach 'x.db'", "\"attach\""}, Refusal{"select 1; select 2", "more than one statement"},
                    Refusal{"select 1;\n;drop table t", "more than one statement"},
                    Refusal{"with a as (select 1) insert into t select * from a", "insert is not a query"},
                    Refusal{"with a as (select 1)\nDELETE from t", "line 2: delete is not a query"},
                    Refusal{"select 'open", "a string that does not end"},
                    Refusal{"select \"open", "a quoted name that does not end"},
                    Refusal{"select $$open", "a string that does not end"},
                    Refusal{"select 1 /* /* */", "a comment that does not end"}));

INSTANTIATE_TEST_SUITE_P(
    ClocksAndDice, CheckSqlRefuses,
    testing::Values(Refusal{"select now()", "now() is refused: it reads the clock"}, Refusal{"select NOW ( )", "now()"},
                    Refusal{"select \"now\"()", "now()"}, Refusal{"select main.now()", "now()"},
                    Refusal{"select 1,\n  now\n  ()", "line 2: now()"},
                    Refusal{"select current_timestamp", "current_timestamp is refused"},
                    Refusal{"select Current_Date - x from t", "current_date is refused"},
                    Refusal{"select \"CURRENT_DATE\"", "current_date is refused"},
                    Refusal{"select localtime", "localtime is refused"}, Refusal{"select today()", "today()"},
                    Refusal{"select get_current_timestamp()", "get_current_timestamp()"},
                    Refusal{"select random()", "random()"}, Refusal{"select uuid()", "uuid()"},
                    Refusal{"select gen_random_uuid()", "gen_random_uuid()"}, Refusal{"select age(ts) from t", "age()"},
                    Refusal{"select age(f(a, b)) from t", "age()"}, Refusal{"select ts.age() from t", "age()"},
                    Refusal{"select * from t using sample 10%", "a sample is refused"},
                    Refusal{"select * from t tablesample 1 rows", "a sample is refused"},
                    Refusal{"select e'\\\\', now() -- '", "now()"}, Refusal{"select '''', now()", "now()"},
                    Refusal{"select nextval('s')", "nextval()"}, Refusal{"select getenv('HOME')", "getenv()"}));

INSTANTIATE_TEST_SUITE_P(Files, CheckSqlRefuses,
                         testing::Values(Refusal{"select * from read_csv('x.csv')", "read_csv()"},
                                         Refusal{"select * from read_parquet(['x'])", "read_parquet()"},
                                         Refusal{"select * from parquet_scan('x')", "parquet_scan()"},
                                         Refusal{"select * from glob('*')", "glob()"},
                                         Refusal{"select * from query('select now()')", "query()"},
                                         Refusal{"select * from duckdb_settings()", "duckdb_settings()"},
                                         Refusal{"select * from 'x.csv'", "\"x.csv\" is a file"},
                                         Refusal{"select * from t, 'x.csv'", "is a file"},
                                         Refusal{"select * from t join 'x.csv' on true", "is a file"},
                                         Refusal{"select * from \"x.parquet\"", "is a file"},
                                         Refusal{"select * from (t cross join 'x.csv')", "is a file"},
                                         Refusal{"select * from ('x.csv')", "is a file"},
                                         Refusal{"select * from t join u on t.a = 'b', 'x.csv'", "is a file"},
                                         Refusal{"select (select max(a) from '/etc/passwd')", "is a file"},
                                         Refusal{"select * from $$x.csv$$", "is a file"},
                                         Refusal{"select trim((select a from 'x.csv')) from t", "is a file"}));

TEST(RefusedFunctions, KnowsNamesAndPrefixes) {
  EXPECT_NE(refused_function("arrow_scan"), nullptr);
  EXPECT_NE(refused_function("write_log"), nullptr);
  EXPECT_NE(refused_function("read_anything"), nullptr);
  EXPECT_EQ(refused_function("sum"), nullptr);
  EXPECT_EQ(refused_function("readable"), nullptr);
  EXPECT_EQ(refused_keyword("now"), nullptr);
}

}  // namespace
}  // namespace gnomon
