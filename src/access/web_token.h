// JSON Web Tokens (RFC 7519) of one issuer, checked: the signature first, by an algorithm that was allowed and fits the key; then who
// made it, for whom, and for how long (RFC 8725 is the list of what goes wrong otherwise).
// Thread-safety: pure functions.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "access/web_keys.h"
#include "gnomon/access_settings.h"
#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

inline constexpr size_t kMostTokenBytes = size_t{8} * 1024;

struct WebToken {
  std::string subject;             // `sub`
  std::vector<std::string> roles;  // what the claim for roles says: a list, or words with blanks between them
};

// The key that a token says it is signed with. ERRORS: GN641 for what is no token, or is signed in a way that is not allowed.
Result<std::string> key_id_of(std::string_view token, const OidcSettings& settings);

// ERRORS: GN641 Unauthenticated; it says why, and never repeats the token.
Result<WebToken> read_web_token(std::string_view token, const WebKeys& keys, const OidcSettings& settings, TimeUs now_us);

}  // namespace gnomon
