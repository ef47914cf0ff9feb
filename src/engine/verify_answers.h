// AnswerCheck: the answers of one file of the served log, compared with what the training path makes of what they were read from.
// Thread-safety: one thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/project.h"
#include "engine/recompute.h"
#include "engine/served_file.h"

namespace gnomon {

// What is known of the online store that answers were read from.
struct StoreMemory {
  std::string store;                          // load_log_store
  std::map<std::string, LoadLog> logs;        // by load_log_name
  std::map<std::string, uint64_t> forgotten;  // by view: nothing tells of its rows before this sequence
};

using VerifiedFeatures = std::map<std::string, VerifiedFeature>;  // by "view:feature"

class AnswerCheck {
 public:
  // REQUIRES: all outlive the check. `definitions` are those that hold now.
  AnswerCheck(Engine::Impl& project, const Definitions& definitions, const StoreMemory& memory, const ServedRows& served)
      : project_(project), definitions_(definitions), memory_(memory), served_(served) {}

  // Finds out what of the file can be compared. `gone` gets the features that do not exist any more.
  void prepare(std::set<std::string>* gone);
  const AskedFeatures& asked() const { return asked_; }
  // `seen` has every view that is asked. Adds to `features`. ERRORS: those of a training set.
  Status compare(const SeenViews& seen, VerifiedFeatures* features);

 private:
  struct Compared {
    size_t column = 0;  // in the file
    RequestedFeature feature;
    bool has_meaning_changed = false;
    std::vector<bool> settled;  // by row: it matched, or cannot be compared
    std::vector<bool> matched;
    std::vector<const ViewDefinition*> views;  // that it is made of
  };
  enum class Outcome : uint8_t { kSame, kDiffers, kNotCovered };

  bool is_state_known(const ViewDefinition& definition, size_t row) const;
  // The states that a view can have been in while the row was answered, the earliest first.
  std::vector<RowsState> states_of(const ViewDefinition& definition, const SeenRows& seen, size_t row) const;
  Outcome outcome(const Compared& compared, const FeatureColumn& recomputed, size_t row, size_t at) const;
  Result<FeatureColumns> recompute_rows(const SeenViews& seen, const std::vector<int64_t>& rows, const ViewStates& states);
  ViewStates same_state(RowsState::Kind kind, size_t rows) const;
  Status compare_with_seen(const SeenViews& seen, VerifiedFeatures* features);
  Status compare_with_today(const SeenViews& seen, VerifiedFeatures* features);
  Status explain_drift(const SeenViews& seen, const Compared& compared, const std::vector<int64_t>& rows,
                       const FeatureColumn& today, VerifiedFeature* report);
  std::string reason_of(const SeenViews& seen, const Compared& compared, size_t row) const;
  void add_differing(const SeenViews& seen, const Compared& compared, size_t row, const FeatureColumn& first,
                     VerifiedFeature* report) const;
  std::string text_of_row(size_t row) const;

  Engine::Impl& project_;
  const Definitions& definitions_;
  const StoreMemory& memory_;
  const ServedRows& served_;
  AskedFeatures asked_;
  std::vector<Compared> compared_;
};

}  // namespace gnomon
