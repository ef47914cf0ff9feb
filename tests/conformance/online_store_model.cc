#include "online_store_model.h"

#include <bit>
#include <cmath>
#include <compare>

#include <fmt/format.h>

namespace gnomon {
namespace {

template <class ArrayType>
auto value_of(const arrow::Array& column, int64_t row) {
  return static_cast<const ArrayType&>(column).Value(row);
}

std::string bytes_of(const arrow::Array& column, int64_t row) {
  return std::string(static_cast<const arrow::BinaryArray&>(column).GetView(row));
}

// Greater means newer; NaNs are one value, the greatest, unless `by_bits`.
int compare_floats(double a, double b, bool by_bits) {
  if (std::isnan(a) || std::isnan(b)) {
    if (by_bits && std::isnan(a) && std::isnan(b)) {
      int64_t bits_a = std::bit_cast<int64_t>(a), bits_b = std::bit_cast<int64_t>(b);
      return bits_a < bits_b ? -1 : bits_a > bits_b;
    }
    return static_cast<int>(std::isnan(a)) - static_cast<int>(std::isnan(b));
  }
  if (a == 0 && b == 0) return static_cast<int>(std::signbit(b)) - static_cast<int>(std::signbit(a));
  return a < b ? -1 : a > b;
}

int compare(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j, bool by_bits) {
  if (a.IsNull(i) || b.IsNull(j)) return static_cast<int>(a.IsValid(i)) - static_cast<int>(b.IsValid(j));
  switch (a.type_id()) {
    case arrow::Type::FLOAT:
      return compare_floats(value_of<arrow::FloatArray>(a, i), value_of<arrow::FloatArray>(b, j), by_bits);
    case arrow::Type::DOUBLE:
      return compare_floats(value_of<arrow::DoubleArray>(a, i), value_of<arrow::DoubleArray>(b, j), by_bits);
    case arrow::Type::STRING:
    case arrow::Type::BINARY: {
      int order = bytes_of(a, i).compare(bytes_of(b, j));
      return order < 0 ? -1 : order > 0;
    }
    case arrow::Type::LIST: {
      auto list_a = static_cast<const arrow::ListArray&>(a).value_slice(i),
           list_b = static_cast<const arrow::ListArray&>(b).value_slice(j);
      for (int64_t k = 0; k < list_a->length() && k < list_b->length(); ++k) {
        int order = compare(*list_a, k, *list_b, k, by_bits);
        if (order != 0) return order;
      }
      return list_a->length() < list_b->length() ? -1 : list_a->length() > list_b->length();
    }
    default: break;
  }
  auto number = [](const arrow::Array& column, int64_t row) -> int64_t {
    if (column.type_id() == arrow::Type::BOOL) return value_of<arrow::BooleanArray>(column, row) ? 1 : 0;
    if (column.type_id() == arrow::Type::INT32) return value_of<arrow::Int32Array>(column, row);
    return value_of<arrow::Int64Array>(column, row);  // times lie in memory as int64 do
  };
  return number(a, i) < number(b, j) ? -1 : number(a, i) > number(b, j);
}

std::optional<TimeUs> time_at(const arrow::RecordBatch& batch, const char* name, int64_t row) {
  auto column = batch.GetColumnByName(name);
  if (column->IsNull(row)) return std::nullopt;
  return value_of<arrow::Int64Array>(*column, row);
}

}  // namespace

std::string cell_bits(const arrow::Array& column, int64_t row) {
  if (column.IsNull(row)) return "null";
  switch (column.type_id()) {
    case arrow::Type::BOOL: return value_of<arrow::BooleanArray>(column, row) ? "true" : "false";
    case arrow::Type::INT32: return fmt::format("{}", value_of<arrow::Int32Array>(column, row));
    case arrow::Type::FLOAT:
      return fmt::format("f{:08x}", std::bit_cast<uint32_t>(value_of<arrow::FloatArray>(column, row)));
    case arrow::Type::DOUBLE:
      return fmt::format("d{:016x}", std::bit_cast<uint64_t>(value_of<arrow::DoubleArray>(column, row)));
    case arrow::Type::STRING:
    case arrow::Type::BINARY: {
      std::string text = "x";
      for (char byte : bytes_of(column, row)) text += fmt::format("{:02x}", static_cast<uint8_t>(byte));
      return text;
    }
    case arrow::Type::LIST: {
      auto items = static_cast<const arrow::ListArray&>(column).value_slice(row);
      std::string text = "[";
      for (int64_t i = 0; i < items->length(); ++i) text += cell_bits(*items, i) + ",";
      return text + "]";
    }
    default: return fmt::format("{}", value_of<arrow::Int64Array>(column, row));
  }
}

std::string row_bits(const arrow::RecordBatch& batch, int64_t row, const arrow::Schema& columns) {
  std::string text;
  for (const auto& field : columns.fields()) text += cell_bits(*batch.GetColumnByName(field->name()), row) + ";";
  return text;
}

std::string ModelAnswer::text() const {
  return fmt::format("{} at {} {}", online_status_name(status), event_time, features);
}

void OnlineStoreModel::write(const arrow::RecordBatch& rows, TimeUs now, TimeUs as_of_retention_us) {
  for (int64_t i = 0; i < rows.num_rows(); ++i) {
    Entity& entity = entities_[row_bits(rows, i, *view_.keys)];
    TimeUs event_time = *time_at(rows, kEventTime, i);
    entity.rows.push_back(
        {rows.Slice(i, 1), event_time, time_at(rows, kKnownAt, i).value_or(event_time), time_at(rows, kCreatedTime, i)});
    if (as_of_retention_us >= 0)
      entity.cutoff = std::max(entity.cutoff.value_or(now - as_of_retention_us), now - as_of_retention_us);
  }
}

bool OnlineStoreModel::is_greater(const Row& a, const Row& b) const {
  if (a.event_time != b.event_time) return a.event_time > b.event_time;
  if (a.created_time != b.created_time) return a.created_time > b.created_time;  // nothing is less than any time
  for (bool by_bits : {false, true}) {
    for (const auto& field : view_.features->fields()) {
      int order = compare(*a.batch->GetColumnByName(field->name()), 0, *b.batch->GetColumnByName(field->name()), 0, by_bits);
      if (order != 0) return order > 0;
    }
  }
  return false;
}

const OnlineStoreModel::Row* OnlineStoreModel::greatest_visible(const Entity& entity, TimeUs t) const {
  const Row* winner = nullptr;
  for (const Row& row : entity.rows) {
    if (visible(row) <= t && (winner == nullptr || is_greater(row, *winner))) winner = &row;
  }
  return winner;
}

const OnlineStoreModel::Entity* OnlineStoreModel::find(const arrow::RecordBatch& keys, int64_t row) const {
  for (const auto& key : view_.keys->fields()) {
    if (keys.GetColumnByName(key->name())->IsNull(row)) return nullptr;
  }
  auto entity = entities_.find(row_bits(keys, row, *view_.keys));
  return entity == entities_.end() ? nullptr : &entity->second;
}

ModelAnswer OnlineStoreModel::answer(const Row* winner, TimeUs t) const {
  if (winner == nullptr) return {};
  if (view_.ttl_us > 0 && winner->event_time < t - view_.ttl_us)
    return {OnlineStatus::kOutsideMaxAge, winner->event_time, ""};
  return {OnlineStatus::kPresent, winner->event_time, row_bits(*winner->batch, 0, *view_.features)};
}

ModelAnswer OnlineStoreModel::read_everything(const arrow::RecordBatch& keys, int64_t row, TimeUs t) const {
  const Entity* entity = find(keys, row);
  return entity == nullptr ? ModelAnswer{} : answer(greatest_visible(*entity, t), t);
}

ModelAnswer OnlineStoreModel::read(const arrow::RecordBatch& keys, int64_t row, TimeUs t) const {
  const Entity* entity = find(keys, row);
  if (entity == nullptr) return {};
  const Row* winner = greatest_visible(*entity, t);
  const Row* floor = entity->cutoff ? greatest_visible(*entity, *entity->cutoff) : nullptr;
  if (winner != nullptr && floor != nullptr && is_greater(*floor, *winner)) return {OnlineStatus::kInvalid, 0, ""};
  return answer(winner, t);
}

std::optional<TimeUs> OnlineStoreModel::cutoff(const arrow::RecordBatch& keys, int64_t row) const {
  const Entity* entity = find(keys, row);
  return entity == nullptr ? std::nullopt : entity->cutoff;
}

ModelAnswer store_answer(const OnlineRows& rows, int64_t row) {
  size_t i = static_cast<size_t>(row);
  ModelAnswer answer{rows.row_status[i], rows.event_time[i], ""};
  if (answer.status == OnlineStatus::kNotFound || answer.status == OnlineStatus::kInvalid) answer.event_time = 0;
  if (answer.status == OnlineStatus::kPresent) {
    answer.features = row_bits(*rows.features, row, *rows.features->schema());
    return answer;
  }
  for (const auto& column : rows.features->columns()) {
    if (column->IsValid(row)) answer.features = "a value that must not be served";
  }
  return answer;
}

}  // namespace gnomon
