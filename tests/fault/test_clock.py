"""G16: the clock of the machine jumps, stands still, or reaches 2038."""

import time

import pytest

import faults
from conftest import BASIC_SETTINGS
from harness import tokens
from harness.people import Holder
from harness.stack import create, epoch_ms, listed, sign_in, unique_email
from harness.taskgate import Taskgate

HOUR = 3600
DAY = 24 * HOUR
SESSION = 7 * DAY
JUMPS = {"an hour on": HOUR, "an hour back": -HOUR, "a day on": DAY, "a day back": -DAY,
         "beyond 2038": 2**31 + DAY - time.time()}


@pytest.fixture
def clock(library, directory):
    return faults.Faults(library, directory)


@pytest.fixture
def pool(clock, directory, url):
    taskgate = Taskgate(directory, {**BASIC_SETTINGS, "DATABASE_URL": url, "RATE_LIMIT_MAX": 3,
                                    "RATE_LIMIT_WINDOW": 60}, workers=2)
    taskgate.service.env = clock.environment()
    clock.set("pid", faults.EVERYBODY)
    taskgate.start()
    yield taskgate
    assert taskgate.stop() == 0, taskgate.log()


def check_born_well(pool, now):
    """A session that is made now is alive, and ends when it should."""
    holder = Holder(pool.client)
    assert holder.is_alive()
    assert pool.client.get("/api/tasks", token=holder.token).status == 200
    body = pool.client.get("/api/auth/get-session", token=holder.session).json()
    created, expires = (epoch_ms(body["session"][name]) / 1000
                        for name in ("createdAt", "expiresAt"))
    assert abs(created - now) < 30
    assert abs(expires - created - SESSION) < 30
    claims = tokens.payload_of(holder.token)
    assert abs(claims["exp"] - claims["iat"] - DAY) <= 1
    return holder


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
def test_a_jump_makes_no_session_that_is_born_dead_or_immortal(pool, clock, jump):
    old = check_born_well(pool, time.time())
    task = create(pool.client, old)
    clock.set_clock(jump)
    pool.reload()
    assert f"the clock was set {'forward' if jump > 0 else 'back'} by" in pool.log()
    new = check_born_well(pool, time.time() + jump)
    assert old.is_alive() == (jump < SESSION)
    create(pool.client, new)
    clock.set_clock(jump + SESSION + HOUR)
    assert not new.is_alive()
    clock.set_clock(0)
    if jump < SESSION:  # one that was seen to be over is deleted
        assert old.is_alive() and listed(pool.client, old) == [task]


def fail_to_sign_in(pool, email):
    return sign_in(pool.client, email, "a wrong password").status


@pytest.mark.parametrize("jump", [HOUR, -HOUR, DAY, -DAY])
def test_a_jump_keeps_nobody_out_for_longer_than_two_windows(pool, clock, jump):
    email = unique_email()
    assert [fail_to_sign_in(pool, email) for _ in range(4)] == [401, 401, 401, 429]
    clock.set_clock(jump)
    assert fail_to_sign_in(pool, email) == 401
    assert [fail_to_sign_in(pool, email) for _ in range(3)][-1] == 429
    clock.set_clock(jump + 61)
    assert fail_to_sign_in(pool, email) == 401


@pytest.mark.parametrize("step", [1, -1])
def test_small_steps_lift_no_limit(pool, clock, step):
    """A leap second, or a clock that is being set right."""
    email = unique_email()
    assert [fail_to_sign_in(pool, email) for _ in range(4)][-1] == 429
    clock.set_clock(step)
    assert fail_to_sign_in(pool, email) == 429
    assert check_born_well(pool, time.time() + step)


def test_a_clock_that_stands_still_serves(pool, clock):
    clock.freeze(time.time())
    holder = check_born_well(pool, time.time())
    tasks = [create(pool.client, holder, str(number)) for number in range(5)]
    assert listed(pool.client, holder) == list(reversed(tasks))
    clock.freeze()
    assert holder.is_alive()
