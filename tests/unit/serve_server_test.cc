// The server over real sockets, with a service of a few lines: what a route answers does not matter here.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "serve/server.h"

namespace gnomon {
namespace {

using namespace std::chrono_literals;

// "/slow" and "/late" wait until they are let go, the first in the write lane, the second with a time limit; "/nap" takes 20 ms;
// "/throw" throws; anything else echoes method, target and body.
class EchoService : public HttpService {
 public:
  Call accept(const HttpRequest& request) override {
    if (request.target == "/refuse-to-read") throw std::runtime_error("unreadable");
    Call call{.run = [this, request] { return answer(request); }};
    if (request.target == "/slow") call.lane = Lane::kWrite;
    if (request.target == "/late") call.time_limit = 50ms;
    if (request.target == "/soon") call.time_limit = 20s;
    return call;
  }
  HttpReply refuse(const HttpRequest&, int status, std::string_view reason) override {
    return {.status = status, .body = "refused: " + std::string(reason), .retry_after_s = status == 503 ? 1 : 0};
  }
  void served(int, int status, const Timing& timing) override {
    std::lock_guard lock(mutex_);
    if (status == 200) longest_queue = std::max(longest_queue, timing.queue);
  }
  void attach(const ServerCounters* now) override { counters = now; }

  HttpReply answer(const HttpRequest& request) {
    if (request.target == "/throw") throw std::runtime_error("boom");
    if (request.target == "/nap") std::this_thread::sleep_for(20ms);
    if (request.target == "/slow" || request.target == "/late") {
      std::unique_lock lock(mutex_);
      ++slow_started;
      changed_.notify_all();
      changed_.wait(lock, [&] { return let_go_; });
    }
    return {.body = request.method + " " + request.target + " " + request.body};
  }

  void let_go() {
    std::lock_guard lock(mutex_);
    let_go_ = true;
    changed_.notify_all();
  }
  void wait_for_slow() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return slow_started > 0; });
  }
  int slow_started = 0;
  std::chrono::nanoseconds longest_queue{0};
  const ServerCounters* counters = nullptr;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool let_go_ = false;
};

class Client {
 public:
  // "http://127.0.0.1:6566", or the path of a Unix socket.
  explicit Client(const std::string& url) {
    timeval limit{20, 0};
    if (url[0] == '/') {
      socket_ = socket(AF_UNIX, SOCK_STREAM, 0);
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      url.copy(address.sun_path, sizeof address.sun_path - 1);
      setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
      EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
      return;
    }
    socket_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~Client() { close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // False when the server has hung up.
  bool send(const std::string& bytes) {
    for (size_t sent = 0; sent < bytes.size();) {
      ssize_t now = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (now <= 0) return false;
      sent += static_cast<size_t>(now);
    }
    return true;
  }

  // Reads until `ending` has come, or the connection ends.
  std::string read_until(const std::string& ending) {
    while (received_.find(ending) == std::string::npos && read_some()) {
    }
    return std::exchange(received_, "");
  }
  std::string read_to_end() {
    while (read_some()) {
    }
    return std::exchange(received_, "");
  }

 private:
  bool read_some() {
    char bytes[65536];
    ssize_t got = recv(socket_, bytes, sizeof bytes, 0);
    if (got > 0) received_.append(bytes, static_cast<size_t>(got));
    return got > 0;
  }

  int socket_;
  std::string received_;
};

class ServerTest : public testing::Test {
 protected:
  void start(ServerOptions options = {}) {
    options.port = 0;
    auto opened = Server::open(options, &service_);
    ASSERT_TRUE(opened.ok()) << opened.status().to_string();
    server_ = std::move(*opened);
    thread_ = std::thread([this] {
      server_->run();
      stopped_ = true;
    });
  }
  void stop() {
    server_->stop();
    if (thread_.joinable()) thread_.join();
  }
  void TearDown() override {
    service_.let_go();
    if (server_) stop();
  }

  EchoService service_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
  std::atomic<bool> stopped_{false};
};

std::string post(const std::string& target, const std::string& body) {
  return "POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string get(const std::string& target) { return "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n"; }

TEST_F(ServerTest, AConnectionServesManyRequests) {
  start();
  Client client(server_->url());
  for (int i = 0; i < 3; ++i) {
    client.send(post("/a", "body" + std::to_string(i)));
    auto reply = client.read_until("POST /a body" + std::to_string(i));
    EXPECT_EQ(reply.find("HTTP/1.1 200 OK\r\n"), 0u) << reply;
    EXPECT_NE(reply.find("Content-Type: application/json"), std::string::npos) << reply;
  }
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  Client client(server_->url());
  std::string burst;
  for (int i = 0; i < 200; ++i) burst += post("/" + std::to_string(i), "b");
  client.send(burst);
  auto replies = client.read_until("POST /199 b");
  size_t at = 0;
  for (int i = 0; i < 200; ++i) {
    at = replies.find("POST /" + std::to_string(i) + " b", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST_F(ServerTest, ARequestMayComeByteByByte) {
  start();
  Client client(server_->url());
  for (char byte : post("/a", "slowly")) client.send(std::string(1, byte));
  EXPECT_NE(client.read_until("slowly").find("POST /a slowly"), std::string::npos);
}

TEST_F(ServerTest, ChunkedBodiesAndExpectContinue) {
  start();
  Client client(server_->url());
  client.send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_NE(client.read_until("abcde").find("POST /a abcde"), std::string::npos);
  client.send("POST /b HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n").find("HTTP/1.1 100 Continue"), 0u);
  client.send("hi");
  EXPECT_NE(client.read_until("/b hi").find("POST /b hi"), std::string::npos);
}

TEST_F(ServerTest, ConnectionCloseIsHonoured) {
  start();
  Client client(server_->url());
  client.send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_NE(client.read_to_end().find("GET /a "), std::string::npos);
}

TEST_F(ServerTest, AHeadReplyHasNoBody) {
  start();
  Client client(server_->url());
  client.send("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  auto reply = client.read_to_end();
  EXPECT_EQ(reply.substr(reply.size() - 4), "\r\n\r\n");
}

TEST_F(ServerTest, ABodyAtTheLimitIsReadAndOneAboveIsRefusedUnread) {
  ServerOptions options;
  options.max_body_bytes = 1000;
  start(options);
  Client at_limit(server_->url());
  at_limit.send(post("/a", std::string(1000, 'x')));
  EXPECT_EQ(at_limit.read_until("xxx").find("HTTP/1.1 200"), 0u);
  Client above(server_->url());
  above.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");  // and not a byte of it
  auto reply = above.read_to_end();
  EXPECT_EQ(reply.find("HTTP/1.1 413"), 0u) << reply;
  EXPECT_NE(reply.find("refused: the request's body is larger than 1000 bytes"), std::string::npos);
}

TEST_F(ServerTest, AnEndlessChunkedBodyIsRefusedToo) {
  ServerOptions options;
  options.max_body_bytes = 1000;
  start(options);
  Client client(server_->url());
  client.send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  std::string chunk = "100\r\n" + std::string(256, 'x') + "\r\n";
  for (int i = 0; i < 40; ++i) client.send(chunk);
  EXPECT_EQ(client.read_until("bytes").find("HTTP/1.1 413"), 0u);
}

TEST_F(ServerTest, AClientThatSendsAHundredMegabytesGetsItsAnswer) {
  start();
  Client client(server_->url());
  client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\n");
  std::string megabyte(1 << 20, 'x');
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(client.send(megabyte)) << i;
  EXPECT_EQ(client.read_to_end().find("HTTP/1.1 413"), 0u);
}

TEST_F(ServerTest, ALargeHeaderIsRefused) {
  start();
  Client client(server_->url());
  client.send("GET /a HTTP/1.1\r\nHost: x\r\nX-Large: " + std::string(20'000, 'x') + "\r\n\r\n");
  EXPECT_EQ(client.read_to_end().find("HTTP/1.1 431"), 0u);
}

TEST_F(ServerTest, WhatIsNotHttpIsRefused) {
  start();
  for (const char* bytes :
       {"\x16\x03\x01\x02 hello\r\n\r\n", "GET /a\r\n\r\n", "GET /a HTTP/9.9\r\n\r\n",
        "POST /a HTTP/1.1\r\nContent-Length: seven\r\n\r\n", "POST /a HTTP/1.1\r\nContent-Length: -1\r\n\r\n"}) {
    Client client(server_->url());
    client.send(bytes);
    EXPECT_EQ(client.read_to_end().find("HTTP/1.1 400"), 0u) << bytes;
  }
}

TEST_F(ServerTest, ASmuggledRequestIsRefused) {
  start();
  Client client(server_->url());
  client.send(
      "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /b "
      "HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.read_to_end().find("HTTP/1.1 400"), 0u);
}

TEST_F(ServerTest, AServiceThatThrowsCostsOneRequest) {
  start();
  Client client(server_->url());
  client.send(get("/throw"));
  EXPECT_EQ(client.read_until("boom").find("HTTP/1.1 500"), 0u);
  client.send(get("/a"));
  EXPECT_NE(client.read_until("GET /a ").find("HTTP/1.1 200"), std::string::npos);
}

TEST_F(ServerTest, SlowAndIdleClientsAreCutOff) {
  ServerOptions options;
  options.idle_timeout = 200ms;
  options.request_timeout = 200ms;
  start(options);
  Client idle(server_->url()), half(server_->url());
  half.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Le");
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(half.read_to_end(), "");
}

TEST_F(ServerTest, QuickRequestsPassASlowOne) {
  start();
  Client slow(server_->url()), quick(server_->url());
  slow.send(get("/slow"));
  service_.wait_for_slow();
  for (int i = 0; i < 5; ++i) {
    quick.send(get("/a"));
    ASSERT_NE(quick.read_until("GET /a ").find("200 OK"), std::string::npos);
  }
  service_.let_go();
  EXPECT_NE(slow.read_until("GET /slow ").find("200 OK"), std::string::npos);
}

TEST_F(ServerTest, TooManySlowRequestsAreToldToBackOff) {
  ServerOptions options;
  options.max_lane_calls = 1;
  start(options);
  Client first(server_->url()), second(server_->url());
  first.send(get("/slow"));
  service_.wait_for_slow();
  second.send(get("/slow"));
  EXPECT_EQ(second.read_until("waiting").find("HTTP/1.1 429"), 0u);
  EXPECT_EQ(service_.slow_started, 1);
}

TEST_F(ServerTest, StopAnswersWhatIsInFlightAndClosesWhatIsIdle) {
  start();
  Client busy(server_->url()), idle(server_->url());
  idle.send(get("/a"));
  ASSERT_NE(idle.read_until("GET /a ").find("200 OK"), std::string::npos);
  busy.send(get("/slow"));
  service_.wait_for_slow();
  server_->stop();
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_FALSE(stopped_);
  service_.let_go();
  auto reply = busy.read_to_end();
  EXPECT_NE(reply.find("GET /slow "), std::string::npos) << reply;
  EXPECT_NE(reply.find("Connection: close"), std::string::npos) << reply;
  thread_.join();
  EXPECT_TRUE(stopped_);
}

TEST_F(ServerTest, StopCutsOffAHalfSentRequestAfterTheDrainTimeout) {
  ServerOptions options;
  options.drain_timeout = 100ms;
  start(options);
  Client half(server_->url());
  half.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nfour");
  std::this_thread::sleep_for(50ms);
  auto began = std::chrono::steady_clock::now();
  stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST_F(ServerTest, ConnectionsAboveTheLimitAreClosedAndRoomIsFoundAgain) {
  ServerOptions options;
  options.max_connections = 1;
  start(options);
  {
    Client first(server_->url());
    first.send(get("/a"));
    ASSERT_NE(first.read_until("GET /a ").find("200 OK"), std::string::npos);
    Client second(server_->url());
    second.send(get("/a"));
    EXPECT_EQ(second.read_to_end(), "");
  }
  for (int attempt = 0; attempt < 100; ++attempt) {  // the server learns of the hang-up in its own time
    Client third(server_->url());
    third.send(get("/a"));
    if (third.read_until("GET /a ").find("200 OK") != std::string::npos) return;
    std::this_thread::sleep_for(20ms);
  }
  FAIL() << "the place of a closed connection was never given to another";
}

TEST_F(ServerTest, ManyClientsAtOnce) {
  start();
  std::atomic<int> good{0};
  std::vector<std::thread> clients;
  for (int c = 0; c < 16; ++c) {
    clients.emplace_back([&, c] {
      Client client(server_->url());
      for (int i = 0; i < 200; ++i) {
        std::string body = std::to_string(c) + "/" + std::to_string(i) + ".";
        client.send(post("/a", body));
        if (client.read_until("/a " + body).find("200 OK") != std::string::npos) ++good;
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(good, 16 * 200);
}

TEST_F(ServerTest, AServiceThatCannotReadARequestCostsOneRequest) {
  start();
  Client client(server_->url());
  client.send(get("/refuse-to-read"));
  EXPECT_EQ(client.read_until("unreadable").find("HTTP/1.1 500"), 0u);
}

TEST_F(ServerTest, ALateAnswerIsReplacedByAnErrorInTime) {
  start();
  Client client(server_->url());
  auto began = std::chrono::steady_clock::now();
  client.send(get("/late"));
  auto reply = client.read_until("timeout_ms = 50");
  EXPECT_EQ(reply.find("HTTP/1.1 504"), 0u) << reply;
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
  EXPECT_EQ(service_.counters->deadlines_exceeded, 1);
  client.send(get("/a"));  // the connection goes on, and gets its own answer
  EXPECT_NE(client.read_until("GET /a ").find("200 OK"), std::string::npos);
  service_.let_go();
}

TEST_F(ServerTest, LateWorkThatHasNotBegunNeverDoes) {
  ServerOptions options;
  options.threads = 1;
  start(options);
  Client first(server_->url()), second(server_->url());
  first.send(get("/late"));
  service_.wait_for_slow();
  second.send(get("/late"));
  EXPECT_EQ(second.read_until("timeout_ms").find("HTTP/1.1 504"), 0u);
  service_.let_go();
  stop();
  EXPECT_EQ(service_.slow_started, 1);
}

TEST_F(ServerTest, AnAnswerInTimeIsTheAnswer) {
  start();
  Client client(server_->url());
  client.send(get("/soon"));
  EXPECT_EQ(client.read_until("GET /soon ").find("HTTP/1.1 200"), 0u);
}

TEST_F(ServerTest, WhoeverWaitsTooLongIsToldToComeBack) {
  ServerOptions options;
  options.threads = 1;
  options.max_queue_time = 100ms;
  start(options);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(std::make_unique<Client>(server_->url()));
    clients.back()->send(get("/a"));
    ASSERT_NE(clients.back()->read_until("GET /a ").find("200 OK"), std::string::npos);
  }
  for (auto& client : clients) client->send(get("/nap"));  // 800 ms of work at once
  int served = 0, refused = 0;
  for (auto& client : clients) {
    auto reply = client->read_until("\r\n\r\n");
    if (reply.find("HTTP/1.1 200") == 0) ++served;
    if (reply.find("HTTP/1.1 503") == 0) {
      ++refused;
      EXPECT_NE(reply.find("Retry-After: 1\r\n"), std::string::npos) << reply;
    }
  }
  EXPECT_EQ(served + refused, 40);
  EXPECT_GE(served, 4);   // who is not late is served
  EXPECT_GE(refused, 4);  // and nobody waits for all of it
  EXPECT_EQ(service_.counters->refused_by_queue_time, refused);
  EXPECT_LE(service_.longest_queue, 100ms);
  Client later(server_->url());
  later.send(get("/a"));
  EXPECT_NE(later.read_until("GET /a ").find("200 OK"), std::string::npos);
}

TEST_F(ServerTest, AUnixSocketIsForItsOwnerAndReplacesAStaleOne) {
  std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / std::to_string(getpid());
  std::filesystem::create_directories(folder);
  ServerOptions options;
  options.socket_path = folder / "gnomon.sock";
  { std::filesystem::create_symlink("/nowhere", options.socket_path); }
  start(options);
  struct stat about {};
  ASSERT_EQ(lstat(options.socket_path.c_str(), &about), 0);
  EXPECT_TRUE(S_ISSOCK(about.st_mode));
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  {
    Client client(options.socket_path);
    client.send(post("/a", "through the socket"));
    EXPECT_NE(client.read_until("the socket").find("200 OK"), std::string::npos);
  }
  stop();
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(options.socket_path));
  std::filesystem::remove_all(folder);
}

TEST_F(ServerTest, ASocketMayBeDeepInTheTree) {
  std::filesystem::path top = std::filesystem::path(testing::TempDir()) / std::to_string(getpid());
  std::filesystem::path folder = top / std::string(100, 'd') / std::string(100, 'e');
  std::filesystem::create_directories(folder);
  ServerOptions options;
  options.socket_path = folder / "gnomon.sock";
  start(options);
  EXPECT_TRUE(std::filesystem::is_socket(options.socket_path));
  stop();
  server_.reset();
  std::filesystem::remove_all(top);
}

TEST_F(ServerTest, WaitingConnectionsKeepLittleMemory) {
  start();
  auto resident = [] {
    std::ifstream statm("/proc/self/statm");
    size_t all = 0, pages = 0;
    statm >> all >> pages;
    return pages * static_cast<size_t>(sysconf(_SC_PAGESIZE));
  };
  std::vector<std::unique_ptr<Client>> clients;
  size_t before = resident();
  for (int i = 0; i < 400; ++i) {
    clients.push_back(std::make_unique<Client>(server_->url()));
    clients.back()->send(post("/a", std::string(50'000, 'x')));
    ASSERT_NE(clients.back()->read_until("xxx").find("200 OK"), std::string::npos);
  }
  EXPECT_EQ(service_.counters->connections, 400);
  EXPECT_LT(resident() - before, 400 * 32 * 1024u);  // the buffers of their requests are given back
}

TEST(ServerOpen, OnlyLoopbackUnlessAskedFor) {
  EchoService service;
  ServerOptions options;
  options.port = 0;
  options.host = "0.0.0.0";
  auto refused = Server::open(options, &service);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().info().id, "GN601");
  options.exposure = Exposure::kAnyAddress;
  EXPECT_TRUE(Server::open(options, &service).ok());
  options.host = "example.org";
  EXPECT_EQ(Server::open(options, &service).status().info().id, "GN600");
  options.host = "localhost";
  EXPECT_EQ((*Server::open(options, &service))->url().find("http://127.0.0.1:"), 0u);
}

TEST(ServerOpen, APortInUseIsAnError) {
  EchoService service;
  ServerOptions options;
  options.port = 0;
  auto first = Server::open(options, &service);
  ASSERT_TRUE(first.ok());
  const std::string& url = (*first)->url();
  options.port = static_cast<uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  auto second = Server::open(options, &service);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().info().id, "GN602");
}

}  // namespace
}  // namespace gnomon
