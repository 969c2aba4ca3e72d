"""Other servers with the same API, out of a folder that brings them (see README.md): they are set up in
a copy of it and measured in the same rounds."""

import os
import shutil
import subprocess
from pathlib import Path

from servers import Target, pid_in

# Name in the results, name for start.sh, the port of nginx in front of it, counted from the first.
KNOWN = (("FastAPI", "seed", 5), ("FastAPI, asyncpg", "async", 6), ("fastify", "fastify", 7),
         ("express", "express", 8))
FIRST_PORT = 3210

# Connections to the database of each process of that server, where its own number (15) is less than
# the requests that one process may get: it would wait for itself, half a minute each time.
POOLS = {"seed": "32"}


class Peers:
    def __init__(self, folder, directory, names):
        self.kit = Path(directory) / "peers"
        shutil.copytree(folder, self.kit, symlinks=True)
        for path in [self.kit, *self.kit.rglob("*")]:
            path.chmod(path.stat().st_mode | 0o755 if path.is_dir() else path.stat().st_mode | 0o644)
        self.chosen = [known for known in KNOWN if names is None or known[0] in names]
        self.run_folder = self.kit / "run"
        self.env = {**os.environ, "KIT_RUN": str(self.run_folder), "PERF_BASEPORT": str(FIRST_PORT)}

    def shell(self, command):
        subprocess.run(["bash", "-c", f". ./env.sh; {command}"], cwd=self.kit, env=self.env, check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def start(self):
        """The targets."""
        self.shell("db/up.sh; /usr/bin/python3 mktokens.py >run/users.tsv")
        for _, name, _ in self.chosen:
            self.shell((f"POOL={POOLS[name]} " if name in POOLS else "") + f"./start.sh {name}")
        self.shell("./start.sh nginx")
        front = pid_in(self.run_folder / "nginx.pid")
        database = pid_in(self.run_folder / "pg.pid")
        return [Target(title, f"http://127.0.0.1:{FIRST_PORT + port}", self.run_folder / "users.tsv",
                       {"front": front, "app": pid_in(self.run_folder / f"{name}.pid"), "db": database},
                       lambda: self.shell("db/reset.sh"))
                for title, name, port in self.chosen]

    def stop(self):
        self.shell("./stop.sh " + " ".join(name for _, name, _ in self.chosen) + " nginx; db/down.sh")
