#include "access/signature.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <array>

#include <fmt/format.h>

namespace gnomon {
namespace {

template <class T, void (*kFree)(T*)>
struct Freed {
  void operator()(T* object) const { kFree(object); }
};
using Number = std::unique_ptr<BIGNUM, Freed<BIGNUM, BN_free>>;
using ParamBuild = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM, OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX, EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG, ECDSA_SIG_free>>;

constexpr int kLeastRsaBits = 2048;

enum class Scheme : uint8_t { kPkcs1, kPss, kEcdsa, kEd25519 };

struct Algorithm {
  std::string_view name;
  Scheme scheme;
  const char* digest;   // null: part of the scheme
  size_t number_bytes;  // of r and s each, with kEcdsa
};

constexpr std::array<Algorithm, 9> kAlgorithms = {{{"RS256", Scheme::kPkcs1, "SHA256", 0},
                                                   {"RS384", Scheme::kPkcs1, "SHA384", 0},
                                                   {"RS512", Scheme::kPkcs1, "SHA512", 0},
                                                   {"PS256", Scheme::kPss, "SHA256", 0},
                                                   {"PS384", Scheme::kPss, "SHA384", 0},
                                                   {"PS512", Scheme::kPss, "SHA512", 0},
                                                   {"ES256", Scheme::kEcdsa, "SHA256", 32},
                                                   {"ES384", Scheme::kEcdsa, "SHA384", 48},
                                                   {"EdDSA", Scheme::kEd25519, nullptr, 0}}};

const Algorithm* algorithm_named(std::string_view name) {
  for (const Algorithm& algorithm : kAlgorithms) {
    if (algorithm.name == name) return &algorithm;
  }
  return nullptr;
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Number number_of(std::string_view bytes) {
  return Number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

Status no_key(const char* why) {
  ERR_clear_error();
  return Status(Code::kInvalidArgument, "GN648", fmt::format("not a usable public key: {}", why));
}

EVP_PKEY* key_from(const char* type, OSSL_PARAM_BLD* build) {
  Params params(OSSL_PARAM_BLD_to_param(build));
  KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  KeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  if (check != nullptr && EVP_PKEY_public_check(check.get()) == 1) return key;  // a point that is not on its curve is no key
  EVP_PKEY_free(key);
  return nullptr;
}

// Tokens hold r and s as numbers of fixed length, one after the other; OpenSSL wants them in ASN.1.
bool to_asn1(std::string_view signature, size_t number_bytes, std::string* out) {
  if (signature.size() != 2 * number_bytes) return false;
  EcdsaSignature both(ECDSA_SIG_new());
  if (ECDSA_SIG_set0(both.get(), number_of(signature.substr(0, number_bytes)).release(),
                     number_of(signature.substr(number_bytes)).release()) != 1) {
    return false;
  }
  unsigned char* encoded = nullptr;
  int size = i2d_ECDSA_SIG(both.get(), &encoded);
  if (size <= 0) return false;
  out->assign(reinterpret_cast<char*>(encoded), static_cast<size_t>(size));
  OPENSSL_free(encoded);
  return true;
}

bool is_signed(EVP_PKEY* key, const Algorithm& algorithm, std::string_view bytes, std::string_view signature) {
  DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* of_key = nullptr;
  if (EVP_DigestVerifyInit_ex(context.get(), &of_key, algorithm.digest, nullptr, nullptr, key, nullptr) != 1) return false;
  if (algorithm.scheme == Scheme::kPss && (EVP_PKEY_CTX_set_rsa_padding(of_key, RSA_PKCS1_PSS_PADDING) != 1 ||
                                           EVP_PKEY_CTX_set_rsa_pss_saltlen(of_key, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(bytes), bytes.size()) == 1;
}

int digit_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  return c == '_' ? 63 : -1;
}

}  // namespace

bool is_signature_algorithm(std::string_view algorithm) { return algorithm_named(algorithm) != nullptr; }

PublicKey::PublicKey(Kind kind, evp_pkey_st* key) : kind_(kind), key_(key, EVP_PKEY_free) {}

Result<PublicKey> PublicKey::rsa(const std::string& modulus, const std::string& exponent) {
  ParamBuild build(OSSL_PARAM_BLD_new());
  Number n = number_of(modulus);
  Number e = number_of(exponent);
  if (BN_num_bits(n.get()) < kLeastRsaBits) return no_key("RSA keys have at least 2048 bits");
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  EVP_PKEY* key = key_from("RSA", build.get());
  return key == nullptr ? Result<PublicKey>(no_key("n and e make none")) : PublicKey(Kind::kRsa, key);
}

Result<PublicKey> PublicKey::elliptic(const std::string& curve, const std::string& x, const std::string& y) {
  bool is_p256 = curve == "P-256";
  if (!is_p256 && curve != "P-384") return no_key("the curve is neither P-256 nor P-384");
  size_t number_bytes = is_p256 ? 32 : 48;
  if (x.size() != number_bytes || y.size() != number_bytes) return no_key("x or y is of the wrong length");
  std::string point = "\x04" + x + y;  // uncompressed
  ParamBuild build(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.c_str(), 0);
  OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  EVP_PKEY* key = key_from("EC", build.get());
  if (key == nullptr) return no_key("x and y are no point of the curve");
  return PublicKey(is_p256 ? Kind::kP256 : Kind::kP384, key);
}

Result<PublicKey> PublicKey::ed25519(const std::string& x) {
  EVP_PKEY* key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size());
  return key == nullptr ? Result<PublicKey>(no_key("x is of the wrong length")) : PublicKey(Kind::kEd25519, key);
}

bool PublicKey::verifies(std::string_view name, std::string_view bytes, std::string_view signature) const {
  const Algorithm* algorithm = algorithm_named(name);
  if (algorithm == nullptr) return false;
  bool fits = false;
  switch (algorithm->scheme) {
    case Scheme::kPkcs1:
    case Scheme::kPss: fits = kind_ == Kind::kRsa; break;
    case Scheme::kEcdsa: fits = kind_ == (algorithm->number_bytes == 32 ? Kind::kP256 : Kind::kP384); break;
    case Scheme::kEd25519: fits = kind_ == Kind::kEd25519; break;
  }
  if (!fits) return false;
  std::string asn1;
  if (algorithm->scheme == Scheme::kEcdsa) {
    if (!to_asn1(signature, algorithm->number_bytes, &asn1)) return false;
    signature = asn1;
  }
  bool good = is_signed(key_.get(), *algorithm, bytes, signature);
  ERR_clear_error();
  return good;
}

bool decode_base64url(std::string_view text, std::string* bytes) {
  bytes->clear();
  unsigned bits = 0;
  int held = 0;
  for (char c : text) {
    int digit = digit_of(c);
    if (digit < 0) return false;
    bits = (bits << 6) | static_cast<unsigned>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes->push_back(static_cast<char>((bits >> held) & 255));
  }
  return held < 6 && (bits & ((1U << held) - 1)) == 0;  // what is left over is zero: there is one way to write each value
}

}  // namespace gnomon
