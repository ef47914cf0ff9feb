// RouteAccess: what the faces ask of access control, and what they write into the audit log.
// Thread-safety: all methods may be called from any thread.
#pragma once

#include "access/access_control.h"
#include "engine/engine.h"
#include "serve/http_message.h"
#include "serve/route_table.h"

namespace gnomon {

class RouteAccess {
 public:
  // Both must outlive it.
  RouteAccess(AccessControl* access, Engine* engine) : access_(access), engine_(engine) {}

  // By the header alone: fills in who calls. `route` null: the target leads nowhere, which only those are told who may call at all.
  // ERRORS: GN616 PermissionDenied for a page from elsewhere; those of AccessControl.
  Status admit(HttpRequest* header, const Route* route) const;

  // Once it is known what the request touches, and before its work is done. ERRORS: those of AccessControl; GN102.
  Status authorize(const HttpRequest& request, const Route& route, const Prepared& prepared) const;

  // The same two steps for a call that is no HTTP request, named `call` in the audit log. Null: nobody is asked who they are.
  Result<std::shared_ptr<const Principal>> admit(const Credentials& caller, Action action, const std::string& call) const;
  Status authorize(const Principal& principal, const Credentials& caller, Action action, const Touched& touched,
                   const std::string& call) const;

  // Before a change is made. ERRORS: GN501, GN502 when it cannot be written down.
  Status audit_change(const AuditLine& line) const { return access_->audit().allow(line); }
  // Empty outcome: it is no change that is audited.
  AuditLine change_of(const HttpRequest& request, const Route& route, const Prepared& prepared) const;

 private:
  Status refused(const Principal* principal, const Credentials& caller, Action action, const std::string& resource,
                 Status status) const;
  Result<Resource> resource_of(const Principal& principal, const Touched& touched) const;

  AccessControl* access_;
  Engine* engine_;
};

}  // namespace gnomon
