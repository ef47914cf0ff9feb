// What a change of a view's aggregations does to the features that people read. Features are compared by name: one that is added
// hurts nobody, one that means something else under its name breaks, one that is gone is lost.
// Thread-safety: pure functions.
#pragma once

#include "gnomon/v1/manifest.pb.h"
#include "registry/plan.h"

namespace gnomon {

// Of the aggregations alone; kNone where they only grew. A feature whose name follows from its window, which was changed in
// place, is breaking rather than destructive: the aggregation is still there. REQUIRES: both have aggregations.
ImpactReason impact_of_aggregations(const v1::FeatureView& before, const v1::FeatureView& after);

// As differences(), without those that only repeat a difference of aggregations: features that came, went or moved in the schema
// because they did, and columns that they read. A changed type stays a difference.
std::vector<FieldDifference> view_differences(const v1::FeatureView& before, const v1::FeatureView& after);

}  // namespace gnomon
