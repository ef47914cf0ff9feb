// materialize and materialize-incremental: history into the online store, in Feast's words.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/open_store.h"
#include "cli/text_table.h"
#include "engine/report_json.h"

namespace gnomon::cli {
namespace {

Parameter views_parameter() {
  return {"--views", "A,B", "Only these views, separated by commas (default: all that are online)"};
}

void print_report(const MaterializeReport& report, const Terminal& terminal) {
  TextTable table({"view", "rows read", "rows written", "quarantined", "seconds"});
  for (const ViewReport& view : report.views) {
    table.add({view.view, with_thousands(view.rows_read), with_thousands(view.rows_written),
               with_thousands(view.rows_quarantined), fmt::format("{:.2f}", view.seconds)});
  }
  terminal.print(terminal.json() ? to_json(report) : table.text());
}

Result<Exit> run_materialize(const Arguments& arguments, const Terminal& terminal) {
  GN_ASSIGN(Store store, Store::open(arguments, terminal));
  GN_ASSIGN(TimeUs start, parse_instant(arguments.text("start"), Env::real()));
  GN_ASSIGN(TimeUs end, parse_instant(arguments.text("end"), Env::real()));
  GN_ASSIGN(MaterializeReport report, store->materialize(start, end, arguments.split("--views")));
  store.end_progress();
  print_report(report, terminal);
  return Exit::kOk;
}

Result<Exit> run_materialize_incremental(const Arguments& arguments, const Terminal& terminal) {
  GN_ASSIGN(Store store, Store::open(arguments, terminal));
  GN_ASSIGN(TimeUs end, parse_instant(arguments.text("end"), Env::real()));
  GN_ASSIGN(MaterializeReport report, store->materialize_incremental(end, arguments.split("--views")));
  store.end_progress();
  print_report(report, terminal);
  return Exit::kOk;
}

}  // namespace

Command materialize_command() {
  return {"materialize",
          "Load rows with an event time in [START, END) into the online store",
          {{"start", "START", "ISO time; no zone is UTC", Arity::kOne, Presence::kRequired},
           {"end", "END", "ISO time, or now", Arity::kOne, Presence::kRequired},
           views_parameter(),
           server_parameter()},
          run_materialize};
}

Command materialize_incremental_command() {
  return {"materialize-incremental",
          "Load what became visible since the last time",
          {{"end", "END", "ISO time, or now", Arity::kOne, Presence::kRequired}, views_parameter(), server_parameter()},
          run_materialize_incremental};
}

}  // namespace gnomon::cli
