// TLS over OpenSSL: contexts made of PEM files, and who a client certificate speaks for. TLS 1.2 and later only.
// Thread-safety: pure functions; a context may serve any number of connections.
#pragma once

#include <memory>
#include <string>

#include "access/principal.h"
#include "gnomon/access_settings.h"
#include "gnomon/status.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX
struct ssl_st;      // … and SSL

namespace gnomon {

struct FreeTlsContext {
  void operator()(ssl_ctx_st* context) const;
};
using TlsContext = std::unique_ptr<ssl_ctx_st, FreeTlsContext>;

// Asks clients for a certificate if there is a client_ca, and takes those in that have none: they may say who they are in another way.
// ERRORS: GN647 InvalidArgument for files that are missing, hold no PEM, or do not belong together.
Result<TlsContext> server_tls(const TlsSettings& settings);

// What a client trusts and shows. Paths of PEM files; empty: the system's authorities, no certificate.
struct ClientTls {
  std::string ca;
  std::string certificate;
  std::string key;
};

// A client that checks whom it talks to. ERRORS: GN647.
Result<TlsContext> client_tls(const ClientTls& settings);

// What the server's certificate must be good for: a host name, or an IP address. REQUIRES: before the handshake.
void expect_host(ssl_st* connection, const std::string& host);

// Subject and subjectAltNames of the client's certificate, if it showed one: it was verified by the handshake.
void read_identity(ssl_st* connection, Credentials* credentials);

}  // namespace gnomon
