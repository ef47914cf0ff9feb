#include "features/aggregations/value_buckets.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>

namespace gnomon {
namespace {

constexpr int kFractionBits = 52;
constexpr uint64_t kFractionMask = (uint64_t{1} << kFractionBits) - 1;

// The fraction bits of the least double >= 2^(j/35). tests/oracle/aggregations.py computes them from integers.
constexpr uint64_t kCuts[kCutsPerOctave] = {
    0x0000000000000u, 0x051ed35254d7bu, 0x0a57de9c16bc8u, 0x0faba81d4e5e0u, 0x151ab8c56eea3u, 0x1aa59c4115e7eu,
    0x204ce10811782u, 0x2611186bae675u, 0x2bf2d6a54f7dbu, 0x31f2b2e54f85du, 0x381147622f887u, 0x3e4f316812c30u,
    0x44ad116889e7cu, 0x4b2b8b0aaf3c8u, 0x51cb453b9536du, 0x588cea3f093beu, 0x5f7127c0ac32au, 0x6678aee5629f8u,
    0x6da4345d1e0aeu, 0x74f47075017a0u, 0x7c6a1f29e2ce7u, 0x8406003b2ae5du, 0x8bc8d73e16610u, 0x93b36bb158fffu,
    0x9bc68911258c0u, 0xa402feeb9c533u, 0xac69a0f5a241du, 0xb4fb472022b1bu, 0xbdb8cdadbe121u, 0xc6a31548e794eu,
    0xcfbb031a741a5u, 0xd90180e09c9e4u, 0xe2777d0676771u, 0xec1deabbe3c15u, 0xf5f5c20dfe5f3u,
};

// 2ab / (a + b) of a = 2^(j/35) and b = 2^((j+1)/35), rounded once.
constexpr double kValues[kCutsPerOctave] = {
    0x1.0288ec48c67eap+0, 0x1.07b4ba5be330bp+0, 0x1.0cfb02dc4a483p+0, 0x1.125c4d5e5273cp+0, 0x1.17d9242c8b609p+0,
    0x1.1d721455a06f2p+0, 0x1.2327adba82811p+0, 0x1.28fa831cda4d8p+0, 0x1.2eeb2a2dc4adcp+0, 0x1.34fa3b9cda5ddp+0,
    0x1.3b28532784b30p+0, 0x1.41760fa8a0d2fp+0, 0x1.47e4132872fc8p+0, 0x1.4e7302eceb7c7p+0, 0x1.5523878a3ef12p+0,
    0x1.5bf64cf3d386ap+0, 0x1.62ec028d84de9p+0, 0x1.6a055b3d40606p+0, 0x1.71430d7cfbb54p+0, 0x1.78a5d36d073ebp+0,
    0x1.802e6ae6be5e1p+0, 0x1.87dd958f976d8p+0, 0x1.8fb418ec95547p+0, 0x1.97b2be761cab6p+0, 0x1.9fda53ac2e6c9p+0,
    0x1.a82baa2b0a39dp+0, 0x1.b0a797c03a49cp+0, 0x1.b94ef6800b198p+0, 0x1.c222a4db710a8p+0, 0x1.cb2385b65e1f3p+0,
    0x1.d452807e8a156p+0, 0x1.ddb08142af271p+0, 0x1.e73e78ca3dc70p+0, 0x1.f0fd5cad89bb8p+0, 0x1.faee276e7302dp+0,
};

int32_t bucket_of_positive(double value) {
  const auto bits = std::bit_cast<uint64_t>(value);
  auto exponent = static_cast<int32_t>(bits >> kFractionBits) - 1023;
  uint64_t fraction = bits & kFractionMask;
  if (exponent == -1023) {  // subnormal: bring its leading bit to where others have theirs
    const int shift = std::countl_zero(fraction) - (63 - kFractionBits);
    fraction = (fraction << shift) & kFractionMask;
    exponent = -1022 - shift;
  }
  const auto cut =
      static_cast<int32_t>(std::upper_bound(std::begin(kCuts), std::end(kCuts), fraction) - std::begin(kCuts)) - 1;
  return (exponent - kLeastExponent) * kCutsPerOctave + cut + 1;
}

}  // namespace

int32_t bucket_of(double value) {
  if (std::isnan(value)) return kNanBucket;
  if (value == 0) return 0;
  const int32_t bucket = std::isinf(value) ? kInfinityBucket : bucket_of_positive(std::fabs(value));
  return value < 0 ? -bucket : bucket;
}

double value_of_bucket(int32_t bucket) {
  if (bucket == 0) return 0;
  if (bucket == kNanBucket) return std::numeric_limits<double>::quiet_NaN();
  if (std::abs(bucket) == kInfinityBucket) return std::copysign(std::numeric_limits<double>::infinity(), bucket);
  const int32_t place = std::abs(bucket) - 1;
  return std::copysign(std::ldexp(kValues[place % kCutsPerOctave], place / kCutsPerOctave + kLeastExponent), bucket);
}

}  // namespace gnomon
