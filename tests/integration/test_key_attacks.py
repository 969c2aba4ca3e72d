"""List D1 of attacks on tokens of other issuers' keys, through real web servers: all refused, with
the right status, and nothing that a token names is ever opened or asked for."""

import base64
import json
import socket

import pytest

from conftest import BASIC_SETTINGS, PAIRS, database_url, serving, short_directory
from harness import check, tokens
from harness.attacks import ATTACKS, SECRET_FORGER, Forger
from harness.issuer import IssuerKey, key_set, openssl
from harness.stack import create, listed, visitor
from harness.tokens import claims, encode, forge, part
from harness.watch import Watch

ALGS = ["EdDSA", "RS256", "PS256", "ES256"]


@pytest.fixture(scope="module", params=PAIRS, ids="-".join)
def keyed(request):
    """A stack whose JWKS_FILE has a key for each algorithm: .keys and .forgers."""
    with short_directory() as directory:
        keys = {alg: IssuerKey(directory, alg) for alg in ALGS}
        path = directory / "jwks.json"
        path.write_text(key_set(*keys.values()))
        settings = {**BASIC_SETTINGS, "JWKS_FILE": path,
                    "DATABASE_URL": database_url(request, request.param[1], directory, "keyed")}
        with serving(directory, "keyed", request.param[0], settings) as stack:
            stack.keys = keys
            stack.forgers = {alg: Forger(alg, key.signature, key.kid)
                             for alg, key in keys.items()}
            stack.directory = directory
            before = stack.pool()
            yield stack
            assert stack.pool() == before, "a process of the pool died"


@pytest.fixture(params=ALGS)
def alg(request):
    return request.param


def refused(stack, token, what=""):
    """For reading and writing, on both families of paths."""
    for answer in (stack.client.get("/api/tasks", token=token),
                   stack.client.post("/api/tasks", token=token, json={"title": "x"}),
                   stack.client.get("/api/u/tasks", token=token)):
        assert answer.status == 401, (what, answer)
        detail = check.unauthorized(answer)["detail"]
        assert detail.startswith(("Invalid token", "Invalid authorization header format")), what


def test_a_good_token_of_each_key_reads_and_writes(keyed, alg):
    user = visitor()
    token = keyed.forgers[alg].token(user.id)
    answer = keyed.client.post("/api/tasks", token=token, json={"title": "t"})
    assert answer.status == 201, answer
    assert keyed.client.get(f"/api/{user.id}/tasks", token=token).json()["total"] == 1


@pytest.mark.parametrize("make", ATTACKS.values(), ids=ATTACKS)
def test_a_wrong_token_of_no_key_goes_through(keyed, make):
    user = visitor()
    for alg, forger in keyed.forgers.items():
        refused(keyed, make(forger, user.id), alg)


def test_no_key_signs_for_another(keyed, alg):
    """Rightly signed by its own key, under the name or the algorithm of each other."""
    own = keyed.forgers[alg]
    for other in ALGS:
        if other != alg:
            name = keyed.keys[other].kid
            refused(keyed, own.headed("u", kid=name), other)
            refused(keyed, own.headed("u", alg=other), other)
            refused(keyed, own.headed("u", alg=other, kid=name), other)
    refused(keyed, own.headed("u", kid=None), "no name")
    refused(keyed, own.headed("u", kid=own.header["kid"].upper()), "upper case")
    refused(keyed, own.headed("u", kid=own.header["kid"] + " "), "a space behind")
    refused(keyed, SECRET_FORGER.headed("u", kid=own.header["kid"]), "the secret")


def wrapped(data, line=64):
    text = base64.b64encode(data).decode()
    return "".join(f"{text[i:i + line]}\n" for i in range(0, len(text), line))


def public_texts(key):
    """Everything public that a confused server could take for a secret."""
    jwk = key.jwk()
    yield "PEM", key.pem
    yield "PEM, no line end", key.pem.rstrip()
    yield "PEM, CR LF", key.pem.replace(b"\n", b"\r\n")
    yield "DER", key.public
    yield "base64 of DER", base64.b64encode(key.public)
    yield "base64 of PEM", base64.b64encode(key.pem)
    yield "JWK", json.dumps(jwk)
    yield "JWK without spaces", json.dumps(jwk, separators=(",", ":"))
    yield "JWK set", key_set(key)
    for name in ("n", "x", "e", "kid"):
        if name in jwk:
            yield name, jwk[name]
    for name in ("n", "x"):
        if name in jwk:
            yield f"bytes of {name}", tokens.decode(jwk[name])
    if jwk["kty"] == "RSA":  # the other form of an RSA key, PKCS #1
        pkcs1 = openssl("rsa", "-in", key.file, "-RSAPublicKey_out", "-outform", "DER")
        yield "PKCS #1", pkcs1
        yield "PKCS #1 PEM", (f"-----BEGIN RSA PUBLIC KEY-----\n{wrapped(pkcs1)}"
                              "-----END RSA PUBLIC KEY-----\n")
    yield "nothing", b""


def test_portswigger_7_8_no_public_key_is_ever_a_secret(keyed, alg):
    """It is published, or can be computed from two tokens."""
    key = keyed.keys[alg]
    for name, text in public_texts(key):
        for header in ({"alg": "HS256"}, {"alg": "HS256", "kid": key.kid},
                       {"alg": alg, "kid": key.kid}):
            refused(keyed, forge(claims("thief"), text, header), (name, header))


# --- signatures that are nearly right -------------------------------------------------------------

L = 2 ** 252 + 27742317777372353535851937790883648493
P256 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551


def little(value):
    return value.to_bytes(32, "little")


def big(value):
    return value.to_bytes(32, "big")


def wrong_eddsa(signature, key, text):
    first, second = signature[:32], signature[32:]
    yield "S and the order", first + little(int.from_bytes(second, "little") + L)
    yield "S is zero", first + bytes(32)
    yield "R is zero", bytes(32) + second
    yield "R is the identity, S is zero", little(1) + bytes(32)
    yield "R is the identity", little(1) + second
    yield "R is the identity, not canonical", little(2 ** 255 - 18) + bytes(32)
    yield "R of order two", little(2 ** 255 - 20) + second
    yield "R and S changed places", second + first


def wrong_ecdsa(signature, key, text):
    first, second = signature[:32], signature[32:]
    values = {"zero": 0, "one": 1, "the order": P256, "the order less one": P256 - 1}
    for r_name, r in values.items():
        for s_name, s in values.items():
            yield f"r is {r_name}, s is {s_name}", big(r) + big(s)
    yield "r and s changed places", second + first
    yield "s is zero", first + bytes(32)
    yield "r is zero", bytes(32) + second
    yield "in DER", openssl("dgst", "-sign", key.file, "-sha256", data=text.encode())
    yield "with longer numbers", b"\0" + first + b"\0" + second
    yield "of SHA-512", openssl("dgst", "-sign", key.file, "-sha512", data=text.encode())[-64:]


def wrong_rsa(signature, key, text):
    modulus = int.from_bytes(tokens.decode(key.jwk()["n"]), "big")
    number = int.from_bytes(signature, "big")
    size = len(signature)
    yield "with the modulus added", (number + modulus).to_bytes(size + 1, "big")
    yield "the modulus", modulus.to_bytes(size, "big")
    yield "the modulus less one", (modulus - 1).to_bytes(size, "big")
    yield "one", (1).to_bytes(size, "big")
    yield "negated", (modulus - number).to_bytes(size, "big")
    for digest in ("sha1", "sha384", "sha512"):
        yield digest, openssl("dgst", "-sign", key.file, f"-{digest}", data=text.encode())
    pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
    plain = openssl("dgst", "-sign", key.file, "-sha256", data=text.encode())
    padded = openssl("dgst", "-sign", key.file, "-sha256", *pss, data=text.encode())
    yield "of the other padding", plain if key.alg == "PS256" else padded
    yield "of PSS with SHA-512", openssl("dgst", "-sign", key.file, "-sha512", *pss,
                                             data=text.encode())
    # What is below the padding, without the key: the digest alone, and a cut padding.
    digest = openssl("dgst", "-sha256", "-binary", data=text.encode())
    yield "the digest", digest
    yield "the digest, filled up", b"\0" * (size - 32) + digest


WRONG = {"EdDSA": wrong_eddsa, "ES256": wrong_ecdsa, "RS256": wrong_rsa, "PS256": wrong_rsa}


def test_no_signature_that_is_nearly_right_goes_through(keyed, alg):
    key = keyed.keys[alg]
    text, signature = keyed.forgers[alg].token("u").rsplit(".", 1)
    raw = tokens.decode(signature)
    assert keyed.client.get("/api/tasks", token=f"{text}.{signature}").status == 200
    for name, wrong in WRONG[alg](raw, key, text):
        refused(keyed, f"{text}.{encode(wrong)}", name)
    for size in [*range(0, 32), *range(32, len(raw), max(1, len(raw) // 32))]:
        refused(keyed, f"{text}.{encode(raw[:size])}", f"cut to {size}")


def test_no_flipped_bit_goes_through(keyed, alg):
    token = keyed.forgers[alg].token("u")
    assert keyed.client.get("/api/tasks", token=token).status == 200
    # The last character's low bits are spare: "non-canonical signature" in the list.
    for position in range(0, len(token) - 1, 5):
        changed = token[:position] + chr(ord(token[position]) ^ 1) + token[position + 1:]
        assert keyed.client.get("/api/tasks", token=changed).status == 401, position


# --- nothing that a token names is opened or asked for --------------------------------------------


@pytest.fixture
def listener():
    """Somebody who waits for a connection; nobody may come, not even without a request."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(BlockingIOError):
            server.accept()


def test_portswigger_4_5_nobody_is_asked_for_a_key_that_a_token_brings(keyed, alg, listener):
    """Rightly signed with the thief's key each time."""
    thief = IssuerKey(keyed.directory, alg, f"thief-{alg}")
    own = Forger(alg, thief.signature, thief.kid)
    for kid in (thief.kid, keyed.keys[alg].kid, f"{listener}/key", None):
        for header in ({"jwk": thief.jwk()}, {"jku": f"{listener}/jwks.json"},
                       {"x5u": f"{listener}/cert.pem"}, {"x5c": [encode(thief.public)]},
                       {"jku": f"{listener}/", "x5u": f"{listener}/", "jwk": thief.jwk()},
                       {"jku": thief.file.as_uri(), "x5u": thief.file.as_uri()},
                       {"iss": listener}, {"url": listener}):
            refused(keyed, own.headed("thief", kid=kid, **header), (kid, header))
    refused(keyed, own.token("thief", iss=listener), "iss")


def path_names(path):
    relative = "/".join([".."] * 8) + str(path)
    yield from (str(path), relative, f"./{path.name}", path.name, path.as_uri(), f"file:{path}",
                f"{path}\0", f"{relative}%00", f"{path}\x00.json", relative.replace("/", "\\"),
                relative.replace("..", "....").replace("/", "//"), f"|cat {path}", f"`cat {path}`",
                relative.replace("/", "%2f"))


@pytest.mark.parametrize("who", ["HS256", *ALGS])
def test_portswigger_6_no_file_that_a_token_names_is_opened(keyed, who):
    """The name of the key is a path, and the key is what is there."""
    with Watch() as watch:
        key_file = keyed.directory / "named.json"
        secret_file = keyed.directory / "named.txt"
        secret_file.write_text("x" * 40)
        if who == "HS256":
            own = Forger(who, lambda text: tokens.decode(tokens.mac(text, "x" * 40)))
            key_file.write_text('{"keys":[]}')
        else:
            thief = IssuerKey(keyed.directory, who, "named")
            own = Forger(who, thief.signature, thief.kid)
            key_file.write_text(key_set(thief))
        files = [key_file, secret_file, keyed.directory / "empty.pem"]
        files[2].write_bytes(b"")
        for path in files:
            watch.add(path)
        for path in [*files, keyed.directory, *map(type(key_file), ("/dev/null", "/etc/passwd"))]:
            for kid in path_names(path):
                refused(keyed, own.headed("thief", kid=kid), kid)
                empty = forge(claims("thief"), b"", {"alg": "HS256", "kid": kid})
                refused(keyed, empty, kid)
        assert watch.opened() == []
        key_file.read_bytes()
        assert watch.opened() == [str(key_file)], "the watch sees nothing"


SQL = ["'", '"', "' OR '1'='1", "' UNION SELECT 'x', 'y', 'z', 'a', 'b', 'c' --", "x'; DROP TABLE"
       " tasks; --", "$1", "?1", ":kid", "\\'", "%", "_" * 8, "%27%20OR%201=1"]


@pytest.mark.parametrize("who", ["HS256", *ALGS])
def test_no_name_of_a_key_is_read_as_sql(keyed, who):
    user = visitor()
    task = create(keyed.client, user)
    own = Forger("HS256", lambda text: tokens.decode(tokens.mac(text, "x"))) \
        if who == "HS256" else keyed.forgers[who]
    for kid in SQL:
        refused(keyed, own.headed(user.id, kid=kid), kid)
    assert listed(keyed.client, user) == [task]


@pytest.mark.parametrize("kid", ["k" * 256, "k" * 2500, "\u00fc" * 200, "\U0001f600", "\r\nX: y",
                                 "\u2028", "", " ", "null", "undefined", "[object Object]"])
def test_a_strange_name_is_no_key(keyed, alg, kid):
    refused(keyed, keyed.forgers[alg].headed("u", kid=kid), kid)


def test_a_token_of_20_megabytes_ends_no_process(keyed):
    """The web server refuses it, as everything above its limit for headers."""
    head = part(keyed.forgers["EdDSA"].header)
    for size in (4097, 10_000, 1_000_000, 20_000_000):
        text = f"{head}.{'A' * size}.{'A' * 86}"
        lines = (f"GET /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {text}\r\n"
                 "Connection: close\r\n\r\n").encode()
        try:
            status = keyed.client.raw(lines).status
        except (ConnectionResetError, BrokenPipeError):
            status = 400  # it hung up before it had read all
        assert status in (400, 401, 413, 431), size
    assert keyed.client.get("/health").status == 200


# --- keys of the table jwks -----------------------------------------------------------------------


def published(stack, key, expires_at):
    """Writes KEY into the table, as Better Auth would have left it there."""
    jwk = {name: key.jwk()[name] for name in ("crv", "x", "kty")}
    stack.sql(f"""INSERT INTO jwks ("id", "publicKey", "privateKey", "createdAt", "expiresAt",
                  "alg", "crv") VALUES ('{key.kid}', '{json.dumps(jwk)}', '"00"',
                  '2001-01-01T00:00:00.000Z', {expires_at}, 'EdDSA', 'Ed25519')""")


def test_a_key_that_retired_verifies_until_its_grace_is_over(keyed):
    """Better Auth's 30 days."""
    days = {29: 200, 31: 401, 400: 401}
    for ago, status in days.items():
        key = IssuerKey(keyed.directory, "EdDSA", f"retired-{ago}-days-ago")
        when = f"strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-{ago} days')"
        if not keyed.database.startswith("sqlite"):
            when = f"now() - interval '{ago} days'"
        published(keyed, key, when)
        answer = keyed.client.get("/api/tasks", token=key.token("u"))
        assert answer.status == status, (ago, answer)
        kids = [row["kid"] for row in keyed.client.get("/api/auth/jwks").json()["keys"]]
        assert (key.kid in kids) == (status == 200), ago
        if status == 401:
            check.unauthorized(answer, "Invalid token")
        secret = forge(claims("thief"), key.jwk()["x"], {"alg": "HS256", "kid": key.kid})
        refused(keyed, secret, ago)


def test_a_row_that_is_no_key_opens_nothing(keyed):
    """What another program may have written there: the algorithm none, a secret, nothing at all."""
    key = IssuerKey(keyed.directory, "EdDSA", "strange")
    rows = {"none": ('{"kty":"OKP"}', "none"), "oct": ('{"kty":"oct","k":"eA"}', "HS256"),
            "hs": (json.dumps(key.jwk()), "HS256"), "not-json": ("x", "EdDSA"),
            "empty": ("", "EdDSA"), "rsa": (json.dumps(key.jwk()), "RS256")}
    for kid, (public, alg) in rows.items():
        keyed.sql(f"""INSERT INTO jwks ("id", "publicKey", "privateKey", "createdAt", "alg", "crv")
                      VALUES ('{kid}', '{public}', '"00"', '2001-01-01T00:00:00.000Z', '{alg}',
                              'Ed25519')""")
        for header_alg in ("none", "HS256", "EdDSA", "RS256"):
            header = {"alg": header_alg, "kid": kid}
            for secret in (b"", b"x", public.encode()):
                refused(keyed, forge(claims("thief"), secret, header), (kid, header_alg))
        refused(keyed, key.sign(claims("thief"), kid=kid), kid)
        keyed.sql(f"""DELETE FROM jwks WHERE "id" = '{kid}'""")
