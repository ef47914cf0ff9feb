// Python transforms and definitions in child processes of the virtual environment.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <arrow/api.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

#include "gnomon/python_transform.h"

namespace gnomon {
namespace {

constexpr const char* kFunctions = R"(
import os, sys

class Decorated:
    def __init__(self, function):
        self.function = function

@Decorated
def plane(df):
    import pandas as pd
    print("this goes to stderr")
    os.write(1, b"and so does this")
    return df[["tailnum", "seats", "old"]].assign(known_from=pd.Timestamp("2013-01-01", tz="UTC"))

def two(left, right):
    return left.merge(right, on="k", how="left").groupby("k")[["a", "b"]].sum()

def narrow(frame):
    import polars as pl
    return frame.lazy().with_columns(pl.col("seats") * 2).select("tailnum", "seats")

def same(table):
    return table

def uses_neighbour(table):
    from features.neighbour import answer
    assert open("features/neighbour.py").read() and answer == 42
    return table

def fails(df):
    print("x" * 10000, file=sys.stderr)
    return df["seatz"]

def wrong(df):
    return 7

def leaves(df):
    sys.exit(0)

def dies(df):
    os.abort()

not_a_function = 7
)";

class PythonTransform : public testing::Test {
 protected:
  void SetUp() override {
    setenv("PYTHONPATH", GNOMON_PYTHON_DIR, 1);
    dir_ = std::filesystem::path(testing::TempDir()) / ("gnomon_transform_" + std::to_string(getpid()));
    std::filesystem::create_directories(dir_ / "features");
    write("features/functions.py", kFunctions);
    write("features/neighbour.py", "answer = 42\n");
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  void write(const std::string& file, const std::string& text) { std::ofstream(dir_ / file) << text; }

  PythonTransformCall call(const std::string& function, const std::string& mode,
                           std::vector<std::shared_ptr<arrow::Table>> tables) {
    PythonTransformCall result{kPython, dir_.string(), "features/functions.py:" + function, mode, {}};
    for (size_t i = 0; i < tables.size(); ++i) result.inputs.emplace_back("source" + std::to_string(i), tables[i]);
    return result;
  }

  static constexpr const char* kPython = GNOMON_VENV "/bin/python";
  std::filesystem::path dir_;
};

std::shared_ptr<arrow::Array> json(const std::shared_ptr<arrow::DataType>& type, const std::string& text) {
  return arrow::json::ArrayFromJSONString(type, text).ValueOrDie();
}

std::shared_ptr<arrow::Table> planes() {
  return arrow::Table::Make(
      arrow::schema({arrow::field("tailnum", arrow::utf8()), arrow::field("seats", arrow::int64()),
                     arrow::field("old", arrow::boolean())}),
      {json(arrow::utf8(), R"(["N1", "N2", null])"), json(arrow::int64(), "[9007199254740993, null, 3]"),
       json(arrow::boolean(), "[true, null, false]")});
}

void expect_column(const arrow::Table& table, const std::string& name, const std::shared_ptr<arrow::Array>& expected) {
  std::shared_ptr<arrow::ChunkedArray> column = table.GetColumnByName(name);
  ASSERT_NE(column, nullptr) << table.schema()->ToString();
  EXPECT_TRUE(column->Equals(arrow::ChunkedArray(expected))) << column->ToString();
}

TEST_F(PythonTransform, PandasKeepsTypesWithNulls) {
  Result<std::shared_ptr<arrow::Table>> answer = run_python_transform(call("plane", "pandas", {planes()}));
  ASSERT_TRUE(answer.ok()) << answer.status().to_string();
  EXPECT_EQ((*answer)->num_rows(), 3);
  expect_column(**answer, "seats", json(arrow::int64(), "[9007199254740993, null, 3]"));
  expect_column(**answer, "old", json(arrow::boolean(), "[true, null, false]"));
  EXPECT_EQ((*answer)->GetColumnByName("known_from")->type()->id(), arrow::Type::TIMESTAMP);
  EXPECT_EQ((*answer)->GetColumnByName("tailnum")->null_count(), 1);
}

TEST_F(PythonTransform, SourcesComeInOrderAndANamedIndexIsAColumn) {
  std::shared_ptr<arrow::Table> left =
      arrow::Table::Make(arrow::schema({arrow::field("k", arrow::int64()), arrow::field("a", arrow::int64())}),
                         {json(arrow::int64(), "[1, 2, 1]"), json(arrow::int64(), "[10, 20, 30]")});
  std::shared_ptr<arrow::Table> right =
      arrow::Table::Make(arrow::schema({arrow::field("k", arrow::int64()), arrow::field("b", arrow::float64())}),
                         {json(arrow::int64(), "[1, 2]"), json(arrow::float64(), "[0.5, 1]")});
  Result<std::shared_ptr<arrow::Table>> answer = run_python_transform(call("two", "pandas", {left, right}));
  ASSERT_TRUE(answer.ok()) << answer.status().to_string();
  expect_column(**answer, "k", json(arrow::int64(), "[1, 2]"));
  expect_column(**answer, "a", json(arrow::int64(), "[40, 20]"));
  expect_column(**answer, "b", json(arrow::float64(), "[1, 1]"));
}

TEST_F(PythonTransform, Polars) {
  Result<std::shared_ptr<arrow::Table>> answer = run_python_transform(call("narrow", "polars", {planes()}));
  ASSERT_TRUE(answer.ok()) << answer.status().to_string();
  expect_column(**answer, "seats", json(arrow::int64(), "[18014398509481986, null, 6]"));
  EXPECT_EQ((*answer)->GetColumnByName("tailnum")->type()->id(), arrow::Type::LARGE_STRING);
}

TEST_F(PythonTransform, ArrowInAndOutWhateverTheSize) {
  arrow::DoubleBuilder builder;
  for (int i = 0; i < 2'000'000; ++i) ASSERT_TRUE(builder.Append(i).ok());
  std::shared_ptr<arrow::Table> table =
      arrow::Table::Make(arrow::schema({arrow::field("x", arrow::float64())}), {builder.Finish().ValueOrDie()});
  Result<std::shared_ptr<arrow::Table>> answer = run_python_transform(call("same", "arrow", {table}));
  ASSERT_TRUE(answer.ok()) << answer.status().to_string();
  EXPECT_TRUE((*answer)->Equals(*table));
  std::shared_ptr<arrow::Table> empty = table->Slice(0, 0);
  answer = run_python_transform(call("same", "arrow", {empty}));
  ASSERT_TRUE(answer.ok()) << answer.status().to_string();
  EXPECT_TRUE((*answer)->Equals(*empty));
}

TEST_F(PythonTransform, RunsInTheProject) {
  Result<std::shared_ptr<arrow::Table>> answer = run_python_transform(call("uses_neighbour", "arrow", {planes()}));
  EXPECT_TRUE(answer.ok()) << answer.status().to_string();
}

struct Failure {
  const char* function;
  const char* says;
};

TEST_F(PythonTransform, FailuresNameTheFunctionAndTheException) {
  for (const Failure& failure :
       {Failure{"fails", "KeyError: 'seatz'"}, Failure{"wrong", "must return a pandas.DataFrame"},
        Failure{"leaves", "ended early"}, Failure{"dies", "signal 6"}, Failure{"missing", "has no attribute 'missing'"},
        Failure{"not_a_function", "is int, not a function"}}) {
    Result<std::shared_ptr<arrow::Table>> answer = run_python_transform(call(failure.function, "pandas", {planes()}));
    ASSERT_FALSE(answer.ok()) << failure.function;
    EXPECT_EQ(answer.status().info().id, "GN330");
    EXPECT_EQ(answer.status().code(), Code::kInvalidArgument);
    EXPECT_EQ(answer.status().info().where, std::string("features/functions.py:") + failure.function);
    EXPECT_NE(answer.status().info().message.find(failure.says), std::string::npos) << answer.status().to_string();
    EXPECT_LT(answer.status().info().message.size(), 5000u);
  }
}

TEST_F(PythonTransform, AnInterpreterThatIsNotThere) {
  PythonTransformCall missing = call("same", "arrow", {planes()});
  missing.python = "/nowhere/python";
  EXPECT_EQ(run_python_transform(missing).status().info().id, "GN332");
}

TEST_F(PythonTransform, AnEnvironmentWithoutGnomon) {
  unsetenv("PYTHONPATH");
  PythonTransformCall bare = call("same", "arrow", {planes()});
  bare.python = "/usr/bin/python3";
  Result<std::shared_ptr<arrow::Table>> answer = run_python_transform(bare);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.status().info().id, "GN332") << answer.status().to_string();
}

// Stands in for the SDK's evaluation, which has its own tests: here only the protocol matters.
class PythonDefinitions : public PythonTransform {
 protected:
  Result<std::string> evaluate(const std::string& program) {
    write("python", "#!/bin/sh\n" + program);
    std::filesystem::permissions(dir_ / "python", std::filesystem::perms::owner_all);
    return evaluate_python_definitions((dir_ / "python").string(), dir_.string());
  }
};

TEST_F(PythonDefinitions, AnswersTheManifest) {
  Result<std::string> manifest = evaluate("echo noise >&2; echo \"$1 $2 $(basename $3)\"");
  ASSERT_TRUE(manifest.ok()) << manifest.status().to_string();
  EXPECT_EQ(*manifest, "-m gnomon.evaluate " + dir_.filename().string() + "\n");
}

TEST_F(PythonDefinitions, AnErrorOfTheSdkKeepsItsPlaceAndCode) {
  Status status =
      evaluate(
          R"(printf 'Traceback…\n{"id": "GN152", "code": "FailedPrecondition", "where": "features/a.py:3", "message": "m \\u00e9", "hint": "h"}\n' >&2; exit 1)")
          .status();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.info().id, "GN152");
  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  EXPECT_EQ(status.info().where, "features/a.py:3");
  EXPECT_EQ(status.info().message, "m é");
  EXPECT_EQ(status.info().hint, "h");
}

TEST_F(PythonDefinitions, AnythingElseIsABreakdown) {
  Status status = evaluate("echo Segmentation fault >&2; exit 139").status();
  EXPECT_EQ(status.info().id, "GN331");
  EXPECT_NE(status.info().message.find("exited with 139: Segmentation fault"), std::string::npos) << status.to_string();
  EXPECT_EQ(evaluate("echo '{broken' >&2; exit 1").status().info().id, "GN331");
}

TEST_F(PythonDefinitions, TheRealEvaluationSpeaksTheProtocol) {
  write("features/functions.py", "from gnomon import Entity\n\nuser = Entity(name=\"user\")\n");
  Result<std::string> manifest = evaluate_python_definitions(kPython, dir_.string());
  ASSERT_TRUE(manifest.ok()) << manifest.status().to_string();
  EXPECT_NE(manifest->find("\"user\""), std::string::npos) << *manifest;
  write("features/functions.py", "from gnomon import Entity\n\nuser = Entty()\n");
  Status status = evaluate_python_definitions(kPython, dir_.string()).status();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.info().where, "features/functions.py:3") << status.to_string();
}

}  // namespace
}  // namespace gnomon
