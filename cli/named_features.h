// What a name on the command line stands for: a feature service, a view, or view:feature.
// Thread-safety: pure functions.
#pragma once

#include <map>
#include <string>

#include "engine/engine.h"
#include "gnomon/v1/manifest.pb.h"

namespace gnomon::cli {

FeatureRequest features_of(const v1::Manifest& manifest, const std::string& name);

// The declared types of what a request may say: the join keys of every view that the name stands for, and what its aggregations read.
std::map<std::string, std::string> request_types(const v1::Manifest& manifest, const std::string& name);

}  // namespace gnomon::cli
