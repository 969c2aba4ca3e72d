#!/usr/bin/python3
"""How much memory the program has while it answers many requests, and what it can do with little.

usage: TASKGATE_BIN=... memory.py [--requests N] [--little MIB]
  --requests N   mixed requests for each database (1,000,000)
  --little MIB   memory of the machine that SQLite is tried on (128)
"""

import argparse
import os
import sys
import tempfile

import bench
import load
import machine
from servers import World

CONNECTIONS = 16
CHUNK = 5      # seconds of load between two looks
STEPS = 10     # lines of the table
# Scenario: connections and seconds. Of more sign-ins a busy machine refuses some.
LITTLE = {"sign-in": (4, 10), "list20": (16, 5), "list2000": (16, 5), "list10000": (16, 5),
          "create": (16, 5), "mix": (16, 5)}


class Limited(machine.ControlGroup):
    """Its processes have so much memory together, and no swap."""

    def __init__(self, mib):
        super().__init__("memory", "little")
        self.files = (("memory.limit_in_bytes", "memory.max_usage_in_bytes") if self.old else
                      ("memory.max", "memory.peak"))
        self.write(self.files[0], mib << 20)

    @property
    def launcher(self):
        return ["sh", "-c", f'echo $$ >{self.folder}/cgroup.procs && exec "$@"', "sh"]

    def peak_mib(self):
        """With the pages of files, which the kernel drops when it needs room."""
        return int((self.folder / self.files[1]).read_text()) / 2**20

    def killed(self):
        """How many processes the kernel has killed for want of memory."""
        name = "memory.oom_control" if self.old else "memory.events"
        found = dict(line.split() for line in (self.folder / name).read_text().splitlines())
        return int(found["oom_kill"])


def many(world, target, requests):
    """A line for each tenth of the requests; false when an answer was wrong."""
    done = wrong = shown = 0
    print(f"{target.name}: MiB (PSS) after so many mixed requests")
    print(f"{0:>12,} {machine.pss_mib(target.pids['app']):8.1f}", flush=True)
    while done < requests:
        result = load.wrk(target.url, target.requests["mix"], CONNECTIONS, CHUNK)
        done += result["requests"]
        wrong += load.is_wrong(result, "mix")
        target.reset()
        world.forget_logs()
        if done * STEPS // requests > shown:
            shown = done * STEPS // requests
            print(f"{done:>12,} {machine.pss_mib(target.pids['app']):8.1f}", flush=True)
    print(f"{wrong} wrong answers")
    return wrong == 0


def little(world, limited, mib):
    """What 1,000 users and their lists cost on SQLite where there is hardly any memory."""
    target = world.targets["taskgate, SQLite"]
    app = target.pids["app"]
    before = set(machine.family(app))
    print(f"{target.name}, a machine of {mib} MiB: {machine.pss_mib(app):.1f} MiB (PSS) at start")
    wrong = 0
    for scenario, (connections, seconds) in LITTLE.items():
        result = load.measure(target, scenario, connections, seconds)
        wrong += result["wrong"]
        print(f"{scenario:>12}: {result['rate']:8.1f} a second, p50 {result['p50']:.1f} ms, "
              f"p99 {result['p99']:.1f} ms, {result['wrong']} wrong; {machine.pss_mib(app):.1f} MiB")
    print(f"peak {limited.peak_mib():.1f} MiB with the pages of files, {limited.killed()} killed")
    return wrong == 0 and limited.killed() == 0 and set(machine.family(app)) == before


def run(work, options):
    limited = Limited(options.little)
    world = World(work, launchers={"sqlite": limited.launcher})
    try:
        world.start()
        targets = [world.targets[name] for name in bench.OURS[:2]]
        bench.write_requests(options, targets, work)
        good = little(world, limited, options.little)
        for target in targets:
            good = many(world, target, options.requests) and good
        return good
    finally:
        world.stop()
        limited.remove()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1000000)
    parser.add_argument("--little", type=int, default=128)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="taskgate-bench.") as work:
        os.chmod(work, 0o711)
        return 0 if run(work, options) else 1


if __name__ == "__main__":
    sys.exit(main())
