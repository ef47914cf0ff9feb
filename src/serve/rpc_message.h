// Remote calls as the service sees them, free of any gRPC library, and what a transport calls to have them answered. Everything here is
// plain data, because the transport is a library of its own (see grpc_transport.h).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gnomon {

struct RpcRequest {
  size_t method = 0;                              // its place among the service's methods
  std::string_view body;                          // the request message as protobuf; lives as long as the call
  std::string_view as_of;                         // metadata "gnomon-as-of", as sent; empty where there is none
  std::string_view authorization;                 // metadata "authorization", as sent; empty where there is none
  std::string peer;                               // "ipv4:127.0.0.1:50412"
  std::chrono::steady_clock::time_point arrived;  // when it had been read
  std::optional<std::chrono::steady_clock::time_point> deadline;  // the caller's; none: it waits
};

// gRPC's own numbers of the twelve codes.
enum class RpcCode : int {
  kOk = 0,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kUnimplemented = 12,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

struct RpcReply {
  RpcCode code = RpcCode::kOk;
  std::string message;  // of an error: UTF-8
  std::string body;     // the answer's message as protobuf
};

// Thread-safety: answer() is called from several threads at once.
class RpcService {
 public:
  virtual ~RpcService() = default;
  // In full: "/feast.serving.ServingService/GetOnlineFeatures"; the same every time.
  virtual std::vector<std::string> methods() const = 0;
  // Never throws: a library's exception becomes an error.
  virtual RpcReply answer(const RpcRequest& request) = 0;
};

}  // namespace gnomon
