"""Apache with the repository's own configuration files in a minimal frame: mod_proxy_fcgi in front of
a program that runs, and mod_fcgid, which starts it, from a configuration or from .htaccess."""

import grp
import os
import shutil
import subprocess
from pathlib import Path

from . import canaries
from .manual import blocks
from .process import Service, alive, children, kill_all, name_of, started, wait_until
from .servers import DEPLOY, ROOT, WebServer
from .taskgate import environment, no_sanitizer_report, program, write_settings

# Apache refuses to serve as root.
USER = "www-data"
MODULES = Path("/usr/lib/apache2/modules")

FRAME = """\
ServerRoot "{dir}"
ServerName localhost
PidFile {dir}/apache.pid
DefaultRuntimeDir {dir}
Mutex file:{dir}
ErrorLog {dir}/error.log
LogLevel warn
LogFormat "%h %l %u %t \\"%r\\" %>s %O" combined
{user}
{modules}
StartServers 1
ThreadsPerChild 25
MinSpareThreads 1
MaxSpareThreads 75
MaxRequestWorkers 150
Timeout 300
TypesConfig /dev/null
AcceptFilter http none
<Directory "/">
    AllowOverride None
    Require all denied
</Directory>
Listen 127.0.0.1:{port}
Listen 127.0.0.1:{array_port}
"""

# What a host has set up for its customers.
SHARED = """\
TraceEnable Off
RequestReadTimeout header=20-40,MinRate=500 body=3,MinRate=500
<Directory "{home}/public_html">
    AllowOverride FileInfo Options
    Require all granted
</Directory>
<VirtualHost 127.0.0.1:{port}>
    DocumentRoot {home}/public_html
</VirtualHost>
<VirtualHost 127.0.0.1:{array_port}>
    DocumentRoot {home}/public_html
    SetEnv TASKS_LIST_SHAPE array
</VirtualHost>
"""

COMMON = ["mpm_event", "authz_core", "authz_host", "mime", "alias", "headers", "setenvif", "env",
          "reqtimeout", "unique_id", "dir", "deflate"]


def read(log):
    return log.read_text(errors="replace") if log.exists() else ""


class Apache(WebServer):
    """What all have in common."""

    def __init__(self, name, directory, modules):
        super().__init__(name, directory)
        loaded = [f"LoadModule {module}_module {MODULES}/mod_{module}.so"
                  for module in (*COMMON, *modules)]
        self.write(FRAME, modules="\n".join(loaded),
                   user=f"User {USER}\nGroup {USER}" if os.geteuid() == 0 else "")
        self.service = Service(name, ["apache2", "-D", "FOREGROUND", "-f", self.config],
                               self.directory, environment())

    def write(self, text, **values):
        """Appends TEXT to the configuration."""
        with open(self.config, "a", encoding="ascii") as config:
            config.write(text.format(dir=self.directory, port=self.address[1],
                                     array_port=self.array_address[1], **values))

    def site(self, port, more="", client=False, change=lambda text: text):
        """Appends deploy/apache/site.conf with our port and folders, with the web client or not, and
        MORE in it. CHANGE may change its part, and taskgate-proxy.conf."""
        folder = self.directory / f"apache-{port}"
        folder.mkdir()
        for file in (DEPLOY / "apache").glob("*.conf"):
            (folder / file.name).write_text(change(file.read_text()))
        text = change((DEPLOY / "apache" / "site.conf").read_text())
        if client:
            # Apache's user may not see into the source.
            shutil.copytree(DEPLOY / "www", folder / "www")
            more += f"    Define TASKGATE_WWW {folder}/www\n"
        else:
            text = text.replace("    Include /usr/share/taskgate/apache/www.conf\n", "", 1)
        for old, new in (("*:80>", f"127.0.0.1:{port}>\n{more}"),
                         ("/usr/share/taskgate/apache", str(folder)),
                         ("${APACHE_LOG_DIR}", str(self.directory))):
            assert old in text
            text = text.replace(old, new)
        with open(self.config, "a", encoding="ascii") as config:
            config.write(text)

    def log(self):
        logs = [self.directory / name for name in ("error.log", "taskgate.log")]
        return "\n".join([super().log(), *(read(log) for log in logs)])


def socket_options():
    """Of LISTEN, so that Apache's user may connect."""
    return f",group={grp.getgrnam(USER).gr_name}" if os.geteuid() == 0 else ""


class ApacheProxy(Apache):
    """mod_proxy_fcgi in front of a program that is already running. CHANGES are made in our files:
    {old text: new text}."""

    def __init__(self, directory, socket, changes=None, client=False):
        super().__init__("apache-proxy", directory, ["proxy", "proxy_fcgi"])
        self.write(f"Define TASKGATE_SOCKET {socket}\n")

        def change(text):
            for old, new in (changes or {}).items():
                text = text.replace(old, new)
            return text
        self.site(self.address[1], client=client, change=change)
        self.site(self.array_address[1], "    SetEnv TASKS_LIST_SHAPE array\n", change=change)

    def requests(self):
        """What is in the access log."""
        return (self.directory / "taskgate-access.log").read_text(errors="replace")


class Spawner(Apache):
    """mod_fcgid starts the program, as many times as it likes, from taskgate.fcgi in SITE beside the
    folder "taskgate" with the program and its settings. It is Apache's user here."""

    def __init__(self, name, directory, site, settings):
        directory = Path(directory)
        super().__init__(name, directory, ["fcgid", "rewrite"])
        self.installed = site.parent / "taskgate"
        (self.installed / "sbin").mkdir(parents=True)
        shutil.copy(program(), self.installed / "sbin" / "taskgate")
        self.prepare(site)
        if settings is not None:
            write_settings(self.installed / "taskgate.conf", settings)
        (directory / "fcgid").mkdir()
        if os.geteuid() == 0:
            for path in (directory / "fcgid", *site.parent.rglob("*")):
                shutil.chown(path, USER, USER)
        self.write("FcgidIPCDir {dir}/fcgid\nFcgidProcessTableFile {dir}/fcgid/table\n")
        for variable, value in environment().items():
            self.write('FcgidInitialEnv {variable} "{value}"\n', variable=variable, value=value)

    def prepare(self, site):
        """Puts into SITE what belongs there."""
        raise NotImplementedError

    def log(self):
        return f"{super().log()}\n{read(self.installed / 'data' / 'taskgate.log')}"

    def masters(self):
        """mod_fcgid's process manager is Apache's child, and the programs are its children."""
        return [pid for manager in children(self.service.pid) for pid in children(manager)
                if name_of(pid) == "taskgate"]

    def master(self):
        """The first that was started."""
        found = self.masters()
        assert found, f"no program was started\n{self.log()}"
        return min(found, key=started)

    def stop(self):
        """Apache ends the programs when it ends."""
        pids = [pid for master in self.masters() for pid in (master, *children(master))]
        super().stop()
        try:
            wait_until(lambda: not any(map(alive, pids)), "the programs end with Apache")
        finally:
            kill_all(filter(alive, pids))
        no_sanitizer_report(self.log())
        canaries.none_in(self.log())


class ApacheFcgid(Spawner):
    """By .htaccess, as the manual tells those who have no more than a folder."""

    def __init__(self, directory, settings=None, client=False):
        self.home = Path(directory) / "home"
        super().__init__("apache-fcgid", directory, self.home / "public_html", settings)
        self.write(SHARED, home=self.home)
        if not client:
            (self.home / "public_html" / "index.html").unlink()

    def prepare(self, site):
        recipe, = [block for block in blocks("sh") if "public_html" in block]
        subprocess.run(["sh", "-euc", recipe], check=True, cwd=ROOT,
                       env={"PATH": os.environ["PATH"], "HOME": str(self.home)})


class ApacheFcgidSite(Spawner):
    """By taskgate-fcgid.conf."""

    def __init__(self, directory, settings, client=False):
        site = Path(directory) / "opt" / "bin"
        super().__init__("apache-fcgid-site", directory, site, settings)
        self.write(f"Define TASKGATE_SCRIPT {site}/taskgate.fcgi\n")
        for port in self.address[1], self.array_address[1]:
            self.site(port, client=client, change=lambda text: text.replace(
                "taskgate-proxy.conf", "taskgate-fcgid.conf"))

    def prepare(self, site):
        site.mkdir()
        shutil.copy(DEPLOY / "apache" / "taskgate.fcgi", site)
