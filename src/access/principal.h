// Who calls, what they may do, and what a call touches: the three things that are weighed against each other.
// Thread-safety: values.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "access/action.h"

namespace gnomon {

struct Grants {
  ActionSet actions;
  std::string project;  // empty: whatever project it is used in
  // What values may be read or written of. Both empty: everything. A service stands for all that it reads.
  std::set<std::string> views;
  std::set<std::string> services;

  bool is_limited() const { return !views.empty() || !services.empty(); }
};

struct Principal {
  std::string name;            // "key ci", "token 7f3a…", "certificate CN=scorer", "user 1000"
  std::vector<Grants> grants;  // each for itself: what one of them allows is allowed

  bool is_limited() const;  // in any of them
};

// What a face knows of a caller before it has read more than the head of the call.
struct Credentials {
  std::string authorization;  // the Authorization header, or gRPC's metadata of that name
  std::string peer;           // "10.1.2.3:50412", "unix"; for the audit log
  bool own_socket = false;    // it came through the socket that only the project's own user may open
  std::string
      certificate;  // subject of a client certificate that was verified, as RFC 2253 writes it: "CN=scorer,O=Acme"; empty: none
  std::vector<std::string> certificate_names;  // its subjectAltNames: "DNS:scorer.acme.org", "URI:spiffe://…"
};

// What a call reads or writes values of.
struct Resource {
  enum class Extent : uint8_t {
    kNoValues,  // definitions, metrics: limits to views do not matter
    kViews,     // `views`, and nothing else
    kProject,   // every view
  };
  std::string project;
  Extent extent = Extent::kNoValues;
  std::set<std::string> views;  // all that is read: on-demand views, and what they read
  std::string feature_service;  // that was asked by name; empty: none
};

}  // namespace gnomon
