"""Fixtures: the stacks for the API tests, pools and databases for the rest."""

import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from harness.admin import AdminClient
from harness.apache import ApacheFcgid, ApacheProxy, socket_options
from harness.mailbox import BASE, Mailbox
from harness.postgres import Cluster
from harness.process import children, wait_until
from harness.servers import Lighttpd, Nginx
from harness.site import Site, done
from harness.stack import Stack, visitor
from harness.taskgate import PREVIOUS_SECRET, SECRET, Taskgate, program
from harness.web import HttpClient


def pytest_sessionstart():
    """Without a program there is nothing to test."""
    try:
        program()
    except AssertionError as problem:
        pytest.exit(str(problem), 2)


# Looks back on all others.
LAST = "test_all_that_is_described_was_seen"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """The last test is last, and there only where all others are too."""
    last = [item for item in items if item.name == LAST]
    items[:] = [item for item in items if item.name != LAST]
    files = set(Path(__file__).parent.glob("test_*.py"))
    whole = not config.option.keyword and not config.option.deselect
    if whole and {item.path for item in items} == files:
        items += last


BASIC_SETTINGS = {
    "BETTER_AUTH_SECRET": SECRET,
    "BETTER_AUTH_SECRET_PREVIOUS": PREVIOUS_SECRET,
    "FRONTEND_URL": "http://localhost:3000,https://app.example.org",
    # All tests come from one address; test_limits.py has pools of its own.
    "PATH_RATE_LIMIT": "off",
}

# name: (web server, store, workers)
STACKS = {
    "nginx-postgresql": ("nginx", "postgresql", 4),
    "lighttpd-sqlite": ("lighttpd", "sqlite", 4),
    "nginx-sqlite": ("nginx", "sqlite", 4),
    "lighttpd-postgresql": ("lighttpd", "postgresql", 4),
    "nginx-sqlite-one-worker": ("nginx", "sqlite", 1),
    "apache-proxy-postgresql": ("apache-proxy", "postgresql", 4),
    "apache-fcgid-sqlite": ("apache-fcgid", "sqlite", 1),
}
# What says something about the web server runs behind Apache too.
APACHE_FILES = {"test_bad_bodies", "test_http", "test_paths", "test_sessions", "test_sign_out",
                "test_tokens", "test_web_attacks"}

# For tests of many requests: each web server and each store once.
# These are the first of all, so that pytest starts none of them a second time.
ON_TWO_STACKS = pytest.mark.parametrize("stack", list(STACKS)[:2], indirect=True, scope="session")


@contextmanager
def short_directory():
    """Short, because a Unix socket's path has at most 107 bytes; open, because PostgreSQL runs as
    another user."""
    with tempfile.TemporaryDirectory(prefix="tg", dir="/tmp") as name:
        path = Path(name)
        path.chmod(0o711)
        yield path


@pytest.fixture
def directory():
    with short_directory() as path:
        yield path


@pytest.fixture(scope="session")
def cluster():
    """One PostgreSQL for the whole session."""
    with short_directory() as path:
        cluster = Cluster(path / "pg")
        cluster.start()
        yield cluster
        cluster.stop()


def database_url(request, store, directory, name):
    """A new empty database."""
    if store == "sqlite":
        return f"sqlite:///{directory}/{name}.db"
    return request.getfixturevalue("cluster").create(f"{name}_{directory.name}")


def behind_proxy(directory, name, settings, workers, server):
    """(stack, taskgate, web server) with a master that we start, on its Unix socket."""
    options = socket_options() if server is ApacheProxy else ""
    taskgate = Taskgate(directory, settings, workers, socket_options=options).start()
    web = server(directory, taskgate.socket)
    try:
        web.start()
    except AssertionError:
        taskgate.kill()
        raise
    stack = Stack(name, web.name, HttpClient(web.address), HttpClient(web.array_address),
                  settings["DATABASE_URL"], lambda: taskgate.pid,
                  {"taskgate": taskgate.log, web.name: web.log})
    return stack, taskgate, web


def behind_spawner(directory, name, settings, workers, server):
    """(stack, web server) that starts the program itself."""
    web = server(directory, {**settings, "WORKERS": workers}).start()
    client = HttpClient(web.address)
    try:
        wait_until(lambda: client.get("/health").status == 200, f"health behind {web.name}")
        wait_until(lambda: len(children(web.master())) == workers, f"workers behind {web.name}")
    except AssertionError as failure:
        web.service.stop()
        raise AssertionError(f"{failure}\n{web.log()}") from None
    stack = Stack(name, web.name, client, HttpClient(web.array_address), settings["DATABASE_URL"],
                  web.master, {web.name: web.log})
    return stack, web


SERVERS = {"nginx": Nginx, "lighttpd": Lighttpd, "apache-proxy": ApacheProxy,
           "apache-fcgid": ApacheFcgid}


@contextmanager
def serving(directory, name, server, settings, workers=4):
    """A stack of SERVER and the program; in the end both are stopped, and were well."""
    kind = SERVERS[server]
    with ExitStack() as at_end:
        if kind in (Nginx, ApacheProxy):
            stack, taskgate, web = behind_proxy(directory, name, settings, workers, kind)
            at_end.callback(stop_well, taskgate)
        else:
            stack, web = behind_spawner(directory, name, settings, workers, kind)
        at_end.callback(web.stop)
        yield stack


def pytest_generate_tests(metafunc):
    """The stacks that a file's tests run on, but for those that say it themselves."""
    marks = metafunc.definition.iter_markers("parametrize")
    if "stack" in metafunc.fixturenames and not any("stack" in mark.args[0] for mark in marks):
        file = metafunc.module.__name__
        names = [name for name in STACKS if not name.startswith("apache") or file in APACHE_FILES]
        metafunc.parametrize("stack", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def stack(request):
    """The pair under test: every API test runs on each, and in the end no process has died."""
    server, store, workers = STACKS[request.param]
    with short_directory() as directory:
        settings = {**BASIC_SETTINGS,
                    "DATABASE_URL": database_url(request, store, directory, "api")}
        if server == "apache-fcgid":  # the program is another user, with a folder of its own
            settings["DATABASE_URL"] = f"sqlite:///{directory}/home/taskgate/data/api.db"
        with serving(directory, request.param, server, settings, workers) as stack:
            before = stack.pool()
            yield stack
            assert stack.pool() == before, "a process of the pool died"


# Both web servers and both stores, once, for what needs settings of its own.
PAIRS = [("nginx", "sqlite"), ("lighttpd", "postgresql")]


@contextmanager
def with_mailbox(request, server, store, **settings):
    """A stack that writes its letters into a folder: .mailbox."""
    with short_directory() as directory:
        folder = directory / "mail"
        folder.mkdir()
        folder.chmod(0o777)
        url = database_url(request, store, directory, "mail")
        settings = {**BASIC_SETTINGS, "DATABASE_URL": url, "BASE_URL": BASE, "MAIL_DIR": folder,
                    **settings}
        with serving(directory, "mail", server, settings) as stack:
            stack.mailbox = Mailbox(folder)
            stack.directory = directory
            yield stack


@pytest.fixture(scope="module", params=PAIRS, ids="-".join)
def site(request):
    with with_mailbox(request, *request.param,
                      MAIL_FROM="Tasks, Inc. <auth@example.org>") as stack:
        yield stack


@pytest.fixture(scope="module", params=PAIRS, ids="-".join)
def strict(request):
    """One where an address must be proven before it may sign in."""
    with with_mailbox(request, *request.param, REQUIRE_EMAIL_VERIFICATION="on") as stack:
        yield stack


def stop_well(taskgate):
    assert taskgate.stop() == 0, taskgate.log()


@pytest.fixture
def user():
    """Somebody with a token and nothing else."""
    return visitor()


@pytest.fixture
def client(stack):
    return stack.client


@pytest.fixture
def same_pool(stack):
    """The test leaves every process of the pool alive."""
    before = stack.pool()
    yield
    assert stack.pool() == before, "a process of the pool died"


@pytest.fixture(scope="module")
def pool():
    """One program on a Unix socket for a whole file of tests, without a web server."""
    with short_directory() as path, ExitStack() as at_end:
        settings = {**BASIC_SETTINGS, "DATABASE_URL": f"sqlite:///{path}/pool.db"}
        taskgate = Taskgate(path, settings, workers=3).start()
        at_end.callback(stop_well, taskgate)
        before = taskgate.workers()
        yield taskgate
        assert taskgate.workers() == before, "a worker died"


@pytest.fixture
def same_workers(pool):
    """Whatever the test sends, every process lives on and the pool serves."""
    before = [pool.pid, *wait_until(pool.complete, "the whole pool")]
    yield
    assert pool.client.get("/health").status == 200
    assert [pool.pid, *pool.workers()] == before, "a process of the pool died"


@pytest.fixture
def make_pool(directory):
    """Starts programs on Unix sockets, without a web server; stops them in the end."""
    started = []

    def make(name="taskgate", workers=2, start=True, **settings):
        url = f"sqlite:///{directory}/{name}.db"
        pool = Taskgate(directory, {**BASIC_SETTINGS, "DATABASE_URL": url, **settings}, workers,
                        name)
        if start:
            pool.start()
        started.append(pool)
        return pool

    make.logs = lambda: "\n".join(f"--- {pool.service.name}\n{pool.log()}" for pool in started)
    yield make
    for pool in started:
        if pool.service.running():
            pool.stop()


@pytest.fixture
def make_watched(make_pool, directory):
    """A pool with an admin socket; its client is .admin_client."""
    def make(**settings):
        pool = make_pool(ADMIN_LISTEN=f"unix:{directory}/admin.sock", **settings)
        pool.admin_client = AdminClient(directory / "admin.sock")
        return pool
    return make


@pytest.fixture(scope="module")
def watched():
    """One program with an admin socket for all tests that leave it as it is."""
    with short_directory() as path:
        settings = {**BASIC_SETTINGS, "DATABASE_URL": f"sqlite:///{path}/pool.db",
                    "ADMIN_LISTEN": f"unix:{path}/admin.sock"}
        pool = Taskgate(path, settings, workers=3).start()
        pool.admin_client = AdminClient(path / "admin.sock")
        try:
            yield pool
        finally:
            stop_well(pool)


@pytest.fixture
def make_site(request, directory):
    """Makes a database and its command line, and starts its server where it is wanted."""
    made = []

    def make(kind="sqlite", name="site", serve=False, migrate=True, **settings):
        url = database_url(request, kind, directory, name)
        site = Site(directory, name, kind, url, {**BASIC_SETTINGS, **settings})
        made.append(site)
        if migrate:
            done(site.run("migrate"))
        if serve:
            site.serve()
        return site

    yield make
    for site in made:
        site.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def web_pool(request, directory):
    """(stack, taskgate) behind an nginx of its own, for tests that hurt the processes."""
    url = database_url(request, request.param, directory, "load")
    settings = {**BASIC_SETTINGS, "DATABASE_URL": url}
    stack, taskgate, nginx = behind_proxy(directory, request.param, settings, 4, Nginx)
    yield stack, taskgate
    try:
        nginx.stop()
    finally:
        stop_well(taskgate)


def log_of(value):
    """The log behind a fixture's value, if it has one."""
    for source in value if isinstance(value, tuple) else (value,):
        read = getattr(source, "logs", None) if callable(source) else getattr(source, "log", None)
        if callable(read):
            yield read()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failed test shows the end of the logs."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    for name, value in item.funcargs.items():
        for text in log_of(value):
            tail = "\n".join(text.splitlines()[-60:])
            report.sections.append((f"log of {name}", tail))
