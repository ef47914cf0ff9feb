// init: a new project.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/project_template.h"

namespace gnomon::cli {
namespace {

constexpr const char* kDefaultTemplate = "flights";

Result<Exit> run_init(const Arguments& arguments, const Terminal& terminal) {
  const std::string folder = arguments.has("dir") ? arguments.text("dir") : terminal.project_dir;
  const std::string name = arguments.has("--template") ? arguments.text("--template") : kDefaultTemplate;
  GN_ASSIGN(auto files, write_project_template(name, folder, Env::real()));
  if (terminal.json()) {
    terminal.print(nlohmann::ordered_json{{"project", folder}, {"files", files}}.dump());
    return Exit::kOk;
  }
  std::string text = fmt::format("Made a project in {}:\n", folder);
  for (const std::string& file : files) text += "  " + file + "\n";
  std::string prepare = name == kDefaultTemplate ? "python prepare.py, " : "";
  terminal.print(fmt::format("{}Next: cd {}, {}gnomon plan, gnomon apply", text, folder, prepare));
  return Exit::kOk;
}

}  // namespace

Command init_command() {
  return {"init",
          "Make a project",
          {{"dir", "DIR", "Its folder (default: this one)"},
           {"--template",
            "NAME",
            "flights (the example) or empty (default: flights)",
            Arity::kOne,
            Presence::kOptional,
            {"flights", "empty"}}},
          run_init};
}

}  // namespace gnomon::cli
