// verify: logged answers against what the training path makes of what they were read from.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/open_store.h"
#include "cli/text_table.h"

namespace gnomon::cli {
namespace {

using nlohmann::ordered_json;

std::string counts_text(const ordered_json& counts) {
  std::string text;
  for (const auto& [reason, count] : counts.items())
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", reason, with_thousands(count.get<int64_t>()));
  return text;
}

// Never "100 %" for less than all.
std::string rate_text(int64_t part, int64_t whole) {
  if (whole == 0) return "";
  if (part == whole) return "100 %";
  return fmt::format("{:.2f} %", std::min(99.99, 100.0 * static_cast<double>(part) / static_cast<double>(whole)));
}

std::string to_text(const ordered_json& report) {
  if (report["answers"] == 0) return "There are no logged answers to verify.";
  std::string text = fmt::format("{} answers, {} rows\n", with_thousands(report["answers"].get<int64_t>()),
                                 with_thousands(report["rows"].get<int64_t>()));
  TextTable table({"feature", "compared", "match", "differ because", "as training says today", "which differs because"});
  TextTable differing({"feature", "as of", "row", "served", "expected", "reason"});
  for (const auto& feature : report["features"]) {
    const int64_t compared = feature["compared"].get<int64_t>();
    table.add({feature["name"].get<std::string>(), with_thousands(compared),
               rate_text(feature["matched"].get<int64_t>(), compared), counts_text(feature["reasons"]),
               rate_text(feature["as_trained"].get<int64_t>(), compared), counts_text(feature["training_differs"])});
    for (const auto& value : feature["first_differing"])
      differing.add({feature["name"].get<std::string>(), value["as_of"].get<std::string>(), value["row"].get<std::string>(),
                     value["served"].get<std::string>(), value["expected"].get<std::string>(),
                     value["reason"].get<std::string>()});
  }
  text += table.text();
  if (!differing.empty()) text += "\nThe first values that differ:\n" + differing.text();
  for (const auto& name : report["gone"]) text += fmt::format("{} does not exist any more\n", name.get<std::string>());
  return text + (report["all_match"].get<bool>() ? "every value is what it was made of" : "VALUES DIFFER");
}

Result<Exit> run_verify(const Arguments& arguments, const Terminal& terminal) {
  VerifyRequest request;
  request.feature_service = arguments.text("service");
  if (arguments.has("--since")) {
    GN_ASSIGN(request.since, parse_instant(arguments.text("--since"), Env::real()));
  }
  if (arguments.has("--until")) {
    GN_ASSIGN(request.until, parse_instant(arguments.text("--until"), Env::real()));
  }
  GN_ASSIGN(Store store, Store::open(arguments, terminal));
  GN_ASSIGN(std::string text, store->verify_json(request));
  store.end_progress();
  const ordered_json report = ordered_json::parse(text);
  terminal.print(terminal.json() ? text : to_text(report));
  return report["all_match"].get<bool>() ? Exit::kOk : Exit::kGateFailed;
}

}  // namespace

Command verify_command() {
  return {"verify",
          "Compare logged answers with what training makes of what they were read from; 3 if any differs",
          {{"service", "SERVICE", "A feature service (default: every answer)"},
           {"--since", "TIME", "Only answers given since this ISO time"},
           {"--until", "TIME", "Only answers given before this ISO time"},
           server_parameter()},
          run_verify};
}

}  // namespace gnomon::cli
