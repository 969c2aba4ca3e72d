"""The database goes away and comes back; the program waits for it."""

import pytest

from harness import check
from harness.fcgi import FcgiClient
from harness.postgres import Cluster
from harness.process import wait_until
from harness.stack import PASSWORD, create, listed, sign_in, sign_up, unique_email, visitor
from harness.taskgate import Taskgate
from conftest import BASIC_SETTINGS


@pytest.fixture
def own_cluster(directory):
    """A PostgreSQL that the test may stop."""
    cluster = Cluster(directory / "pg")
    cluster.start()
    yield cluster
    cluster.stop()


def check_unavailable(answer):
    check.error(answer, 503)
    assert int(answer.header("Retry-After")) > 0


def test_without_postgresql_the_answer_is_503_and_with_it_all_goes_on(own_cluster, directory):
    settings = {**BASIC_SETTINGS, "DATABASE_URL": own_cluster.create("down")}
    taskgate = Taskgate(directory, settings, workers=3).start()
    try:
        client = taskgate.client
        user = sign_up(client)
        task = create(client, user)
        processes = [taskgate.pid, *taskgate.workers()]

        own_cluster.stop()
        for _ in range(6):
            check_unavailable(client.get("/api/tasks", token=user.token))
            check_unavailable(client.post("/api/tasks", token=user.token, json={"title": "lost"}))
        check_unavailable(sign_in(client, user.email))
        email = unique_email()
        check_unavailable(client.post("/api/auth/sign-up",
                                      json={"email": email, "password": PASSWORD}))
        for path in ("/health", "/api/health"):
            health = client.get(path)
            assert health.status == 503
            assert health.json()["status"] == "unhealthy"
        # What needs no database is answered.
        check.unauthorized(client.get("/api/tasks", token="x.y.z"))

        own_cluster.start()
        wait_until(lambda: client.get("/health").status == 200, "healthy again")
        for _ in range(6):
            wait_until(lambda: client.get("/api/tasks", token=user.token).status == 200,
                       "tasks again")
        assert listed(client, user) == [task]
        assert sign_in(client, user.email).status == 200
        assert sign_in(client, email).status == 401
        assert [taskgate.pid, *taskgate.workers()] == processes, "nobody was restarted"
    finally:
        assert taskgate.stop() == 0, taskgate.log()


def test_the_program_starts_while_postgresql_restarts_or_says_why_not(own_cluster, directory):
    settings = {**BASIC_SETTINGS, "DATABASE_URL": own_cluster.create("absent")}
    own_cluster.stop()
    taskgate = Taskgate(directory, settings, workers=1)
    taskgate.service.start()
    wait_until(lambda: "database" in taskgate.log().lower() or not taskgate.service.running(),
               "a word about the database")
    own_cluster.start()
    if taskgate.service.running():
        wait_until(taskgate.ready_or_dead, "ready once the database is there")
        assert taskgate.client.get("/health").status == 200
        assert taskgate.stop() == 0
    else:
        assert taskgate.service.wait() not in (0, -6, -11)
        assert "database" in taskgate.log().lower()


def test_a_sqlite_file_that_cannot_be_opened_is_told_and_answered_with_503(make_pool, directory):
    path = directory / "absent" / "tasks.db"
    pool = make_pool(start=False, DATABASE_URL=f"sqlite:///{path}")
    pool.service.start()
    wait_until(lambda: str(path) in pool.log(), "a word about the file")
    wait_until(lambda: not pool.service.running() or pool.accepts(), "an end or an open socket")
    if not pool.service.running():
        assert pool.service.wait() not in (0, -6, -11)
        return
    client = FcgiClient(pool.socket, timeout=20)
    for _ in range(6):
        assert client.get("/health").status == 503
        check_unavailable(client.post("/api/tasks", token=visitor().token, json={"title": "x"}))
    path.parent.mkdir()
    wait_until(lambda: client.get("/health").status == 200, "healthy once the folder is there")
    assert client.post("/api/tasks", token=visitor().token, json={"title": "x"}).status == 201
