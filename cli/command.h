// What a command is: a name, its parameters, and a function that runs it. Free of any parsing library.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/terminal.h"
#include "gnomon/status.h"

namespace gnomon::cli {

// Exit codes are part of the interface, see docs.
enum class Exit { kOk = 0, kError = 1, kUsage = 2, kGateFailed = 3, kChanges = 4 };

enum class Arity { kFlag, kOne, kMany };
enum class Presence { kOptional, kRequired };

struct Parameter {
  std::string name;   // "--at": an option; "start": a positional
  std::string shown;  // what stands for its value in the help: "TIME"; empty for flags
  std::string help;
  Arity arity = Arity::kOne;
  Presence presence = Presence::kOptional;
  std::vector<std::string> choices = {};  // not empty: nothing else is accepted
};

// Values by parameter name, as given. What was not given is absent.
class Arguments {
 public:
  bool has(const std::string& name) const { return values_.contains(name); }
  // Empty if absent.
  std::string text(const std::string& name) const;
  std::vector<std::string> texts(const std::string& name) const;
  // The parts of a comma-separated value, blanks around them dropped; empty if absent.
  std::vector<std::string> split(const std::string& name) const;

  void add(const std::string& name, std::vector<std::string> values) { values_[name] = std::move(values); }

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

struct Command {
  std::string name;
  std::string help;
  std::vector<Parameter> parameters;
  Result<Exit> (*run)(const Arguments& arguments, const Terminal& terminal);
};

// An error in what was typed, not in what was found: exits with 2.
Status usage_error(const std::string& message, const std::string& hint = "");

}  // namespace gnomon::cli
