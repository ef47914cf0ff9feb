// HTTP messages as the routes see them, free of any HTTP library, and what a server calls to have them answered.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "access/principal.h"

namespace gnomon {

struct HttpRequest {
  std::string method;        // "POST"
  std::string target;        // "/v1/runs?limit=5", as sent
  std::string host;          // the Host header; this and all below are empty where there is none
  std::string origin;        // the Origin header, which browsers send
  std::string accept;        // the Accept header
  std::string content_type;  // the Content-Type header
  std::string body;
  Credentials caller;                          // what the transport and the Authorization header tell of who sent it
  std::shared_ptr<const Principal> principal;  // shared: with the key ring. Who that is; null: nobody, or nobody was asked
};

struct HttpReply {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::string allow;              // value of the Allow header, with status 405
  int retry_after_s = 0;          // value of the Retry-After header; 0: none
  std::string authenticate = {};  // value of the WWW-Authenticate header, with status 401
};

// Where a call runs, so that no work stands in the way of another kind. Quick calls run on the thread that read the request, many
// at once. Each of the other lanes has one thread, and runs one call at a time.
enum class Lane : uint8_t {
  kQuick,
  kWrite,  // changes something
  kRead,   // reads much: training sets, lists
};

// One request, understood.
struct Call {
  std::function<HttpReply()> run;
  Lane lane = Lane::kQuick;
  // From the request's arrival to its answer; only of quick calls. A call that takes longer is answered for by refuse(504), and its own
  // answer is dropped when it comes.
  std::optional<std::chrono::milliseconds> time_limit;
  int route = -1;  // for served(); -1: none
};

// How long the parts of one request took.
struct Timing {
  std::chrono::nanoseconds read{0};   // from its first byte to its last
  std::chrono::nanoseconds queue{0};  // until work on it began
  std::chrono::nanoseconds work{0};   // until there was an answer
  std::chrono::nanoseconds write{0};  // until the answer was handed to the system
};

// What the server counts by itself.
struct ServerCounters {
  std::atomic<int64_t> connections{0};          // open now
  std::atomic<int64_t> refused_connections{0};  // closed at once, above the limit
  std::atomic<int64_t> refused_by_queue_time{0};
  std::atomic<int64_t> refused_by_lane{0};  // too many calls were waiting for one lane
  std::atomic<int64_t> deadlines_exceeded{0};
};

// Thread-safety: the server calls every method from several threads at once, and Call::run as its lane says.
class HttpService {
 public:
  virtual ~HttpService() = default;
  // As soon as the header is there, and before anything of the body is read: the reply if the header alone is reason to refuse the
  // request; the connection is closed then. Else it fills in who calls.
  virtual std::optional<HttpReply> admit(HttpRequest* /*header*/) { return std::nullopt; }
  // Reads the request; whatever is wrong with it becomes a quick call that says so.
  virtual Call accept(const HttpRequest& request) = 0;
  // The reply to a request that is not carried out: 400, 408, 413, 429, 431, 503, 504, and 500 for a service that threw. What could not
  // be read of the request is empty.
  virtual HttpReply refuse(const HttpRequest& request, int status, std::string_view reason) = 0;
  // After each reply; `route` is the call's, or -1.
  virtual void served(int /*route*/, int /*status*/, const Timing& /*timing*/) {}
  // Once, before the first request; null when the server ends.
  virtual void attach(const ServerCounters* /*counters*/) {}
};

}  // namespace gnomon
