"""Bodies that no client should send: a clear error, nothing written, the same processes alive."""

import json

import pytest

from harness import check
from harness.stack import PASSWORD, create, listed, sign_in, unique_email

pytestmark = pytest.mark.usefixtures("same_pool")


def send(client, method, path, user, body, kind="application/json"):
    headers = {} if kind is None else {"Content-Type": kind}
    return client.request(method, path, token=user.token, headers=headers, body=body)


NOT_JSON = {
    "nothing": b"",
    "white space": b"  \r\n",
    "a word": b"title",
    "cut": b'{"title":"x"',
    "cut in a string": b'{"title":"x',
    "cut in an escape": b'{"title":"\\u00',
    "trailing comma": b'{"title":"x",}',
    "no colon": b'{"title" "x"}',
    "single quotes": b"{'title':'x'}",
    "no quotes": b'{title:"x"}',
    "comment": b'{"title":"x"/* */}',
    "text behind": b'{"title":"x"} x',
    "two objects": b'{"title":"x"}{"title":"y"}',
    "byte order mark": b'\xef\xbb\xbf{"title":"x"}',
    "UTF-16": '{"title":"x"}'.encode("utf-16"),
    "duplicate name": b'{"title":"x","title":"y"}',
    "duplicate name by escape": b'{"title":"x","t\\u0069tle":"y"}',
    "duplicate name inside": b'{"title":"x","a":{"b":1,"b":2}}',
    "NUL escape": b'{"title":"a\\u0000b"}',
    "NUL escape in a name": b'{"title":"x","a\\u0000b":1}',
    "NUL byte": b'{"title":"a\0b"}',
    "NUL behind": b'{"title":"x"}\0',
    "raw line end": b'{"title":"a\nb"}',
    "raw tab": b'{"title":"a\tb"}',
    "bad escape": b'{"title":"\\x41"}',
    "byte FF": b'{"title":"\xff"}',
    "cut UTF-8": b'{"title":"\xe5\x90"}',
    "overlong UTF-8": b'{"title":"\xc0\xae"}',
    "surrogate in UTF-8": b'{"title":"\xed\xa0\x80"}',
    "above U+10FFFF": b'{"title":"\xf4\x90\x80\x80"}',
    "five-byte form": b'{"title":"\xf8\x88\x80\x80\x80"}',
    "lone surrogate": b'{"title":"\\ud800"}',
    "surrogates in the wrong order": b'{"title":"\\udc00\\ud800"}',
    "NaN": b'{"title":"x","n":NaN}',
    "Infinity": b'{"title":"x","n":-Infinity}',
    "leading zero": b'{"title":"x","n":01}',
    "plus": b'{"title":"x","n":+1}',
    "bare point": b'{"title":"x","n":1.}',
    "True": b'{"title":"x","completed":True}',
    "too deep": b'{"title":"x","n":' + b"[" * 16 + b"]" * 16 + b"}",
    "far too deep": b'{"title":"x","n":' + b"[" * 30_000,
    "too many values": b'{"title":"x","n":[' + b"0," * 2000 + b"0]}",
    "too many members": json.dumps({"title": "x", **{f"m{n}": 1 for n in range(2000)}}).encode(),
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_json_makes_and_changes_no_task(client, user, body):
    check.error(send(client, "POST", "/api/tasks", user, body), 400)
    assert listed(client, user) == []
    task = create(client, user)
    for method in ("PUT", "PATCH"):
        check.error(send(client, method, f"/api/tasks/{task['id']}", user, body), 400)
    assert listed(client, user) == [task]


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_json_signs_nobody_up_or_in(client, user, body):
    for path in ("sign-up", "sign-in"):
        answer = send(client, "POST", f"/api/auth/{path}", user, body)
        check.error(answer, 400)
        assert not answer.all("Set-Cookie")


@pytest.mark.parametrize("body", [b"[]", b"null", b"true", b"7", b'"text"', b'[{"title":"x"}]'])
def test_json_that_is_no_object_is_refused(client, user, body):
    for path in ("/api/tasks", "/api/auth/sign-up", "/api/auth/sign-in"):
        answer = send(client, "POST", path, user, body)
        check.error(answer, answer.status)
        assert answer.status in (400, 422)
    assert listed(client, user) == []


def test_a_deep_but_allowed_body_is_taken(client, user):
    body = b'{"title":"x","n":' + b"[" * 15 + b"]" * 15 + b"}"
    assert send(client, "POST", "/api/tasks", user, body).status == 201


@pytest.mark.parametrize("kind", [
    None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    "application/jsonx", "text/json", "application/json-patch+json", "json", "application",
    "text/plain; a=application/json",
])
def test_another_content_type_is_415(client, user, kind):
    task = create(client, user)
    body = b'{"title":"x"}'
    check.error(send(client, "POST", "/api/tasks", user, body, kind), 415)
    check.error(send(client, "PUT", f"/api/tasks/{task['id']}", user, body, kind), 415)
    account = json.dumps({"email": unique_email(), "password": PASSWORD}).encode()
    for path in ("sign-up", "sign-in"):
        check.error(send(client, "POST", f"/api/auth/{path}", user, account, kind), 415)
    assert listed(client, user) == [task]


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8",
                                  "APPLICATION/JSON", "application/json;charset=UTF-8"])
def test_json_is_taken_by_its_media_type(client, user, kind):
    assert send(client, "POST", "/api/tasks", user, b'{"title":"x"}', kind).status == 201


@pytest.mark.parametrize("size", [65_537, 100_000, 131_072, 200_000, 3_000_000])
def test_a_body_that_is_too_large_is_413_in_our_shape_whoever_refuses_it(client, user, size):
    body = b'{"title":"x","pad":"' + b"x" * (size - 22) + b'"}'
    assert len(body) == size
    check.error(send(client, "POST", "/api/tasks", user, body), 413)
    assert listed(client, user) == []
    email = unique_email()
    account = json.dumps({"email": email, "password": PASSWORD, "pad": "x" * size}).encode()
    check.error(send(client, "POST", "/api/auth/sign-up", user, account), 413)
    assert sign_in(client, email).status == 401


def test_the_largest_body_is_taken(client, user):
    body = b'{"title":"x","pad":"' + b"x" * (65_536 - 22) + b'"}'
    assert len(body) == 65_536
    assert send(client, "POST", "/api/tasks", user, body).status == 201


def test_a_body_where_none_belongs_does_no_harm(client, user):
    task = create(client, user)
    answer = client.request("DELETE", f"/api/tasks/{task['id']}", token=user.token, json={"id": 1})
    assert answer.status == 200
    assert client.get("/api/tasks", token=user.token, body=b'{"x":1}').status in (200, 400)


@pytest.mark.parametrize("headers", [
    {"X-Long": "x" * 100_000}, {f"X-H{n}": "x" * 2000 for n in range(60)},
    {"Cookie": "; ".join(f"c{n}=" + "x" * 500 for n in range(100))},
], ids=["one long", "many", "cookies"])
def test_headers_that_are_too_large_are_refused_by_somebody(client, stack, user, headers):
    answer = client.get("/api/tasks", token=user.token, headers=headers)
    # Apache's modules look for no answer while they still send parameters.
    more = (500, 503) if stack.server.startswith("apache") else ()
    assert answer.status in (400, 413, 431, *more), answer
    assert listed(client, user) == []


def test_many_small_headers_are_refused_or_served(client, user):
    answer = client.get("/api/tasks", token=user.token,
                        headers={f"X-H{n}": "1" for n in range(200)})
    assert answer.status in (200, 400, 431), answer


def test_large_but_allowed_headers_are_served(client, user):
    """The signed cookie of a front end with a full cookie jar, and a long token."""
    cookie = "; ".join(f"c{n}=" + "x" * 100 for n in range(30))
    assert client.get("/api/tasks", token=user.token, cookie=cookie).status == 200


def test_after_all_this_an_ordinary_user_notices_nothing(client, user):
    assert listed(client, user) == []
    task = create(client, user, "still here")
    assert listed(client, user) == [task]
