// HTTP messages as the routes see them, free of any HTTP library, and what a server calls to have them answered.
#pragma once

#include <string>
#include <string_view>

namespace gnomon {

struct HttpRequest {
  std::string method;  // "POST"
  std::string target;  // "/materialize?async=true", as sent
  std::string host;    // the Host header; empty if there is none
  std::string origin;  // the Origin header, which browsers send; empty if there is none
  std::string body;
};

struct HttpReply {
  int status = 200;
  std::string body;
  std::string allow;  // value of the Allow header, with status 405
};

// Quick work is done on the thread that read the request; slow work (anything that writes) is done on a thread of its own,
// one request at a time, so that a long materialization never stands in the way of a read.
enum class Work { kQuick, kSlow };

// Thread-safety: the server calls every method from several threads at once, but runs one kSlow answer at a time.
class HttpService {
 public:
  virtual ~HttpService() = default;
  virtual Work work_of(const HttpRequest& request) const = 0;
  virtual HttpReply answer(const HttpRequest& request) = 0;
  // The reply to a message that cannot be read (400, 408, 413, 431) or to a service that threw (500).
  virtual HttpReply refuse(int status, std::string_view reason) = 0;
};

}  // namespace gnomon
