"""List D1 of attacks on tokens, through the real web server: all refused. Here with the secret;
test_key_attacks.py has the keys of others."""

import base64
import hashlib
import time

import pytest

from harness import attacks, check, tokens
from harness.attacks import SECRET_FORGER
from harness.stack import good_token as good, visitor
from harness.taskgate import SECRET, run
from harness.tokens import claims, encode, forge

NOW = int(time.time())


def with_header(user_id, secret=SECRET, digest=hashlib.sha256, **header):
    return forge(claims(user_id), secret, header, digest)


PEM = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
"""

ATTACKS = {
    **{name: lambda u, make=make: make(SECRET_FORGER, u)
       for name, make in attacks.ATTACKS.items()},
    # what only a secret can be attacked with
    "HS384 with our key": lambda u: with_header(u, alg="HS384", digest=hashlib.sha384),
    "HS512 with our key": lambda u: with_header(u, alg="HS512", digest=hashlib.sha512),
    "HS256 with the MAC of HS512": lambda u: with_header(u, alg="HS256", digest=hashlib.sha512),
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
    "kid long": lambda u: with_header(u, b"", alg="HS256", kid="k" * 2000),
    # what is no token at all
    "only dots": lambda u: "..",
    "a dot": lambda u: ".",
}


@pytest.mark.parametrize("make", ATTACKS.values(), ids=ATTACKS)
def test_a_wrong_token_is_401_for_reading_and_writing(client, make):
    user = visitor()
    token = make(user.id)
    for path in ("/api/tasks", f"/api/{user.id}/tasks"):
        body = check.unauthorized(client.get(path, token=token))
        assert body["detail"].startswith(("Invalid token", "Invalid authorization header format"))
    check.unauthorized(client.post("/api/tasks", token=token, json={"title": "x"}))


# --- PortSwigger's eight labs: 4 to 8 are in test_key_attacks.py ----------------------------------


def test_portswigger_1_a_signature_is_always_verified(client, stack):
    header, payload, mac = stack.bob.token.split(".")
    for changes in ({"sub": stack.alice.id}, {"user_id": stack.alice.id, "userId": stack.alice.id,
                                              "sub": stack.alice.id}, {"role": "admin"}):
        changed = tokens.part({**tokens.payload_of(stack.bob.token), **changes})
        for wrong in (mac, "", "A" * 43, mac[::-1]):
            answer = client.get("/api/tasks", token=f"{header}.{changed}.{wrong}")
            check.unauthorized(answer, "Invalid token")
    assert client.get("/api/tasks", token=f"{header}.{payload}.{mac}").status == 200


def test_portswigger_2_no_signature_is_no_way_to_sign(client, stack):
    _, payload, mac = stack.alice.token.split(".")
    for alg in ("none", "None", "NONE", "nOnE", "none ", "\u006eone", ""):
        for end in ("", mac):
            header = tokens.part({"alg": alg, "typ": "JWT"})
            check.unauthorized(client.get("/api/tasks", token=f"{header}.{payload}.{end}"))


WEAK = ["secret", "password", "secret1", "your-256-bit-secret", "changeme", "jwt", "supersecret",
        "0" * 32, "a" * 64, "secret" * 6, "0123456789abcdef0123456789abcdef",
        "super-secret-jwt-token-with-at-least-32-characters-long",
        "my-32-character-ultra-secure-and-ultra-long-secret"]


@pytest.mark.parametrize("weak", WEAK)
def test_portswigger_3_a_secret_of_the_lists_neither_starts_nor_signs(client, directory, weak):
    check.unauthorized(client.get("/api/tasks", token=forge(claims("u"), weak)), "Invalid token")
    settings = {"BETTER_AUTH_SECRET": weak, "DATABASE_URL": f"sqlite:///{directory}/x.db"}
    for command in (["check"], ["serve", "--listen", f"unix:{directory}/never.sock"]):
        done = run(*command, directory=directory, settings=settings)
        assert done.returncode == 78 and "BETTER_AUTH_SECRET" in done.stderr, done
        assert weak not in done.stderr or len(weak) < 9


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
