"""List D1 of attacks on tokens, through the real web server: all refused."""

import base64
import hashlib
import json
import time

import pytest

from harness import check, tokens
from harness.stack import good_token as good, renamed_token as renamed, visitor
from harness.taskgate import SECRET
from harness.tokens import HEADER, claims, encode, forge

NOW = int(time.time())
FAR = NOW + 10 * 365 * 24 * 3600


def with_header(user_id, secret=SECRET, digest=hashlib.sha256, **header):
    return forge(claims(user_id), secret, header, digest)


def with_members(user_id, members):
    """Good claims with more MEMBERS as JSON text: for what json.dumps does not write."""
    text = json.dumps(claims(user_id))[:-1] + "," + members + "}"
    return forge(text.encode(), SECRET)


def exp(user_id, text):
    """EXP as JSON text in otherwise good claims."""
    body = json.dumps(claims(user_id, exp=None))[:-1] + f', "exp": {text}}}'
    return forge(body.encode(), SECRET)


def unsigned(user_id, algorithm):
    text = f"{tokens.part({'alg': algorithm, 'typ': 'JWT'})}.{tokens.part(claims(user_id))}"
    return text + "."


def altered_payload(user_id):
    header, _, mac = good("somebody else").split(".")
    return f"{header}.{tokens.part(claims(user_id))}.{mac}"


def edited(user_id, edit):
    return edit(good(user_id))


def parts(user_id, edit):
    return ".".join(edit(*good(user_id).split(".")))


def noncanonical(part):
    """PART with spare bits set in its last character: decodes to the same bytes leniently."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return part[:-1] + alphabet[alphabet.index(part[-1]) ^ 1]


def spare_bits(user_id, rest):
    """A good payload part of 3n + REST bytes: its last character has bits to spare."""
    text = json.dumps(claims(user_id)).encode()
    return tokens.part(text + b" " * ((rest - len(text)) % 3))


def signed(header, payload):
    """The two parts as they are, with the right MAC."""
    return f"{header}.{payload}.{tokens.mac(f'{header}.{payload}', SECRET)}"


PEM = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
"""

ATTACKS = {
    # the algorithm
    "alg none, no MAC": lambda u: unsigned(u, "none"),
    "alg None, no MAC": lambda u: unsigned(u, "None"),
    "alg nOnE, no MAC": lambda u: unsigned(u, "nOnE"),
    "alg NONE, no MAC": lambda u: unsigned(u, "NONE"),
    "alg HS256, no MAC": lambda u: unsigned(u, "HS256"),
    "alg none with a good MAC": lambda u: with_header(u, alg="none", typ="JWT"),
    "alg empty": lambda u: with_header(u, alg=""),
    "alg missing": lambda u: with_header(u, typ="JWT"),
    "alg number": lambda u: with_header(u, alg=256),
    "alg null": lambda u: with_header(u, alg=None),
    "alg array": lambda u: with_header(u, alg=["HS256"]),
    "alg object": lambda u: with_header(u, alg={"HS256": 1}),
    "alg twice, the good one last": lambda u: forge(
        claims(u), SECRET, b'{"alg":"none","alg":"HS256"}'),
    "alg twice, the good one first": lambda u: forge(
        claims(u), SECRET, b'{"alg":"HS256","alg":"none"}'),
    "alg in lower case": lambda u: with_header(u, alg="hs256"),
    "alg with a NUL": lambda u: forge(claims(u), SECRET, b'{"alg":"HS256\\u0000"}'),
    "Alg as another member": lambda u: with_header(u, Alg="HS256"),
    "HS384 with our key": lambda u: with_header(u, alg="HS384", digest=hashlib.sha384),
    "HS512 with our key": lambda u: with_header(u, alg="HS512", digest=hashlib.sha512),
    "HS256 with the MAC of HS512": lambda u: with_header(u, alg="HS256", digest=hashlib.sha512),
    "HS512 with the MAC of HS256": lambda u: with_header(u, alg="HS512"),
    "RS256 with the MAC of HS256": lambda u: with_header(u, alg="RS256"),
    "PS256 with the MAC of HS256": lambda u: with_header(u, alg="PS256"),
    "ES256 with the MAC of HS256": lambda u: with_header(u, alg="ES256"),
    "EdDSA with the MAC of HS256": lambda u: with_header(u, alg="EdDSA"),
    # the key
    "empty secret": lambda u: forge(claims(u), b""),
    "zero secret": lambda u: forge(claims(u), bytes(32)),
    "secret 'secret'": lambda u: forge(claims(u), "secret"),
    "a public key as the secret": lambda u: forge(claims(u), PEM),
    "the secret and a line end": lambda u: forge(claims(u), SECRET + "\n"),
    "the secret cut": lambda u: forge(claims(u), SECRET[:-1]),
    "the secret in lower case": lambda u: forge(claims(u), SECRET.lower()),
    "the secret's base64 bytes": lambda u: forge(claims(u), base64.urlsafe_b64decode(SECRET)),
    "the hash of the secret": lambda u: forge(claims(u), hashlib.sha256(SECRET.encode()).digest()),
    "jwk brings its own key": lambda u: with_header(
        u, b"mine", alg="HS256", jwk={"kty": "oct", "k": encode(b"mine")}),
    "jku": lambda u: with_header(u, b"mine", alg="HS256", jku="http://127.0.0.1:1/jwks"),
    "x5u": lambda u: with_header(u, b"mine", alg="HS256", x5u="file:///etc/passwd"),
    "x5c": lambda u: with_header(u, b"mine", alg="HS256", x5c=[encode(b"mine")]),
    "kid of an empty file": lambda u: with_header(u, b"", alg="HS256", kid="/dev/null"),
    "kid by path": lambda u: with_header(u, b"", alg="HS256", kid="../../../../../dev/null"),
    "kid with SQL": lambda u: with_header(u, b"x", alg="HS256", kid="' UNION SELECT 'x' --"),
    "kid with NUL": lambda u: with_header(u, b"", alg="HS256", kid="a\0b"),
    "kid number": lambda u: with_header(u, b"", alg="HS256", kid=0),
    "kid long": lambda u: with_header(u, b"", alg="HS256", kid="k" * 2000),
    # what the header must not say
    "crit known": lambda u: with_header(u, alg="HS256", crit=["exp"], exp=FAR),
    "crit unknown": lambda u: with_header(u, alg="HS256", crit=["x"], x=1),
    "crit empty": lambda u: with_header(u, alg="HS256", crit=[]),
    "crit null": lambda u: with_header(u, alg="HS256", crit=None),
    "b64 false": lambda u: with_header(u, alg="HS256", b64=False, crit=["b64"]),
    "typ of another token": lambda u: with_header(u, alg="HS256", typ="JOSE+JSON"),
    "typ of a logout token": lambda u: with_header(u, alg="HS256", typ="logout+jwt"),
    "typ number": lambda u: with_header(u, alg="HS256", typ=1),
    "header array": lambda u: forge(claims(u), SECRET, b'["HS256"]'),
    "header string": lambda u: forge(claims(u), SECRET, b'"HS256"'),
    "header empty object": lambda u: forge(claims(u), SECRET, b"{}"),
    "header not JSON": lambda u: forge(claims(u), SECRET, b"alg=HS256"),
    "header with single quotes": lambda u: forge(claims(u), SECRET, b"{'alg':'HS256'}"),
    "header with bytes behind": lambda u: forge(claims(u), SECRET, b'{"alg":"HS256"}x'),
    "header with NUL and bytes behind": lambda u: forge(claims(u), SECRET, b'{"alg":"HS256"}\0{}'),
    "header not UTF-8": lambda u: forge(claims(u), SECRET, b'{"alg":"HS256","x":"\xff"}'),
    "header with BOM": lambda u: forge(claims(u), SECRET, b'\xef\xbb\xbf{"alg":"HS256"}'),
    "header with many members": lambda u: with_header(
        u, alg="HS256", **{f"m{i}": 1 for i in range(9)}),
    # the form
    "nested token": lambda u: forge(good(u).encode(), SECRET, {**HEADER, "cty": "JWT"}),
    "five parts": lambda u: good(u) + ".e30.e30",
    "four parts": lambda u: good(u) + ".",
    "two parts": lambda u: good(u).rsplit(".", 1)[0],
    "one part": lambda u: good(u).replace(".", ""),
    "only dots": lambda u: "..",
    "a dot": lambda u: ".",
    "no header": lambda u: parts(u, lambda h, p, s: ["", p, s]),
    "no payload": lambda u: parts(u, lambda h, p, s: [h, "", s]),
    "no MAC": lambda u: parts(u, lambda h, p, s: [h, p, ""]),
    "JSON serialisation": lambda u: '{"protected":"%s","payload":"%s","signature":"%s"}' % tuple(
        good(u).split(".")),
    "padding": lambda u: good(u) + "=",
    "padding in the header": lambda u: parts(u, lambda h, p, s: [h + "=", p, s]),
    "padding that was signed": lambda u: signed(tokens.part(HEADER) + "=", tokens.part(claims(u))),
    "a percent sign for the dot": lambda u: edited(u, lambda t: t.replace(".", "%2E")),
    "junk in the MAC": lambda u: parts(u, lambda h, p, s: [h, p, s[:20] + "!" + s[20:]]),
    "junk in the payload, signed": lambda u: signed(
        tokens.part(HEADER), "!" + tokens.part(claims(u))),
    "payload in the standard alphabet": lambda u: signed(
        tokens.part(HEADER),
        tokens.part(claims(u, x="???>>>" * 3)).replace("_", "/").replace("-", "+")),
    "non-canonical MAC": lambda u: parts(u, lambda h, p, s: [h, p, noncanonical(s)]),
    "non-canonical payload, four spare bits": lambda u: signed(
        tokens.part(HEADER), noncanonical(spare_bits(u, 1))),
    "non-canonical payload, two spare bits": lambda u: signed(
        tokens.part(HEADER), noncanonical(spare_bits(u, 2))),
    "another's MAC": altered_payload,
    "the MAC in hexadecimal": lambda u: parts(u, lambda h, p, s: [h, p, tokens.decode(s).hex()]),
    "the MAC doubled": lambda u: good(u) + good(u).rsplit(".", 1)[1],
    "one byte too long": lambda u: good(u, pad="x" * 4096),
    "seven kilobytes": lambda u: good(u, pad="x" * 5000),
    # the payload
    "payload array": lambda u: forge([claims(u)], SECRET),
    "payload null": lambda u: forge(b"null", SECRET),
    "payload text": lambda u: forge(u.encode(), SECRET),
    "payload with bytes behind": lambda u: forge(json.dumps(claims(u)).encode() + b"{}", SECRET),
    "payload with NUL behind": lambda u: forge(json.dumps(claims(u)).encode() + b"\0", SECRET),
    "payload not UTF-8": lambda u: forge(
        json.dumps(claims(u)).encode()[:-1] + b',"x":"\xff"}', SECRET),
    "payload too deep": lambda u: with_members(u, '"x":' + "[" * 40 + "]" * 40),
    "duplicate claim": lambda u: with_members(u, '"sub":"somebody"'),
    "duplicate exp": lambda u: with_members(u, f'"exp":{FAR}'),
    # exp, nbf, iat
    "exp missing": lambda u: good(u, exp=None),
    "exp string": lambda u: good(u, exp=str(FAR)),
    "exp real": lambda u: exp(u, f"{FAR}.5"),
    "exp real without fraction": lambda u: exp(u, f"{FAR}.0"),
    "exp with exponent": lambda u: exp(u, "4e9"),
    "exp null": lambda u: exp(u, "null"),
    "exp true": lambda u: exp(u, "true"),
    "exp array": lambda u: exp(u, f"[{FAR}]"),
    "exp negative": lambda u: exp(u, "-1"),
    "exp zero": lambda u: exp(u, "0"),
    "exp 2^53": lambda u: exp(u, str(2 ** 53)),
    "exp 2^63": lambda u: exp(u, str(2 ** 63)),
    "exp 2^64 and a bit": lambda u: exp(u, str(2 ** 64 + FAR)),
    "exp 1e400": lambda u: exp(u, "1e400"),
    "exp Infinity": lambda u: exp(u, "Infinity"),
    "exp with leading zero": lambda u: exp(u, f"0{FAR}"),
    "nbf in an hour": lambda u: good(u, nbf=NOW + 3600),
    "nbf string": lambda u: good(u, nbf=str(NOW - 10)),
    "nbf real": lambda u: with_members(u, f'"nbf":{NOW - 10}.5'),
    "iat in an hour": lambda u: good(u, iat=NOW + 3600),
    "iat string": lambda u: good(u, iat=str(NOW - 10)),
    # iss, aud
    "iss of another": lambda u: good(u, iss="https://evil.example"),
    "iss prefix": lambda u: good(u, iss="better-aut"),
    "iss in other case": lambda u: good(u, iss="Better-Auth"),
    "iss empty": lambda u: good(u, iss=""),
    "iss array": lambda u: good(u, iss=["better-auth"]),
    "iss number": lambda u: good(u, iss=1),
    "aud of another": lambda u: good(u, aud="other-backend"),
    "aud array of others": lambda u: good(u, aud=["a", "b"]),
    "aud empty array": lambda u: good(u, aud=[]),
    "aud empty": lambda u: good(u, aud=""),
    "aud number": lambda u: good(u, aud=5),
    "aud object": lambda u: good(u, aud={"fastapi-backend": 1}),
    # the user id
    "sub and user_id differ": lambda u: good(u, user_id="somebody"),
    "sub and userId differ": lambda u: good(u, userId="somebody"),
    "sub and user_id differ in case": lambda u: good(u, user_id=u.upper()),
    "user_id and userId differ": lambda u: renamed(u, user_id=u, userId="somebody"),
    "sub number": lambda u: good(u, sub=7),
    "sub array": lambda u: good(u, sub=[u]),
    "sub object": lambda u: good(u, sub={"id": u}),
    "sub true": lambda u: good(u, sub=True),
    "sub with NUL": lambda u: good(u, sub=u + "\0x"),
    "sub of 256 bytes": lambda u: good(u, sub="x" * 256),
    "sub of 1 kB": lambda u: good(u, sub="x" * 1024),
    "sub empty": lambda u: good(u, sub=""),
    "sub missing": lambda u: good(u, sub=None),
    "sub empty beside user_id": lambda u: good(u, sub="", user_id=u),
}


@pytest.mark.parametrize("make", ATTACKS.values(), ids=ATTACKS)
def test_a_wrong_token_is_401_for_reading_and_writing(client, make):
    user = visitor()
    token = make(user.id)
    for path in ("/api/tasks", f"/api/{user.id}/tasks"):
        body = check.unauthorized(client.get(path, token=token))
        assert body["detail"].startswith(("Invalid token", "Invalid authorization header format"))
    check.unauthorized(client.post("/api/tasks", token=token, json={"title": "x"}))


def test_list_d1_has_its_sixty_cases():
    assert len(ATTACKS) >= 60


@pytest.mark.parametrize("make", [lambda u: good(u, sub=None), lambda u: good(u, sub="")],
                         ids=["absent", "empty"])
def test_a_good_token_without_a_user_says_so(client, make):
    check.unauthorized(client.get("/api/tasks", token=make("u")),
                       "Invalid token payload: missing user_id")


def test_an_expired_token_says_so_and_challenges(client):
    answer = client.get("/api/tasks", token=good("u", exp=NOW - 120))
    check.unauthorized(answer, "Token has expired. Please log in again.")
    assert 'error="invalid_token"' in answer.header("WWW-Authenticate")


def test_an_expired_token_with_a_wrong_mac_is_only_invalid(client):
    token = forge(claims("u", exp=NOW - 120), "x" * 40)
    check.unauthorized(client.get("/api/tasks", token=token), "Invalid token")


def test_no_flipped_bit_of_a_token_goes_through(client, stack):
    token = stack.alice.token
    mac_at = token.rindex(".") + 1
    # The last character's low bits are spare: "non-canonical MAC" above.
    positions = [*range(0, mac_at, 7), *range(mac_at, len(token) - 1)]
    for position in positions:
        flipped = chr(ord(token[position]) ^ 1)
        changed = token[:position] + flipped + token[position + 1:]
        assert client.get("/api/tasks", token=changed).status == 401, (position, flipped)


def test_no_cut_signature_goes_through(client, stack):
    text, mac = stack.alice.token.rsplit(".", 1)
    raw = tokens.decode(mac)
    for size in range(len(raw)):
        assert client.get("/api/tasks", token=f"{text}.{encode(raw[:size])}").status == 401, size


def test_a_huge_token_is_refused_by_somebody(client, same_pool):
    for size in (4097, 7000, 30_000, 300_000):
        answer = client.get("/api/tasks", token="a" * size)
        assert answer.status in (400, 401, 413, 431), size
