// GrpcServer: gRPC for one RpcService, beside the HTTP server of the same process: the same address, the same stop.
// Thread-safety: begin_stop() may be called from any thread; the rest from one.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "gnomon/status.h"
#include "serve/grpc_transport.h"
#include "serve/listen_address.h"
#include "serve/rpc_message.h"

namespace gnomon {

struct GrpcOptions {
  std::string host = "127.0.0.1";  // an IP address, or localhost
  uint16_t port = 0;               // 0: any free one
  Exposure exposure = Exposure::kLoopbackOnly;
  int threads = 2;                                      // that read, answer and write
  size_t max_message_bytes = size_t{16} * 1024 * 1024;  // of a request
  std::chrono::milliseconds drain_timeout{10'000};      // from begin_stop(): what is not answered then is cut off
};

class GrpcServer {
 public:
  // Loads the gRPC module, and serves from then on. `service` must outlive the server.
  // ERRORS: GN600 InvalidArgument, GN601 PermissionDenied, GN602 Unavailable as Server::open; GN650 FailedPrecondition if the module
  // cannot be loaded.
  static Result<std::unique_ptr<GrpcServer>> open(const GrpcOptions& options, RpcService* service);
  ~GrpcServer();  // stops, if nobody has

  const std::string& url() const { return url_; }  // "grpc://127.0.0.1:6567"

  // New calls are refused; returns at once.
  void begin_stop();
  // Until every call that had begun is answered, or cut off. REQUIRES: begin_stop() was called.
  void wait();

 private:
  GrpcServer(const GrpcOptions& options, std::unique_ptr<GrpcTransport> transport);

  GrpcOptions options_;
  std::unique_ptr<GrpcTransport> transport_;
  std::string url_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace gnomon
