// The engine's version, as manifests and `gnomon version` tell it.
// Thread-safety: a constant.
#pragma once

namespace gnomon {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace gnomon
