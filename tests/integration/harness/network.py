"""Machines of a small network: namespaces that share nothing with this machine's own network, each with
one cable to a switch. Needs root."""

import ctypes
import os
import socket
import subprocess
from contextlib import contextmanager

LIBC = ctypes.CDLL(None, use_errno=True)


def ip(*arguments):
    try:
        done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        raise AssertionError("several hosts need the program ip (Debian: iproute2)") from None
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"


def set_namespace(file):
    if LIBC.setns(file.fileno(), 0) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Machine:
    """One that is called NAME and has ADDRESS in 192.0.2.0/24."""

    def __init__(self, prefix, name, address):
        self.name = name
        self.address = address
        self.namespace = f"{prefix}{name}"
        self.switch = f"{prefix}switch"
        ip("netns", "add", self.namespace)
        ip("-n", self.switch, "link", "add", name, "type", "veth", "peer", "name", "cable",
           "netns", self.namespace)
        ip("-n", self.switch, "link", "set", name, "master", "ports", "up")
        ip("-n", self.namespace, "address", "add", f"{address}/24", "dev", "cable")
        for device in ("lo", "cable"):
            ip("-n", self.namespace, "link", "set", device, "up")

    @property
    def launcher(self):
        """A command that becomes another, which runs here."""
        return ["ip", "netns", "exec", self.namespace]

    def unplug(self):
        """What is on the way is lost, and nobody is told."""
        ip("-n", self.switch, "link", "set", self.name, "down")

    def plug(self):
        ip("-n", self.switch, "link", "set", self.name, "up")

    def answer_nobody(self):
        """What comes in is read, and nothing goes out: not even a refusal."""
        ip("-n", self.namespace, "route", "add", "blackhole", "192.0.2.0/25")

    @contextmanager
    def here(self):
        """This thread's new sockets belong to this machine."""
        with open("/proc/thread-self/ns/net", "rb") as home, \
                open(f"/run/netns/{self.namespace}", "rb") as away:
            set_namespace(away)
            try:
                yield
            finally:
                set_namespace(home)

    def connect(self, address, timeout):
        with self.here():
            return socket.create_connection(address, timeout=timeout)

    def reaches(self, address):
        try:
            self.connect(address, 2).close()
        except OSError:
            return False
        return True


class Network:
    """The switch, and the machines that were added."""

    def __init__(self):
        assert os.geteuid() == 0, "several hosts are network namespaces: run these tests as root"
        self.prefix = f"tg{os.getpid()}-"
        ip("netns", "add", f"{self.prefix}switch")
        try:
            ip("-n", f"{self.prefix}switch", "link", "add", "ports", "up", "type", "bridge")
        except AssertionError:
            self.remove()
            raise

    def add(self, name, address):
        return Machine(self.prefix, name, address)

    def remove(self):
        for name in os.listdir("/run/netns"):
            if name.startswith(self.prefix):
                ip("netns", "delete", name)
