#include "cli/open_store.h"

#include <cstdlib>

#include "serve/server.h"

namespace gnomon::cli {
namespace {

constexpr const char* kStoreOwnedId = "GN510";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string server_named(const Arguments& arguments) {
  return arguments.has("--server") ? arguments.text("--server") : variable("GNOMON_SERVER");
}

// From the environment alone: what stands on a command line, everybody on the machine can read.
ClientAccess own_access() {
  return {
      .bearer = variable("GNOMON_API_KEY"),
      .tls = {
          .ca = variable("GNOMON_CA"), .certificate = variable("GNOMON_CLIENT_CERT"), .key = variable("GNOMON_CLIENT_KEY")}};
}

}  // namespace

Result<Store> Store::open(const Arguments& arguments, const Terminal& terminal) {
  Store store;
  if (std::string server = server_named(arguments); !server.empty()) {
    GN_ASSIGN(store.calls_, calls_over(server, own_access()));
    return store;
  }
  GN_ASSIGN(Project project, Project::open(terminal));
  store.project_.emplace(std::move(project));
  Engine& engine = **store.project_;
  Status opened = engine.open_online_store();
  if (!opened.ok() && opened.info().id == kStoreOwnedId) {
    auto owner = calls_over(socket_path(engine.project_dir()));
    if (owner.ok()) {
      store.calls_ = std::move(*owner);
      return store;
    }
  }
  store.calls_ = calls_of(&engine);  // any trouble with the store is told by the call that needs it
  return store;
}

void Store::end_progress() {
  if (project_.has_value()) project_->end_progress();
}

Parameter server_parameter() {
  return {"--server", "URL", "Ask this server instead of the project here (default: $GNOMON_SERVER), with $GNOMON_API_KEY"};
}

}  // namespace gnomon::cli
