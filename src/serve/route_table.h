// The table of routes: for each, what it is called, what it may do, where its work runs, what goes in and out. Requests are
// dispatched by it and the OpenAPI document is written from it, so the two cannot disagree.
// Thread-safety: immutable once built.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "access/action.h"
#include "engine/engine.h"
#include "gnomon/status.h"
#include "serve/http_message.h"
#include "serve/request_body.h"
#include "serve/request_target.h"

namespace gnomon {

class Metrics;
struct Route;

// What routes and remote calls work with. Owned by Routes.
struct RouteContext {
  Engine* engine = nullptr;  // owns the online store: online reads from any thread, writes from the write lane
  Engine* reader = nullptr;  // of the same project, for the read lane: a long read never waits for a long write
  Metrics* metrics = nullptr;
  const std::vector<Route>* routes = nullptr;

  // The one call in which every face reads online features: the engine's, counted.
  Result<OnlineAnswer> get_online_features(const OnlineRequest& asked) const;
};

// Whose values a request reads or writes, as it names them.
struct Touched {
  enum class Kind : uint8_t { kNothing, kFeatures, kViews, kSource, kNamed, kEverything };
  Kind kind = Kind::kNothing;
  FeatureRequest features;         // of kFeatures
  std::vector<std::string> names;  // of kViews; of kSource and kNamed, a source or view, the first

  static Touched by(FeatureRequest features) { return {Kind::kFeatures, std::move(features), {}}; }
  static Touched source(std::string name) { return {Kind::kSource, {}, {std::move(name)}}; }
  static Touched everything() { return {Kind::kEverything, {}, {}}; }
  // None named: all.
  static Touched views(std::vector<std::string> names) {
    return names.empty() ? everything() : Touched{Kind::kViews, {}, std::move(names)};
  }
  static Touched named(std::string name) {
    return name.empty() ? everything() : Touched{Kind::kNamed, {}, {std::move(name)}};
  }
};

// A request that was read: its work is done later, on the route's lane. It owns all it needs.
struct Prepared {
  std::function<Result<HttpReply>()> work;
  TimeLimit time_limit = {};
  Touched touched = {};
  std::vector<Action> actions = {};  // that the request needs; none: its route's
};

// What pushing there needs, as in Feast.
std::vector<Action> actions_of_push(PushTo to);

using Prepare = Result<Prepared> (*)(const RouteContext& context, const HttpRequest& request, const RequestTarget& target);

// Errors look as Feast's clients expect them, or as ours do.
enum class ErrorForm : uint8_t { kFeast, kGnomon };

struct QueryParameter {
  std::string_view name;
  std::string_view schema;  // a JSON schema
  std::string_view description;
};

struct Route {
  std::string_view method;
  std::string_view path;             // "/v1/push/{source}": a name in braces stands for one segment, always the last
  Action action = Action::kNone;     // what a caller must be allowed to do
  Action otherwise = Action::kNone;  // or this: which of them, or both, a request needs, its body says
  Lane lane = Lane::kQuick;
  ErrorForm errors = ErrorForm::kGnomon;
  Prepare prepare = nullptr;
  std::string_view summary;
  std::string_view body;   // the schema of its JSON body, by name; empty: no body
  std::string_view reply;  // of its JSON answer; empty: none
  std::string_view reply_type = "application/json";
  bool arrow_body = false;   // an Arrow IPC stream is taken as well
  bool arrow_reply = false;  // and given, to those who accept it
  std::vector<QueryParameter> query = {};
  // Of Feast's routes: the class of feast.errors for what was not found, and the status its server gives it.
  std::string_view not_found_class = "";
  int not_found_status = 404;
};

// Each group is one file.
std::vector<Route> feast_routes();    // feast_routes.cc
std::vector<Route> feature_routes();  // feature_routes.cc
std::vector<Route> write_routes();    // write_routes.cc
std::vector<Route> catalog_routes();  // catalog_routes.cc
std::vector<Route> server_routes();   // server_routes.cc
std::vector<Route> all_routes();

// Where a path leads: the place in `routes` by method, and the methods that the path knows otherwise.
struct RouteMatch {
  int route = -1;
  std::vector<std::string_view> other_methods;
  std::string_view name;  // what stands in the path for {name}, still encoded
};
RouteMatch match_route(const std::vector<Route>& routes, std::string_view method, std::string_view path);

}  // namespace gnomon
