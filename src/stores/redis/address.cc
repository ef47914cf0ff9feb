#include "stores/redis/address.h"

#include <charconv>

#include <fmt/format.h>

namespace gnomon {
namespace {

constexpr int kDefaultPort = 6379;

Status refused(const std::string& why, const std::string& hint = "Write it as redis://127.0.0.1:6379/0") {
  return Status(Code::kInvalidArgument, "GN532", "the connection to Redis: " + why, hint);
}

// The whole of `text` as a number in [0, most], or -1.
int number_in(std::string_view text, int most) {
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= 0 && number <= most ? number : -1;
}

Result<RedisAddress> parse_address(std::string_view text) {
  RedisAddress address;
  address.port = kDefaultPort;
  std::string_view port;
  if (text.starts_with('[') && text.find(']') != std::string_view::npos) {  // IPv6
    const size_t close = text.find(']');
    address.host = text.substr(1, close - 1);
    if (close + 1 < text.size()) port = text.substr(close + 1);
  } else {
    const size_t colon = text.find(':');
    address.host = text.substr(0, colon);
    if (colon != std::string_view::npos) port = text.substr(colon);
  }
  if (address.host.empty()) return refused("a host is missing");
  if (port.empty()) return address;
  address.port = number_in(port.substr(1), 65'535);
  if (port[0] != ':' || address.port <= 0) return refused(fmt::format("\"{}\" is no host and port", text));
  return address;
}

}  // namespace

Result<RedisPlace> parse_redis_connection(const std::string& connection) {
  RedisPlace place;
  std::string_view rest = connection;
  if (rest.starts_with("unix://")) {
    place.addresses.push_back({std::string(rest.substr(7)), 0});
    if (place.addresses[0].host.empty()) return refused("the path of the socket is missing");
    return place;
  }
  if (rest.starts_with("rediss://")) {
    return refused("rediss:// asks for TLS, which the Redis client library here (hiredis 0.14) does not have",
                   "Use a tunnel on this machine (stunnel, a service mesh) and redis://127.0.0.1:PORT");
  }
  if (!rest.starts_with("redis://")) return refused("it does not begin with redis:// or unix://");
  rest.remove_prefix(8);
  const size_t at = rest.rfind('@');
  if (at != std::string_view::npos) {
    place.user = rest.substr(0, at);
    if (place.user.find(':') != std::string::npos) {
      return refused("it holds a password, and gnomon.yaml is no place for one",
                     "Put it into an environment variable and write `password: ${env:NAME}`");
    }
    rest.remove_prefix(at + 1);
  }
  const size_t slash = rest.find('/');
  if (slash != std::string_view::npos && slash + 1 < rest.size()) {
    place.database = number_in(rest.substr(slash + 1), 1 << 20);
    if (place.database < 0) return refused(fmt::format("\"{}\" is no database number", rest.substr(slash + 1)));
  }
  rest = rest.substr(0, slash);
  while (true) {
    const size_t comma = rest.find(',');
    GN_ASSIGN(RedisAddress address, parse_address(rest.substr(0, comma)));
    place.addresses.push_back(std::move(address));
    if (comma == std::string_view::npos) return place;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace gnomon
