// `serve:` of gnomon.yaml: TLS, roles, client certificates, OIDC. No secret stands there: keys are files, and paths may be given as
// ${file:PATH} or ${env:NAME}.
// Thread-safety: pure functions over the environment.
#pragma once

#include <string>

#include "gnomon/access_settings.h"
#include "registry/yaml_reader.h"

namespace gnomon {

// Relative paths start in `project_dir`. ERRORS: GN120 for what is no map of known keys, or holds a key instead of naming it.
ReadValue read_serve_settings(const YamlReader& reader, const std::string& project_dir, AccessSettings* out);

}  // namespace gnomon
