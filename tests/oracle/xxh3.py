"""XXH3, 64 bits, without a seed, from its specification: slow, and of any length of input.

Source: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md, "XXH3 Algorithm Overview".
"""

MASK32, MASK64 = 2**32 - 1, 2**64 - 1
PRIME32_1, PRIME32_2, PRIME32_3 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
PRIME64_1, PRIME64_2, PRIME64_3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
PRIME64_4, PRIME64_5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
PRIME_MX1, PRIME_MX2 = 0x165667919E3779F9, 0x9FB21C651E98DF25
STRIPE, BLOCK_STRIPES = 64, 16  # with the default secret of 192 bytes

SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
    "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
)


def u32(data, at):
    return int.from_bytes(data[at : at + 4], "little")


def u64(data, at):
    return int.from_bytes(data[at : at + 8], "little")


def fold(a, b):
    product = a * b
    return (product & MASK64) ^ (product >> 64)


def swapped(value, size):
    return int.from_bytes(value.to_bytes(size, "little"), "big")


def rotated(value, bits):
    return (value << bits | value >> (64 - bits)) & MASK64


def avalanche(h):
    h ^= h >> 37
    h = h * PRIME_MX1 & MASK64
    return h ^ h >> 32


def avalanche_xxh64(h):
    h ^= h >> 33
    h = h * PRIME64_2 & MASK64
    h ^= h >> 29
    h = h * PRIME64_3 & MASK64
    return h ^ h >> 32


def up_to_3(data):
    size = len(data)
    combined = data[size - 1] | size << 8 | data[0] << 16 | data[size >> 1] << 24
    return avalanche_xxh64(combined ^ u32(SECRET, 0) ^ u32(SECRET, 4))


def up_to_8(data):
    size = len(data)
    value = u32(data, size - 4) | u32(data, 0) << 32
    h = value ^ u64(SECRET, 8) ^ u64(SECRET, 16)
    h ^= rotated(h, 49) ^ rotated(h, 24)
    h = h * PRIME_MX2 & MASK64
    h ^= (h >> 35) + size
    h = h * PRIME_MX2 & MASK64
    return h ^ h >> 28


def up_to_16(data):
    size = len(data)
    low = (u64(SECRET, 24) ^ u64(SECRET, 32)) ^ u64(data, 0)
    high = (u64(SECRET, 40) ^ u64(SECRET, 48)) ^ u64(data, size - 8)
    return avalanche((size + swapped(low, 8) + high + fold(low, high)) & MASK64)


def mixed(data, at, secret_at):
    return fold(u64(data, at) ^ u64(SECRET, secret_at), u64(data, at + 8) ^ u64(SECRET, secret_at + 8))


def up_to_128(data):
    size = len(data)
    h = size * PRIME64_1
    for step in reversed(range((size - 1) // 32 + 1)):
        h += mixed(data, 16 * step, 32 * step) + mixed(data, size - 16 * (step + 1), 32 * step + 16)
    return avalanche(h & MASK64)


def up_to_240(data):
    size = len(data)
    h = size * PRIME64_1 + sum(mixed(data, 16 * i, 16 * i) for i in range(8))
    h = avalanche(h & MASK64)
    h += sum(mixed(data, 16 * i, 16 * (i - 8) + 3) for i in range(8, size // 16))
    h += mixed(data, size - 16, 136 - 17)
    return avalanche(h & MASK64)


def accumulate(lanes, data, at, secret_at):
    for lane in range(8):
        value = u64(data, at + 8 * lane)
        key = value ^ u64(SECRET, secret_at + 8 * lane)
        lanes[lane ^ 1] = (lanes[lane ^ 1] + value) & MASK64
        lanes[lane] = (lanes[lane] + (key & MASK32) * (key >> 32)) & MASK64


def longer(data):
    size = len(data)
    lanes = [PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3, PRIME64_4, PRIME32_2, PRIME64_5, PRIME32_1]
    stripes = (size - 1) // STRIPE
    for stripe in range(stripes):
        accumulate(lanes, data, STRIPE * stripe, 8 * (stripe % BLOCK_STRIPES))
        if stripe % BLOCK_STRIPES == BLOCK_STRIPES - 1:
            for lane in range(8):
                lanes[lane] ^= lanes[lane] >> 47
                lanes[lane] ^= u64(SECRET, len(SECRET) - STRIPE + 8 * lane)
                lanes[lane] = lanes[lane] * PRIME32_1 & MASK64
    accumulate(lanes, data, size - STRIPE, len(SECRET) - STRIPE - 7)
    h = size * PRIME64_1
    for pair in range(4):
        h += fold(lanes[2 * pair] ^ u64(SECRET, 11 + 16 * pair), lanes[2 * pair + 1] ^ u64(SECRET, 11 + 16 * pair + 8))
    return avalanche(h & MASK64)


def xxh3(data):
    size = len(data)
    if size == 0:
        return avalanche_xxh64(u64(SECRET, 56) ^ u64(SECRET, 64))
    if size <= 3:
        return up_to_3(data)
    if size <= 8:
        return up_to_8(data)
    if size <= 16:
        return up_to_16(data)
    if size <= 128:
        return up_to_128(data)
    return up_to_240(data) if size <= 240 else longer(data)
