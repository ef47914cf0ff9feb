// Definitions: the applied manifest, compiled once into what the engine's steps ask for: types, time columns, identities.
// Thread-safety: immutable once built.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "data/row_history.h"
#include "engine/aggregated_view.h"
#include "engine/engine.h"
#include "engine/on_demand_view.h"
#include "gnomon/online_store.h"
#include "gnomon/status.h"
#include "gnomon/v1/manifest.pb.h"

namespace gnomon {

struct TimeColumnNames {
  std::string event_time;
  std::string created_time;  // empty: none
  std::string known_at;      // empty: none
};

// The time columns of a view's rows: named on the view, else, for a view without a transform, on its source.
TimeColumnNames time_columns(const v1::FeatureView& view, const v1::Manifest& manifest);
// Those of a source; a push source without any takes its batch source's.
TimeColumnNames time_columns(const v1::Source& source, const v1::Manifest& manifest);

bool has_transform(const v1::FeatureView& view);

struct ViewDefinition;
// Whether a view has nothing but pushes: then what was pushed is all there is, also before the first materialization.
bool only_pushed(const ViewDefinition& definition);

struct ViewDefinition {
  v1::FeatureView view;                    // with join_keys and schema filled in
  std::vector<const v1::Source*> sources;  // in declared order
  TimeColumnNames times;
  std::shared_ptr<arrow::Schema> keys;
  std::shared_ptr<arrow::Schema> features;
  std::shared_ptr<arrow::Schema> row_columns;  // of its rows besides keys and times: the features, or what aggregations read
  std::shared_ptr<const AggregatedView> aggregated;  // null: rows are served as they are
  std::string rows_meaning;    // of a view with aggregations: changes with everything that changes an event
  std::string meaning_hash;    // changes with everything that changes a row
  std::string served_meaning;  // … or what is answered of one
  OnlineViewSpec online;

  // Where the canonical columns are in the view's rows: as its source or transform names them, or as stored by a run.
  HistoryLayout row_layout() const;
  HistoryLayout stored_layout() const;
};

// "view:feature" resolved. `name` is the name in the answer.
struct RequestedFeature {
  const ViewDefinition* view;     // null: of an on-demand view
  const OnDemandView* on_demand;  // null: of a view whose features are stored
  std::string feature;
  std::string name;

  const std::string& view_name() const { return view != nullptr ? view->view.name() : on_demand->view.name(); }
};

// GN213: names that an answer would have twice.
Status names_clash(const std::set<std::string>& names);

class RequestPlans;

class Definitions {
 public:
  // REQUIRES: a manifest that was checked and resolved by plan.
  static Result<std::shared_ptr<const Definitions>> compile(v1::Manifest manifest, int64_t revision);

  int64_t revision() const { return revision_; }
  const v1::Manifest& manifest() const { return manifest_; }
  const std::map<std::string, ViewDefinition>& views() const { return views_; }

  const std::map<std::string, OnDemandView>& on_demand() const { return on_demand_; }
  // Each after those that it reads.
  const std::vector<const OnDemandView*>& on_demand_order() const { return on_demand_order_; }

  // The columns of all request sources, and of the events that requests bring along.
  const std::set<std::string>& request_columns() const { return request_columns_; }

  // ERRORS: GN102 NotFound with "did you mean"; GN219 for an on-demand view, which has no rows.
  Result<const ViewDefinition*> view(const std::string& name) const;
  Result<const v1::Source*> source(const std::string& name) const;

  // In request order; each name once. ERRORS: GN102 for unknown names, GN213 for names that collide in the answer (`taken`: the
  // caller's own columns).
  Result<std::vector<RequestedFeature>> resolve(const FeatureRequest& request, const std::vector<std::string>& taken) const;
  // What was worked out for requests: a memory, the one part that changes.
  RequestPlans& request_plans() const { return *request_plans_; }

 private:
  Status compile_on_demand();
  Status add_feature(const std::string& view_name, const std::string& feature, bool full_names,
                     std::vector<RequestedFeature>* out) const;
  Status add_refs(const FeatureRequest& request, std::vector<RequestedFeature>* out) const;

  int64_t revision_ = 0;
  std::shared_ptr<RequestPlans> request_plans_;
  v1::Manifest manifest_;
  std::map<std::string, ViewDefinition> views_;
  std::map<std::string, OnDemandView> on_demand_;
  std::vector<const OnDemandView*> on_demand_order_;
  std::set<std::string> request_columns_;
};

}  // namespace gnomon
