// compact: what no read can reach any more leaves the online store.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/open_store.h"
#include "cli/text_table.h"

namespace gnomon::cli {
namespace {

using nlohmann::ordered_json;

std::string to_text(const ordered_json& report) {
  TextTable table({"view", "exact from", "removed", "seconds"});
  for (const auto& view : report["views"]) {
    table.add({view["view"].get<std::string>(),
               view["as_of"].is_null() ? "every version is kept" : view["as_of"].get<std::string>(),
               with_thousands(view["removed"].get<int64_t>()), fmt::format("{:.2f}", view["seconds"].get<double>())});
  }
  return table.text();
}

Result<Exit> run_compact(const Arguments& arguments, const Terminal& terminal) {
  std::optional<TimeUs> as_of;
  if (arguments.has("--as-of")) {
    GN_ASSIGN(as_of, parse_instant(arguments.text("--as-of"), Env::real()));
  }
  GN_ASSIGN(Store store, Store::open(arguments, terminal));
  GN_ASSIGN(std::string text, store->compact_json(as_of, arguments.split("--views")));
  store.end_progress();
  terminal.print(terminal.json() ? text : to_text(ordered_json::parse(text)));
  return Exit::kOk;
}

}  // namespace

Command compact_command() {
  return {"compact",
          "Remove from the online store what no read can reach any more",
          {{"--as-of", "TIME", "The earliest time that reads may ask about (default: now minus the view's as_of_retention)"},
           {"--views", "A,B", "Only these views, separated by commas (default: all that are online)"},
           server_parameter()},
          run_compact};
}

}  // namespace gnomon::cli
