#include "serve/fetch_document.h"

#include <optional>
#include <utility>  // before asio: Boost 1.74 uses std::exchange without including it

// Under the sanitizers g++ 12 takes an empty boost::optional for an uninitialised one.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#pragma GCC diagnostic pop

#include <fmt/format.h>

#include "access/tls.h"

namespace gnomon {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

struct Url {
  bool encrypted = false;
  std::string host, port, target;
};

Result<Url> parse_url(const std::string& text) {
  Url url;
  size_t scheme = text.find("://");
  url.encrypted = text.starts_with("https://");
  if (!url.encrypted && !text.starts_with("http://")) scheme = std::string::npos;
  std::string rest = scheme == std::string::npos ? "" : text.substr(scheme + 3);
  size_t slash = std::min(rest.find('/'), rest.size());
  url.target = slash == rest.size() ? "/" : rest.substr(slash);
  std::string authority = rest.substr(0, slash);
  size_t colon = authority.rfind(':');
  if (colon != std::string::npos && authority.find(']', colon) != std::string::npos)
    colon = std::string::npos;  // of "[::1]"
  url.host = authority.substr(0, colon);
  url.port = colon == std::string::npos ? (url.encrypted ? "443" : "80") : authority.substr(colon + 1);
  if (url.host.size() > 2 && url.host.front() == '[') url.host = url.host.substr(1, url.host.size() - 2);
  if (!url.host.empty() && !url.port.empty()) return url;
  return Status(Code::kInvalidArgument, "GN635", fmt::format("not a URL: \"{}\"", text),
                "It is like https://host/jwks.json");
}

// What one fetch works with. Declared first, destroyed last: a coroutine that the context still holds refers to it.
struct Fetch {
  Url url;
  std::optional<asio::ssl::context> tls;
  beast::flat_buffer buffer;
  ErrorCode error = asio::error::timed_out;  // until it is known better
  http::response_parser<http::string_body> answer;
  asio::io_context context;
  tcp::socket socket{context};
};

template <class Stream>
asio::awaitable<void> exchange(Fetch* fetch, Stream& stream) {
  http::request<http::empty_body> request{http::verb::get, fetch->url.target, 11};
  request.set(http::field::host, fetch->url.host);
  request.set(http::field::accept, "application/json");
  co_await http::async_write(stream, request, asio::redirect_error(asio::use_awaitable, fetch->error));
  if (fetch->error) co_return;
  fetch->answer.body_limit(kMostDocumentBytes);
  co_await http::async_read(stream, fetch->buffer, fetch->answer, asio::redirect_error(asio::use_awaitable, fetch->error));
}

asio::awaitable<void> run(Fetch* fetch) {
  ErrorCode error;
  tcp::resolver resolver(fetch->context);
  auto found =
      co_await resolver.async_resolve(fetch->url.host, fetch->url.port, asio::redirect_error(asio::use_awaitable, error));
  if (!error) co_await asio::async_connect(fetch->socket, found, asio::redirect_error(asio::use_awaitable, error));
  if (error) {
    fetch->error = error;
    co_return;
  }
  if (!fetch->tls.has_value()) {
    co_await exchange(fetch, fetch->socket);
    co_return;
  }
  asio::ssl::stream<tcp::socket&> stream(fetch->socket, *fetch->tls);
  expect_host(stream.native_handle(), fetch->url.host);
  co_await stream.async_handshake(asio::ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, fetch->error));
  if (!fetch->error) co_await exchange(fetch, stream);
}

}  // namespace

Result<std::string> fetch_document(const std::string& url, const std::string& ca) {
  Fetch fetch;
  GN_ASSIGN(fetch.url, parse_url(url));
  if (fetch.url.encrypted) {
    GN_ASSIGN(TlsContext made, client_tls({.ca = ca, .certificate = "", .key = ""}));
    fetch.tls.emplace(made.release());  // which owns it from here on
  }
  asio::co_spawn(
      fetch.context, [&fetch] { return run(&fetch); }, asio::detached);
  fetch.context.run_for(kFetchTimeout);
  auto failed = [&](const std::string& why) { return Status(Code::kUnavailable, "GN649", fmt::format("{}: {}", url, why)); };
  if (!fetch.context.stopped()) return failed("no answer in time");
  if (fetch.error) return failed(fetch.error.message());
  if (fetch.answer.get().result() != http::status::ok)
    return failed(fmt::format("status {}", fetch.answer.get().result_int()));
  return std::move(fetch.answer.get().body());
}

}  // namespace gnomon
