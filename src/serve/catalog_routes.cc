// /v1: what there is, and what was done. Nothing here changes anything.
#include <charconv>

#include <arrow/api.h>
#include <fmt/format.h>

#include "engine/report_json.h"
#include "serve/arrow_body.h"
#include "serve/features_answer.h"
#include "serve/route_table.h"

namespace gnomon {
namespace {

constexpr int64_t kRunsShown = 20;
constexpr int64_t kMaxRunsShown = 1000;

Result<Prepared> manifest(const RouteContext& context, const HttpRequest&, const RequestTarget&) {
  return Prepared{[&context]() -> Result<HttpReply> {
    GN_ASSIGN(v1::Manifest applied, context.reader->manifest());
    return HttpReply{.body = manifest_to_json(applied)};
  }};
}

Result<Prepared> list(const RouteContext& context, const HttpRequest&, const RequestTarget& target) {
  return Prepared{[&context, what = target.name]() -> Result<HttpReply> {
    GN_ASSIGN(std::string rows, context.reader->list_json(what));
    return HttpReply{.body = std::move(rows)};
  }};
}

Result<Prepared> describe(const RouteContext& context, const HttpRequest&, const RequestTarget& target) {
  return Prepared{[&context, name = target.name]() -> Result<HttpReply> {
    GN_ASSIGN(std::string document, context.reader->describe_json(name));
    return HttpReply{.body = std::move(document)};
  }};
}

Result<Prepared> runs(const RouteContext& context, const HttpRequest&, const RequestTarget& target) {
  GN_ASSIGN(int64_t limit, target.number("limit", kRunsShown, 1, kMaxRunsShown));
  return Prepared{[&context, limit]() -> Result<HttpReply> {
    GN_ASSIGN(std::vector<Run> found, context.reader->runs(static_cast<int>(limit)));
    return HttpReply{.body = to_json(found)};
  }};
}

Result<Prepared> run(const RouteContext& context, const HttpRequest&, const RequestTarget& target) {
  int64_t id = 0;
  const std::string& text = target.name;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Status(Code::kInvalidArgument, "GN619", fmt::format("\"{}\" is not the number of a run", text));
  }
  return Prepared{[&context, id]() -> Result<HttpReply> {
    GN_ASSIGN(Run found, context.reader->run_record(id));
    return HttpReply{.body = to_json(found)};
  }};
}

Result<Prepared> quarantine(const RouteContext& context, const HttpRequest& request, const RequestTarget& target) {
  auto named = target.query.find("name");
  std::string name = named == target.query.end() ? "" : named->second;
  bool as_arrow = names_arrow_stream(request.accept);
  auto work = [&context, name, as_arrow]() -> Result<HttpReply> {
    GN_ASSIGN(auto rows, context.reader->quarantine(name));
    if (!as_arrow) return HttpReply{.body = columns_json(*rows)};
    HttpReply reply{.content_type = std::string(kArrowStream)};
    GN_ASSIGN(reply.body, arrow_body(*rows, kAnswerEntry, "{}"));
    return reply;
  };
  return Prepared{std::move(work), {}, Touched::named(name)};
}

Route read_route(std::string_view path, Prepare prepare, std::string_view summary, std::string_view reply) {
  Route route{.method = "GET", .path = path, .action = Action::kDescribe, .lane = Lane::kRead};
  route.prepare = prepare;
  route.summary = summary;
  route.reply = reply;
  return route;
}

}  // namespace

std::vector<Route> catalog_routes() {
  std::vector<Route> routes = {
      read_route("/v1/manifest", manifest, "The applied definitions, with schemas filled in", "Document"),
      read_route("/v1/list/{what}", list, "Entities, sources, views, services, aggregations, expectations or stores",
                 "DocumentList"),
      read_route("/v1/describe/{name}", describe, "One applied object in full", "DocumentOrList"),
      read_route("/v1/runs", runs, "The latest runs, newest first", "RunList"),
      read_route("/v1/runs/{id}", run, "One run in full", "Run"),
      read_route("/v1/quarantine", quarantine, "Rows that a check took out, with the reason", "Columns"),
  };
  routes[3].query = {{"limit", R"({"type":"integer","minimum":1,"maximum":1000,"default":20})", "How many"}};
  routes[5].query = {{"name", R"({"type":"string"})", "A source or view; all by default"}};
  routes[5].arrow_reply = true;
  routes[5].action = Action::kReadOffline;  // rows, not definitions
  return routes;
}

}  // namespace gnomon
