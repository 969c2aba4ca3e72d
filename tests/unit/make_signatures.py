"""Makes signatures.h: right and wrong signatures, derived here with nothing but the definitions.

usage: python3 make_signatures.py > signatures.h

Ed25519 is RFC 8032 section 5.1, written out slowly; HMAC is Python's own. Keys and messages come
from SHA-512 of a counter, so that every run gives the same file.
"""

import base64
import hashlib
import hmac
import json

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
    # With r = 0, or r and a point of small order, S fits; who has the key could make such a
    # signature, who has not finds one for a key of small order. With 8r = 0 no signature says
    # anything about the key.
    names = {"the identity": scalar(1), "the identity, with a sign": scalar(1 | 1 << 255),
             "the identity, not canonical": scalar(P + 1),
             "the identity, not canonical, with a sign": scalar(P + 1 | 1 << 255),
             "zero, not canonical": scalar(P), "zero, not canonical, with a sign":
             scalar(P | 1 << 255), "minus one, with a sign": scalar(P - 1 | 1 << 255)}
    names.update({f"point {i} of small order": encode(small[i]) for i in range(1, 8)})
    for name, point in names.items():
        yield f"R is {name}, S fits", point + scalar(key.hash(point, message) * key.secret % L)
    # No point has these: y is not on the curve, or is not below 2^255 - 19.
    for y in (2, P + 2, P + 3, P + 18):
        off = scalar(y)
        yield f"R is y = {'p + ' if y > P else ''}{y % P}", off + second
    yield "made with the hash of an empty message", first + scalar(
        (nonce + key.hash(first, b"") * key.secret) % L)
    other = Key(sha512(b"another")[:32])
    yield "made with the hash of another key", first + scalar(
        (nonce + other.hash(first, message) * key.secret) % L)
    yield "made without R in the hash", first + scalar(
        (nonce + key.hash(b"", message) * key.secret) % L)
    yield "made with the nonce in place of the hash", first + scalar(
        (nonce + nonce * key.secret) % L)
    yield "R of this, S of another message", first + key.sign(message + b"x")[32:]
    yield "R of another, S of this message", key.sign(message + b"x")[:32] + second
    yield "of the message's SHA-512", key.sign(sha512(message))
    # RFC 8032 section 5.1: Ed25519ctx and Ed25519ph, whose hashes begin with a text.
    for flag, name, data in ((0, "Ed25519ctx", message), (1, "Ed25519ph", sha512(message))):
        prefix = b"SigEd25519 no Ed25519 collisions" + bytes([flag, 0])
        hashed = number(sha512(prefix, first, key.public, data)) % L
        yield f"of {name}", first + scalar((nonce + hashed * key.secret) % L)
    for size in (0, 1, 31, 32, 33, 48, 63):
        yield f"cut to {size} bytes", good[:size]
    yield "with a zero behind", good + b"\0"
    yield "with a zero in front", b"\0" + good
    yield "without its first byte, a zero behind", good[1:] + b"\0"
    yield "R alone, twice", first + first
    yield "S alone, twice", second + second
    yield "twice", good + good
    yield "with the message behind", good + message
    yield "in hexadecimal", good.hex().encode()
    for bit in range(0, 512, 37):
        changed = bytearray(good)
        changed[bit // 8] ^= 1 << bit % 8
        yield f"bit {bit} flipped", bytes(changed)


def part(data):
    """Base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def spare(text):
    """TEXT with a spare bit set in its last character: lenient decoders read the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(text) % 4
    return text[:-1] + alphabet[alphabet.index(text[-1]) | 1]


def sized(data, rest):
    """JSON with spaces behind, so that it has 3n + REST bytes."""
    return data + b" " * ((rest - len(data)) % 3)


def headers(alg):
    """(what, header part, is good): every way to write a header with ALG."""
    kid = b"" if alg == b"HS256" else b',"kid":"k"'
    plain = b'{"alg":"%s"%s}' % (alg, kid)
    escaped = "".join(f"\\u{ord(c):04x}" for c in alg.decode()).encode()
    for what, data in {
        "plain": plain,
        "with typ": plain[:-1] + b',"typ":"JWT"}',
        "spaced": plain.replace(b":", b" :\t") + b"\r\n",
        "escaped value": plain.replace(alg, escaped),
        "escaped name": plain.replace(b"alg", b"\\u0061lg"),
        "with a key's members": plain[:-1] + b',"jwk":{"kty":"oct","k":"AA"},"x5c":["AA"]}',
    }.items():
        yield f"header {what}", part(data), True
    for what, data in {
        "empty object": b"{}",
        "array": b"[" + plain + b"]",
        "text": b'"%s"' % alg,
        "with a comma": plain[:-1] + b",}",
        "with a comment": plain[:-1] + b"/**/}",
        "with single quotes": plain.replace(b'"', b"'"),
        "without quotes": plain.replace(b'"', b""),
        "cut": plain[:-1],
        "with text behind": plain + b"{}",
        "with NUL behind": plain + b"\0",
        "with BOM": b"\xef\xbb\xbf" + plain,
        "in UTF-16": plain.decode().encode("utf-16-le"),
        "in Latin-1": plain[:-1] + b',"x":"\xe9"}',
        "overlong": plain[:-1] + b',"x":"\xc0\xaf"}',
        "with a NUL in alg": plain.replace(alg, alg + b"\\u0000"),
        "with a NUL in the name": plain.replace(b"alg", b"alg\\u0000"),
        "with a raw line end": plain.replace(alg, alg + b"\n"),
        "with a space in alg": plain.replace(alg, alg + b" "),
        "twice the same alg": plain[:-1] + b"," + plain[1:],
        "none before": b'{"alg":"none",' + plain[1:],
        "none behind": plain[:-1] + b',"alg":"none"}',
        "twice by an escape": b'{"\\u0061lg":"none",' + plain[1:],
        "in other case": plain.replace(alg, alg.swapcase()),
        "name in other case": plain.replace(b"alg", b"Alg"),
        "alg array": plain.replace(b'"%s"' % alg, b'["%s"]' % alg),
        "alg null": plain.replace(b'"%s"' % alg, b"null"),
        "with crit": plain[:-1] + b',"crit":["exp"]}',
        "with b64": plain[:-1] + b',"b64":true}',
        "with cty": plain[:-1] + b',"cty":"JWT"}',
        "with typ of another": plain[:-1] + b',"typ":"logout+jwt"}',
        "kid number": plain[:-1] + b',"kid":1}',
    }.items():
        yield f"header {what}", part(data), False
    for rest in (1, 2):
        yield f"header of 3n + {rest}", part(sized(plain, rest)), True
        yield f"header of 3n + {rest}, spare bits", spare(part(sized(plain, rest))), False
        padded = part(sized(plain, rest)) + "=" * (3 - rest)
        yield f"header of 3n + {rest}, padded", padded, False
    for what, text in {
        "space before": " " + part(plain),
        "line end inside": part(plain)[:4] + "\n" + part(plain)[4:],
        "standard alphabet": base64.b64encode(plain[:-1] + b',"x":"???>>>"}').decode().rstrip("="),
        "one character more": part(sized(plain, 0)) + "A",
    }.items():
        yield f"header with {what}", text, False


def payloads(good):
    """(what, payload part, is good): every way to write the claims GOOD."""
    claims = json.loads(good)
    for what, data in {
        "spaced": json.dumps(claims, indent=1).encode(),
        "in another order": json.dumps(dict(reversed(claims.items()))).encode(),
        "with unknown members":
            good[:-1] + b',"a":{"b":[null,true,-1.5e3]},"\xc3\xbc":"\\ud83d\\ude00"}',
        "escaped": good.replace(b"sub", b"\\u0073\\u0075\\u0062").replace(b"u1", b"\\u00751"),
    }.items():
        yield f"payload {what}", part(data), True
    for what, data in {
        "array": b"[" + good + b"]",
        "null": b"null",
        "number": b"1",
        "with text behind": good + good,
        "with NUL behind": good + b"\0",
        "with BOM": b"\xef\xbb\xbf" + good,
        "cut": good[:-1],
        "duplicate sub": good[:-1] + b',"sub":"u1"}',
        "duplicate exp by an escape": good[:-1] + b',"\\u0065xp":4102444800}',
        "sub with NUL": good.replace(b"u1", b"u1\\u0000"),
        "lone surrogate": good[:-1] + b',"x":"\\ud800"}',
        "in Latin-1": good[:-1] + b',"x":"\xe9"}',
        "NaN": good[:-1] + b',"x":NaN}',
        "leading zero": good[:-1] + b',"x":01}',
        "exp with a point": good[:-1] + b'.0}',
        "exp with exponent": good[:-1] + b'e0}',
        "exp text": good.replace(b'"exp":', b'"exp":"')[:-1] + b'"}',
        "too deep": good[:-1] + b',"x":' + b"[" * 16 + b"]" * 16 + b"}",
    }.items():
        yield f"payload {what}", part(data), False
    for rest in (1, 2):
        yield f"payload of 3n + {rest}", part(sized(good, rest)), True
        yield f"payload of 3n + {rest}, spare bits", spare(part(sized(good, rest))), False
        yield f"payload of 3n + {rest}, padded", part(sized(good, rest)) + "=" * (3 - rest), False


def shaped_tokens(alg, sign, good):
    """(what, token, "1" or "0"): rightly signed as they stand, so that the form alone is wrong."""
    claims = part(good)
    head = next(headers(alg))[1]
    forms = [(what, f"{header}.{claims}", ok) for what, header, ok in headers(alg)]
    forms += [(what, f"{head}.{payload}", ok) for what, payload, ok in payloads(good)]
    for what, signed, ok in forms:
        yield f"{alg.decode()}: {what}", f"{signed}.{part(sign(signed.encode()))}", ok
    signed = f"{head}.{claims}"
    signature = part(sign(signed.encode()))
    name = alg.decode()
    yield f"{name}: signature, spare bits", f"{signed}.{spare(signature)}", False
    yield f"{name}: signature, padded", f"{signed}.{signature}" + "=" * (-len(signature) % 4), False
    yield f"{name}: line end behind", f"{signed}.{signature}\n", False
    yield f"{name}: signature twice", f"{signed}.{signature}.{signature}", False
    yield f"{name}: of the decoded parts", f"{signed}.{part(sign(b'{}' + good))}", False
    yield f"{name}: of the payload only", f"{signed}.{part(sign(claims.encode()))}", False
    yield f"{name}: of the header only", f"{signed}.{part(sign(head.encode()))}", False
    dotless = (head + claims).encode()
    yield f"{name}: of parts without a dot", f"{signed}.{part(sign(dotless))}", False


def text(data):
    """Bytes as hexadecimal C text of lines that fit."""
    digits = data.hex()
    lines = [digits[i:i + 80] for i in range(0, len(digits), 80)] or [""]
    return "\n     ".join(f'"{line}"' for line in lines)


def quoted(value):
    """A text as C text of lines that fit."""
    lines = [value[i:i + 80] for i in range(0, len(value), 80)]
    return "\n     ".join('"' + line.replace("\n", "\\n") + '"' for line in lines)


def print_table(kind, name, members, rows):
    print(f"\nstatic const struct {{\n    {members}\n}} {name}[] = {{")
    for row in rows:
        print("    {" + ",\n     ".join(kind(item) for item in row) + "},")
    print("};")


def item(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return quoted(value) if isinstance(value, str) else text(value)


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
          "#include <stdbool.h>\n\n"
          "/* clang-format off */\n\n/* Bytes are hexadecimal. */")
    print_table(item, "right_signatures", "const char *seed, *public, *message, *signature;",
                [(k.seed, k.public, m, k.sign(m)) for k in keys for m in messages()]
                + [(k.seed, k.public, m, k.sign(m)) for k in map(Key, (bytes(32), b"\xff" * 32))
                   for m in (b"", bytes(32), b"\xff" * 64)])
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
    print(f"\n#define WRONG_SECRET {item(secret.decode())}")
    print(f"#define WRONG_TOKEN {item(token.decode())}")
    print_table(item, "wrong_macs", "const char *what, *mac;", list(wrong_macs(secret, token)))
    claims = b'{"sub":"u1","exp":1795218181}'
    print_table(item, "shaped_tokens", "const char *what, *token;\n    bool good;",
                [*shaped_tokens(b"HS256", lambda signed: mac(secret, signed), claims),
                 *shaped_tokens(b"EdDSA", key.sign, claims)])
    print("\n/* clang-format on */\n\n#endif")


main()
