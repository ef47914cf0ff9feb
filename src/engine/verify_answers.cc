#include "engine/verify_answers.h"

#include <algorithm>
#include <numeric>

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include "data/arrow_status.h"
#include "engine/request_plan.h"
#include "engine/value_bits.h"
#include "engine/verify_reasons.h"

namespace gnomon {
namespace {

constexpr size_t kShownValues = 5;  // of a feature
constexpr const char* kNotCoveredError = "AS_OF_NOT_COVERED";
constexpr const char* kInvalidStatus = "INVALID";
// Of an answer that overlapped writes to several views: so many combinations of before and after are looked at.
constexpr size_t kMostCombinations = 64;

std::optional<RequestedFeature> find_feature(const Definitions& definitions, const ServedFeature& served) {
  const auto stored = definitions.views().find(served.view);
  if (stored != definitions.views().end()) {
    if (stored->second.features->GetFieldIndex(served.feature) < 0) return std::nullopt;
    return RequestedFeature{&stored->second, nullptr, served.feature, served.name};
  }
  const auto computed = definitions.on_demand().find(served.view);
  if (computed == definitions.on_demand().end()) return std::nullopt;
  if (computed->second.features->GetFieldIndex(served.feature) < 0) return std::nullopt;
  return RequestedFeature{nullptr, &computed->second, served.feature, served.name};
}

bool has_columns(const arrow::Table& rows, const std::set<std::string>& names) {
  return std::all_of(names.begin(), names.end(),
                     [&](const std::string& name) { return rows.schema()->GetFieldIndex(name) >= 0; });
}

std::string text_of(const arrow::Array& values, int64_t row) {
  if (values.IsNull(row)) return "null";
  auto scalar = values.GetScalar(row);
  return scalar.ok() ? (*scalar)->ToString() : "?";
}

std::vector<int64_t> all_rows(size_t count) {
  std::vector<int64_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

}  // namespace

void AnswerCheck::prepare(std::set<std::string>* gone) {
  std::vector<RequestedFeature> wanted;
  for (size_t column = 0; column < served_.features.size(); ++column) {
    const ServedFeature& served = served_.features[column];
    const std::optional<RequestedFeature> feature = find_feature(definitions_, served);
    // A feature that reads another column of the request since cannot be computed for requests without it.
    if (!feature.has_value() || !has_columns(*served_.rows, columns_read(asked_features(definitions_, {*feature})))) {
      gone->insert(served.ref());
      continue;
    }
    Compared one{.column = column, .feature = *feature};
    one.has_meaning_changed = meaning_of_served(definitions_, *feature) != served.meaning;
    one.settled.assign(served_.t.size(), false);
    one.matched.assign(served_.t.size(), false);
    for (const auto& [view, unused] : asked_features(definitions_, {*feature}).stored) one.views.push_back(view);
    wanted.push_back(*feature);
    compared_.push_back(std::move(one));
  }
  asked_ = asked_features(definitions_, wanted);
}

bool AnswerCheck::is_state_known(const ViewDefinition& definition, size_t row) const {
  const auto data = served_.data.find(definition.view.name());
  if (data == served_.data.end() || data->second != data_of_view(definition)) return false;
  // Before its first write a store has no name, and holds nothing: then any log begins later.
  if (served_.store != memory_.store && !served_.store.empty()) return false;
  const auto forgotten = memory_.forgotten.find(definition.view.name());
  if (forgotten != memory_.forgotten.end() && served_.sequence[row] < forgotten->second) return false;
  return memory_.logs.at(load_log_name(definition)).is_whole;
}

std::vector<RowsState> AnswerCheck::states_of(const ViewDefinition& definition, const SeenRows& seen, size_t row) const {
  if (!is_state_known(definition, row)) return {{RowsState::Kind::kServable}};
  std::vector<RowsState> states;
  const RowsState last = seen.at(served_.sequence_end[row]);
  for (RowsState state = seen.at(served_.sequence[row]); state.entry <= last.entry; ++state.entry) states.push_back(state);
  return states;
}

AnswerCheck::Outcome AnswerCheck::outcome(const Compared& compared, const FeatureColumn& recomputed, size_t row,
                                          size_t at) const {
  const auto served_row = static_cast<int64_t>(row);
  const bool was_invalid = served_.status[compared.column]->GetView(served_row) == kInvalidStatus;
  const bool is_invalid = !recomputed.invalid.empty() && recomputed.invalid[at] != kValid;
  if (was_invalid && !is_invalid && served_.errors[row].find(kNotCoveredError) != std::string::npos)
    return Outcome::kNotCovered;
  if (was_invalid != is_invalid) return Outcome::kDiffers;
  const arrow::Array& served = *served_.values[compared.column];
  return same_bits(served, served_row, *recomputed.values, static_cast<int64_t>(at)) ? Outcome::kSame : Outcome::kDiffers;
}

Result<FeatureColumns> AnswerCheck::recompute_rows(const SeenViews& seen, const std::vector<int64_t>& rows,
                                                   const ViewStates& states) {
  std::shared_ptr<arrow::Table> entities = served_.rows;
  std::vector<TimeUs> times;
  for (const int64_t row : rows) times.push_back(served_.t[static_cast<size_t>(row)]);
  if (rows.size() != served_.t.size()) {
    arrow::Int64Builder builder;
    GN_ARROW_TRY("comparing answers", builder.AppendValues(rows));
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> indices, "comparing answers", builder.Finish());
    GN_ARROW_ASSIGN(arrow::Datum taken, "comparing answers", arrow::compute::Take(entities, indices));
    entities = taken.table();
  }
  return recompute(project_, asked_, entities, times, seen, states);
}

ViewStates AnswerCheck::same_state(RowsState::Kind kind, size_t rows) const {
  ViewStates states;
  for (const auto& [view, unused] : asked_.stored) states[view].assign(rows, RowsState{kind});
  return states;
}

Status AnswerCheck::compare(const SeenViews& seen, VerifiedFeatures* features) {
  if (compared_.empty()) return Status();
  for (const Compared& one : compared_) {
    const std::string ref = one.feature.view_name() + ":" + one.feature.feature;
    (*features)[ref].name = ref;
  }
  GN_TRY(compare_with_seen(seen, features));
  return compare_with_today(seen, features);
}

// A row is tried with each combination of states that its views can have been in, until all of its values are found in one.
Status AnswerCheck::compare_with_seen(const SeenViews& seen, VerifiedFeatures* features) {
  const size_t count = served_.t.size();
  std::map<const ViewDefinition*, std::vector<std::vector<RowsState>>> possible;
  for (const auto& [view, unused] : asked_.stored) {
    for (size_t row = 0; row < count; ++row) possible[view].push_back(states_of(*view, *seen.at(view), row));
  }
  FeatureColumns first;
  std::vector<int64_t> rows = all_rows(count);
  for (size_t attempt = 0; attempt < kMostCombinations && !rows.empty(); ++attempt) {
    ViewStates states;
    for (const int64_t row : rows) {
      size_t digits = attempt;
      for (const auto& [view, of_rows] : possible) {
        const std::vector<RowsState>& options = of_rows[static_cast<size_t>(row)];
        states[view].push_back(options[digits % options.size()]);
        digits /= options.size();
      }
    }
    GN_ASSIGN(FeatureColumns columns, recompute_rows(seen, rows, states));
    if (attempt == 0) first = columns;
    for (Compared& one : compared_) {
      const FeatureColumn& column = columns.at({one.feature.view_name(), one.feature.feature});
      VerifiedFeature& report = features->at(one.feature.view_name() + ":" + one.feature.feature);
      for (size_t at = 0; at < rows.size(); ++at) {
        const auto row = static_cast<size_t>(rows[at]);
        if (one.settled[row]) continue;
        const Outcome found = outcome(one, column, row, at);
        one.settled[row] = found != Outcome::kDiffers;
        one.matched[row] = found == Outcome::kSame;
        report.matched += static_cast<int64_t>(found == Outcome::kSame);
        report.not_covered += static_cast<int64_t>(found == Outcome::kNotCovered);
      }
    }
    std::erase_if(rows, [&](int64_t row) {
      size_t combinations = 1;
      for (const auto& [view, of_rows] : possible) combinations *= of_rows[static_cast<size_t>(row)].size();
      const bool is_open = std::any_of(compared_.begin(), compared_.end(),
                                       [&](const Compared& one) { return !one.settled[static_cast<size_t>(row)]; });
      return !is_open || attempt + 1 >= combinations;
    });
  }
  for (const Compared& one : compared_) {
    VerifiedFeature& report = features->at(one.feature.view_name() + ":" + one.feature.feature);
    const FeatureColumn& column = first.at({one.feature.view_name(), one.feature.feature});
    for (size_t row = 0; row < count; ++row) {
      report.compared += static_cast<int64_t>(!one.settled[row] || one.matched[row]);
      if (!one.settled[row]) add_differing(seen, one, row, column, &report);
    }
  }
  return Status();
}

std::string AnswerCheck::reason_of(const SeenViews& seen, const Compared& compared, size_t row) const {
  if (compared.has_meaning_changed) return kDefinitionChanged;
  bool is_known = true, is_changed = false;
  for (const ViewDefinition* view : compared.views) {
    is_known = is_known && is_state_known(*view, row);
    is_changed = is_changed || seen.at(view)->is_changed(states_of(*view, *seen.at(view), row).back());
  }
  if (!is_known) return kStateUnknown;
  return is_changed ? kSourceChanged : kUnexplained;
}

std::string AnswerCheck::text_of_row(size_t row) const {
  std::string text;
  for (int i = 0; i < served_.rows->num_columns(); ++i) {
    auto value = served_.rows->column(i)->GetScalar(static_cast<int64_t>(row));
    text +=
        fmt::format("{}{}={}", i == 0 ? "" : " ", served_.rows->field(i)->name(), value.ok() ? (*value)->ToString() : "?");
  }
  return text;
}

void AnswerCheck::add_differing(const SeenViews& seen, const Compared& compared, size_t row, const FeatureColumn& first,
                                VerifiedFeature* report) const {
  const std::string reason = reason_of(seen, compared, row);
  ++report->reasons[reason];
  if (report->first.size() >= kShownValues) return;
  const bool is_invalid = !first.invalid.empty() && first.invalid[row] != kValid;
  const auto at = static_cast<int64_t>(row);
  report->first.push_back({.t = served_.t[row],
                           .served_at = served_.served_at[row],
                           .row = text_of_row(row),
                           .served = text_of(*served_.values[compared.column], at),
                           .expected = is_invalid ? kInvalidStatus : text_of(*first.values, at),
                           .reason = reason});
}

Status AnswerCheck::compare_with_today(const SeenViews& seen, VerifiedFeatures* features) {
  const size_t count = served_.t.size();
  GN_ASSIGN(FeatureColumns today, recompute_rows(seen, all_rows(count), same_state(RowsState::Kind::kTraining, count)));
  for (const Compared& one : compared_) {
    VerifiedFeature& report = features->at(one.feature.view_name() + ":" + one.feature.feature);
    const FeatureColumn& column = today.at({one.feature.view_name(), one.feature.feature});
    std::vector<int64_t> drifted;
    for (size_t row = 0; row < count; ++row) {
      if (one.settled[row] && !one.matched[row]) continue;
      if (outcome(one, column, row, row) == Outcome::kSame) {
        ++report.as_trained;
      } else if (one.matched[row]) {
        drifted.push_back(static_cast<int64_t>(row));
      }
    }
    if (!drifted.empty()) GN_TRY(explain_drift(seen, one, drifted, column, &report));
  }
  return Status();
}

// Why training says something else today of values that are right.
Status AnswerCheck::explain_drift(const SeenViews& seen, const Compared& compared, const std::vector<int64_t>& rows,
                                  const FeatureColumn& today, VerifiedFeature* report) {
  const std::pair<std::string, std::string> name{compared.feature.view_name(), compared.feature.feature};
  GN_ASSIGN(FeatureColumns servable, recompute_rows(seen, rows, same_state(RowsState::Kind::kServable, rows.size())));
  ViewStates readable;
  for (const auto& [view, unused] : asked_.stored) {
    for (const int64_t row : rows) {
      RowsState state = states_of(*view, *seen.at(view), static_cast<size_t>(row)).back();
      if (state.kind == RowsState::Kind::kLoaded && state.entry >= 0) state.kind = RowsState::Kind::kReadable;
      readable[view].push_back(state);
    }
  }
  GN_ASSIGN(FeatureColumns at_hand, recompute_rows(seen, rows, readable));
  for (size_t at = 0; at < rows.size(); ++at) {
    const auto row = static_cast<size_t>(rows[at]);
    const auto place = static_cast<int64_t>(at);
    const bool loaded_nothing = std::any_of(compared.views.begin(), compared.views.end(), [&](const ViewDefinition* view) {
      const RowsState& state = readable.at(view)[at];
      return state.kind == RowsState::Kind::kLoaded && state.entry < 0;
    });
    const char* reason = kLateData;
    if (compared.has_meaning_changed) {
      reason = kDefinitionChanged;
    } else if (outcome(compared, servable.at(name), row, at) == Outcome::kSame) {
      reason = kOnlineOnly;
    } else if (loaded_nothing || same_bits(*at_hand.at(name).values, place, *today.values, rows[at])) {
      reason = kNotMaterialized;
    }
    ++report->training_differs[reason];
  }
  return Status();
}

}  // namespace gnomon
