#include "serve/routes.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "serve/error_reply.h"
#include "serve/feast_response.h"

namespace gnomon {
namespace {

constexpr const char* kNobodyId = "GN640";  // no credentials at all: RFC 6750 wants no error then

// Paths that are not ours are Feast's: its clients ask for some that are not there.
ErrorForm form_of(std::string_view target) {
  return target.starts_with("/v1/") || target.starts_with("/metrics") || target.starts_with("/openapi.json")
             ? ErrorForm::kGnomon
             : ErrorForm::kFeast;
}

HttpReply error_reply(ErrorForm form, const Status& status, std::string_view not_found_class = "") {
  HttpReply reply{.status = code_http_status(status.code())};
  reply.body = form == ErrorForm::kFeast ? feast_error_json(status, not_found_class) : error_json(status);
  if (status.code() == Code::kUnauthenticated) {
    reply.authenticate = "Bearer realm=\"gnomon\"";
    if (status.info().id != kNobodyId) reply.authenticate += ", error=\"invalid_token\"";
  }
  return reply;
}

HttpReply error_reply(const Route& route, const Status& status) {
  HttpReply reply = error_reply(route.errors, status, route.not_found_class);
  if (status.code() == Code::kNotFound) reply.status = route.not_found_status;
  return reply;
}

Call at_once(HttpReply reply, int route = -1) {
  return {.run = [reply = std::move(reply)] { return reply; }, .route = route};
}

Result<RequestTarget> read_target(const Route& route, std::string_view encoded_name, std::string_view query) {
  RequestTarget target;
  auto name = percent_decoded(encoded_name, false);
  if (!name.has_value()) {
    return Status(Code::kInvalidArgument, "GN619", "the path has a broken escape or is not UTF-8", "Percent-encode it");
  }
  target.name = std::move(*name);
  if (route.errors == ErrorForm::kFeast) return target;  // these look at their query themselves
  std::vector<std::string_view> known;
  for (const QueryParameter& parameter : route.query) known.push_back(parameter.name);
  GN_ASSIGN(target.query, parse_query(query, known));
  return target;
}

std::string_view accepted_name(std::string_view path, std::string_view pattern, bool* fits) {
  size_t brace = pattern.find('{');
  if (brace == std::string_view::npos) {
    *fits = path == pattern;
    return {};
  }
  std::string_view name = path.substr(std::min(brace, path.size()));
  *fits = path.starts_with(pattern.substr(0, brace)) && !name.empty() && name.find('/') == std::string_view::npos;
  return name;
}

}  // namespace

std::vector<Action> actions_of_push(PushTo to) {
  std::vector<Action> actions;
  if (to != PushTo::kOffline) actions.push_back(Action::kWriteOnline);
  if (to != PushTo::kOnline) actions.push_back(Action::kWriteOffline);
  return actions;
}

Result<OnlineAnswer> RouteContext::get_online_features(const OnlineRequest& asked) const {
  GN_ASSIGN(OnlineAnswer answer, engine->get_online_features(asked));
  metrics->answered(answer);
  return answer;
}

RouteMatch match_route(const std::vector<Route>& routes, std::string_view method, std::string_view path) {
  RouteMatch match;
  for (size_t i = 0; i < routes.size(); ++i) {
    bool fits = false;
    std::string_view name = accepted_name(path, routes[i].path, &fits);
    if (!fits) continue;
    if (routes[i].method == method || (method == "HEAD" && routes[i].method == "GET"))
      return {static_cast<int>(i), {}, name};
    match.other_methods.push_back(routes[i].method);
  }
  return match;
}

Routes::Routes(Engine* engine, Engine* reader, AccessControl* access)
    : table_(all_routes()), metrics_(table_), context_{engine, reader, &metrics_, &table_}, access_(access, engine) {}

std::optional<HttpReply> Routes::admit(HttpRequest* header) {
  RouteMatch match = match_route(table_, header->method, split_target(header->target).first);
  const Route* route = match.route < 0 ? nullptr : &table_[static_cast<size_t>(match.route)];
  Status admitted = access_.admit(header, route);
  if (admitted.ok()) return std::nullopt;
  metrics_.failed(admitted.info().id);
  return route != nullptr ? error_reply(*route, admitted) : error_reply(form_of(header->target), admitted);
}

Call Routes::refusal(const HttpRequest& request, const RouteMatch& match) const {
  ErrorForm form = form_of(request.target);
  std::string_view path = split_target(request.target).first;
  if (match.other_methods.empty()) {
    return at_once(
        error_reply(form, Status(Code::kNotFound, "GN614", fmt::format("no such route: {}", path), "See /openapi.json")));
  }
  std::string allow = fmt::format("{}", fmt::join(match.other_methods, ", "));
  HttpReply reply = error_reply(form, Status(Code::kInvalidArgument, "GN615",
                                             fmt::format("{} {}: the method must be {}", request.method, path, allow)));
  reply.status = 405;
  reply.allow = std::move(allow);
  return at_once(std::move(reply));
}

Call Routes::accept(const HttpRequest& request) {
  auto parts = split_target(request.target);  // path and query
  RouteMatch match = match_route(table_, request.method, parts.first);
  if (match.route < 0) return refusal(request, match);
  const Route& route = table_[static_cast<size_t>(match.route)];
  auto prepare = [&]() -> Result<Prepared> {
    GN_ASSIGN(RequestTarget target, read_target(route, match.name, parts.second));
    GN_ASSIGN(Prepared understood, route.prepare(context_, request, target));
    GN_TRY(access_.authorize(request, route, understood));
    return understood;
  };
  Result<Prepared> prepared = prepare();
  auto failure = [this, &route](const Status& status) {
    metrics_.failed(status.info().id);
    return error_reply(route, status);
  };
  if (!prepared.ok()) return at_once(failure(prepared.status()), match.route);
  auto run = [this, failure, change = access_.change_of(request, route, *prepared), work = std::move(prepared->work)] {
    Status written = change.outcome.empty() ? Status() : access_.audit_change(change);
    if (!written.ok()) return failure(written);
    Result<HttpReply> reply = work();
    return reply.ok() ? std::move(*reply) : failure(reply.status());
  };
  return {std::move(run), route.lane, prepared->time_limit, match.route};
}

HttpReply Routes::refuse(const HttpRequest& request, int status, std::string_view reason) {
  Code code = Code::kInvalidArgument;
  if (status == 429) code = Code::kResourceExhausted;
  if (status == 503) code = Code::kUnavailable;
  if (status == 504) code = Code::kDeadlineExceeded;
  if (status == 500) code = Code::kDataLoss;
  const char* hint = status == 503 || status == 429 ? "Call again later" : "";
  if (status == 413) hint = "Send fewer rows at a time; files are for `gnomon push` and `gnomon run`";
  HttpReply reply = error_reply(form_of(request.target), Status(code, "GN617", std::string(reason), hint));
  reply.status = status;
  if (status == 503 || status == 429) reply.retry_after_s = 1;
  return reply;
}

void Routes::served(int route, int status, const Timing& timing) { metrics_.served(route, status, timing); }

}  // namespace gnomon
