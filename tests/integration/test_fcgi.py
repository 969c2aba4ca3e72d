"""The FastCGI socket itself: broken streams, lies, silence. No web server in between."""

import json
import random

import pytest

from harness import check, fcgi
from harness.process import wait_until
from harness.stack import create, listed, visitor

GOOD_BODY = json.dumps({"title": "by fastcgi"}).encode()


@pytest.fixture
def user():
    return visitor()


@pytest.fixture(autouse=True)
def same_workers(pool):
    """Whatever a test sends, every process lives on and the pool serves."""
    before = [pool.pid, *wait_until(pool.complete, "the whole pool")]
    yield
    assert pool.client.get("/health").status == 200
    assert [pool.pid, *pool.workers()] == before, "a process of the pool died"


def post(user, body=GOOD_BODY):
    """The parameters of a good request to create a task."""
    return fcgi.environment("POST", "/api/tasks", [
        ("Authorization", f"Bearer {user.token}"), ("Content-Type", "application/json")], body)


def get(user, target="/api/tasks"):
    return fcgi.environment("GET", target, [("Authorization", f"Bearer {user.token}")])


def test_a_good_request_is_answered_and_the_connection_closed(pool, user):
    answer = pool.client.send(fcgi.request(post(user), GOOD_BODY))
    assert answer.status == 201
    assert listed(pool.client, user) == [answer.json()]


def test_a_request_may_come_in_small_records_and_with_padding(pool, user):
    block = fcgi.pairs_block(post(user))
    data = fcgi.begin()
    data += b"".join(fcgi.record(fcgi.PARAMS, block[at:at + 7], padding=at % 256)
                     for at in range(0, len(block), 7)) + fcgi.record(fcgi.PARAMS)
    data += b"".join(fcgi.record(fcgi.STDIN, GOOD_BODY[at:at + 1], padding=255)
                     for at in range(len(GOOD_BODY))) + fcgi.record(fcgi.STDIN)
    assert pool.client.send(data).status == 201


@pytest.mark.parametrize("padding", [1, 8, 255])
def test_padding_behind_the_first_record_is_no_part_of_the_request(pool, user, padding):
    head = fcgi.begin()
    lie = fcgi.stream(fcgi.PARAMS, fcgi.pairs_block([("REQUEST_METHOD", "DELETE")]))
    filled = head[:6] + bytes([padding]) + head[7:] + (lie + bytes(255))[:padding]
    data = fcgi.request(post(user), GOOD_BODY)
    assert data.startswith(head)
    answer = pool.client.send(filled + data.removeprefix(head))
    assert answer.status == 201 and listed(pool.client, user) == [answer.json()]


# --- cut and broken -------------------------------------------------------------------------------


def test_a_request_cut_anywhere_writes_nothing_and_hurts_nobody(pool, user):
    data = fcgi.request(post(user), GOOD_BODY)
    body_at = data.index(GOOD_BODY)
    ends = {*range(0, 40), *range(40, body_at - 8, 23), *range(body_at - 9, len(data))}
    answers = {end: pool.client.send(data[:end], end=True) for end in sorted(ends)}
    wrong = [end for end, answer in answers.items() if answer and answer.status != 400]
    assert not wrong, answers[wrong[0]]
    assert listed(pool.client, user) == []


def test_a_request_without_a_body_that_is_cut_does_nothing(pool, user):
    """What makes a DELETE is in the parameters: they must be complete before anything is done."""
    task = create(pool.client, user)
    pairs = fcgi.environment("DELETE", f"/api/tasks/{task['id']}",
                             [("Authorization", f"Bearer {user.token}")])
    data = fcgi.request([*pairs, ("X_LAST", "x" * 50)])
    for end in range(len(data) - 80, len(data) - 8):
        pool.client.send(data[:end], end=True)
        assert listed(pool.client, user) == [task], f"deleted by {end} of {len(data)} bytes"


def test_clients_that_hang_up_without_reading_hurt_nobody(pool, user):
    data = fcgi.request(get(user))
    for end in (8, 24, len(data) // 2, len(data) - 8, len(data)):
        for _ in range(5):
            with pool.client.connect() as connection:
                connection.send(data[:end])


def test_clients_that_hang_up_with_a_reset_hurt_nobody(pool, user):
    """An unread answer in the buffer makes close() a reset."""
    for number in range(40):
        create(pool.client, user, "x" * 255, description=str(number) * 5000)
    for _ in range(5):
        with pool.client.connect() as connection:
            connection.send(fcgi.request(get(user)))
            connection.socket.recv(1)


def test_random_bytes_are_no_request(pool):
    source = random.Random(20261120)
    for size in (1, 7, 8, 9, 64, 1000, 70_000):
        for _ in range(4):
            answer = pool.client.send(source.randbytes(size), end=True)
            assert answer is None or answer.status == 400


def test_randomly_broken_requests_never_crash(pool, user):
    source = random.Random(4711)
    data = fcgi.request(post(user), GOOD_BODY)
    for _ in range(150):
        broken = bytearray(data)
        for _ in range(source.randint(1, 4)):
            broken[source.randrange(len(broken))] = source.randrange(256)
        pool.client.send(bytes(broken), end=True)


def with_block(block):
    """A request whose parameters are BLOCK, and no body."""
    return fcgi.begin() + fcgi.stream(fcgi.PARAMS, block) + fcgi.record(fcgi.STDIN)


BROKEN = {
    "another version": lambda good: b"\x09" + good[1:],
    "unknown record type": lambda good: fcgi.record(99, b"x" * 20) + good,
    "params before begin": lambda good: good[16:],
    "begin of another id": lambda good: fcgi.begin(request_id=2) + good,
    "begin with a short body": lambda good: fcgi.record(fcgi.BEGIN, b"\0\1"),
    "begin with id 0": lambda good: fcgi.begin(request_id=0) + good[16:],
    "role 0": lambda good: fcgi.begin(role=0) + good[16:],
    "role 65535": lambda good: fcgi.begin(role=65535) + good[16:],
    "abort at once": lambda good: fcgi.begin() + fcgi.record(fcgi.ABORT),
    "abort in the parameters": lambda good: good[:60] + fcgi.record(fcgi.ABORT),
    "no parameters": lambda good: fcgi.begin() + fcgi.record(fcgi.PARAMS) + fcgi.record(fcgi.STDIN),
    "empty names": lambda good: with_block(b"\0\0" * 50),
    "a name of 2 GiB": lambda good: with_block(b"\xff\xff\xff\xff\x00abc"),
    "a name of 2 GiB less 64 KiB": lambda good: with_block(b"\xff\xff\0\0\x00abc"),
    "a length cut": lambda good: with_block(b"\x80\0"),
    "a value cut": lambda good: with_block(b"\x03\x7fabcshort"),
    "parameters of 1 MB": lambda good: with_block(
        fcgi.pairs_block([(f"X{n}", "x" * 1000) for n in range(1000)])),
    "100 000 empty parameters": lambda good: with_block(b"\x01\0x" * 100_000),
}


@pytest.mark.parametrize("build", BROKEN.values(), ids=BROKEN)
def test_a_broken_stream_never_does_what_it_asks(pool, user, build):
    answer = pool.client.send(build(fcgi.request(post(user), GOOD_BODY)), end=True)
    assert answer is None or answer.status >= 400, answer
    assert listed(pool.client, user) == []


def test_two_lengths_that_overflow_hurt_nobody(pool):
    """CVE-2025-23016, the half that Debian 12 has not mended: libfcgi aborts on them."""
    block = b"\xff\xff\xff\xfe\xff\xff\xff\xfeabc"
    answer = pool.client.send(with_block(block), end=True)
    assert answer is None or answer.status >= 400


@pytest.mark.parametrize("start", [
    fcgi.begin() + fcgi.begin(), fcgi.begin() + fcgi.begin(request_id=2),
    fcgi.begin(role=fcgi.AUTHORIZER), fcgi.begin(role=fcgi.FILTER),
], ids=["begin twice", "begin of a second id", "authorizer", "filter"])
def test_an_odd_start_is_served_once_or_refused(pool, user, start):
    answer = pool.client.send(start + fcgi.request(post(user), GOOD_BODY)[16:], end=True)
    made = [answer.json()] if answer is not None and answer.status == 201 else []
    assert listed(pool.client, user) == made


@pytest.mark.parametrize("count", [0, 1, 3, 4, 200])
def test_get_values_is_refused_without_a_crash(pool, count):
    names = ["FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS", "FCGI_MAX_CONNS"]
    pairs = [(names[n % 4], "") for n in range(count)]
    data = fcgi.record(fcgi.GET_VALUES, fcgi.pairs_block(pairs), request_id=0)
    with pool.client.connect() as connection:
        connection.send(data)
        connection.end_sending()
        assert len(connection.read_to_end()) < 1000


# --- silence --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 4, 8, 16, 60])
def test_a_silent_client_does_not_stop_the_others(pool, user, size):
    with pool.client.connect() as silent:
        silent.send(fcgi.request(post(user), GOOD_BODY)[:size])
        quick = fcgi.FcgiClient(pool.socket, timeout=5)
        for _ in range(3):
            assert quick.get("/health").status == 200


def test_a_client_that_does_not_read_does_not_stop_the_others(pool, user):
    for number in range(60):
        create(pool.client, user, "x", description=str(number % 10) * 10_000)
    with pool.client.connect() as slow:
        slow.send(fcgi.request(get(user)))
        quick = fcgi.FcgiClient(pool.socket, timeout=5)
        for _ in range(3):
            assert quick.get("/health").status == 200


# --- parameters -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name, value", [
    ("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/api/tasks"), ("CONTENT_LENGTH", "3"),
    ("CONTENT_TYPE", "application/json"), ("HTTP_AUTHORIZATION", "Bearer x"),
    ("HTTP_ORIGIN", "http://localhost:3000"), ("REMOTE_ADDR", "10.0.0.1"), ("HTTPS", "on"),
])
@pytest.mark.parametrize("where", ["front", "back"])
def test_a_security_relevant_parameter_twice_is_400(pool, user, name, value, where):
    pairs = post(user)
    if name not in dict(pairs):
        pairs.append((name, value))
    pairs = [(name, value), *pairs] if where == "front" else [*pairs, (name, value)]
    check.error(pool.client.send(fcgi.request(pairs, GOOD_BODY)), 400)
    assert listed(pool.client, user) == []


@pytest.mark.parametrize("byte", ["\x01", "\t", "\n", "\r", "\x1f", "\x7f"])
@pytest.mark.parametrize("name", [
    "REQUEST_URI", "REQUEST_METHOD", "HTTP_AUTHORIZATION", "HTTP_ORIGIN", "CONTENT_TYPE",
    "CONTENT_LENGTH", "REMOTE_ADDR", "HTTP_COOKIE", "HTTPS"])
def test_a_control_byte_in_a_parameter_is_400(pool, user, name, byte):
    pairs = post(user)
    value = dict(pairs).get(name, "")
    pairs = fcgi.replaced(pairs, name, value + byte + "x")
    check.error(pool.client.send(fcgi.request(pairs, GOOD_BODY)), 400)
    assert listed(pool.client, user) == []


def test_a_control_byte_never_reaches_the_log(pool, user):
    pairs = fcgi.replaced(get(user), "HTTP_USER_AGENT", "x\nforged=line")
    pool.client.send(fcgi.request(pairs))
    pairs = fcgi.replaced(get(user), "REQUEST_URI", "/api/x%0aforged=line")
    pool.client.send(fcgi.request(pairs))
    assert not [line for line in pool.log().splitlines() if line.startswith("forged")]


def test_a_nul_byte_in_a_parameter_is_not_answered(pool, user):
    task = create(pool.client, user)
    pairs = fcgi.replaced(get(user), "REQUEST_URI", f"/api/somebody/tasks\0/../../{user.id}")
    assert pool.client.send(fcgi.request(pairs)) is None
    pairs = fcgi.replaced(get(user), "HTTP_AUTHORIZATION", f"Bearer x\0{user.token}")
    assert pool.client.send(fcgi.request(pairs)) is None
    pairs = [*get(user), ("HTTP_X\0Y", "1")]
    assert pool.client.send(fcgi.request(pairs)) is None
    assert listed(pool.client, user) == [task]


def test_more_than_128_parameters_are_400(pool, user):
    few = get(user)
    more = [(f"HTTP_X{n}", "1") for n in range(129 - len(few))]
    check.error(pool.client.send(fcgi.request(few + more)), 400)
    # libfcgi adds one of its own, FCGI_ROLE.
    assert pool.client.send(fcgi.request(few + more[:-2])).status == 200


def test_parameters_above_64_kib_are_400(pool, user):
    pairs = [*get(user), *((f"HTTP_X{n}", "x" * 7000) for n in range(10))]
    check.error(pool.client.send(fcgi.request(pairs)), 400)


@pytest.mark.parametrize("size", [90_000, 98_000, 99_000, 120_000, 200_000, 700_000])
def test_parameters_that_come_in_one_piece_stay_within_their_memory(pool, user, size):
    """Apache lets a client send some 800 kB of headers. What was copied behind the end of the memory
    for them made the worker believe that it had no database."""
    pairs = [*get(user), *((f"HTTP_X_{n}", "x" * 1000) for n in range(size // 1010))]
    for _ in range(8):
        answer = pool.client.send(fcgi.request(pairs))
        assert answer is None or answer.status == 400, answer
        assert pool.client.get("/api/tasks", token=user.token).status == 200


def test_no_parameter_from_a_client_is_a_setting(pool, user):
    settings = [("HTTP_BETTER_AUTH_SECRET", "x" * 40), ("HTTP_LIST_SHAPE", "array"),
                ("LIST_SHAPE", "array"), ("HTTP_TASKS_LIST_SHAPE", "array"),
                ("AUTO_PROVISION", "off"),
                ("HTTP_PROXY", "http://127.0.0.1:1"), ("DATABASE_URL", "sqlite:////nowhere/x")]
    answer = pool.client.send(fcgi.request([*get(user), *settings]))
    assert answer.status == 200 and set(answer.json()) == {"items", "total"}


@pytest.mark.parametrize("shape, members", [
    ("items", {"items", "total"}), ("tasks", {"tasks", "user_id"}), ("array", None),
    ("object", {"tasks", "items", "total", "user_id"}),
])
def test_the_web_servers_parameter_chooses_the_list_shape(pool, user, shape, members):
    task = create(pool.client, user)
    body = pool.client.send(fcgi.request([*get(user), ("TASKS_LIST_SHAPE", shape)])).json()
    if members is None:
        assert body == [task]
        return
    assert set(body) == members
    assert body.get("user_id", user.id) == user.id and body.get("total", 1) == 1
    assert all(body[name] == [task] for name in ("tasks", "items") if name in body)


@pytest.mark.parametrize("name", ["REQUEST_URI", "REQUEST_METHOD"])
def test_a_missing_parameter_is_500_and_the_log_says_what_to_mend(pool, user, name):
    before = len(pool.log())
    answer = pool.client.send(fcgi.request(fcgi.without(get(user), name)))
    check.error(answer, 500)
    assert name not in answer.body.decode()
    wait_until(lambda: name in pool.log()[before:], f"a log line about {name}")


def test_the_path_comes_from_request_uri_alone(pool, user):
    pairs = fcgi.replaced(get(user), "SCRIPT_NAME", "/api/somebody/tasks")
    pairs = fcgi.replaced(pairs, "PATH_INFO", "/api/somebody/tasks")
    assert pool.client.send(fcgi.request(pairs)).status == 200
    pairs = fcgi.replaced(get(user), "REQUEST_URI", "/api/somebody/tasks")
    check.error(pool.client.send(fcgi.request(pairs)), 403)


# --- bodies that are not what they are said to be -------------------------------------------------


@pytest.mark.parametrize("more", [1, 8, 5000, 200_000])
def test_a_body_longer_than_announced_writes_nothing(pool, user, more):
    answer = pool.client.send(fcgi.request(post(user), GOOD_BODY + b" " * more))
    check.error(answer, 400)
    assert listed(pool.client, user) == []


@pytest.mark.parametrize("said", ["1", "15", "0", ""])
def test_a_body_of_which_too_little_is_announced_writes_nothing(pool, user, said):
    pairs = fcgi.replaced(post(user), "CONTENT_LENGTH", said)
    check.error(pool.client.send(fcgi.request(pairs, GOOD_BODY)), 400)
    assert listed(pool.client, user) == []


@pytest.mark.parametrize("more", [1, 100, 60_000])
def test_a_body_shorter_than_announced_writes_nothing(pool, user, more):
    pairs = fcgi.replaced(post(user), "CONTENT_LENGTH", str(len(GOOD_BODY) + more))
    answer = pool.client.send(fcgi.request(pairs, GOOD_BODY))
    assert answer is None or answer.status == 400
    assert listed(pool.client, user) == []


@pytest.mark.parametrize("said", [
    "-1", "-{n}", "+{n}", " {n}", "{n} ", "0x{n:x}", "{n}.0", "{n}e0", "many",
    "99999999999999999999999", "{beyond}", "{n},{n}", "{n};"])
def test_a_length_that_is_no_plain_number_writes_nothing(pool, user, said):
    said = said.format(n=len(GOOD_BODY), beyond=2 ** 64 + len(GOOD_BODY))
    pairs = fcgi.replaced(post(user), "CONTENT_LENGTH", said)
    answer = pool.client.send(fcgi.request(pairs, GOOD_BODY))
    check.error(answer, answer.status)
    assert answer.status in (400, 413)
    assert listed(pool.client, user) == []


def test_a_large_announced_body_is_refused_before_it_is_sent(pool, user):
    pairs = fcgi.replaced(post(user), "CONTENT_LENGTH", str(10 ** 9))
    data = fcgi.begin() + fcgi.stream(fcgi.PARAMS, fcgi.pairs_block(pairs))
    with fcgi.Connection(pool.socket, timeout=8) as connection:
        connection.send(data)
        check.error(connection.reply(), 413)


def test_no_body_is_ever_read_as_the_next_request(pool, user):
    """Smuggling: keep-alive, an early answer, and a second request inside the unread body."""
    inner = fcgi.request(post(user), GOOD_BODY)
    refused = fcgi.replaced(post(user, inner), "HTTP_AUTHORIZATION", "Bearer x")
    for tail in (fcgi.stream(fcgi.STDIN, inner), inner, fcgi.record(fcgi.STDIN) + inner):
        data = fcgi.begin(keep=True) + fcgi.stream(fcgi.PARAMS, fcgi.pairs_block(refused)) + tail
        with pool.client.connect() as connection:
            connection.send(data)
            connection.end_sending()
            output = connection.read_to_end()
        ends = [kind for kind, _ in fcgi.records(output) if kind == fcgi.END]
        assert len(ends) <= 1 and b"201 Created" not in output
    assert listed(pool.client, user) == []


# --- connections that are kept ----------------------------------------------------------------------


def test_a_kept_connection_serves_one_request_after_another(pool, user):
    with pool.client.connect() as connection:
        made = []
        for number in range(5):
            connection.send(fcgi.request(post(user), GOOD_BODY, keep=True))
            made.append(connection.next_reply().json())
            connection.send(fcgi.request(get(user), keep=True))
            assert connection.next_reply().json()["items"] == made[::-1], number
        connection.send(fcgi.request(get(user)))
        assert connection.next_reply().status == 200
        assert connection.read_to_end() == b""


def test_a_request_that_does_not_wait_for_the_answer_before_it_is_not_served(pool, user):
    data = fcgi.request(post(user), GOOD_BODY, keep=True)
    with pool.client.connect() as connection:
        connection.send(data + data)
        connection.end_sending()
        output = connection.read_to_end()
    made = len(listed(pool.client, user))
    assert [kind for kind, _ in fcgi.records(output)].count(fcgi.END) == made <= 1


def test_a_refused_request_keeps_its_connection_too(pool, user):
    with pool.client.connect() as connection:
        for _ in range(3):
            pairs = fcgi.replaced(post(user), "HTTP_AUTHORIZATION", "Bearer x")
            connection.send(fcgi.request(pairs, GOOD_BODY, keep=True))
            check.error(connection.next_reply(), 401)
            connection.send(fcgi.request(get(user), keep=True))
            assert connection.next_reply().json()["items"] == []


def test_a_sign_in_on_a_kept_connection_leaves_it_usable(pool, user):
    """Another process answers it, and the connection goes on from there."""
    body = json.dumps({"email": "nobody@example.com", "password": "not the right one"}).encode()
    pairs = fcgi.environment("POST", "/api/auth/sign-in", [("Content-Type", "application/json")],
                             body)
    with pool.client.connect() as connection:
        for _ in range(3):
            connection.send(fcgi.request(pairs, body, keep=True))
            check.error(connection.next_reply(), 401)
            connection.send(fcgi.request(get(user), keep=True))
            assert connection.next_reply().status == 200


def test_many_kept_connections_are_all_served(pool, user):
    """More than there are workers, and in any order."""
    connections = [pool.client.connect() for _ in range(60)]
    source = random.Random(7)
    for _ in range(3):
        source.shuffle(connections)
        for connection in connections:
            connection.send(fcgi.request(get(user), keep=True))
        assert {connection.next_reply().status for connection in connections} == {200}
    for connection in connections:
        connection.socket.close()
