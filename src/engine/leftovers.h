// Leftovers: what a view that was removed or changed leaves in the online store and in its history log, and nobody may read again.
//
// An apply notes them in the registry, in the very transaction that ends the old definition. They are taken out before the owner of the online
// store does anything else with it: at once where this process may own it, else when it is next opened, or when its owner learns of the new
// revision. A crash in between leaves the note, so that a view which comes back under its old name never meets its old rows.
// Thread-safety: one call at a time per project.
#pragma once

#include "engine/definitions.h"
#include "engine/project.h"
#include "gnomon/registry.h"

namespace gnomon {

// The values that an apply of `after` over `before` sets with the revision it makes; none if nothing is left over.
Registry::NamedValues leftovers_of(const Definitions& before, const Definitions& after, int64_t revision);

// Takes out what the revisions up to that of `registry` have left over. Idempotent.
Status remove_leftovers(const Engine::Impl& project, Registry* registry, OnlineStore* store);

}  // namespace gnomon
