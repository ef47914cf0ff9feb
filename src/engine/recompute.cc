#include "engine/recompute.h"

#include <arrow/api.h>
#include <arrow/compute/api.h>

#include "data/arrow_status.h"
#include "engine/training_join.h"
#include "engine/training_rows.h"

namespace gnomon {
namespace {

constexpr const char* kRecomputing = "recomputing answers";

Result<std::shared_ptr<arrow::Array>> array_of(const std::vector<int64_t>& numbers) {
  arrow::Int64Builder builder;
  GN_ARROW_TRY(kRecomputing, builder.AppendValues(numbers));
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> array, kRecomputing, builder.Finish());
  return array;
}

Result<std::shared_ptr<arrow::Table>> rows_of(const std::shared_ptr<arrow::Table>& table, const std::vector<int64_t>& rows) {
  GN_ASSIGN(auto indices, array_of(rows));
  GN_ARROW_ASSIGN(arrow::Datum taken, kRecomputing, arrow::compute::Take(table, indices));
  return taken.table();
}

// The rows that look at one state.
Result<Joined> join_at(Engine::Impl& project, const ViewDefinition& definition, const std::vector<std::string>& features,
                       const std::shared_ptr<arrow::Table>& entities, const std::vector<TimeUs>& times, SeenRows& seen,
                       const RowsState& state) {
  GN_ASSIGN(std::shared_ptr<RowHistory> history, seen.rows(state));
  std::vector<const RowHistory*> histories;
  if (history != nullptr) histories.push_back(history.get());
  GN_ASSIGN(auto at, array_of(times));
  return join_view(project, *entities, static_cast<const arrow::Int64Array&>(*at), definition, histories, features, 0);
}

// Parts of a join put together: row i of the parts, one after another, is row `rows[i]` of the whole.
Result<Joined> put_together(std::vector<Joined> parts, const std::vector<int64_t>& rows) {
  Joined whole;
  std::vector<std::shared_ptr<arrow::Table>> tables;
  std::map<std::string, std::vector<int64_t>> invalid;
  int64_t begin = 0;
  for (const Joined& part : parts) {
    tables.push_back(part.table);
    for (const auto& [feature, of_part] : part.invalid_rows) {
      for (const int64_t row : of_part) invalid[feature].push_back(rows[static_cast<size_t>(begin + row)]);
    }
    begin += part.table->num_rows();
  }
  std::vector<int64_t> place(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) place[static_cast<size_t>(rows[i])] = static_cast<int64_t>(i);
  GN_ARROW_ASSIGN(auto table, kRecomputing, arrow::ConcatenateTables(tables));
  GN_ASSIGN(whole.table, rows_of(table, place));
  whole.invalid_rows.assign(invalid.begin(), invalid.end());
  return whole;
}

Result<Joined> join_states(Engine::Impl& project, const ViewDefinition& definition, const std::vector<std::string>& features,
                           const std::shared_ptr<arrow::Table>& entities, const std::vector<TimeUs>& times, SeenRows& seen,
                           const std::vector<RowsState>& states) {
  std::map<RowsState, std::vector<int64_t>> rows_at;
  for (size_t row = 0; row < states.size(); ++row) rows_at[states[row]].push_back(static_cast<int64_t>(row));
  if (rows_at.size() == 1) return join_at(project, definition, features, entities, times, seen, rows_at.begin()->first);
  std::vector<Joined> parts;
  std::vector<int64_t> order;
  for (const auto& [state, rows] : rows_at) {
    GN_ASSIGN(auto some, rows_of(entities, rows));
    std::vector<TimeUs> some_times;
    for (const int64_t row : rows) some_times.push_back(times[static_cast<size_t>(row)]);
    GN_ASSIGN(parts.emplace_back(), join_at(project, definition, features, some, some_times, seen, state));
    order.insert(order.end(), rows.begin(), rows.end());
  }
  return put_together(std::move(parts), order);
}

Status add_stored(const JoinedViews& joined, FeatureColumns* columns) {
  for (const auto& [definition, found] : joined) {
    const auto rows = static_cast<size_t>(found.table->num_rows());
    for (int i = 0; i < found.table->num_columns(); ++i) {
      FeatureColumn& column = (*columns)[{definition->view.name(), found.table->field(i)->name()}];
      GN_ASSIGN(column.values, single_chunk(*found.table->column(i)));
    }
    for (const auto& [feature, invalid] : found.invalid_rows) {
      FeatureColumn& column = (*columns)[{definition->view.name(), feature}];
      column.invalid.assign(rows, kValid);
      for (const int64_t row : invalid) column.invalid[static_cast<size_t>(row)] = kInput;
    }
  }
  return Status();
}

}  // namespace

Result<FeatureColumns> recompute(Engine::Impl& project, const AskedFeatures& asked,
                                 const std::shared_ptr<arrow::Table>& entities, const std::vector<TimeUs>& times,
                                 const SeenViews& seen, const ViewStates& states) {
  JoinedViews joined;
  for (const auto& [definition, features] : asked.stored) {
    GN_ASSIGN(joined[definition],
              join_states(project, *definition, features, entities, times, *seen.at(definition), states.at(definition)));
  }
  GN_ASSIGN(FeatureColumns columns, computed_columns(project, asked, joined, entities, 0));
  GN_TRY(add_stored(joined, &columns));
  return columns;
}

}  // namespace gnomon
