"""What holds for every answer: routes, methods, origins, headers (contract.md sections 5 to 7)."""

import pytest

from harness import check
from harness.stack import ORIGIN, create, sign_in, visitor

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def words(text):
    return {word.strip() for word in (text or "").split(",") if word.strip()}


# --- routes ---------------------------------------------------------------------------------------


def test_the_root_greets(client):
    answer = client.get("/")
    assert (answer.status, answer.json()) == (200, {"message": "Todo API with Authentication"})


@pytest.mark.parametrize("path", ["/health", "/api/health"])
def test_health_needs_no_token_and_knows_the_database(client, path):
    answer = client.get(path)
    body = answer.json()
    assert answer.status == 200
    assert set(body) == {"status", "timestamp", "database"}
    assert (body["status"], body["database"]) == ("healthy", "up")
    assert check.ISO_TIME.fullmatch(body["timestamp"])


@pytest.mark.parametrize("path", ["/api/nothing", "/api/x/y/z", "/api/a/tasks/1/complete/2",
                                  "/api/x/task", "/api/users", "/api"])
def test_an_unknown_api_path_is_401_before_404(client, stack, path):
    check.unauthorized(client.get(path))
    check.unauthorized(client.get(path, token="x.y.z"))
    check.error(client.get(path, token=stack.alice.token), 404)


@pytest.mark.parametrize("path", ["nothing", "sign-in/", "sign-up/", "sign-in/x", "Sign-In",
                                  "logout/", ""])
def test_an_unknown_auth_path_is_404_with_an_empty_body(client, path):
    for method in ("GET", "POST"):
        answer = client.request(method, f"/api/auth/{path}")
        assert (answer.status, answer.body) == (404, b"")


@pytest.mark.parametrize("path", ["sign-in", "sign-up", "login", "signup", "logout", "sign-out"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_a_wrong_method_on_an_auth_path_is_404_with_an_empty_body(client, path, method):
    answer = client.request(method, f"/api/auth/{path}")
    assert (answer.status, answer.body) == (404, b"")


WRONG_METHODS = [
    ("PUT", "/api/tasks", {"GET", "HEAD", "POST", "OPTIONS"}),
    ("DELETE", "/api/{id}/tasks", {"GET", "HEAD", "POST", "OPTIONS"}),
    ("PATCH", "/api/{id}/tasks/", {"GET", "HEAD", "POST", "OPTIONS"}),
    ("POST", "/api/tasks/1", {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}),
    ("POST", "/api/{id}/tasks/1", {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}),
    ("GET", "/api/tasks/1/complete", {"PATCH", "OPTIONS"}),
    ("POST", "/api/tasks/1/complete", {"PATCH", "OPTIONS"}),
    ("POST", "/health", {"GET", "HEAD", "OPTIONS"}),
]


@pytest.mark.parametrize("method, path, allowed", WRONG_METHODS)
def test_a_wrong_method_is_405_and_names_the_right_ones(client, stack, method, path, allowed):
    answer = client.request(method, path.format(id=stack.alice.id), token=stack.alice.token)
    check.error(answer, 405)
    assert words(answer.header("Allow")) == allowed


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "FOO", "get", "PROPFIND", "GETX"])
def test_methods_that_nobody_offers_are_refused(client, stack, same_pool, method):
    answer = client.request(method, "/api/tasks", token=stack.alice.token)
    assert answer.status in (400, 405, 501), answer


def test_head_answers_like_get_without_a_body(client, stack):
    task = create(client, stack.alice)
    for path in ("/api/tasks", f"/api/tasks/{task['id']}", "/health", "/", "/api/tasks/999999999"):
        get = client.get(path, token=stack.alice.token)
        head = client.request("HEAD", path, token=stack.alice.token)
        assert head.status == get.status and head.body == b""
        assert head.header("Content-Type") == get.header("Content-Type")
        assert head.header("Content-Length") == str(len(get.body))


def test_a_trailing_slash_is_never_redirected(client, stack):
    for path in ("/api/tasks/", f"/api/{stack.alice.id}/tasks/"):
        assert client.get(path, token=stack.alice.token).status == 200


# --- origins --------------------------------------------------------------------------------------


def check_cors(answer, origin):
    assert answer.all("Access-Control-Allow-Origin") == [origin]
    assert answer.all("Access-Control-Allow-Credentials") == ["true"]
    assert "Origin" in words(answer.header("Vary"))


def exposed(answer):
    return {name.lower() for name in words(answer.header("Access-Control-Expose-Headers"))}


def check_no_cors(answer):
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("origin", [ORIGIN, "https://app.example.org"])
@pytest.mark.parametrize("path", ["/api/auth/sign-in", "/api/tasks", "/api/user123/tasks/1",
                                  "/api/auth/sign-out"])
def test_a_preflight_of_our_front_end_is_200(client, origin, path):
    answer = client.request("OPTIONS", path, origin=origin, headers={
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization, content-type"})
    assert answer.status == 200
    check_cors(answer, origin)
    assert words(answer.header("Access-Control-Allow-Methods")) == METHODS
    allowed = {name.lower() for name in words(answer.header("Access-Control-Allow-Headers"))}
    assert allowed == {"authorization", "content-type"}


def test_answers_and_errors_carry_the_origin(client, stack):
    answers = [
        (200, client.get("/api/tasks", token=stack.alice.token, origin=ORIGIN)),
        (200, client.get("/health", origin=ORIGIN)),
        (401, client.get("/api/tasks", origin=ORIGIN)),
        (403, client.get("/api/other/tasks", token=stack.alice.token, origin=ORIGIN)),
        (404, client.get("/api/nothing", token=stack.alice.token, origin=ORIGIN)),
        (404, client.get("/api/auth/nothing", origin=ORIGIN)),
        (405, client.put("/api/tasks", token=stack.alice.token, origin=ORIGIN)),
        (415, client.post("/api/tasks", token=stack.alice.token, body=b"{}", origin=ORIGIN)),
        (422, client.post("/api/tasks", token=stack.alice.token, json={}, origin=ORIGIN)),
        (422, client.post("/api/auth/sign-up", json={}, origin=ORIGIN)),
    ]
    for status, answer in answers:
        assert answer.status == status
        check_cors(answer, ORIGIN)
        assert exposed(answer) >= {"retry-after", "set-auth-token", "set-auth-jwt", "link"}


FOREIGN = ["http://localhost:3002", "http://localhost", "https://localhost:3000", "null", "*",
           "evil",
           "http://localhost:3000.evil.example", "http://evil.example/http://localhost:3000",
           "http://localhost:30000", "http://localhost:3000/", "http://user@localhost:3000",
           "http://localhost:3000 http://evil.example", "https://sub.app.example.org"]


@pytest.mark.parametrize("origin", FOREIGN)
def test_other_origins_are_told_nothing(client, stack, origin):
    preflight = client.request("OPTIONS", "/api/tasks", origin=origin,
                               headers={"Access-Control-Request-Method": "GET"})
    check_no_cors(preflight)
    for answer in (client.get("/api/tasks", token=stack.alice.token, origin=origin),
                   client.get("/api/tasks", origin=origin)):
        check_no_cors(answer)
        assert "Origin" in words(answer.header("Vary"))


def test_without_an_origin_there_is_no_cors_but_vary(client):
    answer = client.get("/health")
    check_no_cors(answer)
    assert "Origin" in words(answer.header("Vary"))


# --- headers --------------------------------------------------------------------------------------


def check_security_headers(answer):
    assert answer.all("X-Content-Type-Options") == ["nosniff"]
    assert answer.all("Content-Security-Policy") == ["default-src 'none'; frame-ancestors 'none'"]
    assert answer.all("Referrer-Policy") == ["no-referrer"]
    assert not answer.all("Strict-Transport-Security"), "HSTS belongs to https"
    assert not answer.all("Status") and not answer.all("X-Powered-By")


def test_every_answer_has_the_security_headers(client, stack):
    answers = [client.get("/health"), client.get("/"), client.get("/api/tasks"),
               client.get("/api/auth/x"),
               client.get("/api/tasks", token=stack.alice.token), client.get("/api/%5C/tasks"),
               client.put("/api/tasks", token=stack.alice.token),
               sign_in(client, stack.alice.email), sign_in(client, "nobody@example.org"),
               client.request("OPTIONS", "/api/tasks", origin=ORIGIN,
                              headers={"Access-Control-Request-Method": "GET"})]
    for answer in answers:
        check_security_headers(answer)


def test_nothing_authenticated_is_cached(client, stack):
    answers = [client.get("/api/tasks", token=stack.alice.token), client.get("/api/tasks"),
               client.get("/api/tasks/999999999", token=stack.alice.token),
               sign_in(client, stack.alice.email), sign_in(client, "nobody@example.org"),
               client.post("/api/auth/sign-out")]
    for answer in answers:
        assert answer.all("Cache-Control") == ["no-store"]


def test_an_answer_holds_exactly_the_bytes_it_announces(client, stack):
    for answer in (client.get("/api/tasks", token=stack.alice.token), client.get("/api/tasks")):
        assert answer.header("Content-Length") == str(len(answer.body))


# --- requests as clients may write them -----------------------------------------------------------


def raw_post(client, user, headers):
    """The head of a request to create a task, with HEADERS besides."""
    return (f"POST /api/tasks HTTP/1.1\r\nHost: {client.host}\r\n"
            f"Authorization: Bearer {user.token}\r\nContent-Type: application/json\r\n"
            f"{headers}\r\nConnection: close\r\n\r\n").encode()


def test_a_chunked_body_is_a_body(client):
    user = visitor()
    head = raw_post(client, user, "Transfer-Encoding: chunked")
    body = b'8\r\n{"title"\r\n6\r\n:"chu"\r\n1\r\n}\r\n0\r\n\r\n'
    answer = client.raw(head + body, "POST")
    assert answer.status == 201 and answer.json()["title"] == "chu"


def test_two_lengths_or_length_and_chunks_are_refused(client, stack, same_pool):
    user = visitor()
    for headers in ("Content-Length: 13\r\nContent-Length: 14",
                    "Content-Length: 13\r\nTransfer-Encoding: chunked",
                    "Content-Length: -1", "Content-Length: 0x10",
                    "Content-Length: 99999999999999999999"):
        answer = client.raw(raw_post(client, user, headers) + b'{"title":"x"}', "POST")
        # mod_fcgid has no other word for a body that Apache cannot read.
        assert 400 <= answer.status <= (500 if stack.server == "apache-fcgid" else 499), headers
    assert client.get("/api/tasks", token=user.token).json()["total"] == 0


def test_of_two_authorizations_none_counts(client, stack):
    good = f"Authorization: Bearer {stack.alice.token}\r\n"
    for lines in (good + good, good + "Authorization: Bearer x.y.z\r\n",
                  "Authorization: Bearer x.y.z\r\n" + good, "Authorization: Basic eDp5\r\n" + good,
                  good[:-2] + ", " + good[len("Authorization: "):]):
        data = f"GET /api/tasks HTTP/1.1\r\nHost: {client.host}\r\n{lines}Connection: close\r\n\r\n"
        assert client.raw(data.encode()).status in (400, 401), lines


def test_of_two_origins_none_counts(client, stack):
    ours, foreign = f"Origin: {ORIGIN}\r\n", "Origin: http://evil.example\r\n"
    for lines in (ours + foreign, foreign + ours, ours + ours):
        data = (f"POST /api/auth/sign-out HTTP/1.1\r\nHost: {client.host}\r\n{lines}"
                f"Cookie: {stack.alice.cookie}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        answer = client.raw(data.encode(), "POST")
        assert answer.status in (400, 403) and "evil" not in str(answer.headers), lines


def test_the_host_header_chooses_nothing(client, stack):
    for host in ("evil.example", "evil.example:80", "localhost:3000"):
        data = (f"POST /api/auth/sign-out HTTP/1.1\r\nHost: {host}\r\n"
                f"Origin: http://{host}.x\r\nCookie: a=b\r\n"
                "Content-Length: 0\r\nConnection: close\r\n\r\n")
        assert client.raw(data.encode(), "POST").status == 403
    data = ("GET /api/tasks?limit=1 HTTP/1.1\r\nHost: evil.example\r\n"
            "X-Forwarded-Host: evil.example\r\n"
            f"Authorization: Bearer {stack.alice.token}\r\nConnection: close\r\n\r\n")
    create(client, stack.alice)
    create(client, stack.alice)
    answer = client.raw(data.encode())
    assert answer.status == 200 and b"evil" not in answer.body
    assert "evil" not in str(answer.headers)


def test_forwarded_headers_do_not_turn_http_into_https(client, stack):
    answer = client.post("/api/auth/sign-in",
                         json={"email": stack.alice.email, "password": "wrong one!"},
                         headers={"X-Forwarded-Proto": "https", "HTTPS": "on",
                                  "Forwarded": "proto=https"})
    check_security_headers(answer)
