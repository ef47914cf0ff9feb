#include "access/web_keys.h"

#include <nlohmann/json.hpp>

namespace gnomon {
namespace {

using nlohmann::json;

constexpr size_t kMostKeys = 100;

std::string text_in(const json& key, const char* name) {
  auto found = key.find(name);
  return found != key.end() && found->is_string() ? found->get<std::string>() : "";
}

Result<PublicKey> public_key(const json& key) {
  auto bytes = [&](const char* name) {
    std::string decoded;
    return decode_base64url(text_in(key, name), &decoded) ? decoded : std::string();
  };
  const std::string type = text_in(key, "kty");
  if (type == "RSA") return PublicKey::rsa(bytes("n"), bytes("e"));
  if (type == "EC") return PublicKey::elliptic(text_in(key, "crv"), bytes("x"), bytes("y"));
  if (type == "OKP" && text_in(key, "crv") == "Ed25519") return PublicKey::ed25519(bytes("x"));
  return Status(Code::kInvalidArgument, "GN648", "a key of another kind");
}

}  // namespace

Result<WebKeys> WebKeys::parse(std::string_view text) {
  const json said = json::parse(text, nullptr, /*allow_exceptions=*/false);
  auto list = said.is_object() ? said.find("keys") : said.end();
  if (!said.is_object() || list == said.end() || !list->is_array() || list->size() > kMostKeys)
    return Status(Code::kInvalidArgument, "GN648", "not a JSON Web Key Set",
                  "It is like {\"keys\": [{\"kid\": …, \"kty\": …}]}");
  WebKeys keys;
  for (const json& one : *list) {
    if (!one.is_object()) continue;
    const std::string id = text_in(one, "kid"), use = text_in(one, "use");
    if (id.empty() || (!use.empty() && use != "sig")) continue;
    Result<PublicKey> key = public_key(one);
    if (key.ok()) keys.by_id_.insert_or_assign(id, WebKey{std::move(*key), text_in(one, "alg")});
  }
  if (keys.by_id_.empty())
    return Status(Code::kInvalidArgument, "GN648", "the key set has no key for signatures that has an id");
  return keys;
}

const WebKey* WebKeys::find(const std::string& id) const {
  auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

}  // namespace gnomon
