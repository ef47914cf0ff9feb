// key: API keys of the project: make one, list them, revoke one.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "access/access_control.h"
#include "base/time_text.h"
#include "cli/commands.h"
#include "cli/text_table.h"
#include "registry/project_settings.h"

namespace gnomon::cli {
namespace {

using nlohmann::ordered_json;

Status audit(const Terminal& terminal, Action action, const std::string& name) {
  AuditLog log(terminal.project_dir, Env::real());
  return log.allow({.principal = own_user(),
                    .action = action,
                    .resource = "key " + name,
                    .outcome = "allowed",
                    .reason = "",
                    .peer = "command line"});
}

Result<Grants> grants_asked_for(const Arguments& arguments, const ProjectSettings& settings) {
  Grants grants;
  if (arguments.has("--role") == arguments.has("--allow"))
    return usage_error("a key has a role or a list of actions", "Say --role reader, or --allow read_online");
  if (arguments.has("--role")) {
    GN_ASSIGN(grants, grants_of_role(settings.access, arguments.text("--role")));
  } else {
    GN_ASSIGN(grants.actions, ActionSet::of(arguments.texts("--allow")));
  }
  grants.project = arguments.has("--for-project") ? arguments.text("--for-project") : settings.project;
  for (const std::string& view : arguments.texts("--views")) grants.views.insert(view);
  for (const std::string& service : arguments.texts("--services")) grants.services.insert(service);
  return grants;
}

Result<Exit> create(const Arguments& arguments, const Terminal& terminal) {
  ApiKey key;
  key.name = arguments.text("name");
  GN_ASSIGN(ProjectSettings settings, read_project_settings(terminal.project_dir));
  GN_ASSIGN(key.grants, grants_asked_for(arguments, settings));
  key.created_us = Env::real()->now_us();
  if (arguments.has("--expires")) {
    GN_ASSIGN(TimeUs lasts, parse_duration(arguments.text("--expires")));
    key.expires_us = key.created_us + lasts;
  }
  GN_TRY(audit(terminal, Action::kCreate, key.name));
  GN_ASSIGN(std::string text, create_api_key(terminal.project_dir, key));
  if (terminal.json()) {
    terminal.print(ordered_json{{"name", key.name}, {"key", text}}.dump());
  } else {
    terminal.print(text);
    std::fputs("Keep it: it is shown only now.\n", stderr);
  }
  return Exit::kOk;
}

std::string state_of(const ApiKey& key, TimeUs now_us) {
  if (key.revoked_us.has_value()) return "revoked " + format_time(*key.revoked_us);
  if (!key.expires_us.has_value()) return "good";
  return (now_us >= *key.expires_us ? "expired " : "good until ") + format_time(*key.expires_us);
}

ordered_json to_json(const ApiKey& key, TimeUs now_us) {
  auto time = [](const std::optional<TimeUs>& us) {
    return us.has_value() ? ordered_json(format_time(*us)) : ordered_json();
  };
  return {{"name", key.name},
          {"actions", key.grants.actions.names()},
          {"project", key.grants.project},
          {"views", key.grants.views},
          {"services", key.grants.services},
          {"created", format_time(key.created_us)},
          {"expires", time(key.expires_us)},
          {"revoked", time(key.revoked_us)},
          {"good", !key.revoked_us.has_value() && (!key.expires_us.has_value() || now_us < *key.expires_us)}};
}

std::string limits_of(const Grants& grants) {
  if (!grants.is_limited()) return "all views";
  std::set<std::string> limits = grants.views;
  for (const std::string& service : grants.services) limits.insert("service " + service);
  return fmt::format("{}", fmt::join(limits, ", "));
}

Result<Exit> list(const Terminal& terminal) {
  GN_ASSIGN(std::vector<ApiKey> keys, list_api_keys(terminal.project_dir));
  TimeUs now_us = Env::real()->now_us();
  if (terminal.json()) {
    ordered_json all = ordered_json::array();
    for (const ApiKey& key : keys) all.push_back(to_json(key, now_us));
    terminal.print(all.dump());
    return Exit::kOk;
  }
  TextTable table({"key", "may", "of", "project", "created", "state"});
  for (const ApiKey& key : keys) {
    table.add({key.name, fmt::format("{}", fmt::join(key.grants.actions.names(), ", ")), limits_of(key.grants),
               key.grants.project, format_time(key.created_us), state_of(key, now_us)});
  }
  terminal.print(table.empty() ? "No keys." : table.text());
  return Exit::kOk;
}

Result<Exit> revoke(const Arguments& arguments, const Terminal& terminal) {
  const std::string name = arguments.text("name");
  GN_TRY(audit(terminal, Action::kDelete, name));
  GN_TRY(revoke_api_key(terminal.project_dir, name, Env::real()->now_us()));
  terminal.print(terminal.json() ? ordered_json{{"name", name}, {"revoked", true}}.dump() : "Revoked " + name + ".");
  return Exit::kOk;
}

Result<Exit> run_key(const Arguments& arguments, const Terminal& terminal) {
  const std::string what = arguments.text("what");
  if (what == "list") return list(terminal);
  if (!arguments.has("name")) return usage_error("which key?", fmt::format("gnomon key {} NAME", what));
  return what == "create" ? create(arguments, terminal) : revoke(arguments, terminal);
}

}  // namespace

Command key_command() {
  return {"key",
          "API keys for the server: create, list, revoke",
          {{"what", "create|list|revoke", "What to do", Arity::kOne, Presence::kRequired, {"create", "list", "revoke"}},
           {"name", "NAME", "The key"},
           {"--role", "ROLE", "What it may do: reader, writer, admin, or a role of gnomon.yaml"},
           {"--allow", "ACTION", "Or action by action: describe, read_online, …", Arity::kMany},
           {"--views", "VIEW", "Only values of these views", Arity::kMany},
           {"--services", "SERVICE", "Only values that these feature services read", Arity::kMany},
           {"--for-project", "NAME", "In the project of this name (default: this one)"},
           {"--expires", "DURATION", "Good for so long: 30d (default: until it is revoked)"}},
          run_key};
}

}  // namespace gnomon::cli
