// Public keys as JSON Web Keys have them (RFC 7517), and signatures of JSON Web Tokens (RFC 7518), over OpenSSL. There are no
// symmetric algorithms here, and no "none": a key that is public can never be taken for a shared secret.
// Thread-safety: a PublicKey is immutable, and verifies from any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gnomon/status.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace gnomon {

// Whether tokens signed by it can be verified: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA.
bool is_signature_algorithm(std::string_view algorithm);

class PublicKey {
 public:
  // Big-endian numbers, as base64url has them once it is decoded.
  // ERRORS: GN648 InvalidArgument for what is no key, and for RSA of less than 2048 bits.
  static Result<PublicKey> rsa(const std::string& modulus, const std::string& exponent);
  // `curve`: "P-256" or "P-384".
  static Result<PublicKey> elliptic(const std::string& curve, const std::string& x, const std::string& y);
  static Result<PublicKey> ed25519(const std::string& x);

  // Whether `signature` is this key's over `bytes`, by an algorithm that fits the key: false in every other case.
  bool verifies(std::string_view algorithm, std::string_view bytes, std::string_view signature) const;

 private:
  enum class Kind : uint8_t { kRsa, kP256, kP384, kEd25519 };
  PublicKey(Kind kind, evp_pkey_st* key);

  Kind kind_;
  std::shared_ptr<evp_pkey_st> key_;  // shared: with the copies of this value
};

// Whether the bytes are base64url without padding, and what they hold.
bool decode_base64url(std::string_view text, std::string* bytes);

}  // namespace gnomon
