#!/usr/bin/python3
"""How many requests one, two and three hosts answer with one PostgreSQL, and what limits them.

usage: TASKGATE_BIN=... fleet.py [--rounds N] [--seconds N] [--host PERCENT] [--database PERCENT]

Each host is a network namespace with an nginx and a pool of four workers, PostgreSQL is another one that
they reach by TCP, and wrk sends what a balancer would from a third. All of them share two cores, so that a
host more adds nothing to what there is. Each round therefore measures three divisions of the cores in turn:

  shared   everything on both cores, as the kernel likes
  sliced   PostgreSQL has the first core; of the second one each host has a slice, and wrk what is left
  scarce   the same, and PostgreSQL has no more than a slice of its core (--database, 30 %)

A slice is a host's machine in small: --host (20) per cent of a core. The times of answers are those of the
slices too, whose processes rest for most of each 20 ms: compare them with nothing else. Where the cores are
divided, what is measured goes before all else that the machine has to do ("else" is what that took). As
root.
"""

import argparse
import os
import re
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import bench
import data
import load
import machine
from servers import SECRET, Target, World

from harness.fleet import BALANCER, DATABASE, Host
from harness.network import Network
from harness.postgres import Cluster

SCENARIOS = ("get", "list20", "create", "mix")
HOSTS = 3
CONNECTIONS = 16  # to each host
BUSY = 0.85       # who has used so much of what it may is the limit
CORES = sorted(os.sched_getaffinity(0))


class Hosts(World):
    """What several hosts and a client are; also what a Host of the tests asks of its fleet."""

    def __init__(self, work):
        super().__init__(work)
        self.network = Network()
        self.slices = {}
        self.hosts = []
        try:
            self.balancer = self.network.add("balancer", BALANCER)
            self.cluster = Cluster(self.directory / "pg", self.network.add("database", DATABASE))
        except BaseException:
            self.network.remove()
            raise

    def start(self):
        self.start_cluster()
        self.url = self.cluster.create("bench")
        self.settings = {"BETTER_AUTH_SECRET": SECRET, "TRUSTED_PROXIES": BALANCER,
                         "DATABASE_URL": re.sub(r"@/(\w+)\?.*", rf"@{DATABASE}/\1", self.url)}
        for name in ("database", "client"):
            self.slices[name] = machine.Slice(name)
        self.slices["client"].take(os.getpid())
        for number in range(1, HOSTS + 1):
            host = Host(self, number)
            self.hosts.append(host)
            host.start()
            self.slices[host.name] = machine.Slice(host.name)
            self.logs += [host.taskgate.service.log_path, host.nginx.service.log_path,
                          self.directory / f"{host.name}-nginx-access.log"]
        self.fill_postgresql()
        for host in self.hosts:
            self.slices[host.name].take(host.taskgate.pid)
            self.slices[host.name].take(host.nginx.service.pid)
        self.postmaster = self.cluster.pid()
        self.slices["database"].take(self.postmaster)

    def fleets(self):
        users = data.users_file(self.directory / "users.tsv", SECRET)
        for count in range(1, HOSTS + 1):
            pids = {"db": self.postmaster}
            for host in self.hosts[:count]:
                pids |= {f"front {host.name}": host.nginx.service.pid, f"app {host.name}": host.taskgate.pid}
            addresses = [host.machine.address + ":80" for host in self.hosts[:count]]
            yield Target(f"{count}", f"http://{addresses[0]}", users, pids,
                         lambda: self.reset(self.url), SCENARIOS, addresses)

    def divide(self, host, database):
        """HOST and DATABASE: per cent of a core, or None for no division of the cores at all."""
        first, second, weight = (CORES[:1], CORES[1:2], 100) if host else (CORES, CORES, 1)
        machine.pin(self.postmaster, first)
        self.slices["database"].limit(database, weight)
        self.slices["client"].limit(None, weight)
        for each in self.hosts:
            machine.pin(each.taskgate.pid, second)
            machine.pin(each.nginx.service.pid, second)
            self.slices[each.name].limit(host, weight)
        os.sched_setaffinity(0, second)  # and wrk, which this program starts

    def stop(self):
        try:
            for host in self.hosts:
                host.stop()
            super().stop()
        finally:
            for each in self.slices.values():
                each.remove()
            self.network.remove()


def busy_seconds():
    """What all cores have done, for whomever, and what wrk has."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = sum(map(int, fields[:3] + fields[5:8])) / machine.TICK
    return total, used.ru_utime + used.ru_stime


def measure(target, scenario, seconds, host, database):
    """One run: figures of load.measure, and what each had of what it may have."""
    begun, before = time.monotonic(), busy_seconds()
    count, both = len(target.addresses), len(CORES)
    found = load.measure(target, scenario, CONNECTIONS * count, seconds)
    cores, client = ((now - then) / (time.monotonic() - begun)
                     for now, then in zip(busy_seconds(), before))
    for part in ("front", "app"):
        found[f"cpu_{part}"] = sum(value for name, value in found.items()
                                   if name.startswith(f"cpu_{part} "))
    front, app, store = (found[f"cpu_{name}"] * found["rate"] / 1e6 for name in ("front", "app", "db"))
    return {**found, "hosts": (front + app) / (count * host / 100 if host else both),
            "database": store / (database / 100 if database else 1 if host else both),
            "client": client / both, "else": max(cores - front - app - store - client, 0) / both,
            "cores": cores / both}


def limit(found, divided):
    """Who has used up what it may have."""
    if divided:
        name = max(("hosts", "database"), key=found.get)
        return name if found[name] >= BUSY else "-"
    return "the cores" if found["cores"] >= BUSY else "-"


def table(results, divisions):
    print(f"{'':<8}{'':<8}{'hosts':>5}{'req/s':>9}{'x':>6}{'p50 ms':>9}{'p99 ms':>9}{'front':>8}{'app':>8}"
          f"{'db':>8}{'hosts':>8}{'db':>6}{'wrk':>6}{'else':>6}{'wrong':>7}  limit")
    for scenario in SCENARIOS:
        for division, (host, _) in divisions.items():
            one = None
            for count in range(1, HOSTS + 1):
                rounds = results[scenario, division, str(count)]
                found = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
                one = one or found["rate"]
                print(f"{scenario:<8}{division:<8}{count:>5}{found['rate']:>9,.0f}{found['rate'] / one:>6.2f}"
                      f"{found['p50']:>9.2f}{found['p99']:>9.2f}{found['cpu_front']:>8.1f}"
                      f"{found['cpu_app']:>8.1f}{found['cpu_db']:>8.1f}{found['hosts']:>8.0%}"
                      f"{found['database']:>6.0%}{found['client']:>6.0%}{found['else']:>6.0%}"
                      f"{sum(each['wrong'] for each in rounds):>7}  {limit(found, host)}")


def run(world, options, work):
    divisions = {"shared": (None, None), "sliced": (options.host, None),
                 "scarce": (options.host, options.database)}
    targets = list(world.fleets())
    bench.write_requests(options, targets, work)
    plan = [(division, target) for division in divisions for target in targets]
    results = {}
    for number in range(options.rounds):
        for scenario in SCENARIOS:
            at = number % len(plan)
            for division, target in plan[at:] + plan[:at]:
                world.divide(*divisions[division])
                results.setdefault((scenario, division, target.name), []).append(
                    measure(target, scenario, options.seconds, *divisions[division]))
                world.divide(None, None)
                if scenario in load.WRITES:
                    target.reset()
                world.forget_logs()
        print(f"round {number + 1} of {options.rounds} done", file=sys.stderr)
    table(results, divisions)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--host", type=int, default=20)
    parser.add_argument("--database", type=int, default=30)
    options = parser.parse_args()
    print(machine.describe(), flush=True)
    with tempfile.TemporaryDirectory(prefix="taskgate-bench.") as work:
        os.chmod(work, 0o711)
        world = Hosts(work)
        try:
            world.start()
            with world.balancer.here():
                run(world, options, work)
        finally:
            world.stop()


if __name__ == "__main__":
    main()
