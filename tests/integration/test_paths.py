"""The path table of security.md section 7, as raw request targets through the web server.

Whatever the web server makes of them, what we decide is the same behind each: no task is answered for a
path that is not canonical, which is 400, by us or by the web server, and a canonical one is decoded
once."""

import pytest

from harness import check
from harness.stack import PASSWORD, create, listed, visitor

pytestmark = pytest.mark.usefixtures("same_pool")

# {u} and {id} are a user and a task of theirs, that a plain path would show.
NOT_CANONICAL = [
    "/api//tasks/{id}", "/api/tasks//{id}", "/api/tasks///{id}", "//api/tasks/{id}",
    "/api/tasks/{id}//",
    "/api//{u}/tasks", "/api/{u}//tasks", "/api/./tasks/{id}", "/api/tasks/./{id}",
    "/api/tasks/{id}/.",
    "/./api/tasks/{id}", "/api/x/../tasks/{id}", "/api/x/../{u}/tasks", "/api/tasks/x/../{id}",
    "/api/tasks/{id}/..", "/api/tasks/{id}/../{id}", "/../api/tasks/{id}", "/x/../api/tasks/{id}",
    "/api/../../api/tasks/{id}", "/../etc/passwd", "/api/../../etc/passwd",
    "/api/%2e/tasks/{id}", "/api/x/%2e%2e/tasks/{id}", "/api/x/%2E%2E/tasks/{id}",
    "/api/x/.%2e/tasks/{id}",
    "/api/x/..%2ftasks/{id}", "/api/x/%2e%2e%2ftasks/{id}", "%2e%2e%2fapi/tasks/{id}",
    "/api/tasks%2F{id}", "/api/tasks%2f{id}", "/api%2Ftasks/{id}", "/api/{u}%2Ftasks",
    "/api/tasks%5C{id}", "/api/tasks%5c{id}", "/api/tasks\\{id}", "\\api\\tasks\\{id}",
    "/api\\tasks/{id}",
    "/api/tasks/{id}%00", "/api/tasks/%00{id}", "/api/{u}%00/tasks", "/api/{u}%00x/tasks",
    "/api/tasks/{id}%0a", "/api/tasks/{id}%0d%0a", "/api/{u}%0a/tasks", "/api/{u}%0d%0aX:y/tasks",
    "/api/{u}%7f/tasks", "/api/{u}%01/tasks", "/api/{u}%09/tasks", "/api/tasks/{id}%1f",
    "/api/tasks/{id}%", "/api/tasks/{id}%2", "/api/tasks/{id}%zz", "/api/tasks/{id}%u0041",
    "/api/%{u}/tasks", "/api/{u}%f/tasks", "/api/{u}%g0/tasks",
    "/api/{u}%ff/tasks", "/api/{u}%c0%ae/tasks", "/api/{u}%ed%a0%80/tasks", "/api/{u}%e5%90/tasks",
    "/api/{u}%f4%90%80%80/tasks", "/api/tasks/{id}\xff", "/api/{u}\xc3\xa9/tasks",
    "/api/\x80/tasks",
    "/api/tasks;/{id}", "/api/tasks/{id};x=1", "/api/tasks/{id};", "/api/{u};/tasks",
    "/api/..;/tasks/{id}",
    "/api/x/..;/tasks/{id}", "/api/tasks/{id} x", "/api/tasks /{id}", "/api/ta sks/{id}",
    "/api/tasks/{id}\t", "/api/tasks/{id}\x0b", "/api/tasks/{id}\x7f", "/api/\"{u}\"/tasks",
    "/api/<{u}>/tasks", "/api/{u}|/tasks", "/api/^{u}/tasks", "/api/`{u}`/tasks",
    "/api/{{{u}}}/tasks",
    "/api/[{u}]/tasks", "//evil.example/api/tasks/{id}", "///api/tasks/{id}", "api/tasks/{id}",
]

# In canonical form, in other letters.
SERVED = [
    "/api/tasks/{id}", "/%61pi/tasks/{id}", "/api/%74asks/{id}", "/api/{u}/%74%61sks/{id}",
    "/api/tasks/{id}?x=%2F..%5C", "/api/tasks/{id}?//", "/api/tasks/{id}?",
]

# In canonical form, and nobody's path.
UNKNOWN = [
    "/api/tasks/{id}%25%32%66", "/api/%252e%252e/tasks/{id}", "/api/tasks%252f{id}",
    "/API/tasks/{id}", "/api/Tasks/{id}", "/api/tasks/{id}/Complete",
    "/" + "a" * 9000, "/api/" + "a/" * 3000,
]


@pytest.fixture(scope="module")
def owner(stack):
    user = visitor()
    user.task = create(stack.client, user, "the-secret-title")
    return user


def target_bytes(pattern, owner):
    return pattern.format(u=owner.id, id=owner.task["id"])


@pytest.fixture
def refusals(stack):
    """Apache has no path for what has %00, and without AllowEncodedSlashes for what has %2F."""
    return (400, 404) if stack.server.startswith("apache") else (400,)


def check_refused(answer, target, statuses):
    assert answer.status in statuses, (target, answer)
    assert b"the-secret-title" not in answer.body, (target, answer)
    if (answer.header("Content-Type") or "").startswith("application/json"):
        check.error(answer, answer.status)


def attempts(client, target, token):
    """Every method on one target."""
    return [client.get(target, token=token), client.delete(target, token=token),
            client.put(target, token=token, json={"title": "changed"}),
            client.post(target, token=token, json={"title": "another"})]


@pytest.mark.parametrize("pattern", NOT_CANONICAL, ids=lambda pattern: ascii(pattern[:40]))
def test_a_path_that_is_not_canonical_is_400_and_shows_and_changes_nothing(client, owner, refusals,
                                                                           pattern):
    target = target_bytes(pattern, owner)
    for answer in attempts(client, target, owner.token):
        check_refused(answer, target, refusals)
    assert client.request("HEAD", target, token=owner.token).status in refusals
    assert listed(client, owner) == [owner.task]


@pytest.mark.parametrize("pattern", SERVED, ids=ascii)
def test_a_canonical_path_is_decoded_once_and_served(client, owner, pattern):
    assert client.get(target_bytes(pattern, owner), token=owner.token).json() == owner.task


@pytest.mark.parametrize("pattern", UNKNOWN, ids=lambda pattern: ascii(pattern[:40]))
def test_a_path_that_nobody_has_shows_and_changes_nothing(client, owner, pattern):
    target = target_bytes(pattern, owner)
    for answer in attempts(client, target, owner.token):
        check_refused(answer, target, (400, 403, 404, 405, 414, 422, 431))
    assert listed(client, owner) == [owner.task]


@pytest.mark.parametrize("pattern", [
    "//api/auth/sign-in", "/api//auth/sign-in", "/api/auth//sign-in", "/api/./auth/sign-in",
    "/api/x/../auth/sign-in", "/api/auth/sign-in;", "/api/auth/%2e/sign-in", "/api/auth%2fsign-in",
])
def test_ghsa_x732_6j76_qmhm_no_spelling_of_a_path_slips_past_to_sign_in(client, stack, refusals,
                                                                         pattern):
    answer = client.post(pattern, json={"email": stack.alice.email, "password": PASSWORD})
    check_refused(answer, pattern, refusals)
    assert not answer.all("Set-Cookie")


def test_an_absolute_target_is_read_by_its_path_or_refused(client, owner, refusals):
    path = f"/api/tasks/{owner.task['id']}"
    answer = client.get(f"http://evil.example{path}", token=owner.token)
    assert answer.status in (200, 400)
    if answer.status == 200:
        assert answer.json() == owner.task
    refused = client.get(f"http://evil.example/api//tasks/{owner.task['id']}", token=owner.token)
    check_refused(refused, "absolute and not canonical", refusals)


def test_a_fragment_in_the_target_is_cut_or_refused(client, owner):
    for fragment in ("#x", "#/../1", "#%zz"):
        answer = client.get(f"/api/tasks/{owner.task['id']}{fragment}", token=owner.token)
        assert answer.status in (200, 400)
        if answer.status == 200:
            assert answer.json() == owner.task


def test_a_path_in_the_query_is_only_a_query(client, owner):
    answer = client.get(f"/api/tasks/{owner.task['id']}?x=/../../..;%2F//", token=owner.token)
    assert answer.json() == owner.task


@pytest.mark.parametrize("target", ["", "*", "http://", "?", "#"])
def test_a_target_without_a_path_breaks_nothing(client, target):
    answer = client.get(target)
    assert answer.status < 500, answer
