#include "serve/route_access.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gnomon {
namespace {

bool is_foreign_page(const HttpRequest& request) {
  return !request.origin.empty() && request.origin != "http://" + request.host &&
         request.origin != "https://" + request.host;
}

std::string name_of(const Route* route) {
  return route == nullptr ? "no route" : fmt::format("{} {}", route->method, route->path);
}

std::string text_of(const Touched& touched) {
  switch (touched.kind) {
    case Touched::Kind::kNothing: return "";
    case Touched::Kind::kFeatures:
      return touched.features.feature_service.empty() ? fmt::format(" {}", fmt::join(touched.features.features, ", "))
                                                      : " service " + touched.features.feature_service;
    case Touched::Kind::kViews: return fmt::format(" views {}", fmt::join(touched.names, ", "));
    case Touched::Kind::kSource: return " source " + touched.names.front();
    case Touched::Kind::kNamed: return " " + touched.names.front();
    case Touched::Kind::kEverything: return " all views";
  }
  GN_ASSERT(false);
}

// A request may need more than its route says, or something else.
std::vector<Action> actions_of(const Route& route, const Prepared& prepared) {
  return prepared.actions.empty() ? std::vector<Action>{route.action} : prepared.actions;
}

}  // namespace

Status RouteAccess::refused(const Principal* principal, const Credentials& caller, Action action,
                            const std::string& resource, Status status) const {
  bool known = status.code() == Code::kPermissionDenied;
  if (!known && status.code() != Code::kUnauthenticated) return status;
  access_->audit().deny({.principal = principal == nullptr ? "" : principal->name,
                         .action = action,
                         .resource = resource,
                         .outcome = known ? "denied" : "unauthenticated",
                         .reason = status.info().id + " " + status.info().message,
                         .peer = caller.peer});
  return status;
}

Status RouteAccess::admit(HttpRequest* header, const Route* route) const {
  if (is_foreign_page(*header)) {
    return Status(Code::kPermissionDenied, "GN616",
                  fmt::format("a page from {} may not call {}", header->origin, name_of(route)));
  }
  if (!access_->is_on()) return {};
  Action action = route == nullptr ? Action::kNone : route->action;
  if (route != nullptr && (action == Action::kNone || access_->is_open(route->path))) return {};
  auto principal = access_->authenticate(header->caller);
  if (!principal.ok()) return refused(nullptr, header->caller, action, name_of(route), principal.status());
  header->principal = std::move(*principal);
  const Resource nothing_yet{.project = access_->project()};
  Status allowed = access_->authorize(*header->principal, action, nothing_yet);
  if (!allowed.ok() && route != nullptr && route->otherwise != Action::kNone &&
      access_->authorize(*header->principal, route->otherwise, nothing_yet).ok()) {
    return {};  // what is asked for exactly, the body tells
  }
  return allowed.ok() ? allowed : refused(header->principal.get(), header->caller, action, name_of(route), allowed);
}

Result<std::shared_ptr<const Principal>> RouteAccess::admit(const Credentials& caller, Action action,
                                                            const std::string& call) const {
  if (!access_->is_on()) return std::shared_ptr<const Principal>();
  auto principal = access_->authenticate(caller);
  if (!principal.ok()) return refused(nullptr, caller, action, call, principal.status());
  Status allowed = access_->authorize(**principal, action, {.project = access_->project()});
  if (!allowed.ok()) return refused(principal->get(), caller, action, call, allowed);
  return principal;
}

Status RouteAccess::authorize(const Principal& principal, const Credentials& caller, Action action, const Touched& touched,
                              const std::string& call) const {
  GN_ASSIGN(Resource resource, resource_of(principal, touched));
  Status allowed = access_->authorize(principal, action, resource);
  return allowed.ok() ? allowed : refused(&principal, caller, action, call + text_of(touched), allowed);
}

Result<Resource> RouteAccess::resource_of(const Principal& principal, const Touched& touched) const {
  Resource resource{.project = access_->project()};
  if (!principal.is_limited() || touched.kind == Touched::Kind::kNothing) return resource;
  resource.extent = Resource::Extent::kViews;
  switch (touched.kind) {
    case Touched::Kind::kNothing: break;
    case Touched::Kind::kEverything: resource.extent = Resource::Extent::kProject; break;
    case Touched::Kind::kViews: resource.views.insert(touched.names.begin(), touched.names.end()); break;
    case Touched::Kind::kFeatures: {
      GN_ASSIGN(resource.views, engine_->views_read(touched.features));
      resource.feature_service = touched.features.feature_service;
      break;
    }
    case Touched::Kind::kNamed: {  // a source, a view, or both
      const std::string& name = touched.names.front();
      auto fed = engine_->views_of_source(name);
      if (fed.ok()) resource.views = std::move(*fed);
      if (resource.views.empty() || engine_->views_read({.features = {name}}).ok()) resource.views.insert(name);
      break;
    }
    case Touched::Kind::kSource: {
      GN_ASSIGN(resource.views, engine_->views_of_source(touched.names.front()));
      break;
    }
  }
  return resource;
}

Status RouteAccess::authorize(const HttpRequest& request, const Route& route, const Prepared& prepared) const {
  if (request.principal == nullptr) {
    bool nobody_is_asked = !access_->is_on() || route.action == Action::kNone || access_->is_open(route.path);
    return nobody_is_asked ? Status() : access_->authenticate({}).status();
  }
  for (Action action : actions_of(route, prepared))
    GN_TRY(authorize(*request.principal, request.caller, action, prepared.touched, name_of(&route)));
  return {};
}

AuditLine RouteAccess::change_of(const HttpRequest& request, const Route& route, const Prepared& prepared) const {
  if (request.principal == nullptr || !is_change(route.action)) return {};
  return {.principal = request.principal->name,
          .action = actions_of(route, prepared).front(),
          .resource = name_of(&route) + text_of(prepared.touched),
          .outcome = "allowed",
          .reason = "",
          .peer = request.caller.peer};
}

}  // namespace gnomon
