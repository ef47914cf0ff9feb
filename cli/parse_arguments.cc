#include "cli/parse_arguments.h"

#include <cstring>

#include <CLI/CLI.hpp>

namespace gnomon::cli {
namespace {

constexpr const char* kAbout = "Gnomon: features, exactly as they were known at the time.";
constexpr const char* kExitCodes =
    "Exit codes: 0 ok, 1 error, 2 usage, 3 a gate failed, 4 changes (plan --detailed-exitcode).";

// What the parser writes into while it parses one command.
struct Bound {
  const Command* command;
  CLI::App* app;
  std::vector<std::vector<std::string>> values;  // by parameter; sized once, so that the parser's references hold
  std::vector<CLI::Option*> options;
};

void bind_parameter(const Parameter& parameter, std::vector<std::string>* values, Bound* bound) {
  CLI::Option* option = nullptr;
  if (parameter.arity == Arity::kFlag) {
    option = bound->app->add_flag(parameter.name, parameter.help);
  } else {
    option = bound->app->add_option(parameter.name, *values, parameter.help)->type_name(parameter.shown);
    if (parameter.arity == Arity::kOne) option->expected(1)->allow_extra_args(false);
    if (parameter.arity == Arity::kMany)
      option->expected(parameter.presence == Presence::kRequired ? 1 : 0, CLI::detail::expected_max_vector_size);
    if (!parameter.choices.empty()) option->check(CLI::IsMember(parameter.choices));
  }
  option->required(parameter.presence == Presence::kRequired);
  bound->options.push_back(option);
}

void add_shared_options(CLI::App* app, Terminal* terminal) {
  app->add_flag_callback(
      "--json", [terminal] { terminal->form = Form::kJson; }, "Results and errors as JSON");
  app->add_option("--project", terminal->project_dir, "The project's folder (default: this one)")->type_name("DIR");
}

Arguments arguments_of(const Bound& bound) {
  Arguments arguments;
  for (size_t i = 0; i < bound.options.size(); ++i) {
    if (bound.options[i]->count() > 0) arguments.add(bound.command->parameters[i].name, bound.values[i]);
  }
  return arguments;
}

bool asks_for_json(int count, char** values) {
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(values[i], "--json") == 0) return true;
  }
  return false;
}

}  // namespace

std::variant<Invocation, Exit> parse_arguments(int count, char** values, const std::vector<Command>& commands) {
  Terminal terminal;
  CLI::App app(kAbout, "gnomon");
  app.footer(kExitCodes);
  app.require_subcommand(1);
  add_shared_options(&app, &terminal);
  std::vector<Bound> all(commands.size());
  for (size_t i = 0; i < commands.size(); ++i) {
    all[i] = {&commands[i], app.add_subcommand(commands[i].name, commands[i].help), {}, {}};
    all[i].values.resize(commands[i].parameters.size());
    for (size_t p = 0; p < commands[i].parameters.size(); ++p)
      bind_parameter(commands[i].parameters[p], &all[i].values[p], &all[i]);
    add_shared_options(all[i].app, &terminal);
  }
  try {
    app.parse(count, values);
  } catch (const CLI::CallForHelp& help) {
    app.exit(help);
    return Exit::kOk;
  } catch (const CLI::ParseError& error) {
    if (asks_for_json(count, values)) terminal.form = Form::kJson;
    terminal.print_error(usage_error(error.what(), "See `gnomon --help` or `gnomon COMMAND --help`"));
    return Exit::kUsage;
  }
  for (const Bound& bound : all) {
    if (bound.app->parsed()) return Invocation{bound.command, arguments_of(bound), terminal};
  }
  return Exit::kUsage;
}

}  // namespace gnomon::cli
