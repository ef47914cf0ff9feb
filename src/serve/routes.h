// Routes: the table of routes over one project's engines, as an HttpService.
//
// An error has the status of its code, in the form of its route: Feast's, or {"code","id","message","where","hint"}. A page that a
// browser loaded from elsewhere may not call any of it: its Origin differs from the Host it calls. Who else may not, `access` says.
// Thread-safety: as HttpService says.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "serve/http_message.h"
#include "serve/metrics.h"
#include "serve/route_access.h"
#include "serve/route_table.h"

namespace gnomon {

class Routes : public HttpService {
 public:
  // `engine` owns the online store; `reader` is another engine of the same project, for long reads. All must outlive the routes.
  Routes(Engine* engine, Engine* reader, AccessControl* access);

  std::optional<HttpReply> admit(HttpRequest* header) override;
  Call accept(const HttpRequest& request) override;
  HttpReply refuse(const HttpRequest& request, int status, std::string_view reason) override;
  void served(int route, int status, const Timing& timing) override;
  // For faces beside HTTP; lives as long as the routes.
  const RouteContext& context() const { return context_; }
  const RouteAccess& access() const { return access_; }
  void attach(const ServerCounters* counters) override { metrics_.attach(counters); }

 private:
  Call refusal(const HttpRequest& request, const RouteMatch& match) const;

  std::vector<Route> table_;
  Metrics metrics_;
  RouteContext context_;
  RouteAccess access_;
};

}  // namespace gnomon
