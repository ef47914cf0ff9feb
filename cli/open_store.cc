#include "cli/open_store.h"

#include <cstdlib>

#include "serve/server.h"

namespace gnomon::cli {
namespace {

constexpr const char* kStoreOwnedId = "GN510";

std::string server_named(const Arguments& arguments) {
  if (arguments.has("--server")) return arguments.text("--server");
  const char* named = std::getenv("GNOMON_SERVER");
  return named == nullptr ? "" : named;
}

}  // namespace

Result<Store> Store::open(const Arguments& arguments, const Terminal& terminal) {
  Store store;
  if (std::string server = server_named(arguments); !server.empty()) {
    GN_ASSIGN(store.calls_, calls_over(server));
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
  return {"--server", "URL", "Ask this server instead of the project here (default: $GNOMON_SERVER)"};
}

}  // namespace gnomon::cli
