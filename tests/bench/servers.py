"""The servers that are measured, each with nginx or lighttpd in front and nothing on the network."""

import os
import re
import sqlite3
import statistics
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import data

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "integration"))

from harness.postgres import Cluster, psql_program, run_sql
from harness.process import Service, free_port, listens, wait_until
from harness.taskgate import SECRET, Taskgate, program, write_settings

PASSWORD = "correct horse battery staple"
SIGN_INS = 100  # accounts with that password

NGINX = """\
daemon off;
user {user};
worker_processes 2;
pid {dir}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000;
    client_body_temp_path {dir}/body;
    fastcgi_temp_path {dir}/fastcgi;
    proxy_temp_path {dir}/proxy;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    upstream kept {{ server unix:{postgresql}; keepalive 16; }}
    upstream each {{ server unix:{postgresql}; }}
    upstream sqlite {{ server unix:{sqlite}; keepalive 16; }}
    server {{ listen 127.0.0.1:{kept_port}; include {dir}/kept.conf; }}
    server {{ listen 127.0.0.1:{each_port}; include {dir}/each.conf; }}
    server {{ listen 127.0.0.1:{sqlite_port}; include {dir}/sqlite.conf; }}
    server {{ listen 127.0.0.1:{return_port}; return 200 '{{"message":"Hello"}}'; }}
    server {{
        listen 127.0.0.1:{hello_port};
        location / {{
            fastcgi_pass unix:{hello};
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param REQUEST_URI $request_uri;
        }}
    }}
}}
"""

LIGHTTPD = """\
server.port = {port}
server.bind = "127.0.0.1"
server.document-root = "{dir}"
server.pid-file = "{dir}/lighttpd.pid"
server.upload-dirs = ( "{dir}" )
server.max-keep-alive-requests = 1000000
server.max-connections = 2048
server.max-fds = 8192
var.taskgate_socket = "{socket}"
var.taskgate_errors = "{deploy}/lighttpd/errors"
include "{deploy}/lighttpd/taskgate.conf"
include "{deploy}/lighttpd/taskgate-socket.conf"
"""


class Target:
    """What load is put on. PIDS: component -> a process whose family it is. ADDRESSES: see load.wrk."""

    def __init__(self, name, url, users, pids, reset=None, scenarios=None, addresses=()):
        self.name = name
        self.url = url
        self.users = users
        self.pids = pids
        self.reset = reset or (lambda: None)
        self.scenarios = scenarios  # None: all of the task API
        self.addresses = addresses
        self.requests = {}


def pid_in(path):
    return int(Path(path).read_text().split()[0])


class World:
    """Everything that this repository can start, in one folder. LAUNCHERS: name of a pool -> a command
    that becomes another."""

    def __init__(self, directory, workers=4, launchers=None):
        self.directory = Path(directory)
        self.workers = workers
        self.launchers = launchers or {}
        self.services = []
        self.logs = []
        self.cluster = Cluster(self.directory / "pg")
        self.targets = {}

    def folder(self, name):
        folder = self.directory / name
        folder.mkdir()
        return folder

    def taskgate(self, name, url, fill):
        folder = self.folder(name)
        log = folder / "requests.log"
        self.logs.append(log)
        settings = {"BETTER_AUTH_SECRET": SECRET, "DATABASE_URL": url, "LOG_TO": f"file:{log}"}
        pool = Taskgate(folder, settings, workers=self.workers, name=name,
                        launcher=self.launchers.get(name, ()))
        subprocess.run([program(), "migrate", "--config", write_settings(pool.config, settings)],
                       check=True, stdout=subprocess.DEVNULL)
        fill()
        pool.start()
        self.services.append(pool)
        self.add_accounts(pool, url)
        return pool

    def add_accounts(self, pool, url):
        """One sign-up's password for many users: what a hash costs is not what is set up here."""
        answer = pool.client.post("/api/auth/sign-up",
                                  json={"email": "first@example.test", "password": PASSWORD})
        assert answer.status == 201, answer
        last = data.FIRST_USER + SIGN_INS - 1
        self.sql(url, f"""INSERT INTO account
            ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt")
            SELECT 'a' || u."id", u."id", 'credential', u."id", a."password", a."createdAt", a."updatedAt"
              FROM "user" u, account a WHERE u."id" BETWEEN '{data.FIRST_USER}' AND '{last}'""")

    @staticmethod
    def sql(url, statement):
        if not url.startswith("sqlite:///"):
            return run_sql(url, statement)
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30,
                                     isolation_level=None)) as database:
            return database.execute(statement).fetchall()

    def fill_postgresql(self):
        subprocess.run([psql_program(), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url, "-o", os.devnull],
                       input="".join(data.postgresql_script()), text=True, check=True)

    def reset(self, url):
        """Takes away what was created; else each round would meet a larger table."""
        self.sql(url, f"DELETE FROM tasks WHERE id > {data.tasks_total()}")
        if url.startswith("postgresql"):
            run_sql(url, "VACUUM tasks")
            run_sql(url, "CHECKPOINT")

    def start_hello(self):
        folder = self.folder("hello")
        subprocess.run(["cc", "-O2", "-o", folder / "hello", HERE / "hello.c", "-lfcgi"], check=True)
        service = Service("hello", ["spawn-fcgi", "-n", "-s", folder / "hello.sock", "-M", "0666", "--",
                                    folder / "hello"], folder, dict(os.environ))
        service.start()
        wait_until(lambda: (folder / "hello.sock").exists(), "hello listens")
        self.services.append(service)
        return service, folder / "hello.sock"

    def write_includes(self, folder):
        """The shipped configuration with the upstreams of this folder."""
        shipped = (ROOT / "deploy" / "nginx" / "taskgate.conf").read_text()
        for name in ("kept", "each", "sqlite"):
            text = re.sub(r"fastcgi_pass taskgate;", f"fastcgi_pass {name};", shipped)
            if name == "each":
                text = re.sub(r"fastcgi_keep_conn on;", "fastcgi_keep_conn off;", text)
            (folder / f"{name}.conf").write_text(text)

    def start_nginx(self, **sockets):
        folder = self.folder("nginx")
        self.write_includes(folder)
        ports = {f"{name}_port": free_port() for name in ("kept", "each", "sqlite", "return", "hello")}
        config = folder / "nginx.conf"
        user = "root" if os.geteuid() == 0 else "nobody"
        config.write_text(NGINX.format(dir=folder, user=user, **ports, **sockets))
        service = Service("nginx", ["nginx", "-c", config, "-p", folder], folder, dict(os.environ))
        service.start()
        wait_until(lambda: listens(("127.0.0.1", ports["return_port"])), "nginx listens")
        self.services.append(service)
        return service, {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}

    def start_lighttpd(self, socket):
        folder = self.folder("lighttpd")
        port = free_port()
        config = folder / "lighttpd.conf"
        config.write_text(LIGHTTPD.format(dir=folder, port=port, socket=socket, deploy=ROOT / "deploy"))
        service = Service("lighttpd", ["lighttpd", "-D", "-f", config], folder, dict(os.environ))
        service.start()
        wait_until(lambda: listens(("127.0.0.1", port)), "lighttpd listens")
        self.services.append(service)
        return service, f"http://127.0.0.1:{port}"

    def start_cluster(self):
        """As for data that is to last, and with the memory that the kit of other servers gives its own;
        the cluster of the tests does neither."""
        self.cluster.start()
        for setting in ("shared_buffers = '256MB'", "max_wal_size = '4GB'", "checkpoint_timeout = '15min'"):
            run_sql(self.cluster.url(), f"ALTER SYSTEM SET {setting}")
        self.cluster.stop()
        self.cluster.start()
        for statement in ("ALTER SYSTEM RESET fsync", "SELECT pg_reload_conf()"):
            run_sql(self.cluster.url(), statement)
        wait_until(lambda: run_sql(self.cluster.url(), "SHOW fsync") == [["on"]], "PostgreSQL keeps data")

    def start(self):
        self.start_cluster()
        self.url = self.cluster.create("bench")
        database = self.directory / "bench.db"
        self.sqlite_url = sqlite_url = f"sqlite:///{database}"
        pool = self.taskgate("postgresql", self.url, self.fill_postgresql)
        sqlite = self.taskgate("sqlite", sqlite_url, lambda: data.fill_sqlite(database))
        users = data.users_file(self.directory / "users.tsv", SECRET)
        hello, hello_socket = self.start_hello()
        nginx, urls = self.start_nginx(postgresql=pool.socket, sqlite=sqlite.socket, hello=hello_socket)
        lighttpd, lighttpd_url = self.start_lighttpd(pool.socket)
        pids = {"front": nginx.pid, "app": pool.pid, "db": self.cluster.pid()}

        def reset():
            self.reset(self.url)

        for target in (
                Target("taskgate", urls["kept_port"], users, pids, reset),
                Target("taskgate, SQLite", urls["sqlite_port"], users,
                       {"front": nginx.pid, "app": sqlite.pid}, lambda: self.reset(sqlite_url)),
                Target("taskgate, lighttpd", lighttpd_url, users, {**pids, "front": lighttpd.pid}, reset),
                Target("taskgate, a connection each", urls["each_port"], users, pids, reset),
                Target("nginx alone", urls["return_port"], None, {"front": nginx.pid}, None, ["any"]),
                Target("libfcgi hello", urls["hello_port"], None,
                       {"front": nginx.pid, "app": hello.pid}, None, ["any"])):
            self.targets[target.name] = target
        return self

    def start_up_ms(self, url, times=5):
        """From the start of the program to its first answer, on a database that is there."""
        took = []
        for number in range(times):
            folder = self.folder(f"start-{len(url)}-{number}")
            settings = {"BETTER_AUTH_SECRET": SECRET, "DATABASE_URL": url, "AUTO_MIGRATE": "off",
                        "LOG_TO": f"file:{folder}/requests.log"}
            pool = Taskgate(folder, settings, workers=self.workers)
            begun = time.monotonic()
            pool.service.start()
            while not pool.accepts() or pool.client.get("/health").status != 200:
                time.sleep(0.0005)
            took.append((time.monotonic() - begun) * 1000)
            pool.stop()
        return statistics.median(took)

    def forget_logs(self):
        for log in self.logs:
            if log.exists():
                os.truncate(log, 0)

    def stop(self):
        for service in reversed(self.services):
            service.stop()
        self.cluster.stop()
