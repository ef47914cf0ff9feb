#include "serve/routes.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "serve/feast_request.h"
#include "serve/feast_response.h"
#include "serve/pushed_columns.h"

namespace gnomon {
namespace {

constexpr std::string_view kDone = "null";  // what FastAPI makes of a function without a result

Result<std::string> get_online_features(Engine& engine, const std::string& bytes) {
  GN_ASSIGN(OnlineBody body, parse_online_body(bytes));
  OnlineRequest request{std::move(body.features), std::move(body.entities), body.as_of};
  GN_ASSIGN(OnlineAnswer answer, engine.get_online_features(request));
  return online_answer_json(answer);
}

Result<std::string> push(Engine& engine, const std::string& bytes) {
  GN_ASSIGN(RowsBody body, parse_push_body(bytes));
  GN_ASSIGN(v1::Manifest manifest, engine.manifest());
  GN_ASSIGN(auto rows, retype_rows(*body.rows, types_of_pushed(manifest, body.target)));
  GN_TRY(engine.push(body.target, *rows, body.to).status());
  return std::string(kDone);
}

Result<std::string> write_to_online_store(Engine& engine, const std::string& bytes) {
  GN_ASSIGN(RowsBody body, parse_write_body(bytes));
  GN_ASSIGN(v1::Manifest manifest, engine.manifest());
  auto named = with_declared_times(body.rows, manifest, body.target);
  GN_ASSIGN(auto rows, retype_rows(*named, types_of_view(manifest, body.target)));
  GN_TRY(engine.write_to_online_store(body.target, *rows).status());
  return std::string(kDone);
}

Result<std::string> materialize(Engine& engine, const std::string& bytes) {
  GN_ASSIGN(MaterializeBody body, parse_materialize_body(bytes, MaterializeForm::kInterval));
  GN_TRY(engine.materialize(*body.start, body.end, body.views).status());
  return std::string(kDone);
}

Result<std::string> materialize_incremental(Engine& engine, const std::string& bytes) {
  GN_ASSIGN(MaterializeBody body, parse_materialize_body(bytes, MaterializeForm::kIncremental));
  GN_TRY(engine.materialize_incremental(body.end, body.views).status());
  return std::string(kDone);
}

Result<std::string> health(Engine&, const std::string&) { return std::string(); }

struct Route {
  std::string_view method;
  std::string_view path;
  Work work;
  Result<std::string> (*answer)(Engine&, const std::string& body);
  std::string_view not_found_class;  // of feast.errors
  int not_found_status = 404;        // Feast's server has one of its own for this error
};

constexpr Route kRoutes[] = {
    {"GET", "/health", Work::kQuick, health, ""},
    {"POST", "/get-online-features", Work::kQuick, get_online_features, "FeatureViewNotFoundException"},
    {"POST", "/push", Work::kSlow, push, "PushSourceNotFoundException", 422},
    {"POST", "/write-to-online-store", Work::kSlow, write_to_online_store, "FeatureViewNotFoundException"},
    {"POST", "/materialize", Work::kSlow, materialize, "FeatureViewNotFoundException"},
    {"POST", "/materialize-incremental", Work::kSlow, materialize_incremental, "FeatureViewNotFoundException"},
};

std::string_view path_of(const HttpRequest& request) {
  return std::string_view(request.target).substr(0, request.target.find('?'));
}

const Route* find_route(std::string_view path) {
  for (const Route& route : kRoutes) {
    if (route.path == path) return &route;
  }
  return nullptr;
}

bool is_foreign_page(const HttpRequest& request) {
  return !request.origin.empty() && request.origin != "http://" + request.host &&
         request.origin != "https://" + request.host;
}

// Feast's query parameters change what a call means (async, force): none is there yet, so none is ignored.
Status check_query(const HttpRequest& request) {
  size_t mark = request.target.find('?');
  if (mark == std::string::npos || mark + 1 == request.target.size()) return {};
  return Status(Code::kUnimplemented, "GN613",
                fmt::format("query parameters are not supported: {}", request.target.substr(mark + 1)), "Leave them out");
}

HttpReply error_reply(const Status& status, const Route& route) {
  int http_status = status.code() == Code::kNotFound ? route.not_found_status : code_http_status(status.code());
  return {http_status, feast_error_json(status, route.not_found_class), ""};
}

}  // namespace

Work FeastRoutes::work_of(const HttpRequest& request) const {
  const Route* route = find_route(path_of(request));
  return route != nullptr && route->method == request.method ? route->work : Work::kQuick;
}

HttpReply FeastRoutes::answer(const HttpRequest& request) {
  const Route* route = find_route(path_of(request));
  if (route == nullptr) {
    return {404, feast_error_json("FeastError", fmt::format("GN614 no such route: {}", path_of(request))), ""};
  }
  if (route->method != request.method) {
    auto message = fmt::format("GN615 {} {}: the method must be {}", request.method, route->path, route->method);
    return {405, feast_error_json("FeastError", message), std::string(route->method)};
  }
  if (is_foreign_page(request)) {
    return error_reply(
        Status(Code::kPermissionDenied, "GN616", fmt::format("a page from {} may not call this server", request.origin)),
        *route);
  }
  if (Status query = check_query(request); !query.ok()) return error_reply(query, *route);
  auto body = route->answer(*engine_, request.body);
  if (!body.ok()) return error_reply(body.status(), *route);
  return {200, std::move(*body), ""};
}

HttpReply FeastRoutes::refuse(int status, std::string_view reason) {
  return {status, feast_error_json("FeastError", fmt::format("GN617 {}", reason)), ""};
}

}  // namespace gnomon
