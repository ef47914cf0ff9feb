// A view's aggregations as the features they make: one aggregation over one window each, with its name.
//
// The name is {column}_{function}{n}_{window}, with the column left out where it is "*". {window} is a duration as the user wrote
// it, "lifetime", "last{n}" or the calendar's unit. name= replaces everything before the window, and the window too where there is
// only one. Names hold no p, offset, sawtooth, resolution or where: check_view asks for name= where two are equal.
//
// Windows of one aggregation that reach equally far ("60s", "1min") are one window, called by its first spelling. Across
// aggregations a spelling stays what its author wrote, so that adding an aggregation never renames another one's features.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "gnomon/v1/manifest.pb.h"

namespace gnomon {

struct AggregatedFeature {
  std::string name;
  int position;                 // of the declared aggregation in the view
  v1::Aggregation aggregation;  // with exactly one window
};

// In declared order: aggregations, then their windows. Never fails; what is wrong with the definitions check_view says.
std::vector<AggregatedFeature> expand_aggregations(const v1::FeatureView& view);

// "7d", "lifetime", "last5", "month".
std::string window_name(const v1::Window& window);

// Equal for windows that hold the same events, whatever their spelling.
bool same_window(const v1::Window& a, const v1::Window& b);

}  // namespace gnomon
