// What crosses the border of the gRPC module: a shared library that alone links gRPC, and is loaded only by a server that is asked for it.
// See docs/decisions/grpc.md. Only virtual calls, plain data and std::string cross; both sides are built together.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "serve/rpc_message.h"

namespace gnomon {

struct GrpcTransportOptions {
  std::string host;  // an IP address as in a URL: "127.0.0.1", "[::1]"
  uint16_t port = 0;
  int threads = 2;
  size_t max_message_bytes = 0;  // of a request; above: ResourceExhausted, unread
};

// Thread-safety: begin_stop() may be called from any thread, once; the rest from the one that opened it.
class GrpcTransport {
 public:
  virtual ~GrpcTransport() = default;  // REQUIRES: wait() has returned, if begin_stop() was called
  virtual uint16_t port() const = 0;
  // Refuses new calls; those that have begun are answered, until `drain_timeout` cuts them off. Returns at once.
  virtual void begin_stop(std::chrono::milliseconds drain_timeout) = 0;
  // Until it has stopped.
  virtual void wait() = 0;
};

// The module's one function: serves at once, or returns null and says why. `service` must outlive the transport.
using OpenGrpcTransport = GrpcTransport* (*)(const GrpcTransportOptions& options, RpcService* service, std::string* error);
inline constexpr const char* kOpenGrpcTransport = "gnomon_open_grpc_transport";

}  // namespace gnomon
