#include "serve/http_client.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>  // before asio: Boost 1.74 uses std::exchange without including it

// Under the sanitizers g++ 12 takes an empty boost::optional for an uninitialised one.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <boost/asio/connect.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#pragma GCC diagnostic pop

#include <fmt/format.h>

#include "serve/error_reply.h"

namespace gnomon {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using unix_socket = asio::local::stream_protocol;
using Socket = asio::generic::stream_protocol::socket;
using ErrorCode = boost::system::error_code;

constexpr std::string_view kPlain = "http://";
constexpr std::string_view kEncrypted = "https://";
constexpr uint64_t kLargestReply = uint64_t{1} << 32;

Status nobody(const std::string& address, const ErrorCode& error) {
  return Status(Code::kUnavailable, "GN631", fmt::format("no server answers at {}: {}", address, error.message()),
                "Is `gnomon serve` running there?");
}

Status broken(const std::string& address, const ErrorCode& error) {
  return Status(Code::kUnavailable, "GN633", fmt::format("the connection to {} broke: {}", address, error.message()),
                "Whether the call was carried out is not known");
}

struct HostAndPort {
  std::string host, port;
};

Result<HostAndPort> parse_url(const std::string& address) {
  std::string_view scheme = address.starts_with(kEncrypted) ? kEncrypted : kPlain;
  std::string rest = address.substr(std::min(scheme.size(), address.size()));
  while (!rest.empty() && rest.back() == '/') rest.pop_back();
  size_t colon = rest.rfind(':');
  if (!address.starts_with(scheme) || colon == std::string::npos || rest.find('/') != std::string::npos) {
    return Status(Code::kInvalidArgument, "GN635", fmt::format("not a server's address: \"{}\"", address),
                  "It is like http://127.0.0.1:6566, or https://host:6566");
  }
  std::string host = rest.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  return HostAndPort{host, rest.substr(colon + 1)};
}

Result<Socket> connect_tcp(asio::io_context& context, const std::string& address, const HostAndPort& where) {
  ErrorCode error;
  tcp::resolver resolver(context);
  auto endpoints = resolver.resolve(where.host, where.port, error);
  if (error) return nobody(address, error);
  tcp::socket socket(context);
  asio::connect(socket, endpoints, error);
  if (error) return nobody(address, error);
  socket.set_option(tcp::no_delay(true), error);
  return Socket(std::move(socket));
}

Result<Socket> connect_unix(asio::io_context& context, const std::string& path) {
  // A socket's address is short, and a project's folder may be deep: its folder is named by a descriptor.
  size_t slash = path.rfind('/');
  std::string parent = slash == std::string::npos ? "." : path.substr(0, slash);
  int folder = ::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  ErrorCode error;
  unix_socket::socket socket(context);
  socket.connect(unix_socket::endpoint(fmt::format("/proc/self/fd/{}/{}", folder, path.substr(slash + 1))), error);
  ::close(folder);
  if (error) return nobody(path, error);
  return Socket(std::move(socket));
}

}  // namespace

struct HttpClient::Impl {
  explicit Impl(std::string where) : address(std::move(where)) {}
  std::string address;
  asio::io_context context;
  std::string authorization;  // value of the header; empty: none
  std::optional<Socket> socket;
  std::optional<asio::ssl::context> tls_context;
  std::optional<asio::ssl::stream<Socket&>> tls;  // none: not encrypted
  beast::flat_buffer buffer;

  Status encrypt(const ClientTls& settings, const std::string& host);
  template <class Call>
  void on_stream(const Call& call) {
    if (tls.has_value()) {
      call(*tls);
    } else {
      call(*socket);
    }
  }
};

Status HttpClient::Impl::encrypt(const ClientTls& settings, const std::string& host) {
  GN_ASSIGN(TlsContext made, client_tls(settings));
  tls_context.emplace(made.release());  // which owns it from here on
  tls.emplace(*socket, *tls_context);
  expect_host(tls->native_handle(), host);
  ErrorCode error;
  tls->handshake(asio::ssl::stream_base::client, error);
  if (!error) return {};
  return Status(Code::kUnauthenticated, "GN637", fmt::format("no TLS with {}: {}", address, error.message()),
                "GNOMON_CA names the file of the authority that signed its certificate");
}

HttpClient::HttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::connect(const std::string& address, const ClientAccess& access) {
  auto impl = std::make_unique<Impl>(address);
  if (!access.bearer.empty()) impl->authorization = "Bearer " + access.bearer;
  if (address.find("://") == std::string::npos) {
    GN_ASSIGN(Socket socket, connect_unix(impl->context, address));
    impl->socket.emplace(std::move(socket));
    return std::unique_ptr<HttpClient>(new HttpClient(std::move(impl)));
  }
  GN_ASSIGN(HostAndPort where, parse_url(address));
  GN_ASSIGN(Socket socket, connect_tcp(impl->context, address, where));
  impl->socket.emplace(std::move(socket));
  if (address.starts_with(kEncrypted)) GN_TRY(impl->encrypt(access.tls, where.host));
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(impl)));
}

Result<HttpReply> HttpClient::call(const HttpRequest& request) {
  http::request<http::string_body> message{http::string_to_verb(request.method), request.target, 11};
  message.set(http::field::host, "localhost");
  if (!impl_->authorization.empty()) message.set(http::field::authorization, impl_->authorization);
  if (!request.accept.empty()) message.set(http::field::accept, request.accept);
  if (!request.content_type.empty()) message.set(http::field::content_type, request.content_type);
  message.body() = request.body;
  message.prepare_payload();
  ErrorCode error;
  impl_->on_stream([&](auto& stream) { http::write(stream, message, error); });
  if (error && error != asio::error::broken_pipe) return broken(impl_->address, error);
  http::response_parser<http::string_body> parser;
  parser.body_limit(kLargestReply);
  impl_->on_stream([&](auto& stream) { http::read(stream, impl_->buffer, parser, error); });
  if (error) return broken(impl_->address, error);
  const auto& answer = parser.get();
  auto type = answer[http::field::content_type];
  HttpReply reply{.status = static_cast<int>(answer.result_int()),
                  .body = answer.body(),
                  .content_type = std::string(type.data(), type.size())};
  if (reply.status >= 400) return error_of(impl_->address, reply);
  return reply;
}

}  // namespace gnomon
