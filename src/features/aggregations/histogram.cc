// histogram: how often each category occurs, as a JSON object whose keys are sorted bytewise.
#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <arrow/type.h>
#include <fmt/format.h>

#include "features/aggregations/functions.h"
#include "features/aggregations/position_set.h"
#include "features/aggregations/ranked_events.h"
#include "features/aggregations/value_counts.h"
#include "features/aggregations/window_kernel.h"

namespace gnomon {
namespace {

void append_json_string(std::string_view text, std::string* out) {
  out->push_back('"');
  for (const char c : text) {
    static constexpr std::string_view kEscaped = "\"\\\b\f\n\r\t";
    static constexpr std::string_view kEscapes = "\"\\bfnrt";
    if (const size_t at = kEscaped.find(c); at != std::string_view::npos) {
      out->push_back('\\');
      out->push_back(kEscapes[at]);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(*out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out->push_back(c);
    }
  }
  out->push_back('"');
}

enum class Category : uint8_t { kText, kInteger, kBool };

std::string key_text(Category, std::string_view value) { return std::string(value); }
std::string key_text(Category category, int64_t value) {
  if (category == Category::kBool) return value != 0 ? "true" : "false";
  return std::to_string(value);
}

// Writes members one by one, in the order of their keys.
class ObjectWriter {
 public:
  void member(std::string_view key, int64_t count) {
    json_.push_back(json_.empty() ? '{' : ',');
    append_json_string(key, &json_);
    fmt::format_to(std::back_inserter(json_), ":{}", count);
  }
  void append_to(ResultColumn* out) {
    if (json_.empty()) return out->append_null();
    json_.push_back('}');
    out->append(std::string_view(json_));
  }

 private:
  std::string json_;
};

template <class V>
struct Finish {
  Category category;

  void operator()(const ValueCounts<V>&, const typename ValueCounts<V>::State& state, ResultColumn* out) const {
    std::vector<std::pair<std::string, int64_t>> members;
    for (const auto& entry : state.entries()) members.emplace_back(key_text(category, entry.value), entry.count);
    std::sort(members.begin(), members.end());  // integers were in their own order: 9 before 10
    ObjectWriter writer;
    for (const auto& [key, count] : members) writer.member(key, count);
    writer.append_to(out);
  }
};

template <class V>
class Window {
 public:
  Window(const Events& events, Category category)
      : ranked_(rank_values<V>(events)), inside_(static_cast<int64_t>(ranked_.size())) {
    for (const V& value : ranked_.keys) keys_.push_back(key_text(category, value));
    std::vector<size_t> order(keys_.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return keys_[a] < keys_[b]; });
    place_of_.resize(order.size());
    for (size_t place = 0; place < order.size(); ++place) place_of_[order[place]] = static_cast<int64_t>(place);
    std::sort(keys_.begin(), keys_.end());
    counts_.resize(keys_.size());
  }

  void enter(int64_t event) {
    const int64_t place = place_of(event);
    if (++counts_[static_cast<size_t>(place)] == 1) inside_.insert(place);
  }
  void leave(int64_t event) {
    const int64_t place = place_of(event);
    if (--counts_[static_cast<size_t>(place)] == 0) inside_.erase(place);
  }
  void append(ResultColumn* out) const {
    ObjectWriter writer;
    for (int64_t at = inside_.first_from(0); at != PositionSet::kNone; at = inside_.first_from(at + 1)) {
      writer.member(keys_[static_cast<size_t>(at)], counts_[static_cast<size_t>(at)]);
    }
    writer.append_to(out);
  }

 private:
  int64_t place_of(int64_t event) const {
    return place_of_[static_cast<size_t>(ranked_.rank_of[static_cast<size_t>(event)])];
  }

  RankedEvents<V> ranked_;
  PositionSet inside_;
  std::vector<int64_t> place_of_;  // of a value's rank, in the order of the keys' texts
  std::vector<std::string> keys_;  // by place
  std::vector<int64_t> counts_;    // by place
};

template <class V>
std::unique_ptr<Kernel> make(Category category, const BoundInput& input) {
  return make_window_kernel(
      ValueCounts<V>{std::string(input.held_dtype())}, Finish<V>{category},
      [category](const Events& events) { return Window<V>(events, category); }, arrow::utf8());
}

Result<std::unique_ptr<Kernel>> bind(const v1::Aggregation&, const BoundInput& input) {
  if (input.kind == ValueKind::kBytes) return make<std::string_view>(Category::kText, input);
  return make<int64_t>(input.dtype == "Bool" ? Category::kBool : Category::kInteger, input);
}

}  // namespace

AggregationFunction histogram_function() {
  return {.info = {.name = "histogram",
                   .parameters = {},
                   .inputs = "strings, integers, Bool",
                   .result = "String",
                   .description = "How often each category occurs: a JSON object, its keys sorted as text",
                   .example = {"String", R"(["b", "a", "b", null])", "", R"("{\"a\":1,\"b\":2}")"}},
          .accepts = kStrings | kIntegers | kBools,
          .bind = bind};
}

}  // namespace gnomon
