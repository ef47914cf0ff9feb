// The state that online reads of a view with aggregations are answered from, and the mark that says what is in it.
//
// A generation is one build of a view's state, in a namespace of the store of its own; the mark names the one that is served. What a
// definition needs is told by its rows and by the columns, filters and base aggregates of its layout, not by its windows: a new
// window over what is kept needs nothing built. Another layout is built aside and switched to by one write of the mark; until then
// features that the old one can answer are answered from it.
// Thread-safety: pure functions over the project; one writing call at a time per project.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/project.h"
#include "engine/view_rows.h"
#include "gnomon/window_store.h"

namespace gnomon {

// The name of a view's state: it stays when the definition changes. Marks and namespaces begin with it.
std::string window_state_name(const ViewDefinition& definition);

struct WindowMark {
  int64_t generation = 0;
  std::string rows;                                  // ViewDefinition::rows_meaning of the events
  std::vector<std::pair<std::string, int>> columns;  // of the layout: name, kind
  std::vector<std::string> filters;
  std::vector<std::string> bases;
  TimeUs from = 0;  // events in [from, end) are in it …
  TimeUs end = 0;
  std::map<std::string, TimeUs> parts;  // … of these parts of the history; pushed parts up to times of their own
  // The longest window that `from` was moved up for, by a compaction; 0: none, and a longer one has its events too.
  int64_t compacted_reach_us = 0;

  std::string name_space(const ViewDefinition& definition) const;
  // Whether a state of this mark has all that the definition needs.
  bool serves(const ViewDefinition& definition) const;
};

// The mark as it is kept, or was a moment ago; empty before the first materialization. For answers, which look at it each time and
// parse it seldom.
Result<std::string> read_window_mark_text(OnlineStore& store, const ViewDefinition& definition);
// None for an empty text. ERRORS: GN511 for a text that is no mark.
Result<std::optional<WindowMark>> parse_window_mark(const ViewDefinition& definition, const std::string& text);
Result<std::optional<WindowMark>> read_window_mark(OnlineStore& store, const ViewDefinition& definition);

// Builds the state of the history's events in [start, end), and of those that the old state had besides, and switches to it.
Result<ViewReport> rebuild_windows(Engine::Impl& project, const ViewDefinition& definition, const ViewHistory& history,
                                   TimeUs start, TimeUs end);

// Adds what is not in the state yet, up to `end`. Rebuilds where there is none for this definition, where the history has lost
// something, or where there is much to add.
Result<ViewReport> extend_windows(Engine::Impl& project, const ViewDefinition& definition, const ViewHistory& history,
                                  TimeUs end);

// Adds parts that were pushed just now, whatever their times. Where there is no state it is built if pushes are all that the view has;
// else nothing is done: what is pushed is in the history, and is answered once that is materialized.
Status push_to_windows(Engine::Impl& project, const ViewDefinition& definition);

// Removes records that no window can reach of a read at or after `as_of`. How many went; none where a lifetime or last(n) window
// reaches everything, or where the state is of another definition, which the next materialization replaces.
Result<int64_t> compact_windows(OnlineStore& store, const ViewDefinition& definition, TimeUs as_of);

// Forgets the state of that name.
Status drop_windows(OnlineStore& store, const std::string& state);

}  // namespace gnomon
