// Feast's feature-server routes, with Feast's shapes; "as_of" and "timeout_ms" are ours beyond them.
#include <arrow/api.h>
#include <fmt/format.h>

#include "serve/feast_request.h"
#include "serve/feast_response.h"
#include "serve/metrics.h"
#include "serve/pushed_columns.h"
#include "serve/route_table.h"

namespace gnomon {
namespace {

HttpReply done() { return {.body = "null"}; }  // what FastAPI makes of a function without a result

// Feast's parameters change what a call means (async, force): none is there yet, so none is ignored.
Status refuse_query(const HttpRequest& request) {
  std::string_view query = split_target(request.target).second;
  if (query.empty()) return {};
  return Status(Code::kUnimplemented, "GN613", fmt::format("query parameters are not supported: {}", query),
                "Leave them out");
}

Result<Prepared> get_online_features(const RouteContext& context, const HttpRequest& request, const RequestTarget&) {
  GN_TRY(refuse_query(request));
  GN_ASSIGN(OnlineBody body, parse_online_body(request.body, [&](const std::string& name) {
              return context.engine->is_request_column(name);
            }));
  OnlineRequest asked{std::move(body.features), std::move(body.entities), body.as_of};
  Touched touched = Touched::by(asked.features);
  auto work = [&context, asked = std::move(asked)]() -> Result<HttpReply> {
    GN_ASSIGN(OnlineAnswer answer, context.get_online_features(asked));
    return HttpReply{.body = online_answer_json(answer)};
  };
  return Prepared{std::move(work), body.time_limit, std::move(touched)};
}

Result<Prepared> push(const RouteContext& context, const HttpRequest& request, const RequestTarget&) {
  GN_TRY(refuse_query(request));
  GN_ASSIGN(RowsBody body, parse_push_body(request.body));
  Touched touched = Touched::source(body.target);
  std::vector<Action> actions = actions_of_push(body.to);
  auto work = [&context, body = std::move(body)]() -> Result<HttpReply> {
    GN_ASSIGN(v1::Manifest manifest, context.engine->manifest());
    GN_ASSIGN(auto rows, retype_rows(*body.rows, types_of_pushed(manifest, body.target)));
    GN_TRY(context.engine->push(body.target, *rows, body.to).status());
    return done();
  };
  return Prepared{std::move(work), {}, std::move(touched), std::move(actions)};
}

Result<Prepared> write_to_online_store(const RouteContext& context, const HttpRequest& request, const RequestTarget&) {
  GN_TRY(refuse_query(request));
  GN_ASSIGN(RowsBody body, parse_write_body(request.body));
  Touched touched = Touched::views({body.target});
  auto work = [&context, body = std::move(body)]() -> Result<HttpReply> {
    GN_ASSIGN(v1::Manifest manifest, context.engine->manifest());
    auto named = with_declared_times(body.rows, manifest, body.target);
    GN_ASSIGN(auto rows, retype_rows(*named, types_of_view(manifest, body.target)));
    GN_TRY(context.engine->write_to_online_store(body.target, *rows).status());
    return done();
  };
  return Prepared{std::move(work), {}, std::move(touched)};
}

Result<Prepared> materialize(const RouteContext& context, const HttpRequest& request, const RequestTarget&) {
  GN_TRY(refuse_query(request));
  GN_ASSIGN(MaterializeBody body, parse_materialize_body(request.body, MaterializeForm::kInterval));
  Touched touched = Touched::views(body.views);
  auto work = [&context, body = std::move(body)]() -> Result<HttpReply> {
    GN_TRY(context.engine->materialize(*body.start, body.end, body.views).status());
    return done();
  };
  return Prepared{std::move(work), {}, std::move(touched)};
}

Result<Prepared> materialize_incremental(const RouteContext& context, const HttpRequest& request, const RequestTarget&) {
  GN_TRY(refuse_query(request));
  GN_ASSIGN(MaterializeBody body, parse_materialize_body(request.body, MaterializeForm::kIncremental));
  Touched touched = Touched::views(body.views);
  auto work = [&context, body = std::move(body)]() -> Result<HttpReply> {
    GN_TRY(context.engine->materialize_incremental(body.end, body.views).status());
    return done();
  };
  return Prepared{std::move(work), {}, std::move(touched)};
}

Result<Prepared> health(const RouteContext&, const HttpRequest& request, const RequestTarget&) {
  GN_TRY(refuse_query(request));
  return Prepared{[]() -> Result<HttpReply> { return HttpReply{}; }};
}

}  // namespace

std::vector<Route> feast_routes() {
  constexpr const char* kNoView = "FeatureViewNotFoundException";
  Route shape{.method = "POST", .lane = Lane::kWrite, .errors = ErrorForm::kFeast, .reply = "Done"};
  shape.not_found_class = kNoView;
  Route read = shape;
  read.path = "/get-online-features";
  read.action = Action::kReadOnline;
  read.lane = Lane::kQuick;
  read.prepare = get_online_features;
  read.summary = "Online features in Feast's shape, now or as of an instant";
  read.body = "FeastOnlineRequest";
  read.reply = "FeastOnlineAnswer";

  Route push_route = shape;
  push_route.path = "/push";
  push_route.action = Action::kWriteOnline;
  push_route.otherwise = Action::kWriteOffline;
  push_route.prepare = push;
  push_route.summary = "Push rows to a source; online only, unless \"to\" says otherwise";
  push_route.body = "FeastPush";
  push_route.not_found_class = "PushSourceNotFoundException";
  push_route.not_found_status = 422;  // its own status in Feast

  Route write = shape;
  write.path = "/write-to-online-store";
  write.action = Action::kWriteOnline;
  write.prepare = write_to_online_store;
  write.summary = "Write rows of a feature view to the online store";
  write.body = "FeastWrite";

  Route interval = shape;
  interval.path = "/materialize";
  interval.action = Action::kWriteOnline;
  interval.prepare = materialize;
  interval.summary = "Load rows of [start_ts, end_ts) into the online store";
  interval.body = "FeastMaterialize";

  Route incremental = shape;
  incremental.path = "/materialize-incremental";
  incremental.action = Action::kWriteOnline;
  incremental.prepare = materialize_incremental;
  incremental.summary = "Load what became visible since the last time";
  incremental.body = "FeastMaterializeIncremental";

  Route alive = shape;
  alive.method = "GET";
  alive.path = "/health";
  alive.lane = Lane::kQuick;
  alive.prepare = health;
  alive.summary = "200 while the server answers";
  alive.reply = "";
  alive.not_found_class = "";
  return {read, push_route, write, interval, incremental, alive};
}

}  // namespace gnomon
