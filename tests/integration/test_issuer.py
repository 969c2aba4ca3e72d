"""Keys of other issuers, in a file and at a URL, and attacks on them (list D1)."""

import threading
import time

import pytest

from harness import check, tokens
from harness.issuer import KINDS, IssuerKey, KeyServer, key_set
from harness.process import wait_until
from harness.stack import visitor
from harness.taskgate import SECRET, run
from harness.tokens import encode, forge, part


# --- another issuer's keys in a file --------------------------------------------------------------


@pytest.fixture(scope="module")
def issuer_keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("issuer")
    return {alg: IssuerKey(folder, alg) for alg in KINDS}


def file_of(directory, *keys):
    path = directory / "jwks.json"
    new = directory / "jwks.new"
    new.write_text(key_set(*keys))
    new.rename(path)
    return path


def test_tokens_of_keys_in_a_file_are_verified(make_pool, directory, issuer_keys):
    path = file_of(directory, *issuer_keys.values())
    pool = make_pool(JWKS_FILE=path, JWT_ISSUER="https://issuer.example", JWT_AUDIENCE="api")
    for alg, key in issuer_keys.items():
        good = key.token("someone", iss="https://issuer.example", aud=["api", "other"])
        answer = pool.client.get("/api/tasks", token=good)
        assert answer.status == 200, (alg, answer)
        for wrong in ({"iss": "https://evil.example"}, {"aud": "other"}, {"exp": 1}):
            assert pool.client.get("/api/tasks", token=key.token("someone", **wrong)).status == 401
        text, signature = good.rsplit(".", 1)
        forged = f"{text.split('.')[0]}.{part(tokens.claims('thief'))}.{signature}"
        assert pool.client.get("/api/tasks", token=forged).status == 401, alg
        for other in KINDS:
            if other != alg:
                token = key.token("someone", {"alg": other})
                assert pool.client.get("/api/tasks", token=token).status == 401, (alg, other)
                token = key.token("someone", {"kid": issuer_keys[other].kid})
                assert pool.client.get("/api/tasks", token=token).status == 401, (alg, other)
        for secret in (key.pem, key.public, key.jwk().get("n", key.jwk().get("x"))):
            for header in ({"alg": "HS256"}, {"alg": "HS256", "kid": key.kid}):
                token = forge(tokens.claims("thief"), secret, header)
                assert pool.client.get("/api/tasks", token=token).status == 401, alg


def test_the_salt_of_a_pss_signature_is_as_long_as_the_hash(make_pool, directory, issuer_keys):
    key = issuer_keys["PS256"]
    pool = make_pool(JWKS_FILE=file_of(directory, key))
    text = key.token("u").rsplit(".", 1)[0]
    for salt, status in (("32", 200), ("0", 401), ("20", 401), ("max", 401)):
        signature = encode(key.signature(text, "-sigopt", f"rsa_pss_saltlen:{salt}"))
        assert pool.client.get("/api/tasks", token=f"{text}.{signature}").status == status, salt


def test_a_user_of_another_issuer_writes_and_reads_tasks(make_pool, directory, issuer_keys):
    pool = make_pool(JWKS_FILE=file_of(directory, issuer_keys["RS256"]), AUTH_ROUTES="off")
    user = visitor()
    token = issuer_keys["RS256"].token(user.id, email="x@example.org", name="X")
    assert pool.client.post("/api/tasks", token=token, json={"title": "t"}).status == 201
    assert pool.client.get(f"/api/{user.id}/tasks", token=token).json()["total"] == 1
    assert pool.client.get("/api/auth/jwks").json() == {"keys": []}
    assert pool.client.get("/api/auth/token", token=token).status == 404


def test_the_file_is_read_again_when_it_changes(make_pool, directory, issuer_keys):
    one, two = issuer_keys["ES256"], issuer_keys["PS256"]
    pool = make_pool(JWKS_FILE=file_of(directory, one), workers=1)
    assert pool.client.get("/api/tasks", token=one.token("u")).status == 200
    assert pool.client.get("/api/tasks", token=two.token("u")).status == 401
    file_of(directory, two)
    assert pool.client.get("/api/tasks", token=one.token("u")).status == 401
    assert pool.client.get("/api/tasks", token=two.token("u")).status == 200
    (directory / "jwks.json").write_text("{")
    assert pool.client.get("/api/tasks", token=two.token("u")).status == 200
    assert "is not a JSON Web Key Set" in pool.log()


@pytest.mark.parametrize("text", [None, "", "{}", '{"keys":[]}', '{"keys":[{"kty":"oct"}]}'])
@pytest.mark.parametrize("command", ["check", "serve"])
def test_a_file_without_keys_ends_the_start_with_78(directory, command, text):
    path = directory / "jwks.json"
    if text is not None:
        path.write_text(text)
    settings = {"BETTER_AUTH_SECRET": SECRET, "DATABASE_URL": f"sqlite:///{directory}/a.db",
                "JWKS_FILE": path}
    listen = ["--listen", f"unix:{directory}/never.sock"] if command == "serve" else []
    done = run(command, *listen, directory=directory, settings=settings)
    assert done.returncode == 78, done
    assert "JWKS_FILE" in done.stderr and str(path) in done.stderr


# --- another issuer's keys at a URL ---------------------------------------------------------------


@pytest.fixture
def issuer():
    server = KeyServer()
    yield server
    server.stop()


def ask(pool, token):
    return pool.client.get("/api/tasks", token=token)


def test_keys_behind_a_url_are_fetched_once_for_all_workers(make_pool, issuer, issuer_keys):
    key = issuer_keys["RS256"]
    issuer.publish(key)
    pool = make_pool(JWKS_URL=issuer.url, workers=3)
    assert issuer.paths == []
    for _ in range(20):
        assert ask(pool, key.token("u")).status == 200
    assert issuer.paths == ["/jwks.json"]


def test_an_unknown_key_is_looked_for_at_most_twice_a_minute(make_pool, issuer, issuer_keys):
    old, new = issuer_keys["RS256"], issuer_keys["ES256"]
    issuer.publish(old)
    pool = make_pool(JWKS_URL=issuer.url)
    assert ask(pool, old.token("u")).status == 200
    issuer.publish(old, new)
    assert ask(pool, new.token("u")).status == 200
    assert len(issuer.paths) == 2
    for i in range(30):
        assert ask(pool, new.token("u", {"kid": f"unknown-{i}"})).status == 401
    assert len(issuer.paths) == 2
    assert ask(pool, old.token("u")).status == 200


def test_tokens_of_the_secret_never_ask_the_issuer(make_pool, issuer):
    issuer.publish()
    pool = make_pool(JWKS_URL=issuer.url)
    token = forge(tokens.claims("u"), SECRET, {"alg": "HS256", "kid": "mine"})
    assert ask(pool, token).status == 200
    assert issuer.paths == []


def test_keys_stay_in_use_while_the_issuer_is_down(make_pool, issuer, issuer_keys):
    key = issuer_keys["ES384"]
    issuer.publish(key)
    pool = make_pool(JWKS_URL=issuer.url, workers=3)
    assert ask(pool, key.token("u")).status == 200
    issuer.serve("down", 500)
    assert ask(pool, key.token("u", {"kid": "unknown"})).status == 401
    assert len(issuer.paths) == 2
    for _ in range(10):
        assert ask(pool, key.token("u")).status == 200
    assert "the keys read before stay in use" in pool.log()


def redirect(server):
    def answer(handler):
        if handler.path == "/good":
            server.good(handler)
        else:
            handler.send_response(302)
            handler.send_header("Location", "/good")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
    return answer


@pytest.mark.parametrize("what", ["redirect", "too long", "no JSON", "no set", "500", "cut",
                                  "hangs up"])
def test_what_is_no_answer_gives_no_keys(make_pool, issuer, issuer_keys, what):
    key = issuer_keys["RS256"]
    text = key_set(key)
    issuer.publish(key)
    if what == "redirect":
        issuer.good, issuer.answer = issuer.answer, redirect(issuer)
    elif what == "too long":
        issuer.serve(text + " " * 65536)
    elif what == "no JSON":
        issuer.serve("<html>" + text)
    elif what == "no set":
        issuer.serve(f"[{text}]")
    elif what == "500":
        issuer.serve(text, 500)
    elif what == "cut":
        issuer.serve(text, missing=10)
    else:
        issuer.answer = lambda handler: handler.connection.close()
    pool = make_pool(JWKS_URL=issuer.url)
    answer = ask(pool, key.token("u"))
    check.error(answer, 503)
    assert answer.header("Retry-After")
    assert issuer.paths == ["/jwks.json"]
    assert "JWKS_URL" in pool.log()
    # When it has recovered, the second of two tries in a minute gets the keys.
    issuer.publish(key)
    assert ask(pool, key.token("u")).status == 200


def test_a_slow_issuer_holds_one_worker_for_three_seconds(make_pool, issuer, issuer_keys):
    key = issuer_keys["RS256"]
    token = key.token("u")
    release = threading.Event()
    issuer.answer = lambda handler: release.wait(30)
    pool = make_pool(JWKS_URL=issuer.url, workers=2)
    answers = []
    begun = time.monotonic()
    slow = threading.Thread(target=lambda: answers.append(ask(pool, token)))
    slow.start()
    try:
        wait_until(lambda: issuer.paths, "the issuer is asked")
        # The other worker goes on: it does not wait for the first, and does not ask as well.
        for _ in range(3):
            check.error(ask(pool, token), 503)
            assert pool.client.get("/health").status == 200
            assert not answers and len(issuer.paths) == 1
        slow.join()
        assert answers[0].status == 503
        assert 2.5 < time.monotonic() - begun < 10
        assert len(issuer.paths) == 1
    finally:
        release.set()


@pytest.mark.parametrize("url", [
    "http://issuer.example/jwks", "ftp://127.0.0.1/jwks", "file:///etc/passwd", "jwks.json",
    "http://127.0.0.1.example.org/", "http://localhost.example.org/", "http://127.0.0.1@evil.org/",
    "https://user:password@issuer.example/", "https://", "https:///jwks", "http://[::2]/",
    "https://issuer.example/#x", "http://127.0.0.1\\@evil.org/", "gopher://127.0.0.1/"])
def test_only_https_and_this_machine_are_asked_for_keys(directory, url):
    settings = {"BETTER_AUTH_SECRET": SECRET, "DATABASE_URL": f"sqlite:///{directory}/a.db",
                "JWKS_URL": url}
    done = run("check", directory=directory, settings=settings)
    assert done.returncode == 78 and "JWKS_URL" in done.stderr, done


@pytest.mark.parametrize("url", [
    "https://issuer.example/.well-known/jwks.json", "https://issuer.example:8443/jwks?a=b",
    "HTTPS://issuer.example", "http://127.0.0.1:3000/api/auth/jwks", "http://localhost/jwks",
    "http://[::1]:3000/jwks"])
def test_these_urls_are_good(directory, url):
    settings = {"BETTER_AUTH_SECRET": SECRET, "DATABASE_URL": f"sqlite:///{directory}/a.db",
                "JWKS_URL": url}
    done = run("check", directory=directory, settings=settings)
    assert done.returncode == 0, done
