#include "access/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <fmt/format.h>

namespace gnomon {
namespace {

std::string last_error() {
  unsigned long error = ERR_peek_last_error();  // NOLINT(google-runtime-int): OpenSSL's type
  ERR_clear_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return reason == nullptr ? "unknown error" : reason;
}

Status bad_files(const std::string& what, const std::string& hint) {
  return Status(Code::kInvalidArgument, "GN647", fmt::format("{}: {}", what, last_error()), hint);
}

Status use_pair(SSL_CTX* context, const std::string& certificate, const std::string& key) {
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
    return bad_files("the certificate " + certificate, "A PEM file, the certificate first and then its chain");
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
    return bad_files("the key " + key, "A PEM file without a passphrase");
  if (SSL_CTX_check_private_key(context) != 1)
    return bad_files(fmt::format("{} and {}", certificate, key), "They do not belong together");
  return {};
}

std::string subject_of(X509* certificate) {
  std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  long size = BIO_get_mem_data(out.get(), &text);  // NOLINT(google-runtime-int): OpenSSL's type
  return std::string(text, static_cast<size_t>(size));
}

std::string text_of(const ASN1_STRING* text) {
  const auto* bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(text));
  return std::string(bytes, static_cast<size_t>(ASN1_STRING_length(text)));
}

std::vector<std::string> alternative_names(X509* certificate) {
  std::vector<std::string> names;
  auto* found = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> all(found, GENERAL_NAMES_free);
  for (int i = 0; all != nullptr && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) names.push_back("DNS:" + text_of(name->d.dNSName));
    if (name->type == GEN_URI) names.push_back("URI:" + text_of(name->d.uniformResourceIdentifier));
    if (name->type == GEN_EMAIL) names.push_back("email:" + text_of(name->d.rfc822Name));
  }
  return names;
}

}  // namespace

void FreeTlsContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Result<TlsContext> server_tls(const TlsSettings& settings) {
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  GN_ASSERT(context != nullptr && SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  GN_TRY(use_pair(context.get(), settings.certificate, settings.key));
  if (settings.client_ca.empty()) return context;
  STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(settings.client_ca.c_str());
  if (names == nullptr || SSL_CTX_load_verify_file(context.get(), settings.client_ca.c_str()) != 1)
    return bad_files("the authorities of clients " + settings.client_ca, "A PEM file of certificates");
  SSL_CTX_set_client_CA_list(context.get(), names);  // which owns them from here on
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  constexpr unsigned char kSessions[] = "gnomon";  // without a name for its sessions OpenSSL refuses to resume verified ones
  SSL_CTX_set_session_id_context(context.get(), kSessions, sizeof kSessions - 1);
  return context;
}

Result<TlsContext> client_tls(const ClientTls& settings) {
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  GN_ASSERT(context != nullptr && SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (settings.ca.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else if (SSL_CTX_load_verify_file(context.get(), settings.ca.c_str()) != 1) {
    return bad_files("the authorities " + settings.ca, "A PEM file of certificates");
  }
  if (!settings.certificate.empty()) {
    const std::string& key = settings.key.empty() ? settings.certificate : settings.key;  // one file may hold both
    GN_TRY(use_pair(context.get(), settings.certificate, key));
  }
  return context;
}

void expect_host(ssl_st* connection, const std::string& host) {
  unsigned char address[sizeof(in6_addr)];
  bool is_address = ::inet_pton(AF_INET, host.c_str(), address) == 1 || ::inet_pton(AF_INET6, host.c_str(), address) == 1;
  if (is_address) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host.c_str());
  } else {
    SSL_set1_host(connection, host.c_str());
    SSL_set_tlsext_host_name(connection, host.c_str());
  }
}

void read_identity(ssl_st* connection, Credentials* credentials) {
  std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(connection), X509_free);
  if (certificate == nullptr || SSL_get_verify_result(connection) != X509_V_OK) return;
  credentials->certificate = subject_of(certificate.get());
  credentials->certificate_names = alternative_names(certificate.get());
}

}  // namespace gnomon
