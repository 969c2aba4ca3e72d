#!/usr/bin/python3
"""What requests cost with few users and with many, on PostgreSQL or SQLite, measured in turn.

usage: TASKGATE_BIN=... growth.py [--sqlite] [--rounds N] [--seconds N] USERS...

For each number of users, 20 tasks each, data/build.py fills a database; a pool of four workers and nginx
serve it. Prints for each kind of request the medians, and the CPU time as a multiple of that with the
fewest users. A million users take 8 GB under /tmp and five minutes to make.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
from pathlib import Path

import bench
import data
import load
from servers import SECRET, Target, World

sys.path.append(str(Path(__file__).resolve().parent / "data"))
import build
import rows

from harness.servers import NGINX_SITES, DEPLOY, nginx_service
from harness.process import free_port, listens, wait_until

SCENARIOS = ("get", "list20", "toggle", "create")
CONNECTIONS = 16
TASKS = 20
ASKED = 200  # users whose tasks are asked for


def users_file(path, count):
    """Of users at random, who are everywhere in the tables."""
    with open(path, "w", encoding="ascii") as out:
        for number in random.Random(7).sample(range(1, count + 1), min(ASKED, count)):
            user = rows.name("user", number)
            token = data.token(user, SECRET, rows.name("session", number))
            out.write(f"{user}\t{token}\t0\t0\t{TASKS}\n")
    return path


class Sizes(World):
    """A target for each number of users; the rest of a World is not started."""

    def serve(self, count, sqlite):
        name = f"users{count}"
        path = self.directory / f"{name}.db"
        url = f"sqlite:///{path}" if sqlite else self.cluster.create(name)
        database = {} if sqlite else {"db": self.cluster.pid()}
        pool = self.taskgate(name, url, lambda: build.build_sqlite(path, count, TASKS) if sqlite
                             else build.build_postgresql(url, count, TASKS))
        port, other = free_port(), free_port()
        front = nginx_service(self.folder(f"{name}-nginx"), name, NGINX_SITES.format(
            socket=pool.socket, deploy=DEPLOY, port=port, array_port=other).replace(
                "keepalive 4", "keepalive 16"))
        front.start()
        self.services.append(front)
        wait_until(lambda: listens(("127.0.0.1", port)), "nginx listens")
        return Target(f"{count:,} users", f"http://127.0.0.1:{port}",
                      users_file(self.directory / f"{name}.tsv", count),
                      {"front": front.pid, "app": pool.pid, **database},
                      lambda: self.take_away(url, count * TASKS), SCENARIOS)

    def add_accounts(self, pool, url):
        """Everybody has one: data/build.py made it."""

    def take_away(self, url, last):
        self.sql(url, f"DELETE FROM tasks WHERE id > {last}")


def table(results, targets):
    print(f"{'':<10}{'':<18}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'front':>8}{'app':>8}{'db':>8}"
          f"{'cpu us':>9}{'x':>7}{'wrong':>7}")
    for scenario in SCENARIOS:
        first = None
        for target in targets:
            rounds = results[scenario, target.name]
            found = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
            first = first or found["cpu"]
            print(f"{scenario:<10}{target.name:<18}{found['rate']:>9,.0f}{found['p50']:>9.2f}"
                  f"{found['p99']:>9.2f}{found['cpu_front']:>8.1f}{found['cpu_app']:>8.1f}"
                  f"{found.get('cpu_db', 0):>8.1f}{found['cpu']:>9.1f}{found['cpu'] / first:>7.2f}"
                  f"{sum(each['wrong'] for each in rounds):>7}")


def measure(options, work):
    world = Sizes(work)
    results = {}
    try:
        world.start_cluster()
        targets = [world.serve(count, options.sqlite) for count in sorted(options.users)]
        bench.write_requests(options, targets, work)
        for number in range(options.rounds):
            at = number % len(targets)
            for scenario in SCENARIOS:
                for target in targets[at:] + targets[:at]:
                    results.setdefault((scenario, target.name), []).append(
                        load.measure(target, scenario, CONNECTIONS, options.seconds))
                    target.reset()
                    world.forget_logs()
        table(results, targets)
    finally:
        world.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("users", type=int, nargs="+")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="taskgate-bench.") as work:
        os.chmod(work, 0o711)
        measure(options, work)


if __name__ == "__main__":
    main()
