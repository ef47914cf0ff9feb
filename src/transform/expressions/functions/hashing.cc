// Hashing that stays the same: in every version, on every machine, in training and in serving.
#include <cstring>

#include "base/hash.h"
#include "transform/expressions/kernels.h"

namespace gnomon {
namespace {

// XXH3-64 of a value's bytes: text as UTF-8, an Int64 or a time (microseconds) as 8 bytes, little endian.
uint64_t hash_of(std::string_view bytes) { return hash64(bytes); }
uint64_t hash_of(int64_t value) {
  char bytes[sizeof(value)];
  std::memcpy(bytes, &value, sizeof(value));
  return hash64(std::string_view(bytes, sizeof(bytes)));
}

template <class Type>
Overload bucket(ValueType type) {
  Prepare prepare = [](const std::vector<std::shared_ptr<arrow::Scalar>>& constants) -> Result<Kernel> {
    const int64_t buckets = static_cast<const arrow::Int64Scalar&>(*constants[0]).value;
    if (buckets < 1)
      return Status(Code::kInvalidArgument, "GN168", fmt::format("hash_bucket() into {} buckets", buckets),
                    "Write a positive number of buckets");
    return map_rows<arrow::Int64Type, Type>([buckets](auto value, int64_t* out) {
      *out = static_cast<int64_t>(hash_of(value) % static_cast<uint64_t>(buckets));
      return true;
    });
  };
  return {{type, ValueType::kInt}, ValueType::kInt, nullptr, OwnNull::kMissing, 1, std::move(prepare)};
}

}  // namespace

std::vector<Function> hashing_functions() {
  Function function{"hash_bucket", {}};
  function.overloads = {bucket<arrow::Int64Type>(ValueType::kInt), bucket<arrow::StringType>(ValueType::kString),
                        bucket<arrow::BinaryType>(ValueType::kBytes), bucket<arrow::TimestampType>(ValueType::kTime)};
  function.info =
      FunctionInfo{"hash_bucket", "hash_bucket(x, n)", "One of n buckets, from 0, by XXH3-64 of x; the same for ever.",
                   "hash_bucket('user-17', 100)", "73"};
  return {function};
}

}  // namespace gnomon
