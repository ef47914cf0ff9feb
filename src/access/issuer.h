// Issuer: an identity provider whose tokens say who calls. Its keys are kept in memory and followed by a thread of its own: a file by
// its changes, a URL every kKeysMaxAge, and sooner when a token names a key that is not known yet.
// Thread-safety: authenticate() may be called from any thread, and reads neither files nor the network.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "access/principal.h"
#include "access/web_token.h"

namespace gnomon {

// Reads a document from a URL, whose certificate an authority in the PEM file `ca` has signed; empty: one of the system's.
using FetchDocument = std::function<Result<std::string>(const std::string& url, const std::string& ca)>;

class Issuer {
 public:
  static constexpr std::chrono::minutes kKeysMaxAge{5};
  static constexpr std::chrono::seconds kLeastBetweenFetches{5};  // however many tokens with unknown keys somebody sends

  // A URL that does not answer yet is no error: tokens are refused until it does.
  // ERRORS: GN648 InvalidArgument for an algorithm that is none, and for a file that holds no keys; GN502.
  static Result<std::unique_ptr<Issuer>> open(AccessSettings settings, FetchDocument fetch, Env* env);
  ~Issuer();

  // ERRORS: GN641 Unauthenticated.
  Result<std::shared_ptr<const Principal>> authenticate(std::string_view token);

  // Why the keys could not be read the last time.
  Status trouble() const;

 private:
  using Clock = std::chrono::steady_clock;
  Issuer(AccessSettings settings, FetchDocument fetch, Env* env);
  bool is_url() const { return oidc().jwks.find("://") != std::string::npos; }
  const OidcSettings& oidc() const { return *settings_.oidc; }
  bool is_due() const;
  Status load();
  void follow();

  const AccessSettings settings_;
  const FetchDocument fetch_;
  Env* const env_;
  std::shared_ptr<const WebKeys>
      keys_;                  // shared: with calls that look something up; by atomic_load and atomic_store. Null: none yet
  mutable std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  bool stop_ = false;
  bool unknown_key_ = false;
  std::string file_stamp_;
  Clock::time_point fetched_;
  Status trouble_;
  std::thread follower_;
};

}  // namespace gnomon
