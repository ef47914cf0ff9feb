#include "engine/window_state.h"

#include <algorithm>
#include <limits>
#include <mutex>

#include <arrow/api.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/load_log.h"
#include "engine/window_events.h"

namespace gnomon {
namespace {

using nlohmann::json;

constexpr TimeUs kForever = std::numeric_limits<TimeUs>::max();
// More new events than this are built into a new generation: a build streams, an extension holds its records in memory.
constexpr int64_t kMostAddedEvents = 1'000'000;

std::string served_mark(const std::string& state) { return state + "|served"; }
std::string namespace_name(const std::string& state, int64_t generation) { return fmt::format("{}/{}", state, generation); }

WindowMark mark_of(const ViewDefinition& definition) {
  const StateLayout& layout = definition.aggregated->state;
  WindowMark mark;
  mark.rows = definition.rows_meaning;
  for (const StateColumn& column : layout.columns()) mark.columns.emplace_back(column.name, static_cast<int>(column.kind));
  mark.filters = layout.filters();
  for (const BaseAggregate& base : layout.bases()) mark.bases.push_back(base.id);
  return mark;
}

OnlineMark written(const ViewDefinition& definition, const WindowMark& mark) {
  json value = {{"generation", mark.generation}, {"rows", mark.rows}, {"columns", mark.columns}, {"filters", mark.filters},
                {"bases", mark.bases},           {"from", mark.from}, {"end", mark.end},         {"parts", mark.parts}};
  if (mark.compacted_reach_us > 0) value["compacted_reach"] = mark.compacted_reach_us;
  return {served_mark(window_state_name(definition)), value.dump()};
}

Status unreadable(const ViewDefinition& definition) {
  return Status(Code::kDataLoss, "GN511", "the mark of the windows of " + definition.view.name() + " is unreadable",
                "Materialize the view again");
}

Result<WindowStore*> window_store(OnlineStore& store) {
  if (store.windows() != nullptr) return store.windows();
  return Status(Code::kUnimplemented, "GN109", "this online store keeps no windows",
                "Use the embedded store for views with aggregations");
}

// What of a history goes into a state, and how the load log tells of it.
struct WantedEvents {
  std::vector<EventPart> parts;
  LoadEntry entry;

  void add(const HistoryPart& part, TimeUs from, TimeUs to) {
    parts.push_back({part.rows.get(), from, to});
    entry.ranges.push_back({part.id, from, to});
  }
};

// Drops what a crash can have left beside the generation that is served: the next one, if its build did not end, and the one before,
// if the switch was not followed by its removal. A build starts on nothing.
Status drop_around(WindowStore& windows, const std::string& state, int64_t generation) {
  if (generation > 0) GN_TRY(windows.drop_records(namespace_name(state, generation - 1)));
  return windows.drop_records(namespace_name(state, generation + 1));
}

class Builder {
 public:
  Builder(Engine::Impl& project, const ViewDefinition& definition, OnlineStore* store, WindowStore* windows)
      : project_(project), definition_(definition), store_(*store), windows_(*windows) {}

  // Builds `events` as a generation of its own and switches to it with `mark`, whose generation is set.
  Status build(const WindowEvents& events, WindowMark mark, const std::optional<WindowMark>& before, LoadEntry entry) {
    const OnlineWrite write(project_);
    entry.starts_anew = true;
    mark.generation = before.has_value() ? before->generation + 1 : 1;
    std::string name = mark.name_space(definition_);
    GN_TRY(drop_around(windows_, window_state_name(definition_), before.has_value() ? before->generation : 0));
    GN_TRY(load(events, name));
    GN_TRY(windows_.flush_records(name));
    project_.env->kill_point("windows.before_switch");
    GN_ASSIGN(std::vector<OnlineMark> marks, marks_of(mark, std::move(entry)));
    GN_TRY(windows_.write_records(name, {}, marks));
    project_.env->kill_point("windows.after_switch");
    return before.has_value() ? windows_.drop_records(before->name_space(definition_)) : Status();
  }

  // Adds `events` to the generation of `mark`, all in one write with the mark.
  Status extend(const WindowEvents& events, const WindowMark& mark, LoadEntry entry) {
    const OnlineWrite write(project_);
    std::string name = mark.name_space(definition_);
    GN_ASSIGN(std::unique_ptr<WindowReader> reader, windows_.reader(name));
    std::vector<WindowRecord> changed;
    GN_TRY(events.for_entities(1, [&](const StateEvents& batch, std::span<const EntityEvents> entities) -> Status {
      GN_TRY(prefetch(reader.get(), batch, entities));
      for (const EntityEvents& entity : entities) {
        auto scan = [&](uint8_t level, TimeUs from, TimeUs to, bool descending, const WindowRecordFn& fn) {
          return reader->scan(entity.entity, level, from, to, descending, fn);
        };
        GN_ASSIGN(std::vector<WindowRecord> records, add_events(definition_.aggregated->state, batch, entity, scan));
        for (WindowRecord& record : records) changed.push_back(std::move(record));
      }
      return Status();
    }));
    GN_ASSIGN(std::vector<OnlineMark> marks, marks_of(mark, std::move(entry)));
    return windows_.write_records(name, changed, marks);
  }

 private:
  Result<std::vector<OnlineMark>> marks_of(const WindowMark& mark, LoadEntry entry) const {
    GN_ASSIGN(std::vector<OnlineMark> marks, load_marks(store_, project_.env, load_log_name(definition_), std::move(entry)));
    marks.push_back(written(definition_, mark));
    return marks;
  }

  // What the entities' events will be added to, all at once.
  Status prefetch(WindowReader* reader, const StateEvents& batch, std::span<const EntityEvents> entities) {
    std::vector<std::vector<RecordRange>> ranges;
    std::vector<WindowFetch> fetches;
    for (const EntityEvents& entity : entities)
      ranges.push_back(reach_of_events(definition_.aggregated->state, batch, entity));
    for (size_t i = 0; i < entities.size(); ++i) fetches.push_back({entities[i].entity, ranges[i]});
    return reader->prefetch(fetches);
  }

  Status load(const WindowEvents& events, const std::string& name) {
    std::mutex mutex;  // loads come from several threads, a namespace takes one at a time
    int64_t done = 0;
    return events.for_entities(0, [&](const StateEvents& batch, std::span<const EntityEvents> entities) {
      return build_tiles(definition_.aggregated->state, batch, entities,
                         [&](std::span<const WindowRecord> records) -> Status {
                           std::lock_guard lock(mutex);
                           if (done == 0) project_.env->kill_point("windows.while_building");
                           done += static_cast<int64_t>(records.size());
                           project_.report(definition_.view.name() + ": building windows", done, 0);
                           return windows_.load_records(name, records);
                         });
    });
  }

  Engine::Impl& project_;
  const ViewDefinition& definition_;
  OnlineStore& store_;
  WindowStore& windows_;
};

// Not if a window became longer since events that none reached were dropped.
bool reaches_far_enough(const WindowMark& mark, const ViewDefinition& definition) {
  if (mark.compacted_reach_us == 0) return true;
  const int64_t longest = longest_reach(definition.aggregated->features);
  return longest != 0 && longest <= mark.compacted_reach_us;
}

bool all_still_there(const WindowMark& mark, const ViewHistory& history) {
  return std::all_of(mark.parts.begin(), mark.parts.end(), [&](const auto& known) {
    return std::any_of(history.parts.begin(), history.parts.end(),
                       [&](const HistoryPart& part) { return part.id == known.first; });
  });
}

}  // namespace

std::string window_state_name(const ViewDefinition& definition) {
  return definition.online.id.substr(0, definition.online.id.find('@')) + "@windows";
}

std::string WindowMark::name_space(const ViewDefinition& definition) const {
  return namespace_name(window_state_name(definition), generation);
}

bool WindowMark::serves(const ViewDefinition& definition) const {
  WindowMark needed = mark_of(definition);
  return rows == needed.rows && columns == needed.columns && filters == needed.filters &&
         std::all_of(needed.bases.begin(), needed.bases.end(),
                     [&](const std::string& base) { return std::find(bases.begin(), bases.end(), base) != bases.end(); });
}

Result<std::string> read_window_mark_text(OnlineStore& store, const ViewDefinition& definition) {
  GN_ASSIGN(std::optional<std::string> text, store.recent_mark(served_mark(window_state_name(definition))));
  return text.value_or("");
}

Result<std::optional<WindowMark>> read_window_mark(OnlineStore& store, const ViewDefinition& definition) {
  GN_ASSIGN(std::optional<std::string> text, store.get_mark(served_mark(window_state_name(definition))));
  return parse_window_mark(definition, text.value_or(""));
}

Result<std::optional<WindowMark>> parse_window_mark(const ViewDefinition& definition, const std::string& text) {
  if (text.empty()) return std::optional<WindowMark>();
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) return unreadable(definition);
  WindowMark mark;
  mark.generation = value["generation"].get<int64_t>();
  mark.rows = value["rows"].get<std::string>();
  mark.columns = value["columns"].get<std::vector<std::pair<std::string, int>>>();
  mark.filters = value["filters"].get<std::vector<std::string>>();
  mark.bases = value["bases"].get<std::vector<std::string>>();
  mark.from = value["from"].get<TimeUs>();
  mark.end = value["end"].get<TimeUs>();
  mark.parts = value["parts"].get<std::map<std::string, TimeUs>>();
  mark.compacted_reach_us = value.value("compacted_reach", int64_t{0});
  return std::optional(std::move(mark));
}

Result<ViewReport> rebuild_windows(Engine::Impl& project, const ViewDefinition& definition, const ViewHistory& history,
                                   TimeUs start, TimeUs end) {
  GN_ASSIGN(OnlineStore * store, project.online());
  GN_ASSIGN(WindowStore * windows, window_store(*store));
  GN_ASSIGN(std::optional<WindowMark> before, read_window_mark(*store, definition));
  // Windows that end in [start, end) reach further back than it.
  int64_t longest = longest_reach(definition.aggregated->features);
  if (longest == 0 || __builtin_sub_overflow(start, longest, &start)) start = kBeginningOfTime;
  WindowMark mark = mark_of(definition);
  mark.from = start;
  mark.end = end;
  if (before.has_value() && before->rows == mark.rows && before->from <= end && start <= before->end) {
    if (before->from < mark.from) {
      mark.from = before->from;
      mark.compacted_reach_us = before->compacted_reach_us;
    }
    mark.end = std::max(mark.end, before->end);
  }
  WantedEvents wanted;
  for (const HistoryPart& part : history.parts) {
    TimeUs to = mark.end;
    // What was pushed is served already, whatever its time.
    if (before.has_value() && before->parts.contains(part.id)) to = std::max(to, before->parts.at(part.id));
    wanted.add(part, mark.from, to);
    mark.parts[part.id] = to;
  }
  GN_ASSIGN(WindowEvents events, WindowEvents::read(definition, wanted.parts, 0));
  GN_TRY(Builder(project, definition, store, windows).build(events, mark, before, std::move(wanted.entry)));
  ViewReport report{definition.view.name()};
  for (const HistoryPart& part : history.parts) report.rows_read += part.rows->row_count();
  report.rows_written = events.count();
  return report;
}

Result<ViewReport> extend_windows(Engine::Impl& project, const ViewDefinition& definition, const ViewHistory& history,
                                  TimeUs end) {
  GN_ASSIGN(OnlineStore * store, project.online());
  GN_ASSIGN(WindowStore * windows, window_store(*store));
  GN_ASSIGN(std::optional<WindowMark> mark, read_window_mark(*store, definition));
  if (!mark.has_value() || !mark->serves(definition) || !reaches_far_enough(*mark, definition) ||
      !all_still_there(*mark, history)) {
    return rebuild_windows(project, definition, history, kBeginningOfTime, end);
  }
  WantedEvents wanted;
  int64_t rows_read = 0;
  for (const HistoryPart& part : history.parts) {
    auto known = mark->parts.find(part.id);
    TimeUs loaded = known == mark->parts.end() ? mark->from : known->second;
    if (loaded >= end) continue;
    wanted.add(part, loaded, end);
    rows_read += part.rows->row_count();
    mark->parts[part.id] = end;
  }
  mark->end = std::max(mark->end, end);
  ViewReport report{definition.view.name(), rows_read};
  GN_ASSIGN(WindowEvents events, WindowEvents::read(definition, wanted.parts, 0));
  if (events.count() > kMostAddedEvents) return rebuild_windows(project, definition, history, mark->from, end);
  GN_TRY(Builder(project, definition, store, windows).extend(events, *mark, std::move(wanted.entry)));
  report.rows_written = events.count();
  return report;
}

Status push_to_windows(Engine::Impl& project, const ViewDefinition& definition) {
  GN_ASSIGN(OnlineStore * store, project.online());
  GN_ASSIGN(WindowStore * windows, window_store(*store));
  GN_ASSIGN(std::optional<WindowMark> mark, read_window_mark(*store, definition));
  GN_ASSIGN(ViewHistory history, view_history(project, definition, PushedRows::kOfflineAndOnlineOnly));
  auto is_pushed = [](const HistoryPart& part) {
    return part.id.starts_with("pushed ") || part.id.starts_with("online_only ");
  };
  if (!mark.has_value() || !mark->serves(definition)) {
    bool only_pushes = std::all_of(history.parts.begin(), history.parts.end(), is_pushed);
    return only_pushes ? rebuild_windows(project, definition, history, kBeginningOfTime, kForever).status() : Status();
  }
  WantedEvents wanted;
  for (const HistoryPart& part : history.parts) {
    if (!is_pushed(part) || mark->parts.contains(part.id)) continue;
    wanted.add(part, kBeginningOfTime, kForever);
    mark->parts[part.id] = kForever;
  }
  GN_ASSIGN(WindowEvents events, WindowEvents::read(definition, wanted.parts, 0));
  return Builder(project, definition, store, windows).extend(events, *mark, std::move(wanted.entry));
}

Result<int64_t> compact_windows(OnlineStore& store, const ViewDefinition& definition, TimeUs as_of) {
  GN_ASSIGN(WindowStore * windows, window_store(store));
  GN_ASSIGN(std::optional<WindowMark> mark, read_window_mark(store, definition));
  const int64_t longest = longest_reach(definition.aggregated->features);
  if (!mark.has_value() || !mark->serves(definition) || longest == 0) return int64_t{0};
  TimeUs reached_from = kForever;
  for (const WindowFeature& feature : definition.aggregated->state_features) {
    GN_ASSIGN(std::vector<WindowSpan> span, window_spans(feature.window, {&as_of, 1}));
    reached_from = std::min(reached_from, span[0].begin);
  }
  const std::string name = mark->name_space(definition);
  if (reached_from > mark->from) {
    // First of all nobody is answered from what will go.
    mark->from = reached_from;
    mark->compacted_reach_us = longest;
    GN_TRY(windows->write_records(name, {}, {written(definition, *mark)}));
  }
  if (mark->from == kBeginningOfTime) return int64_t{0};
  const TileLayout& tiles = definition.aggregated->state.tiles();
  std::vector<TimeUs> before;
  for (uint8_t level = 0; level <= tiles.coarsest(); ++level) before.push_back(tiles.tile_at(level, mark->from).start);
  return windows->remove_before(name, before);
}

Status drop_windows(OnlineStore& store, const std::string& state) {
  GN_ASSIGN(std::optional<std::string> text, store.get_mark(served_mark(state)));
  // Of a mark that cannot be read, the generation is not known: its records stay, and are seen by nobody.
  const json mark = json::parse(text.value_or("{}"), nullptr, false);
  const int64_t generation = mark.is_object() ? mark.value("generation", int64_t{0}) : 0;
  if (store.windows() != nullptr) {
    GN_TRY(drop_around(*store.windows(), state, generation));
    if (generation > 0) GN_TRY(store.windows()->drop_records(namespace_name(state, generation)));
  }
  return store.drop_view(state);
}

}  // namespace gnomon
