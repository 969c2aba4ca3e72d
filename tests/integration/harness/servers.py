"""nginx and lighttpd with the repository's own configuration files in a minimal frame."""

import os
import re
from pathlib import Path

from . import canaries
from .process import Service, alive, children, free_port, kill_all, listens, wait_until
from .taskgate import environment, no_sanitizer_report, program, write_settings

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"


class WebServer:
    """Started in the foreground; serves the API at .address, and a second time at .array_address
    with the FastCGI parameter TASKS_LIST_SHAPE=array."""

    def __init__(self, name, directory):
        self.directory = Path(directory)
        self.address = ("127.0.0.1", free_port())
        self.array_address = ("127.0.0.1", free_port())
        self.config = self.directory / f"{name}.conf"
        self.service = None
        self.name = name

    def start(self):
        self.service.start()
        try:
            wait_until(lambda: not self.service.running() or listens(self.address),
                       f"{self.name} listens")
            assert self.service.running(), f"{self.name} ended at start"
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{self.log()}") from None
        return self

    def log(self):
        return self.service.log()

    def stop(self):
        self.service.stop()
        canaries.none_in(self.log())


# The frame around what is in the block "http".
NGINX_FRAME = """\
daemon off;
{user}
worker_processes 1;
pid {dir}/{name}.pid;
error_log stderr warn;
events {{ worker_connections 512; }}
http {{
    access_log {dir}/{name}-access.log;
    client_body_temp_path {dir}/{name}-body;
    fastcgi_temp_path {dir}/{name}-fastcgi;
    proxy_temp_path {dir}/{name}-proxy;
    uwsgi_temp_path {dir}/{name}-uwsgi;
    scgi_temp_path {dir}/{name}-scgi;
{sites}
}}
"""

NGINX_SITES = """\
    upstream taskgate {{ server unix:{socket}; keepalive 4; }}
    server {{
        listen 127.0.0.1:{port};
        server_name localhost;
        include {deploy}/nginx/taskgate.conf;
        include {deploy}/nginx/errors.conf;
    }}
    server {{
        listen 127.0.0.1:{array_port};
        server_name localhost;
        include {deploy}/nginx/taskgate.conf;
        include {deploy}/nginx/errors.conf;
        location /api/ {{ set $taskgate_list_shape array; fastcgi_pass taskgate; }}
    }}
"""


def nginx_service(directory, name, sites, launcher=()):
    """nginx with SITES in its block "http", and its files in DIRECTORY; not yet started."""
    config = Path(directory) / f"{name}.conf"
    config.write_text(NGINX_FRAME.format(
        user="user root;" if os.geteuid() == 0 else "", dir=directory, name=name, sites=sites))
    return Service(name, [*launcher, "nginx", "-c", config, "-p", directory], directory,
                   environment())


class Nginx(WebServer):
    """In front of a program that is already running."""

    def __init__(self, directory, socket):
        super().__init__("nginx", directory)
        self.service = nginx_service(self.directory, "nginx", NGINX_SITES.format(
            socket=socket, deploy=DEPLOY, port=self.address[1],
            array_port=self.array_address[1]))

    def stop(self):
        super().stop()
        requests = (self.directory / "nginx-access.log").read_text(errors="replace")
        # What nginx cannot read at all, and answers 400, it logs before it looks for a location.
        link = re.search(r".* /api/auth/(reset-password/|verify-email\?|delete-user/)[^\"]*\" (?!400).*",
                         requests)
        assert link is None, f"the access log has the link of a letter: {link.group()}"


LIGHTTPD = """\
server.port = {port}
server.bind = "127.0.0.1"
server.document-root = "{dir}/empty"
server.pid-file = "{dir}/lighttpd.pid"
server.upload-dirs = ( "{dir}" )
server.breakagelog = "{dir}/taskgate.log"
var.taskgate_socket = "{dir}/taskgate.sock"
var.taskgate_errors = "{deploy}/lighttpd/errors"
var.taskgate_command = "{command}"
include "{deploy}/lighttpd/taskgate.conf"
include "{deploy}/lighttpd/taskgate-spawn.conf"
$SERVER["socket"] == "127.0.0.1:{array_port}" {{
    setenv.add-environment = ( "TASKS_LIST_SHAPE" => "array" )
}}
"""


class Lighttpd(WebServer):
    """Starts the program itself (bin-path, the socket on fd 0)."""

    def __init__(self, directory, settings):
        super().__init__("lighttpd", directory)
        (self.directory / "empty").mkdir()
        settings_file = write_settings(self.directory / "taskgate.conf", settings)
        # lighttpd passes PATH only; what sanitizers need comes by way of env.
        variables = [f"{name}={value}" for name, value in environment().items()]
        command = ["/usr/bin/env", *variables, program(), "serve", "--config", settings_file]
        self.config.write_text(LIGHTTPD.format(
            dir=self.directory, deploy=DEPLOY, port=self.address[1],
            array_port=self.array_address[1], command=" ".join(map(str, command))))
        self.service = Service("lighttpd", ["lighttpd", "-D", "-f", self.config], self.directory,
                               environment())

    def master(self):
        """The program's master is lighttpd's only child."""
        found = children(self.service.pid)
        assert len(found) == 1, f"children of lighttpd: {found}\n{self.log()}"
        return found[0]

    def workers(self):
        found = children(self.service.pid)
        return children(found[0]) if len(found) == 1 else []

    def log(self):
        log = self.directory / "taskgate.log"
        text = log.read_text(errors="replace") if log.exists() else ""
        return f"{super().log()}\n{text}"

    def stop(self):
        """lighttpd ends the program when it ends."""
        pids = [self.master(), *self.workers()]
        super().stop()
        try:
            wait_until(lambda: not any(map(alive, pids)), "the program ends with lighttpd")
        finally:
            kill_all(filter(alive, pids))
        no_sanitizer_report(self.log())
        canaries.none_in(self.log())
