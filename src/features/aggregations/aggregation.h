// The engine's view of an aggregation: a state that any set of events determines, and a result read from it.
//
// States are commutative monoids: add() and merge() in any order and any grouping give the same state, to the bit. That is
// what lets training sets, tiles and online reads answer alike.
// Thread-safety: a Kernel is immutable; an Accumulator and a ResultColumn belong to one thread.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/env.h"
#include "gnomon/status.h"
#include "gnomon/v1/manifest.pb.h"

namespace gnomon {

// How values are held while they are aggregated: Int32, Int64, Bool and UnixTimestamp as int64_t, floats as double, String and
// Bytes as string_view. kNone: there is no column (count of "*"), every event counts.
enum class ValueKind : uint8_t { kNone, kInt, kFloat, kBytes };

// One input column of events. Only the member of its kind is set; values of null places are unspecified.
struct EventColumn {
  ValueKind kind = ValueKind::kNone;
  const int64_t* ints = nullptr;
  const double* floats = nullptr;
  const std::string_view* bytes = nullptr;
  const uint8_t* valid = nullptr;  // one byte a value, 0 or 1; null pointer: all are valid
};

class RunningSums;

// Events of one group, in ascending (event_time, created_time).
struct Events {
  int64_t count = 0;
  const TimeUs* event_time = nullptr;
  const TimeUs* created_time = nullptr;  // null pointer: the source has none
  EventColumn column;
  RunningSums* sums = nullptr;  // of this column, shared by the kernels that slide over it; null pointer: each makes its own
};

// Events [begin, end) of a group: what one window holds at one time.
struct Frame {
  int64_t begin;
  int64_t end;
};

// Places of the caller's for results that are numbers: one behind the other, `stride` words apart.
struct ResultPlaces {
  uint64_t* values = nullptr;  // the bits of an int64_t or a double; 0 where there is no result
  int64_t stride = 1;
  uint8_t* valid = nullptr;  // a byte a place; `bit` is added to it where there is a result
  uint8_t bit = 1;
};

// Results of one feature, appended one by one.
class ResultColumn {
 public:
  explicit ResultColumn(std::shared_ptr<arrow::DataType> type);
  // Puts results down at places, which outlive it, instead of keeping them.
  explicit ResultColumn(const ResultPlaces& places) : next_(places), first_(places.values) {}

  void reserve(int64_t rows);
  void append_null() {
    if (next_.values == nullptr) return keep_null();
    put(0, 0);
  }
  void append_invalid();  // null with status INVALID: the value does not exist, e.g. an integer sum outside int64
  void append(int64_t value) {
    if (next_.values == nullptr) return keep(value);
    put(static_cast<uint64_t>(value), next_.bit);
  }
  void append(double value) {
    if (next_.values == nullptr) return keep(value);
    put(std::bit_cast<uint64_t>(value), next_.bit);
  }
  void append(std::string_view value);
  void append_list(std::span<const int64_t> values);
  void append_list(std::span<const double> values);
  void append_list(std::span<const std::string_view> values);
  int64_t size() const;

  // What was appended, as the declared type; a null pointer if it went to places. `invalid`: where append_invalid() was, ascending.
  Result<std::shared_ptr<arrow::Array>> finish(std::vector<int64_t>* invalid);

 private:
  struct Impl;
  void keep(int64_t value);
  void keep(double value);
  void keep_null();
  void put(uint64_t value, uint8_t bit) {
    *next_.values = value;
    *next_.valid |= bit;
    next_.values += next_.stride;
    ++next_.valid;
  }

  std::shared_ptr<Impl> impl_;  // null pointer: results go to places
  ResultPlaces next_;
  uint64_t* first_ = nullptr;
  std::vector<int64_t> invalid_;
};

class Accumulator {
 public:
  virtual ~Accumulator() = default;
  virtual void clear() = 0;
  // Adds events [begin, end). Nulls are skipped.
  virtual void add(const Events& events, int64_t begin, int64_t end) = 0;
  // Appends the state's canonical bytes: equal states have equal bytes on every machine. They start with a format version.
  virtual void encode(std::string* out) const = 0;
  // Adds an encoded state. Reads no byte past `bytes` whatever they are. ERRORS: GN220 DataLoss for bytes that encode() cannot have written.
  virtual Status merge(std::string_view bytes) = 0;
  // The event time of the newest event counted, or kNoEvent.
  virtual TimeUs newest() const = 0;
  virtual std::unique_ptr<Accumulator> clone() const = 0;
};
inline constexpr TimeUs kNoEvent = INT64_MIN;

// One function bound to the type of its input and to its parameters.
class Kernel {
 public:
  virtual ~Kernel() = default;
  // Names the state: kernels with equal ids over one column can share tiles ("sum(Float64)" of sum and mean).
  virtual const std::string& state_id() const = 0;
  virtual const std::shared_ptr<arrow::DataType>& result_type() const = 0;
  virtual std::unique_ptr<Accumulator> accumulator() const = 0;
  // REQUIRES: an accumulator of a kernel with the same state_id.
  virtual void result(const Accumulator& state, ResultColumn* out) const = 0;
  // The results of many frames of one group. REQUIRES: begin and end ascend (each by itself), begin <= end.
  virtual void slide(const Events& events, std::span<const Frame> frames, ResultColumn* out) const = 0;
  // The same where events become visible out of order: frame q holds the events e in frames[q] with visible_from[e] <= times[q].
  // REQUIRES: times ascend.
  virtual void slide(const Events& events, std::span<const Frame> frames, std::span<const TimeUs> visible_from,
                     std::span<const TimeUs> times, ResultColumn* out) const = 0;
  // The same where frame q holds one event more: the own event of who asks, `first_own` + q, a time that no other event of the
  // frame reaches. REQUIRES: frames end at or before `first_own`. No visible_from: every event is visible.
  virtual void slide_including(const Events& events, int64_t first_own, std::span<const Frame> frames,
                               std::span<const TimeUs> visible_from, std::span<const TimeUs> times,
                               ResultColumn* out) const = 0;
};

// ERRORS: as aggregation_result_type.
Result<std::unique_ptr<Kernel>> make_kernel(const v1::Aggregation& aggregation, const arrow::DataType* input);

}  // namespace gnomon
