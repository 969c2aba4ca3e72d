"""Secrets that come by the environment, and everything that could show them. (That no log shows a
password, token or cookie of any test is looked for wherever a program or web server is stopped: see
harness/canaries.py.)"""

import signal
from pathlib import Path

import pytest

from conftest import BASIC_SETTINGS
from harness import canaries
from harness.postgres import run_sql
from harness.process import wait_until
from harness.stack import PASSWORD, sign_in, sign_up, unique_email
from harness.taskgate import PREVIOUS_SECRET, SECRET, Taskgate, run

NEW_PASSWORD = "amber Meadow 31 compass"
SENDMAIL = """#!/bin/sh
{{ env; tr '\\0' '\\n' </proc/$$/cmdline; tr '\\0' '\\n' </proc/$PPID/cmdline
   ls -l /proc/$$/fd; cat /proc/$$/mountinfo; }} >>{folder}/child
cat >{folder}/letter.new && mv {folder}/letter.new {folder}/letter
echo "for the log of the service" >&2
"""


@pytest.fixture
def secretive(cluster, directory):
    """A program with all its secrets in its environment, on PostgreSQL, that says all it can."""
    sendmail = directory / "sendmail"
    sendmail.write_text(SENDMAIL.format(folder=directory))
    sendmail.chmod(0o755)
    secrets = {"BETTER_AUTH_SECRET": SECRET, "BETTER_AUTH_SECRET_PREVIOUS": PREVIOUS_SECRET,
               "DATABASE_URL": cluster.create(f"secrets_{directory.name}")}
    settings = {name: value for name, value in BASIC_SETTINGS.items() if name not in secrets}
    pool = Taskgate(directory, {**settings, "SENDMAIL": sendmail, "DEBUG": "on"})
    pool.service.env.update(secrets)
    pool.start()
    yield pool
    assert pool.stop() == 0


def link_in(letter):
    return next(word for word in letter.read_text().replace("=\n", "").split() if "/api/" in word)


def test_no_log_command_line_or_child_shows_a_secret_of_the_environment(secretive, directory):
    client = secretive.client
    user = sign_up(client, unique_email())
    assert sign_in(client, user.email, "a wrong password").status == 401
    assert client.get("/api/tasks", token=user.token[:-2]).status == 401
    assert client.post("/api/auth/request-password-reset",
                       json={"email": user.email}).status == 200
    wait_until((directory / "letter").exists, "the letter")
    token = link_in(directory / "letter").split("/reset-password/")[1].split("?")[0]
    canaries.CANARIES.learn(token)
    assert client.post("/api/auth/reset-password",
                       json={"token": token, "newPassword": NEW_PASSWORD}).status == 200
    # The connections break, the settings are read again, the signing key is used.
    url = secretive.service.env["DATABASE_URL"]
    run_sql(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                 "current_database() AND pid <> pg_backend_pid()")
    wait_until(lambda: sign_in(client, user.email, NEW_PASSWORD).status == 200, "a sign-in")
    secretive.reload()
    signed_in = sign_in(client, user.email, NEW_PASSWORD)
    assert client.get("/api/auth/token",
                      token=signed_in.json()["session"]["token"]).status == 200
    for pid in [secretive.pid, *secretive.workers()]:
        canaries.none_in(Path(f"/proc/{pid}/cmdline").read_text())
    child = (directory / "child").read_text()
    assert "LC_ALL=C" in child and "/serve" not in child and str(directory) in child
    canaries.none_in(child)
    assert "for the log of the service" in secretive.log()
    canaries.none_in(secretive.log())


def test_no_command_shows_a_secret(secretive, directory):
    env = {name: secretive.service.env[name]
           for name in ("BETTER_AUTH_SECRET", "BETTER_AUTH_SECRET_PREVIOUS", "DATABASE_URL")}
    for words in (["check", "--print"], ["keys", "rotate"], ["keys", "list"], ["migrate"]):
        done = run(*words, directory=directory, env={**env, "DEBUG": "on"})
        assert done.returncode == 0, done
        canaries.none_in(done.stdout + done.stderr)


@pytest.mark.parametrize("change", [
    {"DATABASE_URL": "postgresql://me:Tr0ub4dor-And-3@/x?host=/nowhere"},
    {"DATABASE_URL": "postgresql://me:Tr0ub4dor-And-3@127.0.0.1:1/x"},
    {"DATABASE_URL": "postgresql://me:Tr0ub4dor-And-3%zz@127.0.0.1/x"},
    {"DATABASE_URL": "postgresql://me@127.0.0.1/x?password=Tr0ub4dor&sslpassword=Tr0ub4dor"},
    {"DATABASE_URL": "mysql://me:Tr0ub4dor-And-3@127.0.0.1/x"},
    {"BETTER_AUTH_SECRET": "Tr0ub4dor-And-3"},
    {"BETTER_AUTH_SECRET_PREVIOUS": f"{PREVIOUS_SECRET},Tr0ub4dor-And-3"},
])
def test_no_message_about_a_wrong_setting_shows_it(directory, change):
    env = {"BETTER_AUTH_SECRET": SECRET, "DEBUG": "on", **change}
    for words in (["check"], ["check", "--print"], ["migrate"], ["keys", "list"]):
        done = run(*words, directory=directory, env=env)
        assert "Tr0ub4dor" not in done.stdout + done.stderr, done
    service = Taskgate(directory, {}, workers=1).service
    service.env.update(env)
    service.start()
    wait_until(lambda: not service.running() or "requests get 503" in service.log(), "a word")
    if service.running():
        service.stop(signal.SIGTERM)
    assert service.log() and "Tr0ub4dor" not in service.log()


def test_the_search_finds_what_it_looks_for():
    """Or all that it says is worth nothing."""
    known = canaries.Canaries()
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEifQ.Zk9xW2sT7uVbN4mQ8pLr"
    known.learn_token(token)
    known.learn(PASSWORD)
    known.learn("aaaaaaaaaaaaaaaaaaaaaaaa")
    known.learn("short")
    for text in (f"user={token}", f"x{token}y", "q=eyJzdWIiOiJ1c2VyLTEifQ", f"'{PASSWORD}'",
                 "Zk9xW2sT7uVbN4mQ8pLr\n"):
        assert known.found_in(f"line one\nline {text} more\n"), text
    for text in ("eyJhbGciOiJIUzI1NiJ9", "aaaaaaaaaaaaaaaaaaaaaaaa", "short", token[:15],
                 PASSWORD[:12]):
        assert known.found_in(f"line {text} more") is None, text
