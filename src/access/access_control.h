// AccessControl: the one place that decides who calls and whether they may. Every face asks it twice: once with what the head of a
// call says, before anything else of the call is read; and once with what the call would touch, before its work begins.
//
// It is on as soon as anything that can tell callers apart is set up: an API key, OIDC, or client certificates. A key that
// is made while a server runs turns it on; nothing turns it off but a restart.
// Thread-safety: all methods may be called from any thread; none of them reads a file. A thread of its own follows files that change.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "access/audit_log.h"
#include "access/issuer.h"
#include "access/key_ring.h"
#include "access/principal.h"
#include "gnomon/access_settings.h"
#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

// Which role a client certificate has by the rules; null: none.
const CertificateRule* rule_of_certificate(const std::vector<CertificateRule>& rules, const Credentials& credentials);

// What a role allows: one of gnomon.yaml's, or a built-in one. ERRORS: GN645 for what is neither.
Result<Grants> grants_of_role(const AccessSettings& settings, const std::string& role);

class AccessControl {
 public:
  // `fetch` is called for OIDC's keys, on a thread of its own. ERRORS: GN644 for a key file that holds no key, GN645 for a role or action that is none; those of Issuer.
  static Result<std::unique_ptr<AccessControl>> open(std::string project_dir, std::string project, AccessSettings settings,
                                                     const FetchDocument& fetch, Env* env);
  ~AccessControl();

  // Whether anybody has to say who they are.
  bool is_on() const { return is_on_.load(std::memory_order_acquire); }
  // Whether everybody may call it, although access control is on: "/metrics", where gnomon.yaml says so.
  bool is_open(std::string_view path) const { return settings_.open_routes.contains(std::string(path)); }

  // ERRORS, Unauthenticated: GN640 for nobody, GN641 for credentials that are not good or not good any more.
  Result<std::shared_ptr<const Principal>> authenticate(const Credentials& credentials) const;

  // Denies what is not granted. ERRORS, PermissionDenied: GN642 the action, GN643 the project or a view.
  Status authorize(const Principal& principal, Action action, const Resource& resource) const;

  AuditLog& audit() { return audit_; }
  const std::string& project() const { return project_; }

 private:
  AccessControl(std::string project_dir, std::string project, AccessSettings settings, Env* env);
  Status load_keys();
  void follow_files();
  void tell_once(const std::string& what, const Status& trouble, std::string* told);
  Result<std::shared_ptr<const Principal>> of_bearer(std::string_view token) const;

  const std::string project_dir_, project_;
  const AccessSettings settings_;
  Env* const env_;
  AuditLog audit_;
  std::atomic<bool> is_on_{false};
  std::unique_ptr<Issuer> issuer_;       // null: no tokens
  std::shared_ptr<const KeyRing> keys_;  // shared: with calls that look something up; by atomic_load and atomic_store
  std::string keys_stamp_;               // of the folder, as of the keys; of the thread below
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::thread follower_;
};

}  // namespace gnomon
