"""The log of the running program: names of requests, forms, files and their rotation, fail2ban."""

import glob
import grp
import json
import os
import pwd
import re
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from harness import fcgi
from harness.process import wait_until
from harness.servers import DEPLOY
from harness.stack import ORIGIN, PASSWORD, good_token, sign_in, sign_up, unique_email
from harness.taskgate import environment, run

ID = re.compile(r"[0-9a-f]{32}")  # of nginx
OUR_ID = re.compile(r"[0-9a-zA-Z]{16}")
FORGED = "203.0.113.66"  # no request comes from here; an attacker writes it wherever it goes


def lines(text):
    return [line for line in text.splitlines() if line]


def objects(text):
    """The lines of a log in JSON; each must be an object with what all have."""
    found = []
    for line in lines(text):
        entry = json.loads(line)
        assert list(entry)[:5] == ["time", "level", "process", "pid", "event"], line
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["time"]), line
        assert entry["level"] in ("error", "warn", "info", "debug"), line
        assert type(entry["pid"]) is int, line
        found.append(entry)
    return found


# --- names of requests ----------------------------------------------------------------------------


def test_an_answer_has_the_name_that_its_request_has_in_the_log(stack):
    """What the web server calls it, where it has a name for it."""
    form = ID if stack.server == "nginx" else OUR_ID
    for target, status in (("/health", 200), ("/api/tasks", 401), ("/nothing", 404)):
        answer = stack.client.get(target, headers={"X-Request-Id": "chosen-by-a-client",
                                                   "Request-Id": "chosen-by-a-client"})
        assert answer.status == status
        (name,) = answer.all("X-Request-Id")
        assert form.fullmatch(name), name
        wait_until(lambda name=name: f" id={name} " in stack.log(), "the line of the request")
    assert "chosen-by-a-client" not in stack.log()


def test_an_error_of_nginx_itself_has_a_name_too(stack):
    answer = stack.client.post("/api/tasks", body=b"x" * 200_000)
    assert answer.status == 413
    names = answer.all("X-Request-Id")
    if stack.server == "nginx":
        assert len(names) == 1 and ID.fullmatch(names[0]), names
    else:
        assert names == [], "lighttpd has no names for requests"


# --- JSON -----------------------------------------------------------------------------------------


def test_every_line_of_a_log_in_json_is_an_object(make_pool):
    pool = make_pool(LOG_FORMAT="json")
    user = sign_up(pool.client)
    for body in ({"email": '"\x1b[2J\n\\\u202e', "password": "x"}, {"email": user.email,
                                                                   "password": "wrong password"}):
        pool.client.post("/api/auth/sign-in", json=body)
    token = good_token('sub"with\x01bytes\u2028')
    pool.client.get("/api/x/tasks", token=token)
    pool.client.get("/a//b")
    pool.reload()
    entries = objects(pool.log())
    requests = [entry for entry in entries if entry["event"] == "request"]
    assert {entry["status"] for entry in requests} >= {200, 201, 400, 401, 403}
    assert all(type(entry["ms"]) is float and type(entry["bytes"]) is int for entry in requests)
    (refused,) = [entry for entry in entries if entry["event"] == "access"]
    assert refused["user"] == 'sub"with\x01bytes\u2028'
    (failed,) = [entry for entry in entries if entry.get("reason") == "wrong-password"]
    assert failed["user"] == user.id and failed["client"] == "127.0.0.1"
    assert {entry["process"] for entry in entries} == {"master", "schema", "worker"}
    assert any(entry["event"] == "message" and "SIGHUP" in entry["message"] for entry in entries)


# --- files ----------------------------------------------------------------------------------------


def read(path):
    try:
        return Path(path).read_text(errors="surrogateescape")
    except FileNotFoundError:
        return ""


def test_the_log_goes_to_the_file_that_the_settings_name_and_follows_them(make_pool, directory):
    first, second = directory / "first.log", directory / "second.log"
    pool = make_pool(LOG_TO=f"file:{first}")
    assert pool.client.get("/health").status == 200
    assert "route=/health" in read(first) and " master info: ready" in read(first)
    assert pool.log() == "", "nothing is said twice"
    pool.configure(LOG_TO=f"file:{second}", LOG_FORMAT="json", LOG_LEVEL="warn")
    pool.reload()
    assert pool.client.get("/api/tasks", token="a.b.c").status == 401
    wait_until(lambda: any(entry["event"] == "token" for entry in objects(read(second))),
               "the refused token")
    assert {entry["level"] for entry in objects(read(second))} == {"warn"}


def test_a_folder_that_is_missing_stops_nothing(make_pool, directory):
    path = directory / "later" / "file.log"
    pool = make_pool(LOG_TO=f"file:{path}")
    assert pool.client.get("/health").status == 200
    for pid in [pool.pid, *pool.workers()]:
        said = [line for line in lines(pool.log())
                if f"[{pid}]" in line and f"the log {path} cannot be written: No such file" in line]
        assert len(said) <= 1, said
    assert "route=/health" in pool.log()
    path.parent.mkdir()

    def heard():
        pool.client.get("/health")
        return "route=/health" in read(path)

    wait_until(heard, "a line in the file")
    assert f"the log {path} can be written again" in read(path)


class Load:
    """Requests from several threads until told to stop; the names that the answers had."""

    def __init__(self, client, threads=3):
        self.names = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(client,)) for _ in range(threads)]

    def work(self, client):
        while not self.stopping.is_set():
            answer = client.get("/health")
            assert answer.status == 200
            self.names.append(answer.header("X-Request-Id"))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def logrotate(directory, log, *instead):
    """A function that rotates LOG as deploy/logrotate does, but for the lines INSTEAD of some."""
    user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    text = (DEPLOY / "logrotate" / "taskgate").read_text()
    text = text.replace("/var/log/taskgate/*.log", str(log))
    text = text.replace("taskgate taskgate\n", f"{user} {group}\n")
    for old, new in instead:
        assert old in text
        text = text.replace(old, new)
    config = Path(directory) / "logrotate.conf"
    config.write_text(text)
    config.chmod(0o600)

    def rotate():
        done = subprocess.run(["logrotate", "-f", "-s", f"{directory}/logrotate.state", config],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              env=environment())
        assert done.returncode == 0 and "error" not in done.stderr, done.stderr

    return rotate


def all_workers_write(pool, log):
    """Whether the file has lines of each worker that answers tasks, which is all but one: then none
    writes to an older one."""
    writers = {int(pid) for pid in re.findall(r"taskgate\[(\d+)\]", read(log))}
    return len(set(pool.workers()) - writers) <= 1


def rotated(log):
    """All that was written, in whatever files it is now."""
    text = ""
    for path in glob.glob(f"{log}*"):
        if path.endswith(".gz"):
            text += subprocess.run(["gzip", "-dc", path], capture_output=True, text=True,
                                   check=True).stdout
        else:
            text += read(path)
    return text


def test_logrotate_loses_no_line_and_needs_no_signal(make_pool, directory):
    log = directory / "file.log"
    pool = make_pool(workers=3, LOG_TO=f"file:{log}")
    rotate = logrotate(directory, log)
    with Load(pool.client) as load:
        for _ in range(3):
            wait_until(lambda: all_workers_write(pool, log), "lines of all workers")
            rotate()
        wait_until(lambda: all_workers_write(pool, log), "lines of all workers")
    assert pool.stop() == 0
    assert glob.glob(f"{log}.*.gz"), "what is old is compressed"
    text = rotated(log)
    found = re.findall(r" id=(\w+) method=GET route=/health", text)
    assert len(found) == len(set(found))
    assert set(load.names) <= set(found)
    for line in lines(text):
        assert re.match(r"20\d\d-\S+Z taskgate\[\d+\] \w+ \w+: ", line), line
    assert pool.log() == ""


def test_a_log_that_logrotate_copies_and_cuts_goes_on_from_its_beginning(make_pool, directory):
    log = directory / "file.log"
    pool = make_pool(workers=3, LOG_TO=f"file:{log}", LOG_FORMAT="json")
    rotate = logrotate(directory, log, ("\tcreate", "\tcopytruncate\n\t# create"))
    with Load(pool.client) as load:
        for _ in range(2):
            before = len(load.names)
            wait_until(lambda before=before: len(load.names) > before + 50, "some requests")
            inode = log.stat().st_ino
            rotate()
            assert log.stat().st_ino == inode
        before = len(load.names)
        wait_until(lambda: len(load.names) > before + 50, "some requests")
    assert pool.stop() == 0
    objects(read(log))  # and no NULs before them
    assert pool.log() == ""


# --- fail2ban -------------------------------------------------------------------------------------


def fail2ban(log, mode="normal"):
    """The addresses that the filter finds in a log, a line for each time."""
    done = subprocess.run(["fail2ban-regex", "-o", "<ip>", log,
                           f"{DEPLOY}/fail2ban/filter.d/taskgate.conf[mode={mode}]"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return sorted(line for line in done.stdout.splitlines() if line)


def from_address(address, **headers):
    return {"X-Forwarded-For": address, **headers}


def attack(pool):
    """Whatever fails, each from an address of its own, and an attacker who tries to have another
    address banned."""
    client = pool.client
    user = sign_up(client)
    evil = f'x client={FORGED} "client":"{FORGED}",'
    line = f"\n2026-11-21T08:15:30.123Z taskgate[1] worker warn: sign-in outcome=failure " \
           f"reason=wrong-password client={FORGED} id=1"
    sign = "/api/auth/sign-in"
    wrong = {"email": user.email, "password": "wrong password"}
    client.post(sign, json=wrong, headers=from_address("198.51.100.1"))
    client.post(sign, json={**wrong, "email": unique_email()}, headers=from_address("2001:db8::2"))
    for number in range(6):  # the last one is limited
        client.post(sign, json=wrong, headers=from_address("198.51.100.3"))
    for text in (evil, line, f"{FORGED}@x.de", f"a@x.de client={FORGED} "):
        client.post(sign, json={"email": text, "password": "whatever it may be"}, headers=from_address(
            "198.51.100.4", User_Agent=evil, X_Request_Id=evil))
    for text in (f"{FORGED}, {evil}", f'1.2.3.4" client={FORGED}', f"{FORGED}:80"):
        client.post(sign, json=wrong, headers=from_address(text))  # no address at all
    for text in (evil, line, f'u" client={FORGED} id="'):
        assert client.get("/api/other/tasks", token=good_token(text),
                          headers=from_address("198.51.100.5")).status == 403
    client.get("/api/tasks", token="a.b.c", headers=from_address("198.51.100.6"))
    client.get(f"/{FORGED}?client={FORGED}", headers=from_address("198.51.100.7"))
    pairs = fcgi.environment("POST", sign, [("X-Forwarded-For", "198.51.100.8")], b"")
    client.send(fcgi.request([*pairs, ("REQUEST_ID", evil)]))
    client.post("/api/auth/reset-password", json={"token": "of no letter", "newPassword": PASSWORD},
                headers=from_address("198.51.100.9"))
    for _ in range(2):
        client.post("/api/auth/refresh", cookie=user.cookie, origin=ORIGIN,
                    headers=from_address("198.51.100.10"))
    client.post("/api/auth/request-password-reset", json={"email": unique_email()},
                headers=from_address("198.51.100.11"))
    client.post("/api/auth/verify-password", json={"password": "wrong password"},
                token=sign_in(client, user.email).json()["session"]["token"],
                headers=from_address("198.51.100.12"))


# The two that were refused for their form only, 7 and 8, are nobody's failure.
FAILED = sorted(["198.51.100.1", "2001:db8::2", *["198.51.100.3"] * 6, *["198.51.100.4"] * 4,
                 "198.51.100.12"])
REFUSED = sorted([*FAILED, *["198.51.100.5"] * 3, "198.51.100.6", "198.51.100.9", "198.51.100.10",
                  "198.51.100.11"])


@pytest.fixture
def attacked(make_pool, directory):
    """Starts a program with these settings, attacks it and stops it."""

    def attacked(before=lambda pool: None, **settings):
        (directory / "mail").mkdir()
        pool = make_pool(start=False, TRUSTED_PROXIES="127.0.0.1",
                         MAIL_DIR=f"{directory}/mail", **settings)
        before(pool)
        pool.start()
        attack(pool)
        assert pool.stop() == 0
        return pool

    return attacked


@pytest.mark.parametrize("form", ["text", "json"])
def test_fail2ban_finds_who_fails_and_nobody_else_in_a_file(attacked, directory, form):
    log = directory / "file.log"
    attacked(LOG_TO=f"file:{log}", LOG_FORMAT=form)
    assert FORGED in read(log), "the attack got into the log"
    assert fail2ban(log) == FAILED
    assert fail2ban(log, "aggressive") == REFUSED


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("prefix", ["Nov 21 08:15:30 host taskgate[{}]: ",
                                    "2026-11-21T08:15:30.123456+01:00 host taskgate[{}]: "])
def test_fail2ban_finds_them_in_the_journal_and_in_files_of_syslog(attacked, directory, form,
                                                                   prefix):
    """The lines are those that the program writes to the journal; the prefix is what the journal
    gives to fail2ban, and what rsyslog writes."""

    def make_journal(pool):
        pool.service.log_path.touch()
        status = pool.service.log_path.stat()
        pool.service.env["JOURNAL_STREAM"] = f"{status.st_dev}:{status.st_ino}"

    log = directory / "auth.log"
    text = attacked(make_journal, LOG_FORMAT=form).service.log_path.read_bytes()
    assert all(re.match(rb"<[3467]>", line) for line in text.splitlines())
    log.write_bytes(b"".join(prefix.format(4711).encode() + line[3:] + b"\n"
                             for line in text.splitlines()))
    assert fail2ban(log) == FAILED
    assert fail2ban(log, "aggressive") == REFUSED


def test_fail2ban_takes_the_jail(directory):
    config = directory / "fail2ban"
    shutil.copytree("/etc/fail2ban", config)
    for part in ("filter.d", "jail.d"):
        shutil.copy(DEPLOY / "fail2ban" / part / "taskgate.conf", config / part)
    # The jail that Debian switches on needs a log that not every machine has.
    (config / "jail.d" / "zz.local").write_text("[sshd]\nenabled = false\n")
    done = subprocess.run(["fail2ban-client", "-c", config, "-d"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done
    assert "['add', 'taskgate', 'systemd']" in done.stdout
    assert "['set', 'taskgate', 'addjournalmatch', '_SYSTEMD_UNIT=taskgate.service']" in done.stdout


# --- commands -------------------------------------------------------------------------------------


def test_what_a_command_does_is_in_the_servers_log(make_pool, directory):
    log = directory / "file.log"
    pool = make_pool(LOG_TO=f"file:{log}", LOG_FORMAT="json")
    done = run("keys", "rotate", directory=directory, settings=pool.settings)
    assert done.returncode == 0 and done.stderr == "", done
    (entry,) = [entry for entry in objects(read(log)) if entry["event"] == "rotate-key"]
    assert entry["key"] == done.stdout.strip() and entry["uid"] == os.getuid()
    assert entry["process"] == "taskgate" and entry["outcome"] == "success"
