// Server: HTTP/1.1 on one listening socket, for one HttpService. Keep-alive, pipelining, limits and time-outs, graceful stop.
// Thread-safety: run() is called once; stop() may be called from any thread; the rest before run().
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "gnomon/status.h"
#include "serve/http_message.h"

namespace gnomon {

enum class Exposure { kLoopbackOnly, kAnyAddress };  // there is no authentication yet, so the default is this machine only
enum class StopSignals { kIgnore, kTermAndInt };

struct ServerOptions {
  std::string host = "127.0.0.1";  // an IP address, or localhost
  uint16_t port = 6566;            // 0: any free one
  Exposure exposure = Exposure::kLoopbackOnly;
  StopSignals stop_signals = StopSignals::kIgnore;
  int threads = 2;                                    // that read, answer quick requests and write
  size_t max_header_bytes = 16 * 1024;                // above: 431
  size_t max_body_bytes = 16 * 1024 * 1024;           // above: 413, without reading it
  size_t max_connections = 10'000;                    // above: a new connection is closed at once
  int max_slow_requests = 32;                         // waiting or running; above: 429
  std::chrono::milliseconds idle_timeout{75'000};     // between requests of one connection
  std::chrono::milliseconds request_timeout{30'000};  // from a request's first byte to its last, and for writing the reply
  std::chrono::milliseconds drain_timeout{10'000};    // after stop(): what is still being read or written then is cut off
};

class Server {
 public:
  // Binds and listens; connections wait until run(). `service` must outlive the server.
  // ERRORS: GN600 InvalidArgument for a host that is no address; GN601 PermissionDenied for an address that other machines
  // can reach unless kAnyAddress; GN602 Unavailable when the address is in use.
  static Result<std::unique_ptr<Server>> open(const ServerOptions& options, HttpService* service);
  ~Server();

  const std::string& url() const;  // "http://127.0.0.1:6566"

  // Serves until stop() or a signal; returns when every request that was read has been answered and all connections are closed.
  // A second signal ends the process at once.
  void run();
  void stop();

  struct Impl;

 private:
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gnomon
