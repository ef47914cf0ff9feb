// A request's JSON body, read member by member. A member that is null counts as absent.
// ERRORS: GN610 not JSON or not UTF-8; GN611 a wrong, missing, doubled or unknown member; GN612 columns that are not columns;
// GN613 Unimplemented for members of Feast's that are not supported yet.
// Thread-safety: values.
#pragma once

#include <chrono>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "engine/engine.h"
#include "gnomon/env.h"
#include "gnomon/status.h"
#include "serve/json_columns.h"
#include "serve/request_members.h"

namespace gnomon {

using TimeLimit = std::optional<std::chrono::milliseconds>;

class RequestBody {
 public:
  static Result<RequestBody> parse(std::string_view bytes, const std::vector<std::string_view>& known);

  const Member* find(std::string_view name) const;  // null if absent

  Result<std::string> text(std::string_view name) const;
  Result<std::string> text_or(std::string_view name, std::string_view otherwise) const;
  Result<bool> flag(std::string_view name) const;                       // absent: false
  Result<std::vector<std::string>> texts(std::string_view name) const;  // absent: empty
  Result<TimeUs> time(std::string_view name) const;
  Result<std::shared_ptr<arrow::RecordBatch>> columns(std::string_view name, const RuleOfColumn& rule_of) const;

  // "features" or "feature_service", and "full_feature_names".
  Result<FeatureRequest> features() const;
  // "timeout_ms": a whole number from 1 to kMaxTimeoutMs.
  Result<TimeLimit> time_limit() const;
  // "to"; absent: `otherwise`.
  Result<PushTo> push_to(PushTo otherwise) const;

  // Members that mean something which is not there yet: refused when set, never ignored.
  Status refuse_if_set(std::initializer_list<std::string_view> names) const;

 private:
  Result<const Member*> required(std::string_view name) const;

  std::vector<Member> members_;
};

inline constexpr int64_t kMaxTimeoutMs = 3'600'000;

}  // namespace gnomon
