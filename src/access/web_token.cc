#include "access/web_token.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace gnomon {
namespace {

using nlohmann::json;

constexpr double kSecond = 1e6;

Status bad_token(std::string why) {
  return Status(Code::kUnauthenticated, "GN641", "the token is not good: " + std::move(why), "Ask the issuer for a new one");
}

struct Parts {
  std::string_view signed_part;  // header and payload, as they were signed
  json header;
  std::string payload;  // decoded, and not looked at before the signature is known to be good
  std::string signature;
};

Result<Parts> take_apart(std::string_view token) {
  if (token.size() > kMostTokenBytes) return bad_token(fmt::format("it is larger than {} bytes", kMostTokenBytes));
  size_t first = token.find('.');
  size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return bad_token("it does not have three parts");
  Parts parts{.signed_part = token.substr(0, second), .header = {}, .payload = "", .signature = ""};
  std::string header;
  if (!decode_base64url(token.substr(0, first), &header) ||
      !decode_base64url(token.substr(first + 1, second - first - 1), &parts.payload) ||
      !decode_base64url(token.substr(second + 1), &parts.signature)) {
    return bad_token("a part is not base64url");
  }
  parts.header = json::parse(header, nullptr, /*allow_exceptions=*/false);
  if (!parts.header.is_object()) return bad_token("its header is no JSON object");
  return parts;
}

std::string text_in(const json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// What the header says counts for nothing but finding the key: the algorithm must be one that was allowed before the token came.
Status check_header(const json& header, const OidcSettings& settings) {
  const std::string algorithm = text_in(header, "alg");
  const auto& allowed = settings.algorithms;
  if (std::find(allowed.begin(), allowed.end(), algorithm) == allowed.end())
    return bad_token("its algorithm is not among those that are allowed");
  if (header.contains("crit")) return bad_token("its header demands an extension");
  if (text_in(header, "kid").empty()) return bad_token("it does not say which key it is signed with");
  return {};
}

// Seconds since 1970, as a number that may have a fraction. Null: absent. ERRORS: a claim that is no number.
Result<std::optional<double>> time_in(const json& claims, const char* name) {
  auto found = claims.find(name);
  if (found == claims.end()) return std::optional<double>();
  if (!found->is_number() || !std::isfinite(found->get<double>())) return bad_token(fmt::format("\"{}\" is no time", name));
  return std::optional<double>(found->get<double>());
}

Status check_times(const json& claims, const OidcSettings& settings, TimeUs now_us) {
  const double now = static_cast<double>(now_us) / kSecond;
  const double leeway = static_cast<double>(settings.leeway_us) / kSecond;
  GN_ASSIGN(std::optional<double> expires, time_in(claims, "exp"));
  GN_ASSIGN(std::optional<double> begins, time_in(claims, "nbf"));
  if (!expires.has_value()) return bad_token("it never expires: \"exp\" is missing");
  if (now >= *expires + leeway) return bad_token("it has expired");
  if (begins.has_value() && now < *begins - leeway) return bad_token("its time has not come yet");
  return {};
}

Status check_parties(const json& claims, const OidcSettings& settings) {
  if (text_in(claims, "iss") != settings.issuer) return bad_token("another issuer made it");
  auto audience = claims.find("aud");
  bool is_ours = false;
  if (audience != claims.end() && audience->is_string()) is_ours = audience->get<std::string>() == settings.audience;
  if (audience != claims.end() && audience->is_array())
    is_ours = std::find(audience->begin(), audience->end(), json(settings.audience)) != audience->end();
  return is_ours ? Status() : bad_token("it is meant for somebody else");
}

// "roles", or "realm_access.roles"; a claim whose name has dots in it is found as well.
const json* claim_named(const json& claims, const std::string& name) {
  if (auto whole = claims.find(name); whole != claims.end()) return &*whole;
  const json* at = &claims;
  for (size_t begin = 0; begin <= name.size();) {
    size_t end = std::min(name.find('.', begin), name.size());
    auto found = at->is_object() ? at->find(name.substr(begin, end - begin)) : at->end();
    if (!at->is_object() || found == at->end()) return nullptr;
    at = &*found;
    begin = end + 1;
  }
  return at;
}

std::vector<std::string> roles_in(const json& claims, const std::string& name) {
  std::vector<std::string> roles;
  const json* claim = claim_named(claims, name);
  if (claim == nullptr) return roles;
  if (claim->is_array()) {
    for (const json& role : *claim) {
      if (role.is_string()) roles.push_back(role.get<std::string>());
    }
  }
  if (!claim->is_string()) return roles;
  const std::string words = claim->get<std::string>() + " ";
  for (size_t begin = 0, end = 0; (end = words.find(' ', begin)) != std::string::npos; begin = end + 1) {
    if (end > begin) roles.push_back(words.substr(begin, end - begin));
  }
  return roles;
}

}  // namespace

Result<std::string> key_id_of(std::string_view token, const OidcSettings& settings) {
  GN_ASSIGN(Parts parts, take_apart(token));
  GN_TRY(check_header(parts.header, settings));
  return text_in(parts.header, "kid");
}

Result<WebToken> read_web_token(std::string_view token, const WebKeys& keys, const OidcSettings& settings, TimeUs now_us) {
  GN_ASSIGN(Parts parts, take_apart(token));
  GN_TRY(check_header(parts.header, settings));
  const std::string algorithm = text_in(parts.header, "alg");
  const WebKey* key = keys.find(text_in(parts.header, "kid"));
  if (key == nullptr) return bad_token("the issuer has no such key");
  if (!key->algorithm.empty() && key->algorithm != algorithm) return bad_token("its key is for another algorithm");
  if (!key->key.verifies(algorithm, parts.signed_part, parts.signature)) return bad_token("its signature is wrong");
  const json claims = json::parse(parts.payload, nullptr, /*allow_exceptions=*/false);
  if (!claims.is_object()) return bad_token("what it says is no JSON object");
  GN_TRY(check_parties(claims, settings));
  GN_TRY(check_times(claims, settings, now_us));
  return WebToken{text_in(claims, "sub"), roles_in(claims, settings.roles_claim)};
}

}  // namespace gnomon
