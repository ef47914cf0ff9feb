// Where the faces listen: one rule for all of them.
// Thread-safety: pure functions.
#pragma once

#include <string>

#include "gnomon/status.h"

namespace gnomon {

// The default is this machine only; whoever opens a face says when not.
enum class Exposure { kLoopbackOnly, kAnyAddress };

struct ListenAddress {
  std::string address;  // "127.0.0.1", "::1"
  std::string in_url;   // "127.0.0.1", "[::1]"
};

// `host` is an IP address, or localhost.
// ERRORS: GN600 InvalidArgument for a host that is no address; GN601 PermissionDenied for one that other machines can reach, unless
// kAnyAddress.
Result<ListenAddress> listen_address(const std::string& host, Exposure exposure);

}  // namespace gnomon
