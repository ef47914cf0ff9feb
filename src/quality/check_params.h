// The parameters of a check, as the manifest carries them.
// Thread-safety: pure functions.
#pragma once

#include <string>

#include "gnomon/status.h"
#include "gnomon/v1/manifest.pb.h"

namespace gnomon {

// Null if the check does not have it.
const v1::Value* find_param(const v1::Check& check, const std::string& name);

bool is_number(const v1::Value& value);  // an integer or a float; a bool is neither
bool is_nan(const v1::Value& value);

// The share of good values that is enough; 1 if not given. REQUIRES: check_definition(check).ok()
double mostly_of(const v1::Check& check);

// false if not given. REQUIRES: a bool if given.
bool flag_of(const v1::Check& check, const std::string& name);

// 12, 1.5, "text", true, [1, 2]; long lists are cut.
std::string param_text(const v1::Value& value);

// GN130, with the place where the check was written.
Status bad_check(const v1::Check& check, const std::string& message, const std::string& hint = "");

}  // namespace gnomon
