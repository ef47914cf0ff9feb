// serve: the HTTP server, and gRPC beside it.
#include <charconv>
#include <cstdio>
#include <memory>

#include <fmt/format.h>

#include "access/access_control.h"
#include "cli/commands.h"
#include "cli/open_project.h"
#include "registry/project_settings.h"
#include "serve/feast_rpc.h"
#include "serve/fetch_document.h"
#include "serve/grpc_server.h"
#include "serve/routes.h"
#include "serve/server.h"

namespace gnomon::cli {
namespace {

Result<uint16_t> parse_port(const std::string& text) {
  uint16_t port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size())
    return usage_error(fmt::format("\"{}\" is not a port", text), "It is a number from 0 (any free one) to 65535");
  return port;
}

ServedLogOptions served_log_options(const ServedLogSettings& log) {
  return {.sample = log.sample, .roll_every_us = log.roll_every_us, .keep_us = log.keep_us};
}

// What is typed comes before what gnomon.yaml says.
Status add_tls(const Arguments& arguments, TlsSettings* tls) {
  if (arguments.has("--tls-cert")) tls->certificate = arguments.text("--tls-cert");
  if (arguments.has("--tls-key")) tls->key = arguments.text("--tls-key");
  if (arguments.has("--tls-client-ca")) tls->client_ca = arguments.text("--tls-client-ca");
  if (tls->certificate.empty() != tls->key.empty())
    return usage_error("TLS needs a certificate and its key", "Say --tls-cert FILE and --tls-key FILE");
  if (!tls->client_ca.empty() && tls->certificate.empty())
    return usage_error("client certificates need TLS", "Say --tls-cert FILE and --tls-key FILE too");
  return {};
}

// Null unless it is asked for. It has no TLS, so that other machines reach it only where that was said to be no matter.
Result<std::unique_ptr<GrpcServer>> open_grpc(const Arguments& arguments, const ServerOptions& http, RpcService* service) {
  if (!arguments.has("--grpc-port")) return std::unique_ptr<GrpcServer>();
  GrpcOptions options;
  options.host = http.host;
  options.exposure = arguments.has("--insecure") ? Exposure::kAnyAddress : Exposure::kLoopbackOnly;
  options.threads = http.threads;
  options.max_message_bytes = http.max_body_bytes;
  options.drain_timeout = http.drain_timeout;
  GN_ASSIGN(options.port, parse_port(arguments.text("--grpc-port")));
  return GrpcServer::open(options, service);
}

Result<Exit> run_serve(const Arguments& arguments, const Terminal& terminal) {
  ServerOptions options;
  options.stop_signals = StopSignals::kTermAndInt;
  if (arguments.has("--host")) options.host = arguments.text("--host");
  if (arguments.has("--port")) {
    GN_ASSIGN(options.port, parse_port(arguments.text("--port")));
  }
  GN_ASSIGN(ProjectSettings settings, read_project_settings(terminal.project_dir));
  GN_TRY(add_tls(arguments, &settings.access.tls));
  options.tls = settings.access.tls;
  GN_ASSIGN(Project project, Project::open(terminal, served_log_options(settings.served_log)));
  project.end_progress();
  GN_ASSIGN(auto access,
            AccessControl::open(project->project_dir(), settings.project, settings.access, fetch_document, project->env()));
  bool guarded = access->is_on() && !options.tls.certificate.empty();
  if (guarded || arguments.has("--insecure")) options.exposure = Exposure::kAnyAddress;
  // A store that another process owns, and definitions that cannot be read, are found out now and not by the first client.
  GN_TRY(project->open_online_store());
  GN_TRY(project->manifest().status());
  GN_ASSIGN(Project reader,
            Project::open(terminal));  // of the same project, so that long reads and long writes pass each other
  reader.end_progress();
  Routes routes(&*project, &*reader, access.get());
  options.socket_path = socket_path(project->project_dir());
  FeastRpc rpc(routes.context(), routes.access(), options.max_queue_time);
  std::unique_ptr<GrpcServer> grpc;
  options.on_stop = [&grpc] {
    if (grpc != nullptr) grpc->begin_stop();
  };
  GN_ASSIGN(auto server, Server::open(options, &routes));
  GN_ASSIGN(grpc, open_grpc(arguments, options, &rpc));
  terminal.print("listening on " + server->url());
  if (grpc != nullptr) terminal.print("listening on " + grpc->url());
  std::fflush(stdout);
  server->run();
  return Exit::kOk;
}

}  // namespace

Command serve_command() {
  return {"serve",
          "Serve features over HTTP, and gRPC if asked to, until SIGTERM or SIGINT",
          {{"--host", "ADDRESS", "Address to listen on (default: 127.0.0.1)"},
           {"--port", "PORT", "Port; 0 is any free one (default: 6566)"},
           {"--grpc-port", "PORT", "Serve Feast's gRPC service, too; 0 is any free port (default: no gRPC)"},
           {"--tls-cert", "FILE", "Serve HTTPS with this certificate and its chain (PEM)"},
           {"--tls-key", "FILE", "The certificate's key (PEM)"},
           {"--tls-client-ca", "FILE", "Take client certificates that these authorities signed (PEM)"},
           {"--insecure", "", "Allow an address that other machines reach without TLS and access control", Arity::kFlag}},
          run_serve};
}

}  // namespace gnomon::cli
