// Server: HTTP/1.1 for one HttpService, on a TCP port and, where one is named, a Unix socket. Keep-alive, pipelining, limits and
// time-outs, admission by queue time, graceful stop.
// Thread-safety: run() is called once; stop() may be called from any thread; the rest before run().
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "gnomon/access_settings.h"
#include "gnomon/status.h"
#include "serve/http_message.h"
#include "serve/listen_address.h"

namespace gnomon {

enum class StopSignals { kIgnore, kTermAndInt };

// Where the server of a project listens for the project's own tools.
std::string socket_path(const std::string& project_dir);

struct ServerOptions {
  std::string host = "127.0.0.1";  // an IP address, or localhost
  uint16_t port = 6566;            // 0: any free one
  Exposure exposure = Exposure::kLoopbackOnly;
  TlsSettings tls;          // no certificate: HTTP. Files that change are read again within a second, if they are good
  std::string socket_path;  // of a Unix socket, made with mode 0600; a file that is there is replaced. Empty: none
  StopSignals stop_signals = StopSignals::kIgnore;
  std::function<void()> on_stop;             // once, as soon as stopping begins, on a thread of the server's; may not block
  int threads = 2;                           // that read, answer quick requests and write
  size_t max_header_bytes = 16 * 1024;       // above: 431
  size_t max_body_bytes = 16 * 1024 * 1024;  // above: 413, without reading it
  size_t max_connections = 10'000;           // above: a new connection is closed at once
  int max_lane_calls = 32;                   // waiting or running, of each lane but the quick one; above: 429
  std::chrono::milliseconds max_queue_time{500};      // a request that waited longer for its turn: 503 with Retry-After
  std::chrono::milliseconds idle_timeout{75'000};     // between requests of one connection
  std::chrono::milliseconds request_timeout{30'000};  // from a request's first byte to its last, and for writing the reply
  std::chrono::milliseconds drain_timeout{10'000};    // after stop(): what is still being read or written then is cut off
};

class Server {
 public:
  // Binds and listens; connections wait until run(). `service` must outlive the server.
  // ERRORS: GN600 InvalidArgument for a host that is no address; GN601 PermissionDenied for an address that other machines
  // can reach, unless kAnyAddress; GN602 Unavailable when the address is in use;
  // GN647 for TLS files.
  static Result<std::unique_ptr<Server>> open(const ServerOptions& options, HttpService* service);
  ~Server();

  const std::string& url() const;  // "http://127.0.0.1:6566", "https://…" with TLS

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
