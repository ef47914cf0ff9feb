// What has to be read and computed for the features that were asked for.
// Thread-safety: pure functions; the answer points into the definitions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/definitions.h"

namespace gnomon {

struct ComputedFeatures {
  const OnDemandView* view;
  std::vector<const OnDemandFeature*> features;  // in the view's order
};

struct AskedFeatures {
  // By view: features that were asked for, in that order, then those that on-demand features read.
  std::map<const ViewDefinition*, std::vector<std::string>> stored;
  // Each view after those that it reads.
  std::vector<ComputedFeatures> computed;
};

AskedFeatures asked_features(const Definitions& definitions, const std::vector<RequestedFeature>& wanted);

}  // namespace gnomon
