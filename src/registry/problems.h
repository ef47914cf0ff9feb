// What is wrong with a manifest, collected so that a user sees everything at once.
// Thread-safety: none; one check at a time.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gnomon/status.h"
#include "gnomon/v1/manifest.pb.h"

namespace gnomon {

class Problems {
 public:
  // InvalidArgument at the place of `origin`.
  void add(const v1::Origin& origin, const char* id, std::string message, std::string hint);
  void add(const v1::Origin& origin, Status status);

  // GN104 unless `name` fits ^[A-Za-z_][A-Za-z0-9_]{0,62}$. `what`: "feature view", "join key of entity user".
  void check_name(const v1::Origin& origin, const std::string& what, const std::string& name);

  // GN109 Unimplemented: a keyword of the contract that this version cannot honour is refused, never ignored.
  void add_unsupported(const v1::Origin& origin, const std::string& keyword, const std::string& owner);

  // By file and line; problems of one line keep the order in which they were found.
  std::vector<Status> take();

 private:
  struct Problem {
    std::string file;
    int line;
    Status status;
  };
  std::vector<Problem> problems_;
};

// "Did you mean "temp"?", else "Known: a, b, c" (the first few), else `otherwise`.
std::string suggest(const std::string& word, const std::vector<std::string>& candidates, const std::string& otherwise);

// Names of a repeated field of named messages.
template <class Objects>
std::vector<std::string> names_of(const Objects& objects) {
  std::vector<std::string> names;
  for (const auto& object : objects) names.push_back(object.name());
  return names;
}

}  // namespace gnomon
