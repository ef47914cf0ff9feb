// push: rows of a file into a push source.
#include <filesystem>

#include <arrow/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.h"
#include "cli/open_store.h"
#include "cli/text_table.h"
#include "data/files.h"
#include "engine/report_json.h"

namespace gnomon::cli {
namespace {

PushTo target_of(const std::string& to) {
  if (to == "online") return PushTo::kOnline;
  return to == "offline" ? PushTo::kOffline : PushTo::kOnlineAndOffline;
}

Result<Exit> run_push(const Arguments& arguments, const Terminal& terminal) {
  GN_ASSIGN(Store store, Store::open(arguments, terminal));
  GN_ASSIGN(auto files, list_files(std::filesystem::current_path().string(), arguments.text("file")));
  GN_ASSIGN(FileFormat format, file_format("", files.front()));
  GN_ASSIGN(auto rows, read_files(files, format, {}, {}));
  GN_ASSIGN(PushReport report, store->push(arguments.text("source"), *rows, target_of(arguments.text("--to"))));
  store.end_progress();
  if (terminal.json()) {
    terminal.print(to_json(report));
  } else {
    terminal.print(fmt::format("Pushed {} rows, quarantined {}; views: {}", with_thousands(report.rows),
                               with_thousands(report.rows_quarantined),
                               report.views.empty() ? "none" : fmt::format("{}", fmt::join(report.views, ", "))));
  }
  return Exit::kOk;
}

}  // namespace

Command push_command() {
  return {"push",
          "Push the rows of a file (parquet, csv, ndjson) into a push source",
          {{"source", "SOURCE", "A push source", Arity::kOne, Presence::kRequired},
           {"file", "FILE", "Rows, with the source's columns", Arity::kOne, Presence::kRequired},
           {"--to",
            "WHERE",
            "online, offline or online_and_offline (default: both)",
            Arity::kOne,
            Presence::kOptional,
            {"online", "offline", "online_and_offline"}},
           server_parameter()},
          run_push};
}

}  // namespace gnomon::cli
