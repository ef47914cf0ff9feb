"""The order of values that breaks ties by content, and bitwise equality of answers."""

import math
import struct


def _float_rank(value):
    """IEEE totalOrder, with every NaN the same and last: flip the bits so that integers sort as the floats do."""
    if math.isnan(value):
        return 1 << 64
    (bits,) = struct.unpack("<q", struct.pack("<d", value))
    return bits if bits >= 0 else -(bits & (2**63 - 1)) - 1


def rank(value):
    """A sort key for one feature's values: null first; bool, number, text, bytes or array by its own order."""
    if value is None:
        return (0,)
    if isinstance(value, bool):
        return (1, int(value))
    if isinstance(value, float):
        return (1, _float_rank(value))
    if isinstance(value, int):
        return (1, value)
    if isinstance(value, str):
        return (1, value.encode())
    if isinstance(value, bytes):
        return (1, value)
    if isinstance(value, list):
        return (1, [rank(item) for item in value])
    raise TypeError(f"no order for {type(value).__name__}: {value!r}")


def same(left, right):
    """Equal to the bit: -0.0 is not 0.0, an integer is not a float, a NaN is a NaN."""
    return type(left) is type(right) and rank(left) == rank(right)
