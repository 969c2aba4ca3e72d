#!/usr/bin/python3
"""What requests cost, and how many there can be: starts everything it measures, runs each scenario
against each server in turn, round after round, and writes medians. See README.md."""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import load
import machine
import pgbench
import report

OURS = ["taskgate", "taskgate, SQLite", "taskgate, lighttpd", "taskgate, a connection each"]
LIMIT = "nginx alone"
LONG = {"list200", "list2000", "list10000"}


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="bench-results", help="folder for what is written")
    parser.add_argument("--quick", action="store_true", help="two minutes: our servers, 16 connections")
    parser.add_argument("--scenarios", help="of " + ",".join(load.SCENARIOS) + ",starvation")
    parser.add_argument("--connections", help="numbers; all scenarios run with the first one")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--targets", help="names, separated by ';'")
    parser.add_argument("--peers", help="a folder with other servers of the same API")
    parser.add_argument("--reference", help="whose rate is 1")
    parser.add_argument("--workers", type=int, default=4)
    found = parser.parse_args()
    quick = found.quick
    found.rounds = found.rounds or (3 if quick else 5)
    found.seconds = found.seconds or (1 if quick else 2)
    found.connections = [int(word) for word in
                         (found.connections or ("16" if quick else "16,1,64,256")).split(",")]
    everything = load.TASKS + ["sign-in", "any", "starvation"]
    found.scenarios = (found.scenarios.split(",") if found.scenarios else
                       ["get", "list20", "toggle", "create", "mix", "refused", "any"] if quick else
                       everything)
    return found


def plan(opts, targets):
    """(scenario, connections, targets) in the order of the table. With other than the first number
    of connections, and for long lists, fewer servers: those that the question is about."""
    first = opts.connections[0]
    main = [t for t in targets if t.name in (OURS[0], OURS[1], opts.reference)]
    for scenario in opts.scenarios:
        if scenario == "starvation":
            continue
        fit = [t for t in targets if scenario in (t.scenarios or load.TASKS + ["sign-in"])]
        if scenario == "sign-in":
            fit = [t for t in fit if t.name in OURS[:2]]
        elif scenario in LONG:
            fit = [t for t in fit if t in main]
        yield scenario, first, fit
        for connections in opts.connections[1:]:
            if scenario in ("get", "list20"):
                yield scenario, connections, [t for t in fit if t in main or t.name == OURS[3]]


def pgbench_limits(opts, world, results, work):
    queries = Path(__file__).resolve().parents[2] / "sql" / "query"
    for scenario in pgbench.STATEMENTS:
        if scenario in opts.scenarios:
            key = (scenario, opts.connections[0], "pgbench, the statement alone")
            results.setdefault(key, []).append(pgbench.measure(
                scenario, world.url, world.cluster.pid(), queries, work, opts.seconds))
            if scenario in load.WRITES:
                world.targets[OURS[0]].reset()


def run_rounds(opts, world, targets, work):
    results = {}
    steps = list(plan(opts, targets))
    for number in range(opts.rounds):
        for scenario, connections, fit in steps:
            at = number % max(len(fit), 1)
            for target in fit[at:] + fit[:at]:
                key = (scenario, connections, target.name)
                results.setdefault(key, []).append(
                    load.measure(target, scenario, connections, opts.seconds))
                if scenario in load.WRITES:
                    target.reset()
                world.forget_logs()
        pgbench_limits(opts, world, results, work)
        print(f"round {number + 1} of {opts.rounds} done", file=sys.stderr)
    return results


def write_requests(opts, targets, work):
    folder = Path(work) / "requests"
    folder.mkdir()
    for target in targets:
        users = load.Users(target.users, target.url) if target.users else None
        for scenario in load.SCENARIOS:
            if scenario in (target.scenarios or load.TASKS + ["sign-in"]):
                target.requests[scenario] = load.write_requests(target, scenario, users, folder)


# --- starvation -----------------------------------------------------------------------------------


def slow_clients(target, count):
    """Connections to the web server that never come to the end of their request."""
    host, port = target.url.removeprefix("http://").split(":")
    found = []
    for _ in range(count):
        client = socket.create_connection((host, int(port)))
        client.sendall(b"POST /api/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        found.append(client)
    return found


def starvation(target, seconds):
    """Gets at 256 connections in a flood of sign-ins and next to slow clients: first as many as there
    can be, where each waits for the 255 others, then 2,500 a second."""
    slow = slow_clients(target, 100)
    flood = subprocess.Popen(load.wrk_command(target.url, 32, 2 * seconds + 2),
                             stdout=subprocess.DEVNULL,
                             env={**os.environ, "REQUESTS": str(target.requests["sign-in"])})
    time.sleep(1)  # the flood has filled every queue
    results = {target.name: load.measure(target, "get", 256, seconds),
               f"{target.name}, with pauses": load.measure(target, "get", 256, seconds, pause=100)}
    flood.wait()
    for client in slow:
        client.close()
    return results


def measure_all(opts, work):
    from servers import World
    world = World(work, opts.workers)
    peers = None
    try:
        world.start()
        targets = list(world.targets.values())
        if opts.peers:
            from peers import Peers
            peers = Peers(opts.peers, work, opts.targets and opts.targets.split(";"))
            targets += peers.start()
            opts.reference = opts.reference or peers.chosen[0][0]
        if opts.targets:
            targets = [t for t in targets if t.name in opts.targets.split(";")]
        opts.reference = opts.reference or OURS[0]
        found = {"machine": machine.describe(), "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
                 "seconds": opts.seconds, "memory": {}}
        apps = [t for t in targets if t.name in OURS[:2] or t.users and t.name not in OURS]
        found["memory"] = {f"{t.name}, before": machine.pss_mib(t.pids["app"]) for t in apps}
        write_requests(opts, targets, work)
        results = run_rounds(opts, world, targets, work)
        found["memory"] |= {f"{t.name}, after": machine.pss_mib(t.pids["app"]) for t in apps}
        ours = [t for t in targets if t.name in OURS]
        if ours:
            found["start_up_ms"] = {"PostgreSQL": world.start_up_ms(world.url),
                                    "SQLite": world.start_up_ms(world.sqlite_url)}
            found["program_bytes"] = os.stat(os.environ["TASKGATE_BIN"]).st_size
            found["calls"] = {f"{scenario} ({ours[0].name})": load.system_calls(ours[0], scenario)
                              for scenario in ("get", "list20", "refused")}
        if "starvation" in opts.scenarios:
            found["starvation"] = {name: result for t in ours
                                   for name, result in starvation(t, max(opts.seconds, 5)).items()}
        return found, results
    finally:
        if peers:
            peers.stop()
        world.stop()


def main():
    opts = options()
    out = Path(opts.out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="taskgate-bench.") as work:
        os.chmod(work, 0o711)
        found, results = measure_all(opts, work)
    rows = report.summary(results, opts.reference, LIMIT)
    for row in rows:
        row["order"] = load.SCENARIOS.index(row["scenario"])
    print(report.write(out, found, results, rows, opts.connections[0]))
    print(f"written: {out}/results.txt, results.json, plot.svg", file=sys.stderr)


if __name__ == "__main__":
    main()
