#include "serve/server.h"

#include <atomic>
#include <csignal>
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
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#pragma GCC diagnostic pop

#include <fmt/format.h>

namespace gnomon {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Parser = http::request_parser<http::string_body>;

constexpr std::chrono::milliseconds kAcceptRetry{100};      // when the process is out of file descriptors
constexpr std::chrono::milliseconds kLingerTimeout{5'000};  // how long the rest of a refused body is read and thrown away
constexpr size_t kReadBytes = 16 * 1024;

struct Shared;

// One connection: read a request, have it answered, write the reply, again. Everything runs on the connection's strand.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, Shared* shared) : stream_(std::move(socket)), shared_(shared) {}
  asio::awaitable<void> run();
  // Both are called on any thread and act on the strand.
  void close_if_idle();
  void close_now();
  auto executor() { return stream_.get_executor(); }

 private:
  asio::awaitable<bool> wait_for_request();
  asio::awaitable<bool> serve_one();
  asio::awaitable<bool> read_request(Parser* parser);
  asio::awaitable<bool> refuse(int status, std::string reason);
  asio::awaitable<HttpReply> answer(HttpRequest* request);
  asio::awaitable<bool> write(HttpReply reply, unsigned version, bool keep_alive);
  asio::awaitable<void> linger();

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  Shared* shared_;
  bool idle_ = false;
};

// What all sessions of one server share.
struct Shared {
  ServerOptions options;
  HttpService* service = nullptr;
  asio::thread_pool slow_work{1};
  std::atomic<int> slow_requests{0};  // waiting or running
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
    if (sessions.empty()) on_last_session_ended();
  }
};

HttpReply answer_safely(HttpService& service, const HttpRequest& request) {
  try {
    return service.answer(request);
  } catch (const std::exception& error) {  // a library's, such as std::bad_alloc: one request fails, the server goes on
    return service.refuse(500, error.what());
  }
}

HttpRequest to_request(http::request<http::string_body> message) {
  auto text = [](beast::string_view view) { return std::string(view.data(), view.size()); };
  HttpRequest request{text(message.method_string()),
                      text(message.target()),
                      text(message[http::field::host]),
                      text(message[http::field::origin]),
                      {}};
  request.body = std::move(message.body());
  return request;
}

asio::awaitable<void> Session::run() {
  ErrorCode ignored;
  stream_.socket().set_option(tcp::no_delay(true), ignored);
  while (co_await wait_for_request()) {
    if (!co_await serve_one()) break;
  }
  stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
  stream_.close();
  shared_->session_ended(shared_from_this());
}

asio::awaitable<bool> Session::wait_for_request() {
  if (buffer_.size() > 0) co_return true;  // pipelined: the next request is here already
  if (shared_->stopping) co_return false;
  ErrorCode error;
  idle_ = true;
  stream_.expires_after(shared_->options.idle_timeout);
  size_t read =
      co_await stream_.async_read_some(buffer_.prepare(kReadBytes), asio::redirect_error(asio::use_awaitable, error));
  idle_ = false;
  if (error) co_return false;
  buffer_.commit(read);
  co_return true;
}

// Returns whether the connection goes on.
asio::awaitable<bool> Session::serve_one() {
  Parser parser;
  if (!co_await read_request(&parser)) co_return false;
  bool keep_alive = parser.keep_alive();
  unsigned version = parser.get().version();
  HttpRequest request = to_request(parser.release());
  HttpReply reply = co_await answer(&request);
  if (request.method == "HEAD") reply.body.clear();
  co_return co_await write(std::move(reply), version, keep_alive && !shared_->stopping);
}

asio::awaitable<HttpReply> Session::answer(HttpRequest* request) {
  HttpService& service = *shared_->service;
  if (service.work_of(*request) == Work::kQuick) co_return answer_safely(service, *request);
  HttpReply reply;
  if (++shared_->slow_requests > shared_->options.max_slow_requests) {
    reply = service.refuse(429, "too many writes are waiting");
  } else {
    auto slow = [&service, request]() -> asio::awaitable<HttpReply> { co_return answer_safely(service, *request); };
    reply = co_await asio::co_spawn(shared_->slow_work, slow, asio::use_awaitable);
  }
  --shared_->slow_requests;
  co_return reply;
}

// Reads one whole request into the parser. False: the connection is over; a refusal has been written where one was due.
asio::awaitable<bool> Session::read_request(Parser* parser) {
  ErrorCode error;
  parser->header_limit(static_cast<uint32_t>(shared_->options.max_header_bytes));
  parser->body_limit(shared_->options.max_body_bytes);
  stream_.expires_after(shared_->options.request_timeout);
  co_await http::async_read_header(stream_, buffer_, *parser, asio::redirect_error(asio::use_awaitable, error));
  if (!error && parser->get()[http::field::expect] == "100-continue" && !parser->is_done()) {
    http::response<http::empty_body> go_on{http::status::continue_, parser->get().version()};
    co_await http::async_write(stream_, go_on, asio::redirect_error(asio::use_awaitable, error));
  }
  if (!error) co_await http::async_read(stream_, buffer_, *parser, asio::redirect_error(asio::use_awaitable, error));
  if (!error) co_return true;
  if (error == http::error::header_limit) {
    std::string reason = fmt::format("the request's header is larger than {} bytes", shared_->options.max_header_bytes);
    co_return co_await refuse(431, std::move(reason));
  }
  if (error == http::error::body_limit) {
    std::string reason = fmt::format("the request's body is larger than {} bytes", shared_->options.max_body_bytes);
    co_return co_await refuse(413, std::move(reason));
  }
  if (error == beast::error::timeout) co_return false;  // tcp_stream has closed the socket
  bool malformed = error.category() == make_error_code(http::error::bad_method).category() &&
                   error != http::error::end_of_stream && error != http::error::partial_message;
  if (!malformed) co_return false;
  std::string reason = "not an HTTP request: " + error.message();
  co_return co_await refuse(400, std::move(reason));
}

// Says no and closes. The client may still be sending: its bytes are read and dropped for a while, or else the reset that
// closing causes would reach it before the answer does.
asio::awaitable<bool> Session::refuse(int status, std::string reason) {
  co_await write(shared_->service->refuse(status, reason), 11, false);
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
  message.set(http::field::content_type, "application/json");
  if (!reply.allow.empty()) message.set(http::field::allow, reply.allow);
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
    shared.on_last_session_ended = [this] { asio::post(control, [this] { end_drain_if_done(); }); };
  }
  ~Impl() { shared.slow_work.join(); }

  Status listen();
  asio::awaitable<void> accept_loop();
  void wait_for_signal();
  void begin_stop();
  void end_drain_if_done();

  // Declared first, destroyed last: the coroutines that the context still holds refer to it.
  Shared shared;
  asio::io_context context;
  asio::strand<asio::io_context::executor_type> control{context.get_executor()};  // of everything below
  tcp::acceptor acceptor{control};
  asio::signal_set signals{control};
  asio::steady_timer drain_timer{control};
  std::string url;
};

Status Server::Impl::listen() {
  const ServerOptions& options = shared.options;
  ErrorCode error;
  auto address = asio::ip::make_address(options.host == "localhost" ? "127.0.0.1" : options.host, error);
  if (error) {
    return Status(Code::kInvalidArgument, "GN600", fmt::format("host \"{}\" is not an IP address", options.host),
                  "Use 127.0.0.1, ::1 or the address of an interface");
  }
  if (options.exposure == Exposure::kLoopbackOnly && !address.is_loopback()) {
    return Status(Code::kPermissionDenied, "GN601",
                  fmt::format("{} can be reached by other machines, and the server has no authentication", options.host),
                  "Serve on 127.0.0.1 behind a proxy that authenticates, or say --insecure");
  }
  tcp::endpoint endpoint(address, options.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return Status(Code::kUnavailable, "GN602",
                  fmt::format("cannot listen on {}:{}: {}", options.host, options.port, error.message()),
                  "Choose another --port, or 0 for any free one");
  }
  std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  url = fmt::format("http://{}:{}", host, acceptor.local_endpoint().port());
  if (options.stop_signals ==
      StopSignals::kTermAndInt) {  // already here: whoever reads the address may send a signal at once
    signals.add(SIGTERM, error);
    signals.add(SIGINT, error);
  }
  return {};
}

asio::awaitable<void> Server::Impl::accept_loop() {
  while (!shared.stopping) {
    ErrorCode error;
    tcp::socket socket(asio::make_strand(context));
    co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted || shared.stopping) co_return;
    if (error) {
      asio::steady_timer pause(control, kAcceptRetry);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    auto session = std::make_shared<Session>(std::move(socket), &shared);
    {
      std::lock_guard lock(shared.mutex);
      if (shared.sessions.size() >= shared.options.max_connections) continue;
      shared.sessions.insert(session);
    }
    asio::co_spawn(
        session->executor(), [session] { return session->run(); }, asio::detached);
  }
}

void Server::Impl::wait_for_signal() {
  signals.async_wait([this](ErrorCode failed, int) {
    if (!failed) begin_stop();
  });
}

// Runs on the control strand: no new connections, idle ones closed, the rest has until the drain time-out.
void Server::Impl::begin_stop() {
  if (shared.stopping.exchange(true)) return;
  ErrorCode ignored;
  acceptor.close(ignored);
  signals.clear(ignored);
  signals.cancel(ignored);
  shared.for_each_session([](Session& session) { session.close_if_idle(); });
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

Result<std::unique_ptr<Server>> Server::open(const ServerOptions& options, HttpService* service) {
  auto impl = std::make_unique<Impl>(options, service);
  GN_TRY(impl->listen());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

const std::string& Server::url() const { return impl_->url; }

void Server::run() {
  if (impl_->shared.options.stop_signals == StopSignals::kTermAndInt) impl_->wait_for_signal();
  asio::co_spawn(
      impl_->control, [this] { return impl_->accept_loop(); }, asio::detached);
  std::vector<std::thread> threads;
  for (int i = 1; i < impl_->shared.options.threads; ++i) threads.emplace_back([this] { impl_->context.run(); });
  impl_->context.run();
  for (std::thread& thread : threads) thread.join();
}

void Server::stop() {
  asio::post(impl_->control, [this] { impl_->begin_stop(); });
}

}  // namespace gnomon
