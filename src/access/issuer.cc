#include "access/issuer.h"

#include <fmt/format.h>

#include "base/private_file.h"

namespace gnomon {
namespace {

constexpr std::chrono::milliseconds kLookEvery{250};

// Only roles that gnomon.yaml defines: what an issuer calls "admin" need not be what is called so here.
std::vector<Grants> grants_of(const std::vector<std::string>& roles, const AccessSettings& settings) {
  std::vector<Grants> grants;
  for (const std::string& name : roles) {
    auto role = settings.roles.find(name);
    if (role == settings.roles.end()) continue;
    auto actions = ActionSet::of(role->second.allow);
    GN_ASSERT(actions.ok());  // checked when access control was opened
    grants.push_back({.actions = *actions, .project = "", .views = role->second.views, .services = role->second.services});
  }
  return grants;
}

}  // namespace

Issuer::Issuer(AccessSettings settings, FetchDocument fetch, Env* env)
    : settings_(std::move(settings)), fetch_(std::move(fetch)), env_(env) {}

Result<std::unique_ptr<Issuer>> Issuer::open(AccessSettings settings, FetchDocument fetch, Env* env) {
  for (const std::string& algorithm : settings.oidc->algorithms) {
    if (is_signature_algorithm(algorithm)) continue;
    return Status(Code::kInvalidArgument, "GN648", fmt::format("tokens cannot be signed with \"{}\"", algorithm),
                  "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and EdDSA can be allowed");
  }
  std::unique_ptr<Issuer> issuer(new Issuer(std::move(settings), std::move(fetch), env));
  Status loaded = issuer->load();
  if (!issuer->is_url()) GN_TRY(loaded);
  issuer->follower_ = std::thread([self = issuer.get()] { self->follow(); });
  return issuer;
}

Issuer::~Issuer() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (follower_.joinable()) follower_.join();
}

Status Issuer::trouble() const {
  std::lock_guard lock(mutex_);
  return trouble_;
}

// What cannot be read changes nothing: the keys that are known stay good until the issuer says otherwise.
Status Issuer::load() {
  FileStamp stamp = is_url() ? FileStamp() : stamp_of_file(oidc().jwks);
  Result<std::string> document = is_url() ? fetch_(oidc().jwks, oidc().jwks_ca) : env_->read_file(oidc().jwks);
  Result<WebKeys> keys = document.ok() ? WebKeys::parse(*document) : Result<WebKeys>(document.status());
  if (keys.ok()) std::atomic_store(&keys_, std::make_shared<const WebKeys>(std::move(*keys)));
  std::lock_guard lock(mutex_);
  file_stamp_ = stamp.is_settled ? stamp.text : "";  // else it may be changing at this very moment: look again
  fetched_ = Clock::now();
  unknown_key_ = false;
  trouble_ = keys.status();
  return keys.status();
}

// REQUIRES: mutex_ is held.
bool Issuer::is_due() const {
  if (!is_url()) return stamp_of_file(oidc().jwks).text != file_stamp_;
  auto age = Clock::now() - fetched_;
  return age >= kKeysMaxAge || (age >= kLeastBetweenFetches && (unknown_key_ || !trouble_.ok()));
}

void Issuer::follow() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kLookEvery, [this] { return stop_; })) {
    if (!is_due()) continue;
    lock.unlock();
    (void)load();  // trouble() tells
    lock.lock();
  }
}

Result<std::shared_ptr<const Principal>> Issuer::authenticate(std::string_view token) {
  GN_ASSIGN(std::string key_id, key_id_of(token, oidc()));
  std::shared_ptr<const WebKeys> keys = std::atomic_load(&keys_);
  if (keys == nullptr)
    return Status(Code::kUnauthenticated, "GN641", "the keys of the tokens' issuer are not known yet", "Call again later");
  if (keys->find(key_id) == nullptr) {
    std::lock_guard lock(mutex_);
    unknown_key_ = true;
  }
  GN_ASSIGN(WebToken read, read_web_token(token, *keys, oidc(), env_->now_us()));
  return std::shared_ptr<const Principal>(
      std::make_shared<Principal>(Principal{"token " + read.subject, grants_of(read.roles, settings_)}));
}

}  // namespace gnomon
