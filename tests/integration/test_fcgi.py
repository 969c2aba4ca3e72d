"""The FastCGI socket itself: broken streams and silence. No web server in between."""

import random

import pytest

from harness import check, fcgi
from harness.stack import create, listed

pytestmark = pytest.mark.usefixtures("same_workers")


def test_a_good_request_is_answered_and_the_connection_closed(pool, user):
    answer = pool.client.send(fcgi.request(fcgi.post_task(user), fcgi.TASK))
    assert answer.status == 201
    assert listed(pool.client, user) == [answer.json()]


def test_a_request_may_come_in_small_records_and_with_padding(pool, user):
    block = fcgi.pairs_block(fcgi.post_task(user))
    data = fcgi.begin()
    data += b"".join(fcgi.record(fcgi.PARAMS, block[at:at + 7], padding=at % 256)
                     for at in range(0, len(block), 7)) + fcgi.record(fcgi.PARAMS)
    data += b"".join(fcgi.record(fcgi.STDIN, fcgi.TASK[at:at + 1], padding=255)
                     for at in range(len(fcgi.TASK))) + fcgi.record(fcgi.STDIN)
    assert pool.client.send(data).status == 201


@pytest.mark.parametrize("padding", [1, 8, 255])
def test_padding_behind_the_first_record_is_no_part_of_the_request(pool, user, padding):
    head = fcgi.begin()
    lie = fcgi.stream(fcgi.PARAMS, fcgi.pairs_block([("REQUEST_METHOD", "DELETE")]))
    filled = head[:6] + bytes([padding]) + head[7:] + (lie + bytes(255))[:padding]
    data = fcgi.request(fcgi.post_task(user), fcgi.TASK)
    assert data.startswith(head)
    answer = pool.client.send(filled + data.removeprefix(head))
    assert answer.status == 201 and listed(pool.client, user) == [answer.json()]


@pytest.mark.parametrize("request_id", [1, 255, 256, 65535])
def test_an_answer_has_the_id_of_its_request(pool, user, request_id):
    with pool.client.connect() as connection:
        connection.send(fcgi.request(fcgi.get_tasks(user), request_id=request_id))
        output = connection.read_to_end()
    assert {ends[2:4] for ends in heads(output)} == {request_id.to_bytes(2, "big")}
    assert fcgi.parse(b"".join(content for kind, content in fcgi.records(output)
                               if kind == fcgi.STDOUT)).status == 200


def heads(output):
    """The header of each record."""
    at = 0
    for _, content in fcgi.records(output):
        yield output[at:at + 8]
        at += 8 + len(content)


def test_what_is_reserved_may_be_anything(pool, user):
    begin = fcgi.record(fcgi.BEGIN, b"\0\1\xfe" + b"\xff" * 5)
    data = bytearray(begin + fcgi.request(fcgi.post_task(user), fcgi.TASK)[16:])
    at = 0
    for _, content in fcgi.records(bytes(data)):
        data[at + 7] = 0xff
        at += 8 + len(content)
    assert pool.client.send(bytes(data)).status == 201


# --- cut and broken -------------------------------------------------------------------------------


def test_a_request_cut_anywhere_writes_nothing_and_hurts_nobody(pool, user):
    data = fcgi.request(fcgi.post_task(user), fcgi.TASK)
    body_at = data.index(fcgi.TASK)
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
    data = fcgi.request(fcgi.get_tasks(user))
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
            connection.send(fcgi.request(fcgi.get_tasks(user)))
            connection.socket.recv(1)


def test_random_bytes_are_no_request(pool):
    source = random.Random(20261120)
    for size in (1, 7, 8, 9, 64, 1000, 70_000):
        for _ in range(4):
            answer = pool.client.send(source.randbytes(size), end=True)
            assert answer is None or answer.status == 400


def test_randomly_broken_requests_never_crash(pool, user):
    source = random.Random(4711)
    data = fcgi.request(fcgi.post_task(user), fcgi.TASK)
    for _ in range(150):
        broken = bytearray(data)
        for _ in range(source.randint(1, 4)):
            broken[source.randrange(len(broken))] = source.randrange(256)
        pool.client.send(bytes(broken), end=True)


def with_block(block):
    """A request whose parameters are BLOCK, and no body."""
    return fcgi.begin() + fcgi.stream(fcgi.PARAMS, block) + fcgi.record(fcgi.STDIN)


def cut(good, kind):
    """A good request without its last record of content of KIND and all that follows."""
    at = 0
    for other, content in fcgi.records(good):
        if other == kind and len(content) > 0:
            return good[:at]
        at += 8 + len(content)
    raise AssertionError(f"no record of kind {kind}")


BROKEN = {
    "another version": lambda good: b"\x09" + good[1:],
    "unknown record type": lambda good: fcgi.record(99, b"x" * 20) + good,
    "params before begin": lambda good: good[16:],
    "begin of another id": lambda good: fcgi.begin(request_id=2) + good,
    "parameters of another id": lambda good: good[:16] + fcgi.record(fcgi.PARAMS, b"\1\1ab", 2)
    + good[16:],
    "parameters that another id ends": lambda good: cut(good, fcgi.PARAMS)
    + fcgi.record(fcgi.PARAMS, request_id=2) + fcgi.stream(fcgi.STDIN, fcgi.TASK),
    "parameters behind their end": lambda good: cut(good, fcgi.STDIN)
    + fcgi.record(fcgi.PARAMS, b"\1\1ab") + fcgi.stream(fcgi.STDIN, fcgi.TASK),
    "a body before the parameters": lambda good: good[:16] + fcgi.record(fcgi.STDIN, fcgi.TASK)
    + good[16:],
    "a body of another id": lambda good: cut(good, fcgi.STDIN)
    + fcgi.stream(fcgi.STDIN, fcgi.TASK, request_id=2),
    "a body that another id ends": lambda good: good[:-8]
    + fcgi.record(fcgi.STDIN, request_id=2),
    "a body of another version": lambda good: cut(good, fcgi.STDIN)
    + fcgi.record(fcgi.STDIN, fcgi.TASK, version=2) + fcgi.record(fcgi.STDIN),
    "a body of data records": lambda good: cut(good, fcgi.STDIN)
    + fcgi.stream(fcgi.DATA, fcgi.TASK),
    "an answer in place of a body": lambda good: cut(good, fcgi.STDIN)
    + fcgi.stream(fcgi.STDOUT, fcgi.TASK) + fcgi.record(fcgi.END, bytes(8)),
    "another begin in the body": lambda good: good[:-8] + fcgi.begin() + good[-8:],
    "another begin behind a part of the parameters": lambda good: cut(good, fcgi.PARAMS)
    + fcgi.begin() + good[16:],
    "get values in the parameters": lambda good: good[:16]
    + fcgi.record(fcgi.GET_VALUES, request_id=0) + good[16:],
    "get values in the body": lambda good: good[:-8]
    + fcgi.record(fcgi.GET_VALUES, request_id=0) + good[-8:],
    "begin with a long body": lambda good: fcgi.record(fcgi.BEGIN, b"\0\1" + bytes(65000))
    + good[16:],
    "begin with a short body": lambda good: fcgi.record(fcgi.BEGIN, b"\0\1"),
    "begin with id 0": lambda good: fcgi.begin(request_id=0) + good[16:],
    "role 0": lambda good: fcgi.begin(role=0) + good[16:],
    "role 65535": lambda good: fcgi.begin(role=65535) + good[16:],
    "abort at once": lambda good: fcgi.begin() + fcgi.record(fcgi.ABORT),
    "abort in the parameters": lambda good: cut(good, fcgi.PARAMS) + fcgi.record(fcgi.ABORT),
    "abort for the body": lambda good: cut(good, fcgi.STDIN) + fcgi.record(fcgi.ABORT),
    "abort for the end of the body": lambda good: good[:-8] + fcgi.record(fcgi.ABORT),
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
    answer = pool.client.send(build(fcgi.request(fcgi.post_task(user), fcgi.TASK)), end=True)
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
    answer = pool.client.send(start + fcgi.request(fcgi.post_task(user), fcgi.TASK)[16:], end=True)
    made = [answer.json()] if answer is not None and answer.status == 201 else []
    assert listed(pool.client, user) == made


@pytest.mark.parametrize("count", [0, 1, 3, 4, 200, 5000])
def test_get_values_is_refused_at_once_and_without_a_crash(pool, count):
    names = ["FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS", "FCGI_MAX_CONNS"]
    pairs = [(names[n % 4], "") for n in range(count)]
    data = fcgi.stream(fcgi.GET_VALUES, fcgi.pairs_block(pairs), request_id=0)
    with pool.client.connect() as connection:
        connection.send(data)
        assert connection.read_to_end() == b""


# --- silence --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 4, 8, 16, 60])
def test_a_silent_client_does_not_stop_the_others(pool, user, size):
    with pool.client.connect() as silent:
        silent.send(fcgi.request(fcgi.post_task(user), fcgi.TASK)[:size])
        quick = fcgi.FcgiClient(pool.socket, timeout=20)
        for _ in range(3):
            assert quick.get("/health").status == 200


def test_a_client_that_does_not_read_does_not_stop_the_others(pool, user):
    for number in range(60):
        create(pool.client, user, "x", description=str(number % 10) * 10_000)
    with pool.client.connect() as slow:
        slow.send(fcgi.request(fcgi.get_tasks(user)))
        quick = fcgi.FcgiClient(pool.socket, timeout=20)
        for _ in range(3):
            assert quick.get("/health").status == 200
