#include "engine/python_functions.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "data/arrow_status.h"
#include "gnomon/python_functions.h"

namespace gnomon {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRequestPatience{1'000};
constexpr milliseconds kTrainingPatience{60'000};
constexpr size_t kNamedCauses = 10;

// A function that raised for a row, or gave no answer at all: null, INVALID, and why.
Result<std::vector<FeatureColumn>> without_answer(const OnDemandView& view, int64_t rows, const Status& why) {
  std::vector<FeatureColumn> columns;
  for (const auto& field : view.features->fields()) {
    FeatureColumn& column = columns.emplace_back();
    GN_ARROW_ASSIGN(column.values, "computing on-demand features", arrow::MakeArrayOfNull(field->type(), rows));
    column.invalid.assign(static_cast<size_t>(rows), kNoFunction);
    column.causes = {why.to_string()};
  }
  return columns;
}

class Runner {
 public:
  Runner(Engine::Impl& project, FunctionDeadline deadline) : project_(&project), deadline_(deadline) {}

  Result<std::vector<FeatureColumn>> operator()(const OnDemandView& view, const arrow::RecordBatch& inputs) const {
    std::vector<std::vector<FeatureColumn>> parts;
    for (int64_t row = 0; row < inputs.num_rows() || row == 0; row += kFunctionRows) {
      auto rows = inputs.Slice(row, kFunctionRows);
      Result<std::vector<FeatureColumn>> made = call(view, rows, row);
      if (!made.ok() && deadline_ == FunctionDeadline::kTrainingSet) return made.status();
      if (!made.ok()) made = without_answer(view, rows->num_rows(), made.status());
      GN_ASSIGN(std::vector<FeatureColumn> part, std::move(made));
      parts.push_back(std::move(part));
    }
    return joined(std::move(parts), inputs.num_rows());
  }

 private:
  Result<std::vector<FeatureColumn>> call(const OnDemandView& view, const std::shared_ptr<arrow::RecordBatch>& rows,
                                          int64_t first_row) const {
    PythonFunctionCall call{view.view.python().function(), view.view.python().source_hash(), rows, view.features};
    GN_ASSIGN(PythonFunctionAnswer answer,
              project_->python_functions().call(
                  call, deadline_ == FunctionDeadline::kRequest ? kRequestPatience : kTrainingPatience));
    std::vector<FeatureColumn> columns;
    for (const auto& values : answer.values->columns()) {
      FeatureColumn& column = columns.emplace_back();
      column.values = values;
      if (!answer.failed.empty()) column.invalid.resize(static_cast<size_t>(rows->num_rows()), kValid);
      for (const auto& [row, said] : answer.failed) {
        column.invalid[static_cast<size_t>(row)] = kFunction;
        if (column.causes.size() < kNamedCauses) column.causes.push_back(fmt::format("{} (row {})", said, first_row + row));
      }
    }
    return columns;
  }

  static Result<std::vector<FeatureColumn>> joined(std::vector<std::vector<FeatureColumn>> parts, int64_t rows) {
    if (parts.size() == 1) return std::move(parts.front());
    std::vector<FeatureColumn> columns(parts.front().size());
    for (size_t i = 0; i < columns.size(); ++i) {
      arrow::ArrayVector arrays;
      columns[i].invalid.resize(static_cast<size_t>(rows), kValid);
      int64_t at = 0;
      for (std::vector<FeatureColumn>& part : parts) {
        arrays.push_back(part[i].values);
        std::copy(part[i].invalid.begin(), part[i].invalid.end(), columns[i].invalid.begin() + at);
        for (std::string& cause : part[i].causes) {
          if (columns[i].causes.size() < kNamedCauses) columns[i].causes.push_back(std::move(cause));
        }
        at += part[i].values->length();
      }
      GN_ARROW_ASSIGN(columns[i].values, "computing on-demand features", arrow::Concatenate(arrays));
    }
    return columns;
  }

  Engine::Impl* project_;
  FunctionDeadline deadline_;
};

}  // namespace

RunFunction function_runner(Engine::Impl& project, FunctionDeadline deadline) { return Runner(project, deadline); }

}  // namespace gnomon
