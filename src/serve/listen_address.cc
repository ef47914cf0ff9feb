#include "serve/listen_address.h"

#include <utility>  // before asio: Boost 1.74 uses std::exchange without including it

#include <fmt/format.h>
#include <boost/asio/ip/address.hpp>

namespace gnomon {

Result<ListenAddress> listen_address(const std::string& host, Exposure exposure) {
  boost::system::error_code error;
  auto address = boost::asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  if (error) {
    return Status(Code::kInvalidArgument, "GN600", fmt::format("host \"{}\" is not an IP address", host),
                  "Use 127.0.0.1, ::1 or the address of an interface");
  }
  if (exposure == Exposure::kLoopbackOnly && !address.is_loopback()) {
    return Status(
        Code::kPermissionDenied, "GN601",
        fmt::format("{} can be reached by other machines, and the server does not have both TLS and access control", host),
        "`gnomon key create NAME --role reader`, and serve with --tls-cert and --tls-key; or serve on 127.0.0.1; "
        "or say --insecure");
  }
  std::string text = address.to_string();
  return ListenAddress{text, address.is_v6() ? "[" + text + "]" : text};
}

}  // namespace gnomon
