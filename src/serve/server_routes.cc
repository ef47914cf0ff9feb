// What the server says about itself: its metrics, and the document that describes its routes.
#include "serve/metrics.h"
#include "serve/openapi.h"
#include "serve/route_table.h"

namespace gnomon {
namespace {

Result<Prepared> metrics(const RouteContext& context, const HttpRequest&, const RequestTarget&) {
  return Prepared{[&context]() -> Result<HttpReply> {
    return HttpReply{.body = context.metrics->text(context.engine->served_log_counters()),
                     .content_type = "text/plain; version=0.0.4; charset=utf-8"};
  }};
}

Result<Prepared> openapi(const RouteContext& context, const HttpRequest&, const RequestTarget&) {
  return Prepared{[&context]() -> Result<HttpReply> { return HttpReply{.body = openapi_json(*context.routes)}; }};
}

}  // namespace

std::vector<Route> server_routes() {
  Route measured{.method = "GET", .path = "/metrics", .action = Action::kDescribe};
  measured.prepare = metrics;
  measured.summary = "Metrics in Prometheus' text format";
  measured.reply_type = "text/plain";
  Route described{.method = "GET", .path = "/openapi.json", .action = Action::kDescribe};
  described.prepare = openapi;
  described.summary = "This document";
  described.reply = "Document";
  return {measured, described};
}

std::vector<Route> all_routes() {
  std::vector<Route> all;
  for (auto group : {feature_routes, feast_routes, write_routes, catalog_routes, server_routes}) {
    for (Route& route : group()) all.push_back(std::move(route));
  }
  return all;
}

}  // namespace gnomon
