#include "access/access_control.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/private_file.h"

namespace gnomon {
namespace {

constexpr std::chrono::milliseconds kFollowEvery{250};

// The scheme's name may be written in any case, RFC 7235.
bool take_bearer(std::string_view* header) {
  constexpr std::string_view kScheme = "bearer ";
  if (header->size() < kScheme.size()) return false;
  for (size_t i = 0; i < kScheme.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>((*header)[i])) != kScheme[i]) return false;
  }
  header->remove_prefix(kScheme.size());
  return true;
}

Status check_settings(const AccessSettings& settings) {
  for (const auto& [name, role] : settings.roles) GN_TRY(ActionSet::of(role.allow).status());
  for (const CertificateRule& rule : settings.certificates) GN_TRY(grants_of_role(settings, rule.role).status());
  return {};
}

std::shared_ptr<const Principal> everything_for(const std::string& name) {
  auto all = builtin_role("admin");
  GN_ASSERT(all.ok());
  return std::make_shared<Principal>(Principal{name, {Grants{.actions = *all}}});
}

Status denied(const Principal& principal, const char* id, const std::string& what, const char* hint) {
  return Status(Code::kPermissionDenied, id, fmt::format("{} may not {}", principal.name, what), hint);
}

std::string first_missing(const Grants& grants, const Resource& resource) {
  for (const std::string& view : resource.views) {
    if (!grants.views.contains(view)) return view;
  }
  return "";
}

Status weigh(const Principal& principal, const Grants& grants, Action action, const Resource& resource) {
  auto no = [&](const std::string& what, const char* hint) {
    return denied(principal, "GN643", fmt::format("{} {}", action_name(action), what), hint);
  };
  if (!grants.actions.contains(action))
    return denied(principal, "GN642", action_name(action), "Ask for a key or role that allows it");
  if (!grants.project.empty() && grants.project != resource.project)
    return no("in project " + resource.project, "It is meant for another project");
  if (!grants.is_limited() || resource.extent == Resource::Extent::kNoValues) return {};
  if (resource.extent == Resource::Extent::kProject) return no("all views", "Name the views: it is limited to some");
  if (!resource.feature_service.empty() && grants.services.contains(resource.feature_service)) return {};
  if (resource.views.empty()) return no("what belongs to none of its views", "");
  std::string missing = first_missing(grants, resource);
  return missing.empty() ? Status() : no("view " + missing, "It is limited to other views");
}

}  // namespace

bool Principal::is_limited() const {
  return std::any_of(grants.begin(), grants.end(), [](const Grants& one) { return one.is_limited(); });
}

const CertificateRule* rule_of_certificate(const std::vector<CertificateRule>& rules, const Credentials& credentials) {
  if (credentials.certificate.empty() && credentials.certificate_names.empty()) return nullptr;
  for (const CertificateRule& rule : rules) {
    if (!rule.subject.empty() && rule.subject == credentials.certificate) return &rule;
    const auto& names = credentials.certificate_names;
    if (!rule.name.empty() && std::find(names.begin(), names.end(), rule.name) != names.end()) return &rule;
  }
  return nullptr;
}

Result<Grants> grants_of_role(const AccessSettings& settings, const std::string& role) {
  Grants grants;
  auto own = settings.roles.find(role);
  if (own == settings.roles.end()) {
    GN_ASSIGN(grants.actions, builtin_role(role));
    return grants;
  }
  GN_ASSIGN(grants.actions, ActionSet::of(own->second.allow));
  grants.views = own->second.views;
  grants.services = own->second.services;
  return grants;
}

AccessControl::AccessControl(std::string project_dir, std::string project, AccessSettings settings, Env* env)
    : project_dir_(std::move(project_dir)),
      project_(std::move(project)),
      settings_(std::move(settings)),
      env_(env),
      audit_(project_dir_, env),
      keys_(std::make_shared<KeyRing>(std::vector<ApiKey>())) {}

Result<std::unique_ptr<AccessControl>> AccessControl::open(std::string project_dir, std::string project,
                                                           AccessSettings settings, const FetchDocument& fetch, Env* env) {
  GN_TRY(check_settings(settings));
  std::unique_ptr<AccessControl> access(
      new AccessControl(std::move(project_dir), std::move(project), std::move(settings), env));
  access->is_on_ = access->settings_.oidc.has_value() || !access->settings_.certificates.empty() ||
                   !access->settings_.tls.client_ca.empty();
  if (access->settings_.oidc.has_value()) {
    GN_ASSIGN(access->issuer_, Issuer::open(access->settings_, fetch, env));
  }
  GN_TRY(access->load_keys());
  access->follower_ = std::thread([self = access.get()] { self->follow_files(); });
  return access;
}

AccessControl::~AccessControl() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  if (follower_.joinable()) follower_.join();
}

Status AccessControl::load_keys() {
  FileStamp stamp = stamp_of_file(keys_folder(project_dir_));
  if (stamp.text == keys_stamp_) return {};
  GN_ASSIGN(std::vector<ApiKey> keys, list_api_keys(project_dir_));
  bool any = !keys.empty();
  std::atomic_store(&keys_, std::make_shared<const KeyRing>(std::move(keys)));
  if (stamp.is_settled) keys_stamp_ = stamp.text;  // else somebody may be changing it at this very moment: look again
  if (any) is_on_.store(true, std::memory_order_release);
  return {};
}

void AccessControl::tell_once(const std::string& what, const Status& trouble, std::string* told) {
  std::string text = trouble.ok() ? "" : trouble.to_string();
  if (!text.empty() && text != *told) audit_.deny({.resource = what, .outcome = "unreadable", .reason = text});
  *told = std::move(text);
}

// Of keys, what cannot be read grants nothing: a damaged file takes all of them out of use until it is mended.
void AccessControl::follow_files() {
  std::string told_of_keys, told_of_issuer;
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, kFollowEvery, [this] { return stop_; })) {
    lock.unlock();
    Status loaded = load_keys();
    if (!loaded.ok()) {
      std::atomic_store(&keys_, std::make_shared<const KeyRing>(std::vector<ApiKey>()));
      is_on_.store(true, std::memory_order_release);
    }
    tell_once("keys", loaded, &told_of_keys);
    if (issuer_ != nullptr) tell_once("issuer", issuer_->trouble(), &told_of_issuer);
    audit_.flush();
    lock.lock();
  }
}

Result<std::shared_ptr<const Principal>> AccessControl::of_bearer(std::string_view token) const {
  if (token.starts_with(kKeyPrefix)) return std::atomic_load(&keys_)->find(token, env_->now_us());
  if (issuer_ != nullptr) return issuer_->authenticate(token);
  return Status(Code::kUnauthenticated, "GN641", "the token is no API key", "Keys begin with gn_");
}

Result<std::shared_ptr<const Principal>> AccessControl::authenticate(const Credentials& credentials) const {
  if (credentials.own_socket) {
    static const std::shared_ptr<const Principal> owner = everything_for(own_user());
    return owner;
  }
  if (!credentials.authorization.empty()) {
    std::string_view token = credentials.authorization;
    if (!take_bearer(&token)) {
      return Status(Code::kUnauthenticated, "GN641", "the Authorization header has another scheme than Bearer",
                    "Send \"Authorization: Bearer <key or token>\"");
    }
    return of_bearer(token);
  }
  if (const CertificateRule* rule = rule_of_certificate(settings_.certificates, credentials)) {
    GN_ASSIGN(Grants grants, grants_of_role(settings_, rule->role));
    std::string shown = rule->subject.empty() ? rule->name : rule->subject;
    return std::shared_ptr<const Principal>(
        std::make_shared<Principal>(Principal{"certificate " + shown, {std::move(grants)}}));
  }
  return Status(Code::kUnauthenticated, "GN640", "the call does not say who makes it",
                "Send \"Authorization: Bearer <key>\"; `gnomon key create NAME --role reader` makes a key");
}

Status AccessControl::authorize(const Principal& principal, Action action, const Resource& resource) const {
  if (action == Action::kNone) return {};
  Status closest;  // to yes: of several refusals the one that says most
  for (const Grants& grants : principal.grants) {
    Status answer = weigh(principal, grants, action, resource);
    if (answer.ok()) return answer;
    if (closest.ok() || answer.info().id != "GN642") closest = answer;
  }
  return closest.ok() ? denied(principal, "GN642", action_name(action), "Ask for a key or role that allows it") : closest;
}

}  // namespace gnomon
