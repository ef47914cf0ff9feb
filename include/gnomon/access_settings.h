// What gnomon.yaml says under `serve:` about who may call a project's server.
// Thread-safety: values.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gnomon/env.h"

namespace gnomon {

// What a role of the project's own allows. Empty views and services: all.
struct RoleSettings {
  std::vector<std::string> allow;  // names of actions
  std::set<std::string> views;
  std::set<std::string> services;
};

// Whoever shows a client certificate with this subject ("CN=scorer,O=Acme") or subjectAltName ("URI:spiffe://acme/scorer") has the role.
struct CertificateRule {
  std::string subject;  // one of the two
  std::string name;
  std::string role;
};

// Tokens of an identity provider. A token's roles are those in `roles_claim` that are roles here; others mean nothing.
struct OidcSettings {
  std::string issuer;    // must equal the token's `iss`
  std::string audience;  // must be in its `aud`
  std::vector<std::string> algorithms = {"RS256", "ES256"};
  std::string jwks;     // path of a file, or an http(s) URL
  std::string jwks_ca;  // PEM file of the authorities that may have signed the URL's certificate; empty: the system's
  std::string roles_claim = "roles";  // "realm_access.roles": a member of a member
  TimeUs leeway_us = 30'000'000;      // by how much clocks may differ
};

// Paths of PEM files.
struct TlsSettings {
  std::string certificate;  // with the chain; empty: no TLS
  std::string key;
  std::string client_ca;  // who may have signed client certificates; empty: none is asked for
};

struct AccessSettings {
  TlsSettings tls;
  std::set<std::string> open_routes;  // of "/metrics", "/openapi.json": anybody may read them
  std::map<std::string, RoleSettings> roles;
  std::vector<CertificateRule> certificates;
  std::optional<OidcSettings> oidc;
};

}  // namespace gnomon
