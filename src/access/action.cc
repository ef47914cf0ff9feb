#include "access/action.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gnomon {

const char* action_name(Action action) {
  switch (action) {
    case Action::kNone: return "none";
    case Action::kDescribe: return "describe";
    case Action::kReadOnline: return "read_online";
    case Action::kWriteOnline: return "write_online";
    case Action::kReadOffline: return "read_offline";
    case Action::kWriteOffline: return "write_offline";
    case Action::kCreate: return "create";
    case Action::kUpdate: return "update";
    case Action::kDelete: return "delete";
  }
  GN_ASSERT(false);
}

const std::vector<Action>& all_actions() {
  static const std::vector<Action> actions = {Action::kDescribe,    Action::kReadOnline,   Action::kWriteOnline,
                                              Action::kReadOffline, Action::kWriteOffline, Action::kCreate,
                                              Action::kUpdate,      Action::kDelete};
  return actions;
}

bool is_change(Action action) {
  return action != Action::kNone && action != Action::kDescribe && action != Action::kReadOnline &&
         action != Action::kReadOffline;
}

std::vector<std::string> ActionSet::names() const {
  std::vector<std::string> names;
  for (Action action : all_actions()) {
    if (contains(action)) names.emplace_back(action_name(action));
  }
  return names;
}

Result<ActionSet> ActionSet::of(const std::vector<std::string>& names) {
  ActionSet set;
  for (const std::string& name : names) {
    bool known = false;
    for (Action action : all_actions()) {
      if (name != action_name(action)) continue;
      set.add(action);
      known = true;
    }
    if (known) continue;
    ActionSet all;
    for (Action action : all_actions()) all.add(action);
    return Status(Code::kInvalidArgument, "GN645", fmt::format("\"{}\" is not an action", name),
                  fmt::format("Actions are {}", fmt::join(all.names(), ", ")));
  }
  return set;
}

Result<ActionSet> builtin_role(std::string_view role) {
  ActionSet reader;
  for (Action action : {Action::kDescribe, Action::kReadOnline, Action::kReadOffline}) reader.add(action);
  if (role == "reader") return reader;
  ActionSet writer = reader;
  for (Action action : {Action::kWriteOnline, Action::kWriteOffline}) writer.add(action);
  if (role == "writer") return writer;
  ActionSet admin = writer;
  for (Action action : {Action::kCreate, Action::kUpdate, Action::kDelete}) admin.add(action);
  if (role == "admin") return admin;
  return Status(Code::kInvalidArgument, "GN645", fmt::format("\"{}\" is not a role", role),
                "Roles are reader, writer, admin, and those under serve: roles: in gnomon.yaml");
}

}  // namespace gnomon
