// What an on-demand view may read: features of its sources, columns of the request, and join keys, by the names that its
// expressions use.
// Thread-safety: immutable once built. Views into nothing: everything is copied.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "gnomon/v1/manifest.pb.h"

namespace gnomon {

enum class InputKind : uint8_t {
  kFeature,   // of a feature view
  kOnDemand,  // of another on-demand view
  kRequest,   // a column of the entity rows that a request source declares
  kJoinKey,   // a column of the entity rows that one of the views is asked by
};

struct OnDemandInput {
  InputKind kind;
  std::string source;  // the view's or the request source's name
  std::string column;  // its name there
  std::string dtype;   // empty: not known before apply
};

class OnDemandInputs {
 public:
  // Sources that do not exist are left out.
  static OnDemandInputs of(const v1::OnDemandFeatureView& view, const v1::Manifest& manifest);

  // By "column", or "view__column" where several sources have a column of that name. More than one: the name is ambiguous.
  std::vector<OnDemandInput> find(const std::string& name) const;
  // All of them, in the order of the sources; join keys last.
  const std::vector<OnDemandInput>& all() const { return all_; }
  // The short names, for suggestions.
  std::vector<std::string> names() const;
  // Whether every source says what it has: before the first apply the features of some views are not known.
  bool is_complete() const { return is_complete_; }

 private:
  void add(InputKind kind, const v1::FeatureRef& ref, const google::protobuf::RepeatedPtrField<v1::Field>& schema);
  void add_join_keys(const v1::FeatureView& view, const v1::Manifest& manifest);

  std::vector<OnDemandInput> all_;
  std::vector<OnDemandInput> keys_;
  bool is_complete_ = true;
};

// The on-demand views of a manifest, each after those that it reads. Views in a cycle are left out: their names go to `cyclic`.
std::vector<const v1::OnDemandFeatureView*> on_demand_order(const v1::Manifest& manifest,
                                                            std::vector<std::string>* cyclic = nullptr);

}  // namespace gnomon
