// The online store that a command is about: of the server it names, of the project's own server, or opened here.
#pragma once

#include <memory>
#include <optional>

#include "cli/command.h"
#include "cli/open_project.h"
#include "serve/store_calls.h"

namespace gnomon::cli {

class Store {
 public:
  // --server, else $GNOMON_SERVER, names a server; then no project is needed here. Otherwise the project's store is opened, and if
  // `gnomon serve` owns it, calls go to that server through its Unix socket.
  static Result<Store> open(const Arguments& arguments, const Terminal& terminal);

  StoreCalls* operator->() { return calls_.get(); }
  // The progress line is over; call before printing results.
  void end_progress();

 private:
  std::optional<Project> project_;
  std::unique_ptr<StoreCalls> calls_;
};

// For the commands that open a Store.
Parameter server_parameter();

}  // namespace gnomon::cli
