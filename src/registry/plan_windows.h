// What a plan says about a view with aggregations, besides what has changed.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "gnomon/registry.h"

namespace gnomon {

// "windows": the aggregations as people wrote them; as JSON one object a feature.
// REQUIRES: the view has aggregations.
PlanSection windows_section(const v1::FeatureView& view);

// Events that would count twice: pushed ones that later are in the source's history too, where nothing tells that they are the
// same. Empty: none.
std::string double_count_warning(const v1::FeatureView& view, const v1::Manifest& manifest);

}  // namespace gnomon
