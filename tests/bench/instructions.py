#!/usr/bin/python3
"""How many instructions a request costs in taskgate itself, on SQLite and on PostgreSQL: counted by
valgrind in a real worker on a kept connection, so that the figures do not depend on what else the
machine does. Compared with instructions.json, within 5 %.

usage: TASKGATE_BIN=.../taskgate instructions.py [--update] [--profile FOLDER] [DATABASE...]
  --update          write what was counted into instructions.json
  --profile FOLDER  keep the profiles there, for callgrind_annotate(1)
  DATABASE          sqlite, postgresql (both)
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))

from harness.fcgi import Connection, environment, request
from harness.postgres import Cluster
from harness.taskgate import SECRET, Taskgate

FIGURES = HERE / "instructions.json"
TOLERANCE = 0.05
REQUESTS = 100
WARM_UP = 10
TASKS = 20

# A handler that the measured requests never call: each call of it ends a profile.
MARKER, MARKER_PATH = "meta_ok", "/api/auth/ok"


class Counted(Taskgate):
    """One worker under callgrind; its profiles are FOLDER/PID.1, PID.2, ..."""

    def __init__(self, directory, settings, folder):
        super().__init__(directory, settings, workers=1)
        valgrind = ["valgrind", "-q", "--tool=callgrind", f"--dump-before={MARKER}",
                    f"--callgrind-out-file={folder}/%p"]
        self.service.argv = valgrind + self.service.argv


class Client:
    """One kept connection, which asks as nginx does."""

    def __init__(self, server):
        self.connection = Connection(server.socket)
        self.token = None

    def ask(self, method, target, body=None, status=200, token=None):
        headers = [("Host", "localhost"), ("User-Agent", "bench"), ("Accept", "*/*")]
        if token or self.token:
            headers.append(("Authorization", f"Bearer {token or self.token}"))
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers.append(("Content-Type", "application/json"))
        pairs = environment(method, target, headers, data) + [("REQUEST_ID", "0123456789abcdef" * 2)]
        self.connection.send(request(pairs, data or b"", keep=True))
        answer = self.connection.next_reply()
        assert answer.status == status, f"{method} {target}: {answer.status} {answer.body!r}"
        return json.loads(answer.body)


def scenarios(client):
    """Name and function of each kind of request; the user they ask for has TASKS tasks."""
    name = {"email": "bench@example.test", "password": "correct horse battery"}
    signed_up = client.ask("POST", "/api/auth/sign-up", name, 201)
    client.token = signed_up["token"]
    tasks = f"/api/{signed_up['user']['id']}/tasks"
    wrong = client.token[:-6] + "AAAAAA"
    task = {"title": 'Buy "milk" & bread', "description": "Two litres,\nthen ring someone."}
    ids = [client.ask("POST", tasks, task, 201)["id"] for _ in range(TASKS)]
    return {
        "refused": lambda _: client.ask("GET", tasks, status=401, token=wrong),
        "get": lambda i: client.ask("GET", f"{tasks}/{ids[i % TASKS]}"),
        "list": lambda _: client.ask("GET", tasks),
        "toggle": lambda i: client.ask("PATCH", f"{tasks}/{ids[i % TASKS]}/complete"),
        "create": lambda _: client.ask("POST", tasks, task, 201),
    }


def instructions_of(profile):
    for line in profile.read_text().splitlines():
        if line.startswith("totals:"):
            return int(line.split()[1])
    raise AssertionError(f"{profile} has no totals")


def count(directory, settings, folder):
    """Instructions per request, by scenario."""
    server = Counted(directory, settings, folder).start()
    worker = server.workers()[0]
    client = Client(server)
    asked = scenarios(client)
    for ask in asked.values():
        for i in range(WARM_UP):
            ask(i)
        client.ask("GET", MARKER_PATH)
        for i in range(REQUESTS):
            ask(i)
        client.ask("GET", MARKER_PATH)
    server.stop()
    counted = {}
    for i, name in enumerate(asked):
        profile = folder / f"{worker}.{2 * i + 2}"
        counted[name] = round(instructions_of(profile) / REQUESTS)
        profile.rename(folder / f"callgrind.out.{name}")
    return counted


def measure(databases, keep):
    figures = {}
    with tempfile.TemporaryDirectory(prefix="taskgate-bench.") as work:
        os.chmod(work, 0o711)
        settings = {"BETTER_AUTH_SECRET": SECRET, "SANDBOX": "off", "PATH_RATE_LIMIT": "off",
                    "LOG_TO": f"file:{work}/requests.log"}
        cluster = Cluster(Path(work) / "pg")
        for database in databases:
            folder = Path(work) / database
            folder.mkdir()
            if database == "postgresql":
                cluster.start()
                url = cluster.create("bench")
            else:
                url = f"sqlite:///{folder}/bench.db"
            try:
                figures[database] = count(folder, {**settings, "DATABASE_URL": url}, folder)
            finally:
                if database == "postgresql":
                    cluster.stop()
            for name in figures[database] if keep else ():
                shutil.copy(folder / f"callgrind.out.{name}", Path(keep) / f"{database}.{name}")
    return figures


def compare(figures, expected):
    """Prints a line for each figure; whether all are as expected."""
    good = True
    for database, counted in figures.items():
        for name, value in counted.items():
            before = expected.get(database, {}).get(name)
            change = None if before is None else value / before - 1
            right = change is not None and abs(change) <= TOLERANCE
            good = good and right
            print(f"{'ok     ' if right else 'CHANGED'} {database:10} {name:8} {value:8}"
                  + ("" if change is None else f"  {change:+.1%} of {before}"))
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--profile")
    parser.add_argument("databases", nargs="*", default=["sqlite", "postgresql"])
    options = parser.parse_args()
    expected = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    figures = measure(options.databases, options.profile)
    good = compare(figures, expected)
    if options.update:
        FIGURES.write_text(json.dumps({**expected, **figures}, indent=2) + "\n")
        return 0
    if not good:
        print("A request costs more or less than before. When it is meant to: instructions.py --update")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
