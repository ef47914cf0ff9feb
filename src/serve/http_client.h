// HttpClient: one request at a time to a server, over TCP or a Unix socket. What the command line uses to reach `gnomon serve`.
// Thread-safety: one call at a time.
#pragma once

#include <memory>
#include <string>

#include "access/tls.h"
#include "gnomon/status.h"
#include "serve/http_message.h"

namespace gnomon {

// Who calls, and whom it trusts.
struct ClientAccess {
  std::string bearer;  // an API key or a token; empty: none
  ClientTls tls;       // of https
};

class HttpClient {
 public:
  // `address`: "http://host:port", "https://host:port", or the path of a Unix socket. Connects.
  // ERRORS: GN635 InvalidArgument for what is no address; GN631 Unavailable when nobody answers there; GN637 Unauthenticated when
  // whoever answers cannot prove to be that host, GN647 for TLS files.
  static Result<std::unique_ptr<HttpClient>> connect(const std::string& address, const ClientAccess& access = {});
  ~HttpClient();

  // ERRORS: the error that the server answers with; GN633 Unavailable when the connection breaks: whether the call was carried out is
  // not known then; GN636 DataLoss for an error that is not of Gnomon's form.
  Result<HttpReply> call(const HttpRequest& request);

  struct Impl;

 private:
  explicit HttpClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gnomon
