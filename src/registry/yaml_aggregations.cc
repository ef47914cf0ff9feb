// The list under `aggregations`: {column: amount, function: mean, window: [1d, 30d]} …
#include <fmt/format.h>

#include "base/time_text.h"
#include "registry/yaml_objects.h"

namespace gnomon {
namespace {

constexpr const char* kWindowHint =
    "Write a duration such as 7d, lifetime, {last: 5}, {calendar: month}, or a list of these";

// Values that the manifest writes as 0 or "" where nothing is given cannot be asked for, and are refused here.
ReadValue count(const YamlReader& reader, const std::function<void(int64_t)>& set) {
  return [&reader, set](const YamlNode& node) {
    v1::Value value = node.kind == YamlNode::Kind::kText ? scalar_value(node) : v1::Value();
    if (value.kind_case() != v1::Value::kIntValue || value.int_value() < 1)
      return reader.error(node, "expected a whole number of at least 1");
    set(value.int_value());
    return Status();
  };
}

ReadValue share(const YamlReader& reader, const std::function<void(double)>& set) {
  return [&reader, set](const YamlNode& node) {
    v1::Value value = node.kind == YamlNode::Kind::kText ? scalar_value(node) : v1::Value();
    double number = value.kind_case() == v1::Value::kIntValue ? static_cast<double>(value.int_value()) : value.float_value();
    if (!(number > 0 && number <= 1)) return reader.error(node, "expected a number in (0, 1]");
    set(number);
    return Status();
  };
}

ReadValue value_of(const YamlReader& reader, v1::Aggregation* aggregation) {
  return [&reader, aggregation](const YamlNode& node) {
    if (node.kind == YamlNode::Kind::kText) {
      *aggregation->mutable_default_value() = scalar_value(node);
      return Status();
    }
    v1::ValueList* list = aggregation->mutable_default_value()->mutable_list_value();
    return reader.read_list(node, "default", [&](const YamlNode& item) {
      if (item.kind != YamlNode::Kind::kText) return reader.error(item, "expected a list of plain values");
      *list->add_values() = scalar_value(item);
      return Status();
    });
  };
}

Status read_duration_window(const YamlReader& reader, const YamlNode& node, v1::Window* window) {
  if (node.text == "lifetime") {
    window->set_lifetime(true);
    return Status();
  }
  Result<TimeUs> duration = parse_duration(node.text);
  if (!duration.ok()) return reader.error(node, fmt::format("expected a window, found \"{}\"", node.text), kWindowHint);
  window->set_duration_us(*duration);
  window->set_spelling(node.text);
  return Status();
}

// {last: 5} or {calendar: month, tz: Europe/Berlin}
Status read_map_window(const YamlReader& reader, const YamlNode& node, v1::Window* window) {
  std::string unit, zone;
  int64_t n = 0;
  GN_TRY(reader.read_map(node, "a window",
                         {{"last", count(reader, [&](int64_t given) { n = given; })},
                          {"calendar", reader.text(&unit)},
                          {"tz", reader.text(&zone)}}));
  bool is_last = n != 0, is_calendar = !unit.empty();
  if (is_last == is_calendar || (is_last && !zone.empty()))
    return reader.error(node, "a window has one kind", "Write {last: 5} or {calendar: month, tz: Europe/Berlin}");
  if (is_last) {
    window->set_last_n(n);
    return Status();
  }
  window->mutable_calendar()->set_unit(unit);
  window->mutable_calendar()->set_tz(zone);
  return Status();
}

Status read_window(const YamlReader& reader, const YamlNode& node, v1::Window* window) {
  if (node.kind == YamlNode::Kind::kText) return read_duration_window(reader, node, window);
  if (node.kind == YamlNode::Kind::kMap) return read_map_window(reader, node, window);
  return reader.error(node, "expected a window", kWindowHint);
}

ReadValue windows(const YamlReader& reader, v1::Aggregation* aggregation) {
  return [&reader, aggregation](const YamlNode& node) {
    if (node.kind != YamlNode::Kind::kList) return read_window(reader, node, aggregation->add_windows());
    return reader.read_list(node, "window",
                            [&](const YamlNode& item) { return read_window(reader, item, aggregation->add_windows()); });
  };
}

Status read_aggregation(const YamlReader& reader, const YamlNode& node, v1::Aggregation* aggregation) {
  reader.set_origin(node, aggregation->mutable_origin());
  return reader.read_map(
      node, "an aggregation",
      {{"column", reader.text(aggregation->mutable_column())},
       {"function", reader.text(aggregation->mutable_function())},
       {"window", windows(reader, aggregation)},
       {"offset", reader.duration([=](int64_t us) { aggregation->set_offset_us(us); })},
       {"resolution", reader.duration([=](int64_t us) { aggregation->set_resolution_us(us); })},
       {"sawtooth", reader.duration([=](int64_t us) { aggregation->set_sawtooth_us(us); })},
       {"where", reader.text(aggregation->mutable_where())},
       {"n", count(reader, [=](int64_t n) { aggregation->set_n(n); })},
       {"p", share(reader, [=](double p) { aggregation->set_p(p); })},
       {"default", value_of(reader, aggregation)},
       {"include_request", reader.boolean([=](bool include) { aggregation->set_include_request(include); })},
       {"max_distinct", count(reader, [=](int64_t limit) { aggregation->set_max_distinct(limit); })},
       {"name", reader.text(aggregation->mutable_name())}});
}

}  // namespace

Status read_aggregations(const YamlReader& reader, const YamlNode& node,
                         google::protobuf::RepeatedPtrField<v1::Aggregation>* out) {
  return reader.read_list(node, "aggregations",
                          [&](const YamlNode& item) { return read_aggregation(reader, item, out->Add()); });
}

}  // namespace gnomon
