// explain: what made a value, so that none is a mystery.
#include <arrow/api.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "engine/online_windows.h"
#include "engine/project.h"
#include "features/aggregations/algebra.h"

namespace gnomon {
namespace {

using nlohmann::ordered_json;

ordered_json time_or_null(TimeUs time, TimeUs none) {
  return time == none ? ordered_json() : ordered_json(format_time(time));
}

ordered_json to_json(const ExplainedEvent& event) {
  ordered_json value;
  if (const auto* integer = std::get_if<int64_t>(&event.value)) value = *integer;
  if (const auto* real = std::get_if<double>(&event.value)) value = *real;
  if (const auto* text = std::get_if<std::string>(&event.value)) value = *text;
  return {{"event_time", format_time(event.event_time)},
          {"created_time", time_or_null(event.created_time, kNoCreatedTime)},
          {"visible_from", format_time(event.visible_from)},
          {"value", std::move(value)}};
}

ordered_json to_json(const std::vector<ExplainedEvent>& events) {
  ordered_json all = ordered_json::array();
  for (const ExplainedEvent& event : events) all.push_back(to_json(event));
  return all;
}

ordered_json to_json(const std::vector<ExplainedTile>& tiles) {
  ordered_json all = ordered_json::array();
  for (const ExplainedTile& tile : tiles) {
    all.push_back({{"start", format_time(tile.start)},
                   {"end", format_time(tile.end)},
                   {"width", format_duration(tile.end - tile.start)},
                   {"events", tile.events}});
  }
  return all;
}

}  // namespace

Result<std::string> Engine::explain_json(const std::string& feature, const std::shared_ptr<arrow::RecordBatch>& entity_row,
                                         std::optional<TimeUs> as_of) {
  GN_ASSIGN(auto definitions, impl_->definitions());
  FeatureRequest request;
  request.features = {feature};
  GN_ASSIGN(auto wanted, definitions->resolve(request, {}));
  if (wanted.front().view == nullptr)
    return Status(Code::kInvalidArgument, "GN408", fmt::format("\"{}\" is computed on demand", feature),
                  "Explain the features that it reads: `gnomon describe` shows its expression");
  const ViewDefinition& definition = *wanted.front().view;
  if (definition.aggregated == nullptr || wanted.size() != 1) {
    return Status(Code::kInvalidArgument, "GN408", fmt::format("\"{}\" is not one aggregated feature", feature),
                  definition.aggregated == nullptr ? "Its value is that of one row: `gnomon get` shows it with its time"
                                                   : "Name it as \"view:feature\"");
  }
  GN_ASSIGN(OnlineStore * store, impl_->online_for_reading());
  GN_ASSIGN(auto key, key_batch(*entity_row, definition));
  TimeUs t = as_of.value_or(impl_->env->now_us());
  GN_ASSIGN(WindowExplanation explanation, explain_feature(*store, definition, wanted.front().feature, *key, t));
  ordered_json window = {{"start", time_or_null(explanation.span.begin, kBeginningOfTime)},
                         {"end", format_time(explanation.span.end)},
                         {"known_by", format_time(explanation.span.as_of)}};
  return ordered_json{{"feature", feature},
                      {"as_of", format_time(t)},
                      {"window", window},
                      {"tiles", to_json(explanation.tiles)},
                      {"events", to_json(explanation.events)},
                      {"not_visible_yet", to_json(explanation.not_visible)}}
      .dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace gnomon
