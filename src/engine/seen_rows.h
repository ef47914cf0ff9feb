// SeenRows: the rows of a view for the entities of some answers, and which of them the online store had when each answer was given.
//
// Every part of the view's history that the load log names is read once, and the rows of the asked entities are kept. The rows that an
// answer had seen are then chosen by the entries of the log up to its sequence.
// Thread-safety: one thread.
#pragma once

#include <compare>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "engine/load_log.h"
#include "engine/project.h"
#include "engine/view_rows.h"
#include "features/key_groups.h"

namespace gnomon {

// Which rows of a view to look at.
struct RowsState {
  enum class Kind : uint8_t {
    kLoaded,    // that the entries of the load log up to `entry` tell of; entry -1: none
    kReadable,  // all of the parts that those entries name, whatever range of them was loaded
    kServable,  // all that there is now, rows that were pushed online only included
    kTraining,  // all that a training set reads now
  };
  Kind kind = Kind::kLoaded;
  int entry = -1;

  auto operator<=>(const RowsState&) const = default;
};

class SeenRows {
 public:
  // `asked`: a column per join key, of the view's types; null and repeated keys are allowed.
  static Result<std::unique_ptr<SeenRows>> read(Engine::Impl& project, const ViewDefinition& definition, LoadLog log,
                                                const arrow::ArrayVector& asked);

  // What an answer with this sequence was read from.
  RowsState at(uint64_t sequence) const;
  const LoadLog& log() const { return log_; }
  // Whether a part that the state is made of is not as it was. Rows of what is in its place are looked at instead.
  bool is_changed(const RowsState& state) const;
  // What is not as it was: "file data/x.parquet".
  std::string changed_part(const RowsState& state) const;

  Result<std::shared_ptr<RowHistory>> rows(const RowsState& state);

 private:
  struct Interval {
    TimeUs from;
    TimeUs to;
    int entry;
  };
  // By part: what entries tell of it, since the state was built anew.
  using Loads = std::vector<std::vector<Interval>>;

  SeenRows(const ViewDefinition& definition, LoadLog log) : definition_(definition), log_(std::move(log)) {}
  Status find_parts(Engine::Impl& project);
  Status find_missing(Engine::Impl& project, const std::set<std::string>& missing);
  void add_part(HistoryPart part);
  Status read_rows(const arrow::ArrayVector& asked);
  Status read_part(int part, const KeyGroups& groups, arrow::RecordBatchVector* batches);
  int first_entry_of(int entry) const;
  const Loads& loads_from(int first);
  std::vector<bool> chosen(const RowsState& state);
  std::vector<int> stand_ins(int first, int entry) const;

  const ViewDefinition& definition_;
  LoadLog log_;
  std::vector<HistoryPart> parts_;
  std::map<std::string, int> place_of_;          // by part id
  std::set<int> servable_, training_, sources_;  // parts: that there are now
  std::map<int, Loads> loads_;                   // by first entry
  std::shared_ptr<arrow::Table> rows_;
  std::vector<int> part_of_;  // by row
  std::vector<TimeUs> event_time_;
};

}  // namespace gnomon
