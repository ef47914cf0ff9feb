// Laying a fragment over what is applied: the manifest of a partial plan.
// Thread-safety: pure functions.
#pragma once

#include "gnomon/v1/manifest.pb.h"

namespace gnomon {

// `applied` with the objects of `fragment` added or put in the place of those of the same kind and name. Objects are sorted,
// and what is left out and what says the default are written alike, so that equal projects are equal messages.
v1::Manifest overlay(const v1::Manifest& applied, const v1::Manifest& fragment);

// The overlay over nothing.
v1::Manifest normalized(const v1::Manifest& manifest);

}  // namespace gnomon
