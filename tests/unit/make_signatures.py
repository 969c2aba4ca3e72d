"""Makes signatures.h: right and wrong signatures, derived here with nothing but the definitions.

usage: python3 make_signatures.py > signatures.h

Ed25519 is RFC 8032 section 5.1, written out slowly; HMAC is Python's own. Keys and messages come
from SHA-512 of a counter, so that every run gives the same file.
"""

import hashlib
import hmac

P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1)


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    k = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + k, P - 2, P) % P,
            (y1 * y2 + x1 * x2) * pow(1 - k, P - 2, P) % P)


def times(number, point):
    result = IDENTITY
    while number:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


def recover_x(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT % P
    if x * x % P != square:
        return None
    return P - x if x % 2 != sign else x


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (recover_x(BASE_Y, 0), BASE_Y)


def encode(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def number(data):
    return int.from_bytes(data, "little")


def scalar(value):
    return value.to_bytes(32, "little")


def sha512(*parts):
    return hashlib.sha512(b"".join(parts)).digest()


class Key:
    def __init__(self, seed):
        self.seed = seed
        digest = sha512(seed)
        self.secret = number(digest[:32]) & (2 ** 254 - 8) | 2 ** 254
        self.prefix = digest[32:]
        self.public = encode(times(self.secret, BASE))

    def hash(self, first, message):
        return number(sha512(first, self.public, message)) % L

    def sign(self, message):
        nonce = number(sha512(self.prefix, message)) % L
        first = encode(times(nonce, BASE))
        return first + scalar((nonce + self.hash(first, message) * self.secret) % L)


def small_order_points():
    """The eight points of small order: multiples of one of order eight."""
    y = 2
    while True:
        x = recover_x(y, 0)
        y += 1
        if x is None:
            continue
        point = times(L, (x, y - 1))
        if times(4, point) != IDENTITY:
            return [times(i, point) for i in range(8)]


def messages():
    yield b""
    for size in (1, 3, 32, 64, 111, 112, 127, 128, 1000):
        yield (sha512(b"message", bytes([size & 255])) * 16)[:size]


def wrong_signatures(key, message):
    good = key.sign(message)
    first, second = good[:32], good[32:]
    value = number(second)
    small = small_order_points()
    yield "S and the order", first + scalar(value + L)
    for i in range(2, 16):
        if value + i * L < 2 ** 256:
            yield f"S and {i} times the order", first + scalar(value + i * L)
    for bit in (252, 253, 254, 255):
        yield f"S with bit {bit}", first + scalar(value | 1 << bit)
    yield "S is negative", first + scalar(L - value)
    yield "S is zero", first + scalar(0)
    yield "S is one", first + scalar(1)
    yield "S is the order", first + scalar(L)
    yield "S is all ones", first + b"\xff" * 32
    yield "S as big-endian", first + second[::-1]
    yield "R is zero", bytes(32) + second
    yield "R and S are zero", bytes(64)
    yield "R is all ones", b"\xff" * 32 + second
    yield "R has the other sign", first[:31] + bytes([first[31] ^ 128]) + second
    yield "R as big-endian", first[::-1] + second
    for i, point in enumerate(small):
        yield f"R is point {i} of small order", encode(point) + second
        yield f"R is point {i} of small order, S is zero", encode(point) + scalar(0)
    yield "R is the identity, not canonical", scalar(P + 1) + scalar(0)
    yield "R and S changed places", second + first
    yield "of another message", key.sign(message + b"x")
    yield "of another key", Key(sha512(b"another")[:32]).sign(message)
    # With R = rB + T, where T has order eight, only verifiers that multiply by eight say yes.
    nonce = number(sha512(key.prefix, message)) % L
    mixed = encode(add(times(nonce, BASE), small[1]))
    yield "R with a part of small order", mixed + scalar(
        (nonce + key.hash(mixed, message) * key.secret) % L)
    for size in (0, 1, 31, 32, 33, 63):
        yield f"cut to {size} bytes", good[:size]
    yield "with a zero behind", good + b"\0"
    yield "with a zero in front", b"\0" + good
    yield "twice", good + good
    for bit in range(0, 512, 37):
        changed = bytearray(good)
        changed[bit // 8] ^= 1 << bit % 8
        yield f"bit {bit} flipped", bytes(changed)


def text(data):
    """Bytes as hexadecimal C text of lines that fit."""
    digits = data.hex()
    lines = [digits[i:i + 80] for i in range(0, len(digits), 80)] or [""]
    return "\n     ".join(f'"{line}"' for line in lines)


def print_table(kind, name, members, rows):
    print(f"\nstatic const struct {{\n    {members}\n}} {name}[] = {{")
    for row in rows:
        print("    {" + ",\n     ".join(kind(item) for item in row) + "},")
    print("};")


def item(value):
    return f'"{value}"' if isinstance(value, str) else text(value)


def mac(key, message, digest="sha256"):
    return hmac.new(key, message, digest).digest()


def wrong_macs(key, message):
    good = mac(key, message)
    for size in (0, 1, 4, 16, 31):
        yield f"cut to {size} bytes", good[:size]
    yield "with a zero behind", good + b"\0"
    yield "twice", good + good
    yield "all zero", bytes(32)
    yield "all ones", b"\xff" * 32
    yield "reversed", good[::-1]
    yield "inverted", bytes(byte ^ 255 for byte in good)
    yield "of SHA-384", mac(key, message, "sha384")
    yield "of SHA-512", mac(key, message, "sha512")
    yield "of SHA-384, cut", mac(key, message, "sha384")[:32]
    yield "of SHA-512, cut", mac(key, message, "sha512")[:32]
    yield "of SHA3-256", mac(key, message, "sha3_256")
    yield "of no key", mac(b"", message)
    yield "of the key's digest", mac(hashlib.sha256(key).digest(), message)
    yield "of the key in hexadecimal", mac(key.hex().encode(), message)
    yield "of the key reversed", mac(key[::-1], message)
    yield "of the key and a line end", mac(key + b"\n", message)
    yield "of another message", mac(key, message + b"x")
    yield "a digest of key and message", hashlib.sha256(key + message).digest()
    yield "a digest of message and key", hashlib.sha256(message + key).digest()
    yield "a digest of the message", hashlib.sha256(message).digest()
    for bit in range(0, 256, 17):
        changed = bytearray(good)
        changed[bit // 8] ^= 1 << bit % 8
        yield f"bit {bit} flipped", bytes(changed)


def main():
    key = Key(sha512(b"key")[:32])
    signed = b"eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1MSJ9"
    keys = [Key(sha512(b"key", bytes([i]))[:32]) for i in range(3)]
    print("/* Made by make_signatures.py, which says how; do not edit. */\n"
          "#ifndef TASKGATE_TESTS_SIGNATURES_H\n#define TASKGATE_TESTS_SIGNATURES_H\n\n"
          "/* clang-format off */\n\n/* Bytes are hexadecimal. */")
    print_table(item, "right_signatures", "const char *seed, *public, *message, *signature;",
                [(k.seed, k.public, m, k.sign(m)) for k in keys for m in messages()])
    print(f"\n#define WRONG_PUBLIC {text(key.public)}\n#define WRONG_MESSAGE {text(signed)}")
    print_table(item, "wrong_signatures", "const char *what, *signature;",
                list(wrong_signatures(key, signed)))
    # With a key A of small order, R = identity and S = 0 fit when the hash is a multiple of A's
    # order: anybody finds such a message.
    weak = [(f"point {i}", encode(p)) for i, p in enumerate(small_order_points())]
    weak += [("zero with a sign", scalar(1 << 255)), ("the identity, not canonical", scalar(P + 1)),
             ("zero, not canonical", scalar(P)), ("all ones", b"\xff" * 32)]
    print_table(item, "weak_keys", "const char *what, *public;", weak)
    print_table(item, "right_macs", "const char *key, *message, *mac;",
                [(k, m, mac(k, m)) for size in (32, 33, 63, 64, 65, 100, 200)
                 for k in [(sha512(b"mac", bytes([size])) * 4)[:size]] for m in messages()])
    secret = sha512(b"secret").hex()[:40].encode()
    # {"alg":"HS256"} and {"sub":"u1","exp":1795218181}
    token = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1MSIsImV4cCI6MTc5NTIxODE4MX0"
    print(f"\n#define WRONG_SECRET {item(secret.decode())}\n#define WRONG_TOKEN {item(token.decode())}")
    print_table(item, "wrong_macs", "const char *what, *mac;", list(wrong_macs(secret, token)))
    print("\n/* clang-format on */\n\n#endif")


main()
