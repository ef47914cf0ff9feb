#include "serve/grpc_server.h"

#include <dlfcn.h>

#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace gnomon {
namespace {

std::string module_path() {
  const char* path = std::getenv("GNOMON_GRPC_MODULE");
  return path != nullptr && path[0] != '\0' ? path : GNOMON_GRPC_MODULE;
}

// Loaded once and never unloaded: gRPC's threads outlive its servers.
Result<OpenGrpcTransport> load_module() {
  std::string path = module_path();
  void* module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* open = module == nullptr ? nullptr : ::dlsym(module, kOpenGrpcTransport);
  if (open != nullptr) return reinterpret_cast<OpenGrpcTransport>(open);
  const char* problem = ::dlerror();
  return Status(Code::kFailedPrecondition, "GN650",
                fmt::format("cannot load gRPC from {}: {}", path, problem == nullptr ? "unknown" : problem),
                "Run tools/setup and make build, or set GNOMON_GRPC_MODULE to the path of gnomon_grpc.so");
}

}  // namespace

Result<std::unique_ptr<GrpcServer>> GrpcServer::open(const GrpcOptions& options, RpcService* service) {
  GN_ASSIGN(ListenAddress address, listen_address(options.host, options.exposure));
  GN_ASSIGN(OpenGrpcTransport open_transport, load_module());
  GrpcTransportOptions transport{address.in_url, options.port, options.threads, options.max_message_bytes};
  std::string problem;
  std::unique_ptr<GrpcTransport> opened(open_transport(transport, service, &problem));
  if (opened == nullptr) {
    return Status(Code::kUnavailable, "GN602",
                  fmt::format("cannot listen on {}:{}: {}", options.host, options.port, problem),
                  "Choose another --grpc-port, or 0 for any free one");
  }
  auto server = std::unique_ptr<GrpcServer>(new GrpcServer(options, std::move(opened)));
  server->url_ = fmt::format("grpc://{}:{}", address.in_url, server->transport_->port());
  return server;
}

GrpcServer::GrpcServer(const GrpcOptions& options, std::unique_ptr<GrpcTransport> transport)
    : options_(options), transport_(std::move(transport)) {}

GrpcServer::~GrpcServer() {
  begin_stop();
  wait();
}

void GrpcServer::begin_stop() {
  if (!stopping_.exchange(true)) transport_->begin_stop(options_.drain_timeout);
}

void GrpcServer::wait() { transport_->wait(); }

}  // namespace gnomon
