#include "serve/server.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>  // before asio: Boost 1.74 uses std::exchange without including it
#include <vector>

// Under the sanitizers g++ 12 takes an empty boost::optional for an uninitialised one.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#pragma GCC diagnostic pop

#include <fmt/format.h>

#include "access/tls.h"
#include "base/private_file.h"

namespace gnomon {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using unix_socket = asio::local::stream_protocol;
using Socket = beast::basic_stream<asio::generic::stream_protocol>;  // of either kind
using Clock = std::chrono::steady_clock;
using ErrorCode = boost::system::error_code;
using Parser = http::request_parser<http::string_body>;

constexpr std::chrono::seconds kTlsFilesEvery{1};           // how often the files are looked at
constexpr std::chrono::seconds kFarewellTimeout{1};         // for the last words of TLS
constexpr std::chrono::milliseconds kAcceptRetry{100};      // when the process is out of file descriptors
constexpr std::chrono::milliseconds kLingerTimeout{5'000};  // how long the rest of a refused body is read and thrown away
constexpr int kAcceptedAtOnce = 64;
constexpr size_t kReadBytes = 16 * 1024;
constexpr size_t kIdleBytes = 2 * 1024;          // what a waiting connection keeps: ten thousand of them keep 20 MB
constexpr size_t kLargestBodyRead = 256 * 1024;  // at a time

struct Shared;

// What is known of a request beside its answer.
struct Served {
  int route = -1;
  Timing timing;
};

// The bytes of a connection, encrypted or not. Time-outs and closing are the socket's.
class Stream {
 public:
  using executor_type = Socket::executor_type;
  Stream(Socket::socket_type socket, asio::ssl::context* tls) : socket_(std::move(socket)) {
    if (tls != nullptr) tls_ = std::make_unique<beast::ssl_stream<Socket&>>(socket_, *tls);
  }

  executor_type get_executor() { return socket_.get_executor(); }
  Socket::socket_type& socket() { return socket_.socket(); }
  template <class Duration>
  void expires_after(Duration duration) {
    socket_.expires_after(duration);
  }
  void cancel() { socket_.cancel(); }
  void close() { socket_.close(); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    if (tls_ != nullptr) return tls_->async_read_some(buffers, std::forward<Token>(token));
    return socket_.async_read_some(buffers, std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    if (tls_ != nullptr) return tls_->async_write_some(buffers, std::forward<Token>(token));
    return socket_.async_write_some(buffers, std::forward<Token>(token));
  }

  // False: it is no TLS, or none that we speak. Fills in who the other side is, if it shows a certificate.
  asio::awaitable<bool> shake_hands(Credentials* caller) {
    if (tls_ == nullptr) co_return true;
    ErrorCode error;
    co_await tls_->async_handshake(asio::ssl::stream_base::server, asio::redirect_error(asio::use_awaitable, error));
    if (!error) read_identity(tls_->native_handle(), caller);
    co_return !error;
  }
  // Tells the other side that nothing is missing.
  asio::awaitable<void> say_goodbye() {
    if (tls_ == nullptr) co_return;
    ErrorCode ignored;
    expires_after(kFarewellTimeout);
    co_await tls_->async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
  }

 private:
  Socket socket_;
  std::unique_ptr<beast::ssl_stream<Socket&>> tls_;  // null: not encrypted
};

// One connection: read a request, have it answered, write the reply, again. Everything runs on the connection's strand.
class Session : public std::enable_shared_from_this<Session> {
 public:
  // `tls` null: not encrypted.
  Session(Socket::socket_type socket, asio::ssl::context* tls, Credentials caller, Shared* shared)
      : stream_(std::move(socket), tls), caller_(std::move(caller)), shared_(shared) {}
  asio::awaitable<void> run();
  // Both are called on any thread and act on the strand.
  void close_if_idle();
  void close_now();
  auto executor() { return stream_.get_executor(); }

 private:
  asio::awaitable<bool> wait_for_request();
  asio::awaitable<bool> serve_one();
  asio::awaitable<bool> read_request(Parser* parser, HttpRequest* request);
  asio::awaitable<bool> admit(const Parser& parser, HttpRequest* request);
  asio::awaitable<bool> refuse(const HttpRequest& request, int status, std::string reason);
  asio::awaitable<HttpReply> answer(const HttpRequest& request, Clock::time_point arrived, Served* served);
  asio::awaitable<HttpReply> in_lane(const HttpRequest& request, const Call& call);
  asio::awaitable<HttpReply> within_limit(const HttpRequest& request, Call call, Clock::time_point arrived);
  asio::awaitable<bool> write(HttpReply reply, unsigned version, bool keep_alive);
  asio::awaitable<void> linger();

  Stream stream_;
  beast::flat_buffer buffer_;
  Credentials caller_;  // without what each request says itself
  Shared* shared_;
  bool idle_ = false;
};

// A lane with one thread.
struct OneByOne {
  asio::thread_pool thread{1};
  std::atomic<int> calls{0};  // waiting or running
};

// What all sessions of one server share.
struct Shared {
  ServerOptions options;
  HttpService* service = nullptr;
  ServerCounters counters;
  OneByOne writes, reads;
  std::optional<asio::thread_pool>
      timed_work;  // quick calls that have a time limit: their own threads, which a timer can pass
  std::atomic<bool> stopping{false};
  std::function<void()> on_last_session_ended;
  std::mutex mutex;
  std::set<std::shared_ptr<Session>> sessions;  // shared: a session lives as long as its coroutine or its place here

  template <class F>
  void for_each_session(F act) {
    std::lock_guard lock(mutex);
    for (const auto& session : sessions) act(*session);
  }

  void session_ended(const std::shared_ptr<Session>& session) {
    std::lock_guard lock(mutex);
    sessions.erase(session);
    --counters.connections;
    if (sessions.empty()) on_last_session_ended();
  }
};

// A library's exception, such as std::bad_alloc, costs one request; the server goes on.
Call accept_safely(HttpService& service, const HttpRequest& request) {
  try {
    return service.accept(request);
  } catch (const std::exception& error) {
    HttpReply reply = service.refuse(request, 500, error.what());
    return {.run = [reply] { return reply; }};
  }
}

std::optional<HttpReply> admit_safely(HttpService& service, HttpRequest* header) {
  try {
    return service.admit(header);
  } catch (const std::exception& error) {
    return service.refuse(*header, 500, error.what());
  }
}

HttpReply run_safely(HttpService& service, const HttpRequest& request, const Call& call) {
  try {
    return call.run();
  } catch (const std::exception& error) {
    return service.refuse(request, 500, error.what());
  }
}

template <class Header>
HttpRequest to_request(const Header& header) {
  auto text = [](beast::string_view view) { return std::string(view.data(), view.size()); };
  return {.method = text(header.method_string()),
          .target = text(header.target()),
          .host = text(header[http::field::host]),
          .origin = text(header[http::field::origin]),
          .accept = text(header[http::field::accept]),
          .content_type = text(header[http::field::content_type]),
          .body = {},
          .caller = {.authorization = text(header[http::field::authorization])}};
}

asio::awaitable<void> Session::run() {
  ErrorCode ignored;
  stream_.socket().set_option(tcp::no_delay(true), ignored);
  stream_.expires_after(shared_->options.request_timeout);
  if (co_await stream_.shake_hands(&caller_)) {
    while (co_await wait_for_request()) {
      if (!co_await serve_one()) break;
    }
    co_await stream_.say_goodbye();
  }
  stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
  stream_.close();
  shared_->session_ended(shared_from_this());
}

asio::awaitable<bool> Session::wait_for_request() {
  if (buffer_.size() > 0) co_return true;  // pipelined: the next request is here already
  if (shared_->stopping) co_return false;
  if (buffer_.capacity() > kReadBytes) buffer_.shrink_to_fit();
  ErrorCode error;
  idle_ = true;
  stream_.expires_after(shared_->options.idle_timeout);
  size_t read =
      co_await stream_.async_read_some(buffer_.prepare(kIdleBytes), asio::redirect_error(asio::use_awaitable, error));
  idle_ = false;
  if (error) co_return false;
  buffer_.commit(read);
  co_return true;
}

// Returns whether the connection goes on.
asio::awaitable<bool> Session::serve_one() {
  Parser parser;
  Clock::time_point began = Clock::now();
  HttpRequest request;
  if (!co_await read_request(&parser, &request)) co_return false;
  Clock::time_point arrived = Clock::now();
  bool keep_alive = parser.keep_alive();
  unsigned version = parser.get().version();
  request.body = std::move(parser.get().body());
  Served served;
  served.timing.read = arrived - began;
  HttpReply reply = co_await answer(request, arrived, &served);
  int status = reply.status;
  if (request.method == "HEAD") reply.body.clear();
  Clock::time_point answered = Clock::now();
  bool goes_on = co_await write(std::move(reply), version, keep_alive && !shared_->stopping);
  served.timing.write = Clock::now() - answered;
  shared_->service->served(served.route, status, served.timing);
  co_return goes_on;
}

asio::awaitable<HttpReply> Session::answer(const HttpRequest& request, Clock::time_point arrived, Served* served) {
  HttpService& service = *shared_->service;
  // To the end of the queue of everything that is ready to run: how long that takes is how long the server is behind.
  co_await asio::post(executor(), asio::use_awaitable);
  Clock::time_point began = Clock::now();
  served->timing.queue = began - arrived;
  if (served->timing.queue > shared_->options.max_queue_time) {
    ++shared_->counters.refused_by_queue_time;
    auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(served->timing.queue);
    co_return service.refuse(request, 503, fmt::format("overloaded: the request waited for {} ms", waited.count()));
  }
  Call call = accept_safely(service, request);
  served->route = call.route;
  HttpReply reply;
  if (call.lane != Lane::kQuick)
    reply = co_await in_lane(request, call);
  else if (call.time_limit.has_value())
    reply = co_await within_limit(request, std::move(call), arrived);
  else
    reply = run_safely(service, request, call);
  served->timing.work = Clock::now() - began;
  co_return reply;
}

asio::awaitable<HttpReply> Session::in_lane(const HttpRequest& request, const Call& call) {
  HttpService& service = *shared_->service;
  OneByOne& lane = call.lane == Lane::kWrite ? shared_->writes : shared_->reads;
  HttpReply reply;
  if (++lane.calls > shared_->options.max_lane_calls) {
    ++shared_->counters.refused_by_lane;
    reply = service.refuse(request, 429,
                           call.lane == Lane::kWrite ? "too many writes are waiting" : "too many reads are waiting");
  } else {
    auto work = [&]() -> asio::awaitable<HttpReply> { co_return run_safely(service, request, call); };
    reply = co_await asio::co_spawn(lane.thread, work, asio::use_awaitable);
  }
  --lane.calls;
  co_return reply;
}

// Whichever is first: the answer, or the limit. Work cannot be interrupted; what is late is dropped when it comes, and what has not
// begun by then never does.
asio::awaitable<HttpReply> Session::within_limit(const HttpRequest& request, Call call, Clock::time_point arrived) {
  struct Race {
    Race(Stream::executor_type executor) : limit(executor) {}
    asio::steady_timer limit;  // of the strand, as is `reply`
    std::optional<HttpReply> reply;
    HttpRequest request;
    Call call;
  };
  auto race = std::make_shared<Race>(executor());  // shared: late work outlives the request
  race->request = request;
  race->call = std::move(call);
  Clock::time_point deadline = arrived + *race->call.time_limit;
  race->limit.expires_at(deadline);
  asio::post(*shared_->timed_work, [race, deadline, service = shared_->service, executor = executor()] {
    if (Clock::now() >= deadline) return;
    HttpReply reply = run_safely(*service, race->request, race->call);
    asio::post(executor, [race, reply = std::move(reply)]() mutable {
      race->reply = std::move(reply);
      race->limit.cancel();
    });
  });
  ErrorCode cancelled;
  co_await race->limit.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (race->reply.has_value()) co_return std::move(*race->reply);
  ++shared_->counters.deadlines_exceeded;
  std::string reason = fmt::format("not answered within timeout_ms = {}", race->call.time_limit->count());
  co_return shared_->service->refuse(request, 504, reason);
}

// Whether the request may go on by what its header says; else it has been told so, and the connection is over.
asio::awaitable<bool> Session::admit(const Parser& parser, HttpRequest* request) {
  *request = to_request(parser.get());
  std::string authorization = std::move(request->caller.authorization);
  request->caller = caller_;
  request->caller.authorization = std::move(authorization);
  std::optional<HttpReply> refusal = admit_safely(*shared_->service, request);
  if (!refusal.has_value()) co_return true;
  int status = refusal->status;
  co_await write(std::move(*refusal), 11, false);
  shared_->service->served(-1, status, {});
  co_await linger();
  co_return false;
}

// Reads one whole request: its header into `request`, all of it into the parser. False: the connection is over; a refusal has been
// written where one was due.
asio::awaitable<bool> Session::read_request(Parser* parser, HttpRequest* request) {
  ErrorCode error;
  parser->header_limit(static_cast<uint32_t>(shared_->options.max_header_bytes));
  parser->body_limit(shared_->options.max_body_bytes);
  stream_.expires_after(shared_->options.request_timeout);
  co_await http::async_read_header(stream_, buffer_, *parser, asio::redirect_error(asio::use_awaitable, error));
  if (!error && !co_await admit(*parser, request)) co_return false;
  if (!error && parser->get()[http::field::expect] == "100-continue" && !parser->is_done()) {
    http::response<http::empty_body> go_on{http::status::continue_, parser->get().version()};
    co_await http::async_write(stream_, go_on, asio::redirect_error(asio::use_awaitable, error));
  }
  if (!error && !parser->is_done()) {
    uint64_t expected = parser->content_length().value_or(kReadBytes);
    buffer_.reserve(static_cast<size_t>(std::clamp<uint64_t>(expected, kIdleBytes, kLargestBodyRead)));
  }
  if (!error) co_await http::async_read(stream_, buffer_, *parser, asio::redirect_error(asio::use_awaitable, error));
  if (!error) co_return true;
  // Named, and not made in the call: g++ 12 destroys such temporaries of a co_await twice.
  HttpRequest unread;
  if (error == http::error::header_limit) {
    std::string reason = fmt::format("the request's header is larger than {} bytes", shared_->options.max_header_bytes);
    co_return co_await refuse(unread, 431, std::move(reason));
  }
  if (error == http::error::body_limit) {
    std::string reason = fmt::format("the request's body is larger than {} bytes", shared_->options.max_body_bytes);
    unread = to_request(parser->get());
    co_return co_await refuse(unread, 413, std::move(reason));
  }
  if (error == beast::error::timeout) co_return false;  // tcp_stream has closed the socket
  bool malformed = error.category() == make_error_code(http::error::bad_method).category() &&
                   error != http::error::end_of_stream && error != http::error::partial_message;
  if (!malformed) co_return false;
  std::string reason = "not an HTTP request: " + error.message();
  co_return co_await refuse(unread, 400, std::move(reason));
}

// Says no and closes. The client may still be sending: its bytes are read and dropped for a while, or else the reset that
// closing causes would reach it before the answer does.
asio::awaitable<bool> Session::refuse(const HttpRequest& request, int status, std::string reason) {
  co_await write(shared_->service->refuse(request, status, reason), 11, false);
  shared_->service->served(-1, status, {});
  co_await linger();
  co_return false;
}

asio::awaitable<void> Session::linger() {
  ErrorCode error;
  stream_.socket().shutdown(tcp::socket::shutdown_send, error);
  buffer_.clear();
  stream_.expires_after(kLingerTimeout);
  while (!error) {
    co_await stream_.async_read_some(buffer_.prepare(kReadBytes), asio::redirect_error(asio::use_awaitable, error));
  }
}

asio::awaitable<bool> Session::write(HttpReply reply, unsigned version, bool keep_alive) {
  http::response<http::string_body> message{static_cast<http::status>(reply.status), version};
  message.set(http::field::content_type, reply.content_type);
  if (!reply.allow.empty()) message.set(http::field::allow, reply.allow);
  if (!reply.authenticate.empty()) message.set(http::field::www_authenticate, reply.authenticate);
  if (reply.retry_after_s > 0) message.set(http::field::retry_after, std::to_string(reply.retry_after_s));
  message.keep_alive(keep_alive);
  message.body() = std::move(reply.body);
  message.prepare_payload();
  ErrorCode error;
  stream_.expires_after(shared_->options.request_timeout);
  co_await http::async_write(stream_, message, asio::redirect_error(asio::use_awaitable, error));
  co_return !error && keep_alive;
}

void Session::close_if_idle() {
  asio::post(executor(), [self = shared_from_this()] {
    if (self->idle_) self->stream_.cancel();
  });
}

void Session::close_now() {
  asio::post(executor(), [self = shared_from_this()] { self->stream_.close(); });
}

}  // namespace

struct Server::Impl {
  explicit Impl(const ServerOptions& options, HttpService* service) {
    shared.options = options;
    shared.service = service;
    shared.timed_work.emplace(static_cast<size_t>(std::max(1, options.threads)));
    shared.on_last_session_ended = [this] { asio::post(control, [this] { end_drain_if_done(); }); };
  }
  ~Impl() {
    shared.writes.thread.join();
    shared.reads.thread.join();
    shared.timed_work->join();
    if (!shared.options.socket_path.empty() && local.has_value()) ::unlink(shared.options.socket_path.c_str());
    shared.service->attach(nullptr);
  }

  Status listen();
  Status listen_on_socket();
  template <class Acceptor>
  asio::awaitable<void> accept_loop(Acceptor& acceptor);
  void begin_session(Socket::socket_type socket, Credentials caller);
  Status load_tls();
  asio::awaitable<void> follow_tls_files();
  void wait_for_signal();
  void begin_stop();
  void end_drain_if_done();

  // Declared first, destroyed last: the coroutines that the context still holds refer to it.
  Shared shared;
  asio::io_context context;
  asio::strand<asio::io_context::executor_type> control{context.get_executor()};  // of everything below
  tcp::acceptor acceptor{control};
  std::optional<unix_socket::acceptor> local;
  std::optional<asio::ssl::context> tls;  // for connections to come; those that are there keep what they began with
  std::string tls_stamp;                  // of its files
  asio::steady_timer tls_timer{control};
  asio::signal_set signals{control};
  asio::steady_timer drain_timer{control};
  std::string url;
};

Status Server::Impl::listen() {
  const ServerOptions& options = shared.options;
  GN_ASSIGN(ListenAddress address, listen_address(options.host, options.exposure));
  ErrorCode error;
  tcp::endpoint endpoint(asio::ip::make_address(address.address), options.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return Status(Code::kUnavailable, "GN602",
                  fmt::format("cannot listen on {}:{}: {}", options.host, options.port, error.message()),
                  "Choose another --port, or 0 for any free one");
  }
  url = fmt::format("{}://{}:{}", tls.has_value() ? "https" : "http", address.in_url, acceptor.local_endpoint().port());
  if (options.stop_signals ==
      StopSignals::kTermAndInt) {  // already here: whoever reads the address may send a signal at once
    signals.add(SIGTERM, error);
    signals.add(SIGINT, error);
  }
  return {};
}

std::string stamp_of(const TlsSettings& files) {
  return stamp_of_file(files.certificate).text + " " + stamp_of_file(files.key).text + " " +
         stamp_of_file(files.client_ca).text;
}

Status Server::Impl::load_tls() {
  const TlsSettings& files = shared.options.tls;
  if (files.certificate.empty()) return {};
  std::string stamp = stamp_of(files);
  GN_ASSIGN(TlsContext context, server_tls(files));
  tls.emplace(context.release());  // which owns it from here on
  tls_stamp = std::move(stamp);
  return {};
}

// Two files are not replaced at once: what does not fit together yet is left alone until it does.
asio::awaitable<void> Server::Impl::follow_tls_files() {
  while (!shared.stopping) {
    ErrorCode cancelled;
    tls_timer.expires_after(kTlsFilesEvery);
    co_await tls_timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (!cancelled && stamp_of(shared.options.tls) != tls_stamp) (void)load_tls();
  }
}

// A path that fits into a socket's address: those are short, and a project's folder may be deep. `folder` is kept open for it.
std::string short_path(const std::string& path, int* folder) {
  size_t slash = path.rfind('/');
  std::string parent = slash == std::string::npos ? "." : path.substr(0, slash);
  *folder = ::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  return fmt::format("/proc/self/fd/{}/{}", *folder, path.substr(slash + 1));
}

// Whoever owns the store may replace a socket file that another process left behind. Only its owner may connect.
Status Server::Impl::listen_on_socket() {
  const std::string& path = shared.options.socket_path;
  ::unlink(path.c_str());
  int folder = -1;
  std::string name = short_path(path, &folder);
  ErrorCode error;
  mode_t before = ::umask(0177);
  local.emplace(control);
  local->open(unix_socket(), error);
  if (!error) local->bind(unix_socket::endpoint(name), error);
  ::umask(before);
  if (!error) local->listen(asio::socket_base::max_listen_connections, error);
  ::close(folder);
  if (!error) return {};
  local.reset();
  return Status(Code::kUnavailable, "GN602", fmt::format("cannot listen on {}: {}", path, error.message()),
                "The folder must be on a file system that has sockets, and writable");
}

// Each connection is a file descriptor; the default limit of many systems is 1024.
void allow_connections(size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  constexpr rlim_t kOther = 256;  // files of the stores, and the like
  rlim_t enough = static_cast<rlim_t>(wanted) + kOther;
  if (limit.rlim_cur >= enough) return;
  limit.rlim_cur = std::min(limit.rlim_max, enough);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Credentials caller_at(const unix_socket::socket&) { return {.peer = "unix", .own_socket = true}; }

Credentials caller_at(const tcp::socket& socket) {
  ErrorCode gone;
  tcp::endpoint remote = socket.remote_endpoint(gone);
  std::string host = remote.address().is_v6() ? "[" + remote.address().to_string() + "]" : remote.address().to_string();
  return {.peer = gone ? "" : fmt::format("{}:{}", host, remote.port())};
}

template <class Acceptor>
asio::awaitable<void> Server::Impl::accept_loop(Acceptor& from) {
  ErrorCode error;
  from.non_blocking(true, error);
  while (!shared.stopping) {
    typename Acceptor::protocol_type::socket socket(asio::make_strand(context));
    co_await from.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted || shared.stopping) co_return;
    if (error) {
      asio::steady_timer pause(control, kAcceptRetry);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    Credentials caller = caller_at(socket);
    begin_session(std::move(socket), std::move(caller));
    // Whoever else is waiting now, too: under load the next turn of this loop is far away, and nobody waits unseen.
    for (int more = 0; more < kAcceptedAtOnce; ++more) {
      typename Acceptor::protocol_type::socket next(asio::make_strand(context));
      from.accept(next, error);
      if (error) break;
      caller = caller_at(next);
      begin_session(std::move(next), std::move(caller));
    }
  }
}

void Server::Impl::begin_session(Socket::socket_type socket, Credentials caller) {
  asio::ssl::context* encrypted = tls.has_value() && !caller.own_socket ? &*tls : nullptr;
  auto session = std::make_shared<Session>(std::move(socket), encrypted, std::move(caller), &shared);
  {
    std::lock_guard lock(shared.mutex);
    if (shared.sessions.size() >= shared.options.max_connections) {
      ++shared.counters.refused_connections;
      return;
    }
    shared.sessions.insert(session);
    ++shared.counters.connections;
  }
  asio::co_spawn(
      session->executor(), [session] { return session->run(); }, asio::detached);
}

void Server::Impl::wait_for_signal() {
  signals.async_wait([this](ErrorCode failed, int) {
    if (!failed) begin_stop();
  });
}

// Runs on the control strand: no new connections, idle ones closed, the rest has until the drain time-out.
void Server::Impl::begin_stop() {
  if (shared.stopping.exchange(true)) return;
  if (shared.options.on_stop != nullptr) shared.options.on_stop();
  ErrorCode ignored;
  acceptor.close(ignored);
  if (local.has_value()) local->close(ignored);
  signals.clear(ignored);
  signals.cancel(ignored);
  shared.for_each_session([](Session& session) { session.close_if_idle(); });
  tls_timer.cancel();
  drain_timer.expires_after(shared.options.drain_timeout);
  drain_timer.async_wait([this](ErrorCode cancelled) {
    if (!cancelled) shared.for_each_session([](Session& session) { session.close_now(); });
  });
  end_drain_if_done();
}

// Without this the timer alone would keep the context running.
void Server::Impl::end_drain_if_done() {
  std::lock_guard lock(shared.mutex);
  if (shared.stopping && shared.sessions.empty()) drain_timer.cancel();
}

std::string socket_path(const std::string& project_dir) { return project_dir + "/.gnomon/gnomon.sock"; }

Result<std::unique_ptr<Server>> Server::open(const ServerOptions& options, HttpService* service) {
  auto impl = std::make_unique<Impl>(options, service);
  GN_TRY(impl->load_tls());
  GN_TRY(impl->listen());
  if (!options.socket_path.empty()) GN_TRY(impl->listen_on_socket());
  allow_connections(options.max_connections);
  service->attach(&impl->shared.counters);
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

const std::string& Server::url() const { return impl_->url; }

void Server::run() {
  if (impl_->shared.options.stop_signals == StopSignals::kTermAndInt) impl_->wait_for_signal();
  asio::co_spawn(
      impl_->control, [this] { return impl_->accept_loop(impl_->acceptor); }, asio::detached);
  if (impl_->local.has_value()) {
    asio::co_spawn(
        impl_->control, [this] { return impl_->accept_loop(*impl_->local); }, asio::detached);
  }
  if (impl_->tls.has_value()) {
    asio::co_spawn(
        impl_->control, [this] { return impl_->follow_tls_files(); }, asio::detached);
  }
  std::vector<std::thread> threads;
  for (int i = 1; i < impl_->shared.options.threads; ++i) threads.emplace_back([this] { impl_->context.run(); });
  impl_->context.run();
  for (std::thread& thread : threads) thread.join();
}

void Server::stop() {
  asio::post(impl_->control, [this] { impl_->begin_stop(); });
}

}  // namespace gnomon
