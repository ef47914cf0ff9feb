// /v1: what changes the project's state. Every answer is the report that the command line prints with --json.
#include <arrow/api.h>

#include "engine/report_json.h"
#include "serve/pushed_columns.h"
#include "serve/route_table.h"
#include "serve/rows_request.h"

namespace gnomon {
namespace {

template <class Report>
Result<HttpReply> report_reply(const Result<Report>& report) {
  GN_TRY(report.status());
  return HttpReply{.body = to_json(*report)};
}

Result<std::shared_ptr<arrow::Table>> typed_rows(const RowsRequest& read, const ColumnTypes& types) {
  if (read.typed) return read.rows;
  auto batch = read.rows->CombineChunksToBatch();
  GN_ASSERT(batch.ok());  // it is one chunk
  return retype_rows(**batch, types);
}

Result<Prepared> push(const RouteContext& context, const HttpRequest& request, const RequestTarget& target) {
  GN_ASSIGN(RowsRequest read, read_rows_request(request, "df", all_values, {"to"}));
  GN_ASSIGN(PushTo to, read.members.push_to(PushTo::kOnlineAndOffline));
  auto work = [&context, read = std::move(read), to, source = target.name]() -> Result<HttpReply> {
    GN_ASSIGN(v1::Manifest manifest, context.engine->manifest());
    GN_ASSIGN(auto rows, typed_rows(read, types_of_pushed(manifest, source)));
    return report_reply(context.engine->push(source, *rows, to));
  };
  return Prepared{std::move(work), {}, Touched::source(target.name), actions_of_push(to)};
}

Result<Prepared> write(const RouteContext& context, const HttpRequest& request, const RequestTarget& target) {
  GN_ASSIGN(RowsRequest read, read_rows_request(request, "df", all_values, {}));
  auto work = [&context, read = std::move(read), view = target.name]() -> Result<HttpReply> {
    GN_ASSIGN(v1::Manifest manifest, context.engine->manifest());
    GN_ASSIGN(auto rows, typed_rows(read, types_of_view(manifest, view)));
    return report_reply(context.engine->write_to_online_store(view, *rows));
  };
  return Prepared{std::move(work), {}, Touched::views({target.name})};
}

Result<Prepared> materialize(const RouteContext& context, const HttpRequest& request, const RequestTarget&) {
  GN_ASSIGN(auto body, RequestBody::parse(request.body, {"start_date", "end_date", "feature_views"}));
  GN_ASSIGN(TimeUs start, body.time("start_date"));
  GN_ASSIGN(TimeUs end, body.time("end_date"));
  GN_ASSIGN(auto views, body.texts("feature_views"));
  auto work = [&context, start, end, views] { return report_reply(context.engine->materialize(start, end, views)); };
  return Prepared{std::move(work), {}, Touched::views(views)};
}

Result<Prepared> materialize_incremental(const RouteContext& context, const HttpRequest& request, const RequestTarget&) {
  GN_ASSIGN(auto body, RequestBody::parse(request.body, {"end_date", "feature_views"}));
  GN_ASSIGN(TimeUs end, body.time("end_date"));
  GN_ASSIGN(auto views, body.texts("feature_views"));
  auto work = [&context, end, views] { return report_reply(context.engine->materialize_incremental(end, views)); };
  return Prepared{std::move(work), {}, Touched::views(views)};
}

Result<Prepared> compact(const RouteContext& context, const HttpRequest& request, const RequestTarget&) {
  GN_ASSIGN(auto body, RequestBody::parse(request.body, {"as_of", "feature_views"}));
  std::optional<TimeUs> as_of;
  if (body.find("as_of") != nullptr) {
    GN_ASSIGN(as_of, body.time("as_of"));
  }
  GN_ASSIGN(auto views, body.texts("feature_views"));
  auto work = [&context, as_of, views] { return report_reply(context.engine->compact(as_of, views)); };
  return Prepared{std::move(work), {}, Touched::views(views)};
}

Result<Prepared> run(const RouteContext& context, const HttpRequest& request, const RequestTarget&) {
  GN_ASSIGN(auto body, RequestBody::parse(request.body, {"views"}));
  GN_ASSIGN(auto views, body.texts("views"));
  auto work = [&context, views] { return report_reply(context.engine->run(views)); };
  return Prepared{std::move(work), {}, Touched::views(views), {Action::kWriteOnline, Action::kWriteOffline}};
}

Route write_route(std::string_view path, Prepare prepare, std::string_view summary, std::string_view body,
                  std::string_view reply) {
  Route route{.method = "POST", .path = path, .action = Action::kWriteOnline, .lane = Lane::kWrite};
  route.prepare = prepare;
  route.summary = summary;
  route.body = body;
  route.reply = reply;
  return route;
}

}  // namespace

std::vector<Route> write_routes() {
  std::vector<Route> routes = {
      write_route("/v1/push/{source}", push, "Push rows to a source; online and offline, unless \"to\" says otherwise",
                  "PushRequest", "PushReport"),
      write_route("/v1/write-to-online-store/{view}", write, "Write rows of a view to the online store", "WriteRequest",
                  "PushReport"),
      write_route("/v1/materialize", materialize, "Load rows of [start_date, end_date) into the online store",
                  "MaterializeRequest", "MaterializeReport"),
      write_route("/v1/materialize-incremental", materialize_incremental, "Load what became visible since the last time",
                  "MaterializeIncrementalRequest", "MaterializeReport"),
      write_route("/v1/compact", compact, "Remove from the online store what no read at or after as_of can reach",
                  "CompactRequest", "CompactReport"),
      write_route("/v1/run", run, "The pipeline, once: check, transform, store, materialize", "RunRequest", "RunReport"),
  };
  routes[0].arrow_body = routes[1].arrow_body = true;
  routes[0].otherwise = Action::kWriteOffline;
  return routes;
}

}  // namespace gnomon
