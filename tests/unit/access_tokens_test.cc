// JSON Web Tokens at their edges. The tokens were signed by PyJWT; tests/python/access has the attacks over HTTP.
#include <random>

#include <gtest/gtest.h>

#include "access/web_token.h"

namespace gnomon {
namespace {

// {"iss":"https://id.acme.example","aud":"gnomon","sub":"ada","exp":2000,"nbf":1000,"roles":["scoring","b"]}
constexpr const char* kKeys =
    R"({"keys": [{"kty": "EC", "crv": "P-256", "x": "hda1DB4Hkxoy2iugeacQMBGOPNHydH38GPO6_rmWD9Y",)"
    R"( "y": "CBgOHeBbk1gx6VMmr0B3agc1SSmuYnzJLye7KYEYKio", "kid": "p256", "use": "sig"},)"
    R"( {"x": "FMvza92ifoRY6Np5kQXRW3_iNhsl2q86itYJdxI8HbI", "kty": "OKP", "crv": "Ed25519", "kid": "ed25519"}]})";
constexpr const char* kPayload =
    "eyJpc3MiOiJodHRwczovL2lkLmFjbWUuZXhhbXBsZSIsImF1ZCI6Imdub21vbiIsInN1YiI6ImFkYSIsImV4cCI6MjAwMCwibmJmIjoxMDAwLCJyb2xlcy"
    "I6WyJzY29yaW5nIiwiYiJdfQ";
const std::string kEs256 = std::string("eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.") + kPayload +
                           ".aeqhLmTITnWK7PR6oX2SK6s6ZrHbaEMQiSCHNyIk5T-MtlBzvc6tply_j02iyBzuend7Rs6I2kD7tygsVvOKsw";
const std::string kEdDsa = std::string("eyJhbGciOiJFZERTQSIsImtpZCI6ImVkMjU1MTkiLCJ0eXAiOiJKV1QifQ.") + kPayload +
                           ".VrEn4GLdfoYNFVAQE6oLF4MwJuE6L3G1CmfdF87Vl6O7H1NoYdChbJIJvm2jyMcAgbay3KV8ctTwVwC5UPocAg";

constexpr TimeUs kSecond = 1'000'000;

OidcSettings settings() {
  OidcSettings settings;
  settings.issuer = "https://id.acme.example";
  settings.audience = "gnomon";
  settings.algorithms = {"ES256", "EdDSA"};
  settings.leeway_us = 30 * kSecond;
  return settings;
}

WebKeys keys() {
  auto keys = WebKeys::parse(kKeys);
  EXPECT_TRUE(keys.ok()) << keys.status().to_string();
  return *keys;
}

Result<WebToken> read(std::string_view token, TimeUs now_us = 1'500 * kSecond) {
  return read_web_token(token, keys(), settings(), now_us);
}

TEST(WebTokens, AGoodOneSaysWhoAndWhat) {
  for (const std::string& token : {kEs256, kEdDsa}) {
    auto found = read(token);
    ASSERT_TRUE(found.ok()) << found.status().to_string();
    EXPECT_EQ(found->subject, "ada");
    EXPECT_EQ(found->roles, (std::vector<std::string>{"scoring", "b"}));
  }
}

TEST(WebTokens, TimesEndExactlyAtTheLeeway) {
  EXPECT_FALSE(read(kEs256, 970 * kSecond - 1).ok());
  EXPECT_TRUE(read(kEs256, 970 * kSecond).ok());
  EXPECT_TRUE(read(kEs256, 2'030 * kSecond - 1).ok());
  EXPECT_FALSE(read(kEs256, 2'030 * kSecond).ok());
}

TEST(WebTokens, EveryChangedCharacterIsNoticed) {
  for (const std::string& token : {kEs256, kEdDsa}) {
    for (size_t i = 0; i < token.size(); ++i) {
      std::string changed = token;
      changed[i] = changed[i] == 'A' ? 'B' : 'A';
      EXPECT_FALSE(read(changed).ok()) << i;
      EXPECT_FALSE(read(token.substr(0, i)).ok()) << i;
    }
  }
}

TEST(WebTokens, AnAlgorithmThatFitsTheKeyButWasNotAllowedIsRefused) {
  OidcSettings narrow = settings();
  narrow.algorithms = {"EdDSA"};
  EXPECT_FALSE(read_web_token(kEs256, keys(), narrow, 1'500 * kSecond).ok());
  EXPECT_TRUE(read_web_token(kEdDsa, keys(), narrow, 1'500 * kSecond).ok());
  for (const char* algorithm : {"HS256", "none", "None", "", "es256"}) EXPECT_FALSE(is_signature_algorithm(algorithm));
}

TEST(WebTokens, AKeyVerifiesByNoOtherKindOfAlgorithm) {
  const std::string bytes(64, 'x');
  for (const char* id : {"p256", "ed25519"}) {
    const WebKeys known = keys();
    const WebKey* key = known.find(id);
    ASSERT_NE(key, nullptr);
    for (const char* algorithm : {"RS256", "PS256", "ES256", "ES384", "EdDSA", "HS256", "none"}) {
      EXPECT_FALSE(key->key.verifies(algorithm, "text", bytes)) << id << algorithm;
      EXPECT_FALSE(key->key.verifies(algorithm, "text", "")) << id << algorithm;
    }
  }
}

TEST(WebTokens, SetsOfKeysArePickedOver) {
  auto id_of = [](std::string_view text) {
    auto keys = WebKeys::parse(text);
    return keys.ok() ? "" : keys.status().info().id;
  };
  for (const char* none : {"", "[]", "{}", R"({"keys": {}})", R"({"keys": []})", R"({"keys": [1, [], {"kid": "x"}]})",
                           R"({"keys": [{"kid": "x", "kty": "oct", "k": "c2VjcmV0"}]})",
                           R"({"keys": [{"kid": "x", "kty": "RSA", "n": "AQAB", "e": "AQAB"}]})",
                           R"({"keys": [{"kid": "x", "kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}]})"}) {
    EXPECT_EQ(id_of(none), "GN648") << none;
  }
  std::string zero(43, 'A');  // (0, 0) is not on the curve
  EXPECT_EQ(
      id_of(R"({"keys": [{"kid": "x", "kty": "EC", "crv": "P-256", "x": ")" + zero + R"(", "y": ")" + zero + R"("}]})"),
      "GN648");
  std::string encrypts = kKeys;
  encrypts.replace(encrypts.find("\"sig\""), 5, "\"enc\"");
  auto keys = WebKeys::parse(encrypts);
  ASSERT_TRUE(keys.ok());
  EXPECT_EQ(keys->find("p256"), nullptr);
  EXPECT_NE(keys->find("ed25519"), nullptr);
}

TEST(WebTokens, RandomChangesAreRefusedAndHarmNothing) {
  const char* given = std::getenv("GNOMON_SEED");
  const unsigned seed = given == nullptr ? std::random_device()() : static_cast<unsigned>(std::atoi(given));
  std::printf("GNOMON_SEED=%u\n", seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 2'000; ++round) {
    std::string token = round % 2 == 0 ? kEs256 : kEdDsa;
    const std::string original = token;
    for (unsigned change = 0; change <= random() % 3; ++change) {
      size_t at = random() % token.size();
      switch (random() % 4) {
        case 0: token[at] = static_cast<char>(random()); break;
        case 1: token.erase(at, random() % 20); break;
        case 2: token.insert(at, 1, static_cast<char>(random())); break;
        default: token.insert(at, token.substr(0, random() % token.size())); break;
      }
      if (token.empty()) token = "x";
    }
    EXPECT_EQ(read(token).ok(), token == original) << token;
  }
}

}  // namespace
}  // namespace gnomon
