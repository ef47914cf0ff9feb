// WebKeys: the public keys of an identity provider, by their ids (a JSON Web Key Set, RFC 7517).
// Thread-safety: immutable.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "access/signature.h"
#include "gnomon/status.h"

namespace gnomon {

struct WebKey {
  PublicKey key;
  std::string algorithm;  // the only one that it is for; empty: those that fit it
};

class WebKeys {
 public:
  // Keys that are not for signatures, have no id, or are of a kind that we do not know, are passed over: a set holds what others need.
  // ERRORS: GN648 InvalidArgument for what is no set, and for a set without a key for us.
  static Result<WebKeys> parse(std::string_view json);

  // Null: not known.
  const WebKey* find(const std::string& id) const;

 private:
  std::map<std::string, WebKey> by_id_;
};

}  // namespace gnomon
