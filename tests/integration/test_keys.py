"""Our own keys: how they sign and rotate, and attacks on them (list D1)."""

import base64
import json
import threading

from harness import check, tokens
from harness.stack import sign_up, sql_at
from harness.taskgate import SECRET, run
from harness.tokens import encode, part, payload_of

BASE = "http://localhost:8080"
L = 2 ** 252 + 27742317777372353535851937790883648493


def token_of(client, user):
    answer = client.get("/api/auth/token", cookie=user.cookie)
    assert answer.status == 200, answer
    return answer.json()["token"]


def header_of(token):
    return json.loads(tokens.decode(token.split(".")[0]))


def published(client):
    answer = client.get("/api/auth/jwks")
    assert answer.status == 200, answer
    return answer.json()["keys"]


# --- our own keys ---------------------------------------------------------------------------------


def test_a_token_of_ours_is_verified_by_its_published_key_and_opens_the_task_routes(client, stack):
    token = token_of(client, stack.alice)
    header = header_of(token)
    assert set(header) == {"alg", "kid"} and header["alg"] == "EdDSA"
    keys = {key["kid"]: key for key in published(client)}
    assert set(keys[header["kid"]]) == {"alg", "crv", "x", "kty", "kid"}
    claims = payload_of(token)
    assert claims["iss"] == claims["aud"] == BASE
    assert claims["exp"] == claims["iat"] + 900
    assert claims["sub"] == claims["id"] == stack.alice.id
    assert set(claims) == {"iat", "name", "email", "emailVerified", "image", "createdAt",
                           "updatedAt", "id", "sub", "exp", "iss", "aud"}
    assert client.get("/api/tasks", token=token).status == 200
    assert client.get(f"/api/{stack.alice.id}/tasks", token=token).status == 200
    check.error(client.get(f"/api/{stack.bob.id}/tasks", token=token), 403, code="USER_MISMATCH")


def test_the_public_list_may_be_cached_and_holds_no_private_part(client):
    answer = client.get("/api/auth/jwks")
    assert answer.header("Cache-Control") == "public, max-age=60"
    assert all("d" not in key for key in answer.json()["keys"])
    assert client.get("/api/auth/jwks/").status == 404
    assert client.post("/api/auth/jwks", json={}).status == 404


def test_without_a_session_there_is_no_token(client):
    answer = client.get("/api/auth/token")
    assert answer.status == 401
    assert answer.json()["code"] == "UNAUTHORIZED" and answer.json()["message"] == "Unauthorized"


def ours(client, stack):
    """(signing text, signature, public key) of a token of ours."""
    token = token_of(client, stack.alice)
    text, signature = token.rsplit(".", 1)
    kid = header_of(token)["kid"]
    key = next(key for key in published(client) if key["kid"] == kid)
    return text, tokens.decode(signature), key


def with_header(text, **changes):
    header, payload = text.split(".")
    good = {**json.loads(tokens.decode(header)), **changes}
    return f"{part({k: v for k, v in good.items() if v is not None})}.{payload}"


def macs(text, key):
    """HS256 with everything that is public as the secret."""
    raw = tokens.decode(key["x"])
    der = bytes.fromhex("302a300506032b6570032100") + raw
    pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(der) + b"\n-----END PUBLIC KEY-----\n"
    secrets = {"x": key["x"], "raw": raw, "DER": der, "PEM": pem, "PEM without its end": pem[:-1],
               "JWK": json.dumps(key), "JWK without spaces": json.dumps(key, separators=(",", ":")),
               "kid": key["kid"], "nothing": b""}
    for header in ({"alg": "HS256"}, {"alg": "HS256", "kid": None}):
        signed = with_header(text, **header)
        for name, secret in secrets.items():
            yield f"HS256 with {name}", f"{signed}.{tokens.mac(signed, secret)}"
    signed = with_header(text, alg="HS256")
    yield "HS256 with the secret under the key's name", f"{signed}.{tokens.mac(signed, SECRET)}"


def attacks(text, signature, key):
    first, second = signature[:32], int.from_bytes(signature[32:], "little")

    def number(value):
        return value.to_bytes(32, "little")

    wrong = {
        "S and the order": first + number(second + L),
        "S is zero": first + bytes(32),
        "R is zero": bytes(32) + signature[32:],
        "R and S are zero": bytes(64),
        "R is the identity": number(1) + signature[32:],
        "R is the identity, S is zero": number(1) + bytes(32),
        "R of order two": number(2 ** 255 - 20) + signature[32:],
        "R and S changed places": signature[32:] + first,
        "twice": signature + signature,
        "a byte behind": signature + b"\0",
        **{f"cut to {size}": signature[:size] for size in (1, 16, 31, 32, 33, 63)},
        **{f"bit {bit}": bytes(b ^ (1 << bit % 8 if i == bit // 8 else 0)
                               for i, b in enumerate(signature)) for bit in range(0, 512, 41)},
    }
    for name, value in wrong.items():
        yield name, f"{text}.{encode(value)}"
    yield "no signature", f"{text}."
    yield "padding", f"{text}.{encode(signature)}=="
    for alg in ("none", "None", "eddsa", "EDDSA", "ES256", "ES512", "RS256", "PS256", "HS512", "",
                None, 1):
        yield f"alg {alg}", f"{with_header(text, alg=alg)}.{encode(signature)}"
    for kid in ("", "x", "../" + key["kid"], "/dev/null", "' OR '1'='1", key["kid"].swapcase(),
                key["kid"] + "\0", key["kid"][:-1], "%", "k" * 2500, None, 7, [key["kid"]]):
        yield f"kid {str(kid)[:20]}", f"{with_header(text, kid=kid)}.{encode(signature)}"
    yield from macs(text, key)


def test_no_attack_on_our_key_goes_through(client, stack, same_pool):
    text, signature, key = ours(client, stack)
    assert client.get("/api/tasks", token=f"{text}.{encode(signature)}").status == 200
    for name, token in attacks(text, signature, key):
        answer = client.get("/api/tasks", token=token)
        assert answer.status == 401, name
        assert answer.json()["code"] == "INVALID_TOKEN", name


# --- taskgate keys --------------------------------------------------------------------------------


def keys_command(pool, *words, **changes):
    return run("keys", *words, directory=pool.directory, settings={**pool.settings, **changes})


def test_keys_are_listed_and_rotated(make_pool):
    pool = make_pool()
    user = sign_up(pool.client)
    assert keys_command(pool, "list").stdout == ""
    old = token_of(pool.client, user)
    old_kid = header_of(old)["kid"]

    done = keys_command(pool, "rotate")
    assert done.returncode == 0 and done.stderr == "", done
    kid = done.stdout.strip()
    assert header_of(token_of(pool.client, user))["kid"] == kid != old_kid
    assert pool.client.get("/api/tasks", token=old).status == 200
    assert [key["kid"] for key in published(pool.client)] == [kid, old_kid]

    done = keys_command(pool, "list")
    assert done.returncode == 0, done
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == [kid, old_kid]
    assert [row[1] for row in rows] == ["EdDSA", "EdDSA"]
    assert [row[3] for row in rows] == ["signs", "verifies"]
    assert rows[0][4] == "-" and rows[1][4] > rows[1][2]

    # What is over says so.
    sql_at(pool.settings["DATABASE_URL"],
           f"UPDATE jwks SET \"expiresAt\" = '2026-01-01T00:00:00.000Z' WHERE id = '{old_kid}'")
    [_, row] = [line.split("\t") for line in keys_command(pool, "list").stdout.splitlines()]
    assert row[3:] == ["expired", "2026-01-31T00:00:00.000Z"]
    [_, row] = map(json.loads, keys_command(pool, "list", "--json").stdout.splitlines())
    assert row["state"] == "expired" and row["expiresAt"].startswith("2026-01-01")
    assert row["verifiesUntil"].startswith("2026-01-31")


def test_keys_have_exit_codes(make_pool, directory):
    pool = make_pool(start=False)
    assert keys_command(pool).returncode == 64
    assert keys_command(pool, "burn").returncode == 64
    assert keys_command(pool, "list", "twice").returncode == 64
    assert keys_command(pool, "list", BETTER_AUTH_SECRET="short").returncode == 78
    # A database that is not there is not made; one that nobody has migrated is not touched.
    file = directory / "none.db"
    lost = keys_command(pool, "list", DATABASE_URL=f"sqlite:///{file}")
    assert lost.returncode == 69 and str(file) in lost.stderr and not file.exists(), lost
    file.touch()
    assert keys_command(pool, "list", DATABASE_URL=f"sqlite:///{file}").returncode == 78
    assert keys_command(pool, "rotate", DATABASE_URL="postgresql://u@127.0.0.1:1/d").returncode == 69


def test_a_key_of_another_secret_stops_tokens_but_no_sessions(make_pool):
    pool = make_pool()
    user = sign_up(pool.client)
    token = token_of(pool.client, user)
    pool.configure(BETTER_AUTH_SECRET="zY8xW7vU6tS5rQ4pO3nM2lK1jI0hG9fE8dC7bA6", TOKEN_ALG="EdDSA",
                   BETTER_AUTH_SECRET_PREVIOUS=None)
    pool.reload()
    session = user.cookies["better-auth.session_token"][0].split(".")[0]
    answer = pool.client.get("/api/auth/token", token=session)
    check.error(answer, 500, code="INTERNAL_SERVER_ERROR")
    assert pool.client.get("/api/tasks", token=session).status == 200
    assert pool.client.get("/api/tasks", token=token).status == 200
    assert "cannot be opened with BETTER_AUTH_SECRET" in pool.log()
    assert keys_command(pool, "rotate").returncode == 0
    assert pool.client.get("/api/auth/token", token=session).status == 200


def test_workers_that_make_the_first_key_at_once_make_one(make_pool):
    pool = make_pool(workers=6)
    answers = []
    barrier = threading.Barrier(12)

    def ask():
        barrier.wait()
        answers.append(pool.client.get("/api/auth/jwks").json()["keys"])

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 12
    assert {key["kid"] for keys in answers for key in keys} == {answers[0][0]["kid"]}


def test_token_alg_hs256_signs_with_the_secret(make_pool):
    pool = make_pool(TOKEN_ALG="HS256")
    user = sign_up(pool.client)
    token = token_of(pool.client, user)
    text = token.rsplit(".", 1)[0]
    assert header_of(token)["alg"] == "HS256"
    assert token == f"{text}.{tokens.mac(text, SECRET)}"
    assert pool.client.get("/api/tasks", token=token).status == 200
