// FeastRoutes: Feast's feature-server routes over one engine.
//
//   GET  /health                    200, empty
//   POST /get-online-features       with "as_of" beyond Feast's members
//   POST /push  /write-to-online-store  /materialize  /materialize-incremental
//
// An error has the status of its code and Feast's body (see feast_response.h). A page that a browser loaded from elsewhere may
// not call any of it: its Origin differs from the Host it calls.
// Thread-safety: as HttpService says; the engine gets one slow call at a time, and online reads beside it.
#pragma once

#include <string_view>

#include "engine/engine.h"
#include "serve/http_message.h"

namespace gnomon {

class FeastRoutes : public HttpService {
 public:
  // `engine` must outlive the routes.
  explicit FeastRoutes(Engine* engine) : engine_(engine) {}
  Work work_of(const HttpRequest& request) const override;
  HttpReply answer(const HttpRequest& request) override;
  HttpReply refuse(int status, std::string_view reason) override;

 private:
  Engine* engine_;
};

}  // namespace gnomon
