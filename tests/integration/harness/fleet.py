"""Several hosts with the program and an nginx each, a balancer in front of them, one PostgreSQL behind
them, and a client: each a machine of its own (network.py), with the files and the addresses of
deploy/nginx/."""

import re
import signal
import subprocess
from pathlib import Path

from .mailbox import Mailbox
from .network import Network
from .postgres import Cluster
from .process import children, kill_all, wait_until
from .servers import DEPLOY, nginx_service
from .taskgate import Taskgate
from .web import HttpClient

BALANCER = "192.0.2.10"
DATABASE = "192.0.2.20"
CLIENT = "192.0.2.100"
INSTALLED = "/usr/share/taskgate/nginx"
SOCKET = "/run/taskgate/taskgate.sock"

# What tests do not want to wait for so long. A host without its database answers after 4.5 seconds.
SHORTER = [("fail_timeout=5s", "fail_timeout=1s"), ("proxy_read_timeout 10s", "proxy_read_timeout 6s")]


def skewed_clock(directory, seconds):
    """A library that sets the clock of a program before which it is loaded."""
    library = directory / f"clock{seconds}.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", f"-DSKEW=({seconds})", "-o", library,
                    Path(__file__).with_name("clock.c")], check=True, timeout=60)
    return library


class MachineClient(HttpClient):
    """Asks ADDRESS from MACHINE; with FORWARDED as a balancer would for that client."""

    def __init__(self, machine, address, forwarded=None):
        super().__init__((address, 80))
        self.machine = machine
        self.forwarded = forwarded

    def connect(self):
        return self.machine.connect(self.address, self.timeout)

    def exchange(self, method, target, pairs, body):
        if self.forwarded is not None:
            pairs = [*pairs, ("X-Forwarded-For", self.forwarded)]
        return super().exchange(method, target, pairs, body)


class Site:
    """nginx on MACHINE with a file of deploy/nginx/, in which CHANGES (pattern, text) are made."""

    def __init__(self, directory, machine, file, *changes):
        self.directory = directory
        self.machine = machine
        self.site = directory / f"{machine.name}.site"
        text = (DEPLOY / "nginx" / file).read_text()
        self.write(text, (INSTALLED, str(DEPLOY / "nginx")), *changes)
        self.service = nginx_service(directory, f"{machine.name}-nginx", f"include {self.site};",
                                     machine.launcher)

    def write(self, text, *changes):
        for pattern, replacement in changes:
            assert re.search(pattern, text), f"{self.site} has no {pattern}"
            text = re.sub(pattern, replacement, text)
        self.site.write_text(text)

    def start(self):
        self.service.start()
        wait_until(lambda: not self.service.running()
                   or self.machine.reaches((self.machine.address, 80)), "nginx listens")
        assert self.service.running(), self.service.log()

    def start_again(self):
        if not self.service.running():
            self.start()

    def die(self):
        workers = children(self.service.pid)
        self.service.send_signal(signal.SIGKILL)
        kill_all(workers)
        self.service.process.wait()

    def requests(self):
        """How many it has answered."""
        log = self.directory / f"{self.machine.name}-nginx-access.log"
        return len(log.read_text(errors="replace").splitlines())


class Host:
    """Number N, 1 and up, with letters in a folder of its own."""

    def __init__(self, fleet, number):
        self.fleet = fleet
        self.name = f"host{number}"
        self.machine = fleet.network.add(self.name, f"192.0.2.1{number}")
        folder = fleet.directory / f"{self.name}-mail"
        folder.mkdir()
        folder.chmod(0o777)
        self.mailbox = Mailbox(folder)
        self.settings = {**fleet.settings, "MAIL_DIR": folder}
        self.taskgate = self.program()
        # Includes a file of its own for its socket, which is where this host's program has it.
        upstream = fleet.directory / f"{self.name}.upstream"
        text = (DEPLOY / "nginx" / "upstream.conf").read_text()
        assert SOCKET in text
        upstream.write_text(text.replace(SOCKET, str(self.taskgate.socket)))
        self.nginx = Site(fleet.directory, self.machine, "site-host.conf",
                          (f"{DEPLOY}/nginx/upstream.conf", str(upstream)))
        self.client = MachineClient(fleet.balancer, self.machine.address, CLIENT)

    def program(self, *launcher):
        return Taskgate(self.fleet.directory, self.settings, self.fleet.workers, self.name,
                        [*self.machine.launcher, *launcher])

    def start(self):
        self.taskgate.start()
        self.nginx.start()
        return self

    def restart(self, *launcher):
        """The program anew, started by way of another command; no connection keeps the old one."""
        self.stop()
        self.taskgate = self.program(*launcher).start()
        self.nginx.start()

    def die(self):
        """All of it at once, without a word."""
        self.taskgate.kill()
        self.nginx.die()

    def pids(self):
        return [self.taskgate.pid, *self.taskgate.workers()]

    def stop(self):
        if self.nginx.service.running():
            self.nginx.service.stop()
        if self.taskgate.service.running():
            assert self.taskgate.stop() == 0, self.taskgate.log()


class Fleet:
    """COUNT hosts. The client's requests go to the balancer."""

    workers = 2

    def __init__(self, directory, settings, count):
        self.directory = directory
        self.network = Network()
        self.hosts = []
        self.web = None
        self.cluster = None
        try:
            self.balancer = self.network.add("balancer", BALANCER)
            self.database = self.network.add("database", DATABASE)
            self.client = MachineClient(self.network.add("client", CLIENT), BALANCER)
            self.cluster = Cluster(directory / "pg", self.database)
            self.cluster.start()
            self.url = self.cluster.create("fleet")
            url = re.sub(r"@/(\w+)\?.*", rf"@{DATABASE}/\1", self.url)
            self.settings = {**settings, "DATABASE_URL": url, "TRUSTED_PROXIES": BALANCER}
            for _ in range(count):
                self.add_host()
            self.web = Site(directory, self.balancer, "upstream-hosts.conf", *SHORTER,
                            *self.servers())
            self.web.start()
        except BaseException:
            self.stop()
            raise

    def add_host(self):
        host = Host(self, len(self.hosts) + 1)
        self.hosts.append(host)
        return host.start()

    def servers(self):
        """The file names two hosts; a third is in a comment."""
        return [("# (server 192.0.2.13)", r"\1")] if len(self.hosts) == 3 else []

    def join(self):
        """A third host comes in while the others work."""
        host = self.add_host()
        self.web.write(self.web.site.read_text(), *self.servers())
        self.web.service.send_signal(signal.SIGHUP)
        return host

    def log(self):
        found = [self.web.service] if self.web else []
        for host in self.hosts:
            found += [host.taskgate.service, host.nginx.service]
        return "\n".join(f"--- {each.name}\n{each.log()}" for each in found)

    def stop(self):
        try:
            if self.web is not None:
                self.web.service.stop()
            for host in self.hosts:
                host.stop()
        finally:
            if self.cluster is not None:
                self.cluster.stop()
            self.network.remove()
