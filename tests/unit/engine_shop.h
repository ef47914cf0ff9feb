// A small project in a temporary folder: one view of rows, one of windows, over payments of two users.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "engine/definitions.h"
#include "engine/engine.h"

namespace gnomon {

class Shop {
 public:
  Shop();
  ~Shop();

  const std::string& folder() const { return folder_; }
  // Every answer is logged. `env` null: the real one.
  std::unique_ptr<Engine> open(Env* env = nullptr) const;
  // The definitions that are applied, for a hand in the store.
  static std::shared_ptr<const Definitions> definitions(Engine& engine);

 private:
  void write(const std::string& path, const std::string& text) const;

  std::string folder_;
};

// Both users, once.
OnlineRequest both_users();
// The int64 or double values of a feature of the answer to both_users(), null as -1.
std::vector<double> ask(Engine& engine, const std::string& feature);

const VerifiedFeature& feature_of(const VerifyReport& report, const std::string& name);

}  // namespace gnomon
