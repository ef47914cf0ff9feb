// get: what would be served for one entity, now or as of a time, with status, event time and age.
#include <arrow/api.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "cli/arrow_output.h"
#include "cli/commands.h"
#include "cli/key_columns.h"
#include "cli/named_features.h"
#include "cli/open_store.h"
#include "cli/text_table.h"
#include "engine/answer_table.h"
#include "serve/json_writer.h"

namespace gnomon::cli {
namespace {

using nlohmann::ordered_json;

// The two largest units: "2h 13min".
std::string age_text(TimeUs age) {
  struct Unit {
    const char* name;
    TimeUs us;
  };
  static constexpr Unit kUnits[] = {{"d", kDayUs},    {"h", kHourUs},           {"min", kMinuteUs},
                                    {"s", kSecondUs}, {"ms", kSecondUs / 1000}, {"us", 1}};
  std::string text;
  int shown = 0;
  for (const Unit& unit : kUnits) {
    TimeUs count = age / unit.us;
    if (count == 0 && shown == 0) continue;
    if (count > 0) text += fmt::format("{}{}{}", text.empty() ? "" : " ", count, unit.name);
    age %= unit.us;
    if (++shown == 2) break;
  }
  return text.empty() ? "0s" : text;
}

std::string to_json(const OnlineAnswer& answer) {
  ordered_json features = ordered_json::object();
  for (const OnlineColumn& column : answer.columns) {
    std::string value;
    append_json_value(&value, *column.values, 0, TimeForm::kIso);
    ordered_json entry{{"value", ordered_json::parse(value)},
                       {"status", online_status_name(column.status[0])},
                       {"event_time", nullptr},
                       {"age_seconds", nullptr}};
    if (has_event_time(column, 0)) {
      entry["event_time"] = format_time(column.event_time[0]);
      entry["age_seconds"] = static_cast<double>(answer.t - column.event_time[0]) / kSecondUs;
    }
    features[column.name] = std::move(entry);
  }
  return ordered_json{
      {"as_of", format_time(answer.t)}, {"sequence", answer.sequence}, {"features", features}, {"errors", answer.errors}}
      .dump();
}

std::string to_text(const OnlineAnswer& answer) {
  TextTable table({"feature", "value", "status", "event time", "age"});
  for (const OnlineColumn& column : answer.columns) {
    bool timed = has_event_time(column, 0);
    table.add({column.name, cell_text(*column.values, 0), online_status_name(column.status[0]),
               timed ? format_time(column.event_time[0]) : "", timed ? age_text(answer.t - column.event_time[0]) : ""});
  }
  std::string text = "as of " + format_time(answer.t) + "\n" + table.text();
  for (const std::string& error : answer.errors) text += error + "\n";
  return text;
}

Result<Exit> run_get(const Arguments& arguments, const Terminal& terminal) {
  GN_ASSIGN(KeyWords words, parse_key_words(arguments.texts("keys")));
  GN_ASSIGN(Store store, Store::open(arguments, terminal));
  OnlineRequest request;
  if (arguments.has("--at")) {
    GN_ASSIGN(request.as_of, parse_instant(arguments.text("--at"), Env::real()));
  }
  GN_ASSIGN(v1::Manifest manifest, store->manifest());
  request.features = features_of(manifest, arguments.text("what"));
  GN_ASSIGN(request.entity_rows, key_row(words, request_types(manifest, arguments.text("what"))));
  GN_ASSIGN(OnlineAnswer answer, store->get_online_features(request));
  store.end_progress();
  terminal.print(terminal.json() ? to_json(answer) : to_text(answer));
  return Exit::kOk;
}

}  // namespace

Command get_command() {
  return {"get",
          "Served values of one entity, with status, event time and age",
          {{"what", "WHAT", "A feature service, a view, or view:feature", Arity::kOne, Presence::kRequired},
           {"keys", "KEY=VALUE", "The entity's join keys", Arity::kMany, Presence::kRequired},
           {"--at", "TIME", "As of this ISO time (default: now)"},
           server_parameter()},
          run_get};
}

}  // namespace gnomon::cli
