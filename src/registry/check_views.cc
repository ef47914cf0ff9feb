// The rules for feature views.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/time_text.h"
#include "registry/expectation_rules.h"
#include "registry/manifest_rules.h"
#include "registry/objects.h"

namespace gnomon {
namespace {

constexpr int64_t kEveryVersion = -1;  // as_of_retention_us of "all"

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// One view under check, with what its references resolve to.
class ViewCheck {
 public:
  ViewCheck(const v1::FeatureView& view, const v1::Manifest& manifest, Problems* problems)
      : view_(view), manifest_(manifest), problems_(*problems), owner_("view " + view.name()) {
    is_plain_ = view.transform_case() == v1::FeatureView::TRANSFORM_NOT_SET;
  }

  void run() {
    problems_.check_name(view_.origin(), "feature view", view_.name());
    resolve_entities();
    resolve_sources();
    check_transform();
    check_times();
    check_durations();
    check_schema(view_.schema(), view_.origin(), owner_, &problems_);
    check_clashes();
    check_aggregations(view_, context(), &problems_);
    if (is_plain_ && sources_.size() == 1) check_columns_of_source(*sources_[0]);
    for (const v1::Field& key : view_.join_keys()) check_key_type(key.name(), key.dtype());
    check_expectations();
  }

 private:
  void add(const char* id, std::string message, std::string hint) {
    problems_.add(view_.origin(), id, std::move(message), std::move(hint));
  }

  void resolve_entities() {
    if (view_.entities().empty())
      add("GN108", owner_ + " has no entities", "Name the entities whose join keys identify a row");
    std::map<std::string, std::string> entity_of_key;
    for (const std::string& name : view_.entities()) {
      const v1::Entity* entity = find_entity(manifest_, name);
      if (entity == nullptr) {
        add("GN105", fmt::format("unknown entity \"{}\" in {}", name, owner_),
            suggest(name, names_of(manifest_.entities()), "No entities are defined"));
        continue;
      }
      for (const std::string& key : join_keys_of(*entity)) {
        auto [first, is_new] = entity_of_key.emplace(key, name);
        if (is_new) join_keys_.push_back(key);
        if (!is_new)
          add("GN106",
              fmt::format("join key \"{}\" of {} comes from both entity {} and entity {}", key, owner_, first->second, name),
              "Name one of the entities");
      }
    }
  }

  void resolve_sources() {
    if (view_.sources().empty()) add("GN108", owner_ + " has no source", "Give it source= or sources=");
    std::vector<std::string> seen;
    for (const std::string& name : view_.sources()) {
      if (contains(seen, name)) add("GN103", fmt::format("source \"{}\" twice in {}", name, owner_), "Remove one");
      seen.push_back(name);
      const v1::Source* source = find_source(manifest_, name);
      if (source != nullptr && source->has_request()) {
        add("GN109", fmt::format("{} reads request source \"{}\"", owner_, name),
            "A request has no history: read it in an on-demand view");
        continue;
      }
      if (source != nullptr) sources_.push_back(source);
      if (source == nullptr) {
        add("GN105", fmt::format("unknown source \"{}\" in {}", name, owner_),
            suggest(name, names_of(manifest_.sources()), "No sources are defined"));
      }
    }
    if (is_plain_ && view_.sources_size() > 1) {
      add("GN108", fmt::format("{} has {} sources and nothing that joins them", owner_, view_.sources_size()),
          "Give it sql= or a function, or one source");
    }
  }

  void check_transform() {
    if (view_.transform_case() == v1::FeatureView::kSql && view_.sql().find_first_not_of(" \t\r\n") == std::string::npos) {
      add("GN108", owner_ + " has an empty sql", "Write a select over its sources");
    }
    if (view_.transform_case() != v1::FeatureView::kPython) return;
    const std::string& function = view_.python().function();
    size_t colon = function.rfind(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == function.size()) {
      add("GN108", fmt::format("{} names no function: \"{}\"", owner_, function), "Expected \"file.py:function\"");
    }
    static const std::vector<std::string> kModes = {"pandas", "polars", "arrow"};
    const std::string& mode = view_.python().mode();
    if (!contains(kModes, mode))
      add("GN109", fmt::format("unknown mode \"{}\" of {}", mode, owner_), suggest(mode, kModes, ""));
  }

  // A plain view reads its source's times; a transform names those of its result, and may leave out the event time of a
  // single source.
  void check_times() {
    times_ = {view_.timestamp_field(), view_.created_timestamp_column(), view_.known_at_field()};
    if (sources_.size() != 1 || view_.sources_size() != 1) {
      if (times_.event_time.empty() && view_.sources_size() > 1) {
        add("GN108", owner_ + " has no timestamp_field", "With several sources, name the event time column of its result");
      }
      return;
    }
    TimeColumns source_times = time_columns_of(*sources_[0], manifest_);
    if (times_.event_time.empty()) times_.event_time = source_times.event_time;
    if (is_plain_ && times_.created_time.empty()) times_.created_time = source_times.created_time;
    if (is_plain_ && times_.known_at.empty()) times_.known_at = source_times.known_at;
    if (is_plain_ && source_times.event_time.empty() && sources_[0]->has_file()) {
      add("GN108", fmt::format("{} reads source {}, which has no timestamp_field", owner_, sources_[0]->name()),
          "Name the source's event time; a source without one may only feed sql= or a function");
    } else if (times_.event_time.empty()) {
      add("GN108", fmt::format("{} has no timestamp_field, and neither has its source {}", owner_, sources_[0]->name()),
          "Name the event time column of its result");
    }
  }

  void check_durations() {
    auto refuse_negative = [&](const char* name, int64_t duration_us) {
      if (duration_us < 0)
        add("GN109", fmt::format("{} of {} is negative: {}", name, owner_, format_duration(duration_us)),
            "Use 0 or a positive duration");
    };
    refuse_negative("ttl", view_.ttl_us());
    refuse_negative("serving_lag", view_.serving_lag_us());
    if (view_.as_of_retention_us() != kEveryVersion) refuse_negative("as_of_retention", view_.as_of_retention_us());
  }

  void check_clashes() {
    for (const v1::Field& field : view_.schema()) {
      const std::string& name = field.name();
      if (name.empty()) continue;
      const char* role = contains(join_keys_, name)    ? "join key"
                         : name == times_.event_time   ? "timestamp_field"
                         : name == times_.created_time ? "created_timestamp_column"
                         : name == times_.known_at     ? "known_at_field"
                                                       : nullptr;
      if (role != nullptr)
        add("GN106", fmt::format("feature \"{}\" of {} is named like its {}", name, owner_, role),
            "The schema of a view lists features only: leave it out or rename it");
    }
    const std::string* times[] = {&times_.event_time, &times_.created_time, &times_.known_at};
    for (const std::string* time : times) {
      if (!time->empty() && contains(join_keys_, *time))
        add("GN106", fmt::format("\"{}\" is both a join key and a time column of {}", *time, owner_), "Use two columns");
    }
  }

  ViewContext context() const {
    ViewContext context{sources_.size() == 1 ? sources_[0] : nullptr, join_keys_, {}};
    for (const std::string& time : {times_.event_time, times_.created_time, times_.known_at}) {
      if (!time.empty()) context.times.push_back(time);
    }
    return context;
  }

  void check_columns_of_source(const v1::Source& source) {
    std::optional<std::vector<std::string>> columns = columns_of(source);
    if (!columns) return;
    auto require = [&](const std::string& role, const std::string& column) {
      if (column.empty() || contains(*columns, column)) return;
      add("GN101", fmt::format("unknown column \"{}\" in source {} ({} of {})", column, source.name(), role, owner_),
          suggest(column, *columns, ""));
    };
    // The features of aggregations are no columns of the source.
    if (view_.aggregations().empty()) {
      for (const v1::Field& field : view_.schema()) require("feature", field.name());
    }
    for (const std::string& key : join_keys_) require("join key", key);
    require("timestamp_field", view_.timestamp_field());
    require("created_timestamp_column", view_.created_timestamp_column());
    require("known_at_field", view_.known_at_field());
    for (int i = 0; i < source.schema_size(); ++i) {
      const std::string& column = (*columns)[static_cast<size_t>(i)];
      if (contains(join_keys_, column)) check_key_type(column, source.schema(i).dtype());
    }
  }

  void check_key_type(const std::string& key, const std::string& dtype) {
    if (dtype != "Float32" && dtype != "Float64" && !dtype.starts_with("Array")) return;
    add("GN109", fmt::format("join key \"{}\" of {} is {}", key, owner_, dtype),
        "Join on integers, strings, bytes, booleans or times; equal floats are not reliably equal");
  }

  void check_expectations() {
    std::optional<std::vector<std::string>> columns;
    if (!view_.schema().empty()) {
      columns = names_of(view_.schema());
      columns->insert(columns->end(), join_keys_.begin(), join_keys_.end());
      for (const std::string& time : {times_.event_time, times_.created_time, times_.known_at}) {
        if (!time.empty()) columns->push_back(time);
      }
    }
    for (const v1::Check& check : view_.expect()) check_expectation(check, view_.origin(), owner_, columns, &problems_);
  }

  const v1::FeatureView& view_;
  const v1::Manifest& manifest_;
  Problems& problems_;
  std::string owner_;
  bool is_plain_;
  std::vector<const v1::Source*> sources_;  // those that exist
  std::vector<std::string> join_keys_;
  TimeColumns times_;
};

}  // namespace

void check_view(const v1::FeatureView& view, const v1::Manifest& manifest, Problems* problems) {
  ViewCheck(view, manifest, problems).run();
}

}  // namespace gnomon
