// What a caller may be allowed to do, and the roles that stand for several actions. The names are Feast's.
// Thread-safety: values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gnomon/status.h"

namespace gnomon {

enum class Action : uint8_t {
  kNone,  // open to everybody
  kDescribe,
  kReadOnline,
  kWriteOnline,
  kReadOffline,
  kWriteOffline,
  kCreate,  // of definitions and keys
  kUpdate,
  kDelete,
};

const char* action_name(Action action);

// Every action but kNone, in the order of the enum.
const std::vector<Action>& all_actions();

// Whether it changes something, and so is audited.
bool is_change(Action action);

class ActionSet {
 public:
  void add(Action action) { bits_ |= bit(action); }
  void add(ActionSet other) { bits_ |= other.bits_; }
  bool contains(Action action) const { return action == Action::kNone || (bits_ & bit(action)) != 0; }
  bool empty() const { return bits_ == 0; }
  // In the order of the enum.
  std::vector<std::string> names() const;

  // ERRORS: GN645 InvalidArgument for a name that is no action.
  static Result<ActionSet> of(const std::vector<std::string>& names);

 private:
  static uint16_t bit(Action action) { return static_cast<uint16_t>(1U << static_cast<unsigned>(action)); }
  uint16_t bits_ = 0;
};

// reader: describe and read; writer: and write; admin: everything. ERRORS: GN645 for a name that is none of them.
Result<ActionSet> builtin_role(std::string_view role);

}  // namespace gnomon
