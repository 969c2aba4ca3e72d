"""Scenarios, and the load that wrk puts on a server: any server that has the task API."""

import json
import os
import random
import re
import subprocess
import urllib.request
from pathlib import Path

import machine

HERE = Path(__file__).resolve().parent
BODY = json.dumps({"title": 'Buy "milk" & bread',
                   "description": "Two litres, then ring someone before six o'clock"})
DIFFERENT = 1000  # requests of one scenario
MIX = {"list20": 70, "get": 15, "toggle": 10, "create": 5}
TASKS = ["get", "list20", "list200", "list2000", "list10000", "toggle", "create", "mix", "refused"]
WRITES = {"toggle", "create", "mix"}
SCENARIOS = TASKS + ["sign-in", "any"]


class Users:
    """A users file, and the ids of tasks as the server itself names them."""

    def __init__(self, path, url):
        rows = [line.split("\t") for line in Path(path).read_text().splitlines() if line]
        self.ordinary = [row for row in rows if int(row[4]) <= 50]
        self.many = {int(row[4]): row for row in rows if int(row[4]) > 50}
        self.asked = self.ordinary[::max(1, len(self.ordinary) // 200)]
        self.ids = {row[0]: self.list_of(url, row) for row in self.asked}

    @staticmethod
    def list_of(url, row):
        request = urllib.request.Request(f"{url}/api/{row[0]}/tasks",
                                         headers={"Authorization": f"Bearer {row[1]}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            found = json.load(answer)
        if isinstance(found, dict):
            found = found.get("items") or found.get("tasks") or []
        return [task["id"] for task in found]


def one(scenario, users, rng):
    """A request: method, path, authorization, body."""
    if scenario == "any":
        return "GET", "/", "", ""
    if scenario == "sign-in":
        row = users.ordinary[rng.randrange(100)]
        return "POST", "/api/auth/sign-in", "", json.dumps(
            {"email": f"{row[0]}@example.test", "password": "correct horse battery staple"})
    if scenario in ("get", "toggle"):
        row = rng.choice(users.asked)
        path = f"/api/{row[0]}/tasks/{rng.choice(users.ids[row[0]])}"
        if scenario == "toggle":
            return "PATCH", path + "/complete", "Bearer " + row[1], ""
        return "GET", path, "Bearer " + row[1], ""
    count = int(scenario[4:]) if scenario.startswith("list") else 20
    row = users.many[count] if count > 20 else rng.choice(users.ordinary)
    path = f"/api/{row[0]}/tasks"
    if scenario == "create":
        return "POST", path, "Bearer " + row[1], BODY
    if scenario == "refused":
        return "GET", path, "Bearer " + row[1][:-3] + "AAA", ""
    return "GET", path, "Bearer " + row[1], ""


def write_requests(target, scenario, users, folder):
    rng = random.Random(7)  # the same ones for every target
    path = Path(folder) / re.sub(r"\W+", "-", f"{target.name} {scenario}")
    with open(path, "w", encoding="ascii") as out:
        for _ in range(DIFFERENT):
            kind = scenario
            if scenario == "mix":
                kind = rng.choices(list(MIX), MIX.values())[0]
            out.write("\t".join(one(kind, users, rng)) + "\n")
    return path


def wrk_command(url, connections, seconds, threads=1):
    return ["wrk", "-t", str(threads), "-c", str(connections), "-d", f"{seconds}s", "--timeout", "20s",
            "-s", str(HERE / "request.lua"), url]


def wrk(url, requests, connections, seconds, pause=None, addresses=()):
    """PAUSE: milliseconds that a connection rests before a request; without, the server is busy.
    ADDRESSES (ADDRESS:PORT): servers that share the connections, instead of the URL's."""
    env = {**os.environ, "REQUESTS": str(requests), "ADDRESSES": " ".join(addresses),
           **({"PAUSE": str(pause)} if pause else {})}
    done = subprocess.run(wrk_command(url, connections, seconds, max(len(addresses), 1)), text=True,
                          capture_output=True, check=False, env=env)
    found = re.search(r"^RESULT (.*)", done.stdout, re.M)
    assert found, f"wrk: {done.stdout}{done.stderr}"
    return json.loads(found[1])


def is_wrong(result, scenario):
    """Answers that were not what the scenario is about."""
    good = result["refused"] if scenario == "refused" else result["requests"] - result["refused"]
    return result["failed"] + result["requests"] - good


def measure(target, scenario, connections, seconds, pause=None):
    """One run: a dict of figures; CPU in microseconds per request."""
    before = {name: machine.cpu_seconds(pid) for name, pid in target.pids.items()}
    result = wrk(target.url, target.requests[scenario], connections, seconds, pause, target.addresses)
    count = max(result["requests"], 1)
    cpu = {name: (machine.cpu_seconds(pid) - before[name]) / count * 1e6
           for name, pid in target.pids.items()}
    return {"rate": result["requests"] / result["seconds"], "p50": result["p50"],
            "p99": result["p99"], "max": result["max"], "wrong": is_wrong(result, scenario),
            **{f"cpu_{name}": value for name, value in cpu.items()}, "cpu": sum(cpu.values())}


def system_calls(target, scenario):
    """System calls per request, by component: a run of its own, because counting is slow."""
    counted = {}
    for name in target.pids.keys() & {"app", "front"}:
        with machine.Calls(machine.family(target.pids[name])) as calls:
            result = wrk(target.url, target.requests[scenario], 4, 1)
        count = max(result["requests"], 1)
        counted[name] = {"all": calls.total / count,
                         **{call: number / count for call, number in sorted(
                             calls.by_name.items(), key=lambda item: -item[1])
                            if number / count >= 0.05}}
    return counted
