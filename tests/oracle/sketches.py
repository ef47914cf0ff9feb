"""The exact definitions of the approximate functions, and the errors that they promise.

Nothing is tabulated: buckets are found by comparing integer powers, registers by hashing every value again.
"""

import math
import struct
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache

from oracle.xxh3 import xxh3

# ── approx_count_distinct: HyperLogLog ──────────────────────────────────────────────────────────────────────────────

REGISTER_BITS = 12
REGISTERS = 2**REGISTER_BITS
HASH_BITS = 64 - REGISTER_BITS  # that are left for the rank
STANDARD_ERROR = 1.04 / math.sqrt(REGISTERS)


def canonical_bytes(value):
    """Ints, bools and times as int64, floats as float64, both little endian; text as UTF-8."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    return struct.pack("<d" if isinstance(value, float) else "<q", value)


def registers_of(values):
    """{register: the greatest rank}; the rank is the place of the first 1 among the hash's lower bits, from 1."""
    registers = {}
    for data in set(map(canonical_bytes, values)):
        register, rest = divmod(xxh3(data), 2**HASH_BITS)
        rank = HASH_BITS - rest.bit_length() + 1
        registers[register] = max(rank, registers.get(register, 0))
    return registers


def sigma(x):
    """Ertl 2017, equation 10: x + Σ x^(2^k) 2^(k - 1)."""
    if x == 1:
        return math.inf
    y, z, before = 1.0, x, None
    while z != before:
        x *= x
        before = z
        z += x * y
        y += y
    return z


def tau(x):
    """Ertl 2017, equation 14: (1 - x - Σ (1 - x^(2^-k))² 2^-k) / 3."""
    if x in (0, 1):
        return 0.0
    y, z, before = 1.0, 1 - x, None
    while z != before:
        x = math.sqrt(x)
        before = z
        y *= 0.5
        z -= (1 - x) * (1 - x) * y
    return z / 3


def hyperloglog(values):
    """Ertl 2017, algorithm 6, rounded to the nearest integer."""
    registers = registers_of(values)
    if not registers:
        return 0
    counts = [0] * (HASH_BITS + 2)
    counts[0] = REGISTERS - len(registers)
    for rank in registers.values():
        counts[rank] += 1
    z = REGISTERS * tau(1 - counts[HASH_BITS + 1] / REGISTERS)
    for rank in range(HASH_BITS, 0, -1):
        z = 0.5 * (z + counts[rank])
    z += REGISTERS * sigma(counts[0] / REGISTERS)
    return math.floor(1 / (2 * math.log(2)) * REGISTERS * REGISTERS / z + 0.5)


# ── approx_percentile: DDSketch ─────────────────────────────────────────────────────────────────────────────────────

CUTS = 35  # buckets to a power of two
RELATIVE_ERROR = Fraction(1, 100)  # 0.9902 % where the float grid is fine enough: for every normal number


def octave_and_cut(magnitude):
    """The greatest (e, j) with 2^e · 2^(j/35) <= magnitude."""
    exact = Fraction(magnitude)
    octave = math.frexp(magnitude)[1] - 1
    power = (exact / Fraction(2) ** octave) ** CUTS
    return octave, max(j for j in range(CUTS) if 2**j <= power)


@cache
def bucket_value(cut):
    """Equally far, relatively, from both ends of [2^(j/35), 2^((j+1)/35))."""
    with localcontext(prec=60):
        low, high = (Decimal(2) ** (Decimal(j) / CUTS) for j in (cut, cut + 1))
        return float(Fraction(2 * low * high / (low + high)))


def represented(value):
    """What stands for every value of `value`'s bucket."""
    if value == 0 or math.isinf(value):
        return value + 0.0
    octave, cut = octave_and_cut(abs(value))
    return math.copysign(math.ldexp(bucket_value(cut), octave), value)


def nearest_rank(p, n):
    """max(1, ceil(p·n)) with the decimal that p is written as."""
    return max(1, math.ceil(Fraction(repr(p)) * n))


def percentile_of_buckets(values, p):
    if not values:
        return None
    if any(map(math.isnan, values)):
        return math.nan
    return represented(sorted(values)[nearest_rank(p, len(values)) - 1])
