// explain: what made one value: the window, whole tiles, single events, and events that cannot be seen yet.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/key_columns.h"
#include "cli/named_features.h"
#include "cli/open_store.h"
#include "cli/text_table.h"

namespace gnomon::cli {
namespace {

using nlohmann::ordered_json;

constexpr size_t kShownEvents = 50;

std::string cell(const ordered_json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void add_events(const ordered_json& events, const std::string& what, TextTable* table) {
  for (size_t at = 0; at < std::min(events.size(), kShownEvents); ++at) {
    const ordered_json& event = events[at];
    table->add({what, cell(event["event_time"]), cell(event["visible_from"]), cell(event["value"])});
  }
  if (events.size() > kShownEvents) table->add({fmt::format("… {} more", events.size() - kShownEvents), "", "", ""});
}

std::string to_text(const ordered_json& explanation) {
  const ordered_json& window = explanation["window"];
  std::string start = window["start"].is_null() ? "the beginning" : cell(window["start"]);
  std::string text = fmt::format("{} as of {}\nevents from {} to before {}, known by {}\n", cell(explanation["feature"]),
                                 cell(explanation["as_of"]), start, cell(window["end"]), cell(window["known_by"]));
  TextTable tiles({"tile", "start", "end", "events"});
  for (const auto& tile : explanation["tiles"])
    tiles.add({cell(tile["width"]), cell(tile["start"]), cell(tile["end"]), cell(tile["events"])});
  if (!explanation["tiles"].empty()) text += tiles.text();
  TextTable events({"event", "event time", "visible from", "value"});
  add_events(explanation["events"], "counted", &events);
  add_events(explanation["not_visible_yet"], "not visible yet", &events);
  bool any = !explanation["events"].empty() || !explanation["not_visible_yet"].empty();
  if (any) text += events.text();
  if (!any && explanation["tiles"].empty()) text += "no events\n";
  return text;
}

Result<Exit> run_explain(const Arguments& arguments, const Terminal& terminal) {
  GN_ASSIGN(KeyWords words, parse_key_words(arguments.texts("keys")));
  GN_ASSIGN(Store store, Store::open(arguments, terminal));
  std::optional<TimeUs> as_of;
  if (arguments.has("--at")) {
    GN_ASSIGN(as_of, parse_instant(arguments.text("--at"), Env::real()));
  }
  GN_ASSIGN(v1::Manifest manifest, store->manifest());
  GN_ASSIGN(auto row, key_row(words, request_types(manifest, arguments.text("feature"))));
  GN_ASSIGN(std::string explanation, store->explain_json(arguments.text("feature"), row, as_of));
  store.end_progress();
  terminal.print(terminal.json() ? explanation : to_text(ordered_json::parse(explanation)));
  return Exit::kOk;
}

}  // namespace

Command explain_command() {
  return {"explain",
          "The tiles and events that make an aggregated value",
          {{"feature", "VIEW:FEATURE", "A feature of a view with aggregations", Arity::kOne, Presence::kRequired},
           {"keys", "KEY=VALUE", "The entity's join keys", Arity::kMany, Presence::kRequired},
           {"--at", "TIME", "As of this ISO time (default: now)"},
           server_parameter()},
          run_explain};
}

}  // namespace gnomon::cli
