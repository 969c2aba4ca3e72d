"""The FastCGI socket itself: parameters and bodies that are not what they are said to be."""

import pytest

from harness import check, fcgi
from harness.process import wait_until
from harness.stack import create, listed

pytestmark = pytest.mark.usefixtures("same_workers")


# --- parameters -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name, value", [
    ("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/api/tasks"), ("CONTENT_LENGTH", "3"),
    ("CONTENT_TYPE", "application/json"), ("HTTP_AUTHORIZATION", "Bearer x"),
    ("HTTP_ORIGIN", "http://localhost:3000"), ("REMOTE_ADDR", "10.0.0.1"), ("HTTPS", "on"),
])
@pytest.mark.parametrize("where", ["front", "back"])
def test_a_security_relevant_parameter_twice_is_400(pool, user, name, value, where):
    pairs = fcgi.post_task(user)
    if name not in dict(pairs):
        pairs.append((name, value))
    pairs = [(name, value), *pairs] if where == "front" else [*pairs, (name, value)]
    check.error(pool.client.send(fcgi.request(pairs, fcgi.TASK)), 400)
    assert listed(pool.client, user) == []


@pytest.mark.parametrize("byte", ["\x01", "\t", "\n", "\r", "\x1f", "\x7f"])
@pytest.mark.parametrize("name", [
    "REQUEST_URI", "REQUEST_METHOD", "HTTP_AUTHORIZATION", "HTTP_ORIGIN", "CONTENT_TYPE",
    "CONTENT_LENGTH", "REMOTE_ADDR", "HTTP_COOKIE", "HTTPS"])
def test_a_control_byte_in_a_parameter_is_400(pool, user, name, byte):
    pairs = fcgi.post_task(user)
    value = dict(pairs).get(name, "")
    pairs = fcgi.replaced(pairs, name, value + byte + "x")
    check.error(pool.client.send(fcgi.request(pairs, fcgi.TASK)), 400)
    assert listed(pool.client, user) == []


def test_a_control_byte_never_reaches_the_log(pool, user):
    pairs = fcgi.replaced(fcgi.get_tasks(user), "HTTP_USER_AGENT", "x\nforged=line")
    pool.client.send(fcgi.request(pairs))
    pairs = fcgi.replaced(fcgi.get_tasks(user), "REQUEST_URI", "/api/x%0aforged=line")
    pool.client.send(fcgi.request(pairs))
    assert not [line for line in pool.log().splitlines() if line.startswith("forged")]


def test_a_nul_byte_in_a_parameter_is_not_answered(pool, user):
    task = create(pool.client, user)
    pairs = fcgi.replaced(fcgi.get_tasks(user), "REQUEST_URI",
                          f"/api/somebody/tasks\0/../../{user.id}")
    assert pool.client.send(fcgi.request(pairs)) is None
    pairs = fcgi.replaced(fcgi.get_tasks(user), "HTTP_AUTHORIZATION", f"Bearer x\0{user.token}")
    assert pool.client.send(fcgi.request(pairs)) is None
    pairs = [*fcgi.get_tasks(user), ("HTTP_X\0Y", "1")]
    assert pool.client.send(fcgi.request(pairs)) is None
    assert listed(pool.client, user) == [task]


def test_more_than_128_parameters_are_400(pool, user):
    few = fcgi.get_tasks(user)
    more = [(f"HTTP_X{n}", "1") for n in range(129 - len(few))]
    check.error(pool.client.send(fcgi.request(few + more)), 400)
    # libfcgi adds one of its own, FCGI_ROLE.
    assert pool.client.send(fcgi.request(few + more[:-2])).status == 200


def test_parameters_above_64_kib_are_400(pool, user):
    pairs = [*fcgi.get_tasks(user), *((f"HTTP_X{n}", "x" * 7000) for n in range(10))]
    check.error(pool.client.send(fcgi.request(pairs)), 400)


@pytest.mark.parametrize("size", [90_000, 98_000, 99_000, 120_000, 200_000, 700_000])
def test_parameters_that_come_in_one_piece_stay_within_their_memory(pool, user, size):
    """Apache lets a client send some 800 kB of headers. What was copied behind the end of the
    memory for them made the worker believe that it had no database."""
    pairs = [*fcgi.get_tasks(user), *((f"HTTP_X_{n}", "x" * 1000) for n in range(size // 1010))]
    for _ in range(8):
        answer = pool.client.send(fcgi.request(pairs))
        assert answer is None or answer.status == 400, answer
        assert pool.client.get("/api/tasks", token=user.token).status == 200


def test_no_parameter_from_a_client_is_a_setting(pool, user):
    settings = [("HTTP_BETTER_AUTH_SECRET", "x" * 40), ("HTTP_LIST_SHAPE", "array"),
                ("LIST_SHAPE", "array"), ("HTTP_TASKS_LIST_SHAPE", "array"),
                ("AUTO_PROVISION", "off"),
                ("HTTP_PROXY", "http://127.0.0.1:1"), ("DATABASE_URL", "sqlite:////nowhere/x")]
    answer = pool.client.send(fcgi.request([*fcgi.get_tasks(user), *settings]))
    assert answer.status == 200 and set(answer.json()) == {"items", "total"}


@pytest.mark.parametrize("shape, members", [
    ("items", {"items", "total"}), ("tasks", {"tasks", "user_id"}), ("array", None),
    ("object", {"tasks", "items", "total", "user_id"}),
])
def test_the_web_servers_parameter_chooses_the_list_shape(pool, user, shape, members):
    task = create(pool.client, user)
    pairs = [*fcgi.get_tasks(user), ("TASKS_LIST_SHAPE", shape)]
    body = pool.client.send(fcgi.request(pairs)).json()
    if members is None:
        assert body == [task]
        return
    assert set(body) == members
    assert body.get("user_id", user.id) == user.id and body.get("total", 1) == 1
    assert all(body[name] == [task] for name in ("tasks", "items") if name in body)


@pytest.mark.parametrize("name", ["REQUEST_URI", "REQUEST_METHOD"])
def test_a_missing_parameter_is_500_and_the_log_says_what_to_mend(pool, user, name):
    before = len(pool.log())
    answer = pool.client.send(fcgi.request(fcgi.without(fcgi.get_tasks(user), name)))
    check.error(answer, 500)
    assert name not in answer.body.decode()
    wait_until(lambda: name in pool.log()[before:], f"a log line about {name}")


def test_the_path_comes_from_request_uri_alone(pool, user):
    pairs = fcgi.replaced(fcgi.get_tasks(user), "SCRIPT_NAME", "/api/somebody/tasks")
    pairs = fcgi.replaced(pairs, "PATH_INFO", "/api/somebody/tasks")
    assert pool.client.send(fcgi.request(pairs)).status == 200
    pairs = fcgi.replaced(fcgi.get_tasks(user), "REQUEST_URI", "/api/somebody/tasks")
    check.error(pool.client.send(fcgi.request(pairs)), 403)


# --- bodies that are not what they are said to be -------------------------------------------------


@pytest.mark.parametrize("more", [1, 8, 5000, 200_000])
def test_a_body_longer_than_announced_writes_nothing(pool, user, more):
    answer = pool.client.send(fcgi.request(fcgi.post_task(user), fcgi.TASK + b" " * more))
    check.error(answer, 400)
    assert listed(pool.client, user) == []


@pytest.mark.parametrize("said", ["1", "15", "0", ""])
def test_a_body_of_which_too_little_is_announced_writes_nothing(pool, user, said):
    pairs = fcgi.replaced(fcgi.post_task(user), "CONTENT_LENGTH", said)
    check.error(pool.client.send(fcgi.request(pairs, fcgi.TASK)), 400)
    assert listed(pool.client, user) == []


@pytest.mark.parametrize("more", [1, 100, 60_000])
def test_a_body_shorter_than_announced_writes_nothing(pool, user, more):
    pairs = fcgi.replaced(fcgi.post_task(user), "CONTENT_LENGTH", str(len(fcgi.TASK) + more))
    answer = pool.client.send(fcgi.request(pairs, fcgi.TASK))
    assert answer is None or answer.status == 400
    assert listed(pool.client, user) == []


@pytest.mark.parametrize("said", [
    "-1", "-{n}", "+{n}", " {n}", "{n} ", "0x{n:x}", "{n}.0", "{n}e0", "many",
    "99999999999999999999999", "{beyond}", "{n},{n}", "{n};"])
def test_a_length_that_is_no_plain_number_writes_nothing(pool, user, said):
    said = said.format(n=len(fcgi.TASK), beyond=2 ** 64 + len(fcgi.TASK))
    pairs = fcgi.replaced(fcgi.post_task(user), "CONTENT_LENGTH", said)
    answer = pool.client.send(fcgi.request(pairs, fcgi.TASK))
    check.error(answer, answer.status)
    assert answer.status in (400, 413)
    assert listed(pool.client, user) == []


def test_a_large_announced_body_is_refused_before_it_is_sent(pool, user):
    pairs = fcgi.replaced(fcgi.post_task(user), "CONTENT_LENGTH", str(10 ** 9))
    data = fcgi.begin() + fcgi.stream(fcgi.PARAMS, fcgi.pairs_block(pairs))
    with fcgi.Connection(pool.socket, timeout=20) as connection:
        connection.send(data)
        check.error(connection.reply(), 413)


def test_no_body_is_ever_read_as_the_next_request(pool, user):
    """Smuggling: keep-alive, an early answer, and a second request inside the unread body."""
    inner = fcgi.request(fcgi.post_task(user), fcgi.TASK)
    refused = fcgi.replaced(fcgi.post_task(user, inner), "HTTP_AUTHORIZATION", "Bearer x")
    for tail in (fcgi.stream(fcgi.STDIN, inner), inner, fcgi.record(fcgi.STDIN) + inner):
        data = fcgi.begin(keep=True) + fcgi.stream(fcgi.PARAMS, fcgi.pairs_block(refused)) + tail
        with pool.client.connect() as connection:
            connection.send(data)
            connection.end_sending()
            output = connection.read_to_end()
        ends = [kind for kind, _ in fcgi.records(output) if kind == fcgi.END]
        assert len(ends) <= 1 and b"201 Created" not in output
    assert listed(pool.client, user) == []
