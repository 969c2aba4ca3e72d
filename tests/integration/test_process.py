"""The processes: sockets, signals, workers that die."""

import grp
import os
import signal
import socket
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from harness import fcgi
from harness.process import alive, children, free_port, listens, wait_for_orphans, wait_until
from harness.stack import PASSWORD, create, listed, sign_in, sign_up, visitor
from harness.taskgate import run

BODY = b'{"title":"in flight"}'


def in_flight(pool, user):
    """A connection with half of a request to create a task on its way."""
    data = fcgi.request(fcgi.post_task(user, BODY), BODY)
    connection = pool.client.connect()
    connection.send(data[:len(data) // 2])
    return connection, data[len(data) // 2:]


# --- the socket -----------------------------------------------------------------------------------


def test_the_socket_is_for_owner_and_group_only(make_pool):
    pool = make_pool()
    mode = os.stat(pool.socket).st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o660


def test_mode_and_group_of_the_socket_are_settings(make_pool, directory):
    path = directory / "other.sock"
    pool = make_pool(start=False,
                     LISTEN=f"unix:{path},mode=0600,group={grp.getgrgid(os.getgid()).gr_name}")
    pool.service.argv = pool.service.argv[:pool.service.argv.index("--listen")]
    pool.socket = path
    pool.client = fcgi.FcgiClient(path)
    pool.start()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert pool.client.get("/health").status == 200


def test_a_second_instance_refuses_to_take_the_socket(make_pool, directory):
    pool = make_pool()
    before = [pool.pid, *pool.workers()]
    done = run("serve", "--listen", f"unix:{pool.socket}", directory=directory,
               settings=pool.settings)
    assert done.returncode != 0
    assert str(pool.socket) in done.stderr
    assert pool.client.get("/health").status == 200
    assert [pool.pid, *pool.workers()] == before


def test_a_stale_socket_is_replaced(make_pool, directory):
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(directory / "taskgate.sock"))
    pool = make_pool()
    assert pool.client.get("/health").status == 200


def test_a_file_where_the_socket_should_be_is_left_alone(make_pool, directory):
    path = directory / "taskgate.sock"
    path.write_text("somebody's notes")
    pool = make_pool(start=False)
    pool.service.start()
    assert pool.service.wait() != 0
    assert path.read_text() == "somebody's notes"
    assert str(path) in pool.log()


def test_a_tcp_socket_serves_too(make_pool, directory):
    port = free_port()
    pool = make_pool(start=False, LISTEN=f"127.0.0.1:{port}")
    pool.service.argv = pool.service.argv[:pool.service.argv.index("--listen")]
    pool.service.start()
    wait_until(lambda: listens(("127.0.0.1", port)), "the program listens on TCP")
    client = fcgi.FcgiClient(("127.0.0.1", port))
    wait_until(lambda: client.get("/health").status == 200, "the program is healthy")
    assert pool.stop() == 0


# --- SIGTERM --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_every_process_and_removes_the_socket(make_pool, number):
    pool = make_pool(workers=3)
    processes = [pool.pid, *pool.workers()]
    assert len(processes) == 4
    pool.service.send_signal(number)
    assert pool.service.wait() == 0
    wait_until(lambda: not any(map(alive, processes)), "no process is left")
    assert not pool.socket.exists()


def test_a_stop_serves_what_has_been_accepted(make_pool):
    pool = make_pool()
    user = visitor()
    requests = [in_flight(pool, user) for _ in range(2)]
    pool.service.send_signal(signal.SIGTERM)
    wait_until(lambda: not pool.accepts(), "nothing new is accepted")
    for connection, rest in requests:
        with connection:
            connection.send(rest)
            assert connection.reply().status == 201
    assert pool.service.wait() == 0
    pool.start()
    assert len(listed(pool.client, user)) == 2


def test_a_stop_serves_what_waits_in_the_queue(make_pool):
    """Two workers are held by half requests; eight whole ones wait behind them."""
    pool = make_pool()
    user = visitor()
    held = [in_flight(pool, user) for _ in range(2)]
    waiting = [pool.client.connect() for _ in range(8)]
    for connection in waiting:
        connection.send(fcgi.request(fcgi.environment("GET", "/api/tasks", [
            ("Authorization", f"Bearer {user.token}")])))
    pool.service.send_signal(signal.SIGTERM)
    wait_until(lambda: not pool.accepts(), "nothing new is accepted")
    for connection, rest in held:
        with connection:
            connection.send(rest)
            assert connection.reply().status == 201
    for connection in waiting:
        with connection:
            answer = connection.reply()
            assert answer is not None and answer.status == 200
    assert pool.service.wait() == 0


def test_a_stop_does_not_wait_for_silent_clients_for_ever(make_pool):
    pool = make_pool()
    with pool.client.connect() as silent, pool.client.connect() as half:
        half.send(fcgi.begin()[:5])
        pool.service.send_signal(signal.SIGTERM)
        assert pool.service.wait(35) == 0
        assert silent.socket.fileno() >= 0


# --- SIGHUP ---------------------------------------------------------------------------------------


def test_a_reload_takes_new_settings_over(make_pool):
    pool = make_pool()
    user = visitor()
    task = create(pool.client, user)
    pool.configure(LIST_SHAPE="array")
    master = pool.pid
    pool.reload()
    wait_until(lambda: pool.client.get("/api/tasks", token=user.token).json() == [task],
               "the new list shape")
    assert pool.pid == master and pool.service.running()


def test_a_reload_with_a_new_secret_keeps_the_old_one_as_configured(make_pool):
    pool = make_pool()
    old = visitor()
    secret = pool.settings["BETTER_AUTH_SECRET"]
    pool.configure(BETTER_AUTH_SECRET="n" * 20 + "ew-secret" * 3,
                   BETTER_AUTH_SECRET_PREVIOUS=secret)
    pool.reload()
    assert pool.client.get("/api/tasks", token=old.token).status == 200
    pool.configure(BETTER_AUTH_SECRET_PREVIOUS=None)
    pool.reload()
    wait_until(lambda: pool.client.get("/api/tasks", token=old.token).status == 401,
               "the old secret is gone")


@pytest.mark.parametrize("change", [{"BETTER_AUTH_SECRET": "short"}, {"NO_SUCH_SETTING": "1"},
                                    {"FRONTEND_URL": "*"}])
def test_a_reload_of_broken_settings_keeps_the_old_ones_serving(make_pool, change):
    pool = make_pool(LIST_SHAPE="tasks")
    user = visitor()
    workers = pool.workers()
    before = len(pool.log())
    pool.configure(LIST_SHAPE="array", **change)
    pool.service.send_signal(signal.SIGHUP)
    wait_until(lambda: next(iter(change)) in pool.log()[before:], "the log names the problem")
    for _ in range(5):
        assert pool.client.get("/api/tasks", token=user.token).json()["tasks"] == []
    assert pool.workers() == workers


def test_a_reload_finishes_requests_in_hand(make_pool):
    pool = make_pool()
    user = visitor()
    connection, rest = in_flight(pool, user)
    old = set(pool.workers())
    pool.service.send_signal(signal.SIGHUP)
    wait_until(lambda: set(pool.workers()) - old, "new workers")
    with connection:
        connection.send(rest)
        assert connection.reply().status == 201
    wait_until(lambda: pool.replaced(old), "the old workers are gone", 35)


def test_signals_do_not_cut_a_body_that_arrives(make_pool):
    """In libfcgi a signal ends the reading, and what there is of the body counts as all of it."""
    pool = make_pool()
    user = visitor()
    requests = [in_flight(pool, user) for _ in range(2)]
    workers = pool.workers()
    for worker in workers:
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGUSR1, signal.SIGPIPE,
                       signal.SIGCHLD, signal.SIGSTOP, signal.SIGCONT):
            os.kill(worker, number)
    for connection, rest in requests:
        with connection:
            connection.send(rest)
            assert connection.reply().json()["title"] == "in flight"
    assert pool.workers() == workers


# --- workers that die -----------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT])
def test_a_dead_worker_is_replaced(make_pool, number):
    pool = make_pool(workers=2)
    victim = pool.workers()[0]
    os.kill(victim, number)
    wait_until(lambda: victim not in pool.workers() and len(pool.workers()) == 2, "a new worker",
               15)
    assert pool.client.get("/health").status == 200
    assert str(victim) in pool.log()


def test_all_workers_may_die_at_once(make_pool):
    pool = make_pool(workers=3)
    old = set(pool.workers())
    for victim in old:
        os.kill(victim, signal.SIGKILL)
    wait_until(lambda: pool.replaced(old), "three new workers")
    assert pool.client.get("/health").status == 200


def test_workers_do_not_outlive_a_killed_master(make_pool):
    pool = make_pool()
    workers = pool.workers()
    pool.service.send_signal(signal.SIGKILL)
    pool.service.process.wait()
    wait_for_orphans(workers)


def test_the_pool_has_the_wanted_size(make_pool):
    pool = make_pool(workers=5)
    assert len(children(pool.pid)) == 5


def test_a_quarter_of_the_workers_makes_way_for_the_others(make_pool):
    """Those that hash passwords: what they do is long, and others wait for a task."""
    pool = make_pool(workers=8)
    before = os.getpriority(os.PRIO_PROCESS, pool.pid)
    wanted = [before] * 6 + [min(before + 10, 19)] * 2
    wait_until(lambda: sorted(os.getpriority(os.PRIO_PROCESS, pid) for pid in pool.workers()) == wanted,
               "two of eight workers make way")
    assert sign_up(pool.client).token


def test_no_secret_is_on_a_command_line_or_in_a_workers_environment(make_pool):
    pool = make_pool()
    for pid in (pool.pid, *pool.workers()):
        readable = [path for path in (Path(f"/proc/{pid}/cmdline"), Path(f"/proc/{pid}/environ"))
                    if os.access(path, os.R_OK)]  # only root may look into a process of this kind
        assert readable
        for path in readable:
            assert pool.settings["BETTER_AUTH_SECRET"].encode() not in path.read_bytes()


# --- the sandbox ------------------------------------------------------------------------------------


def kernel_says(pid, name):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith(f"{name}:"))


def test_no_worker_lets_the_keys_get_into_swap(make_pool):
    """As the master does; a child does not inherit that (mlock(2))."""
    pool = make_pool(workers=4)
    wanted = int(kernel_says(pool.pid, "VmLck"))
    wait_until(lambda: all(int(kernel_says(pid, "VmLck")) >= wanted for pid in pool.workers()),
               "as much is locked in every worker", 60)


def test_workers_are_confined_and_the_log_tells_how(make_pool):
    pool = make_pool()
    for worker in pool.workers():
        assert kernel_says(worker, "NoNewPrivs") == "1"
        assert kernel_says(worker, "Seccomp") == "2"
    assert pool.log().count("workers are confined by seccomp and Landlock") == 1
    pool.configure(SANDBOX="off")
    pool.reload()
    assert [kernel_says(worker, "Seccomp") for worker in pool.workers()] == ["0", "0"]
    assert pool.log().count("SANDBOX=off: workers are not confined") == 1


def test_a_worker_without_temporary_files_sorts_more_than_sqlites_memory(make_pool, directory):
    pool = make_pool()
    user = visitor()
    create(pool.client, user, "b", description="x" * 10000)
    with closing(sqlite3.connect(directory / "taskgate.db")) as database, database:
        database.execute("""
            INSERT INTO tasks (user_id, title, description, created_at, updated_at)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
            SELECT user_id, 'a' || i, description, created_at, updated_at FROM tasks, n""")
    titles = [task["title"] for task in listed(pool.client, user, "?sort=title")]
    assert len(titles) == 1001 and titles == sorted(titles)


# --- logs -----------------------------------------------------------------------------------------


def test_each_request_is_one_line_in_the_log_without_secrets(make_pool):
    pool = make_pool()
    user = sign_up(pool.client)
    sign_in(pool.client, user.email, "canary-wrong-password")
    pool.client.get(f"/api/{user.id}/tasks?q=canary-query", token=user.token)
    wait_until(lambda: "/api/:user/tasks" in pool.log(), "the line of the last request")
    log = pool.log()
    lines = [line for line in log.splitlines() if "/api/:user/tasks" in line]
    assert len(lines) == 1 and "200" in lines[0] and user.id in lines[0]
    refresh = user.cookies["better-auth.refresh_token"][0]
    session = user.account["session"]["token"]
    for secret in (PASSWORD, "canary-wrong-password", user.token, refresh, session,
                   user.token.split(".")[2]):
        assert secret not in log
