"""Fixtures of the fault tests: those of the integration tests, the size of a run, its figures."""

import importlib.util
import os
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

INTEGRATION = Path(__file__).resolve().parents[1] / "integration"
sys.path.insert(0, str(INTEGRATION))


def fixtures_of_integration():
    """Its conftest.py, under another name: this file is called conftest too."""
    spec = importlib.util.spec_from_file_location("integration", INTEGRATION / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


_integration = fixtures_of_integration()
pytest_sessionstart = _integration.pytest_sessionstart
pytest_runtest_makereport = _integration.pytest_runtest_makereport
cluster = _integration.cluster
directory = _integration.directory
make_pool = _integration.make_pool
BASIC_SETTINGS = _integration.BASIC_SETTINGS
database_url = _integration.database_url

# The numbers of the goals, instead of the few rounds that CI has time for.
FULL = os.environ.get("TASKGATE_FULL") == "1"


def rounds(short, full):
    return full if FULL else short


def serving(directory, url, server="nginx", workers=4, **settings):
    """A stack with an own web server."""
    settings = {**_integration.BASIC_SETTINGS, "DATABASE_URL": url, **settings}
    return _integration.serving(directory, "fault", server, settings, workers)


@contextmanager
def ending(taskgate):
    """Stops a program that may have ended by itself; after a failure nothing is left of it."""
    try:
        yield taskgate
        assert not taskgate.service.running() or taskgate.stop() == 0, taskgate.log()
    finally:
        if taskgate.service.running():
            taskgate.kill()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, directory):
    """A new empty database of each kind."""
    return _integration.database_url(request, request.param, directory, "fault")


@pytest.fixture
def show(capsys, request):
    """Prints a figure for the person who runs the tests, also when all is well; the file that
    TASKGATE_FIGURES names gets it too."""
    def show(text):
        with capsys.disabled():
            print(f"\n  {request.node.name}: {text}")
        if path := os.environ.get("TASKGATE_FIGURES"):
            with open(path, "a", encoding="utf-8") as file:
                file.write(f"{request.node.nodeid}: {text}\n")
    return show


@pytest.fixture
def own_cluster(directory):
    """A PostgreSQL that the test may hurt."""
    from harness.postgres import Cluster

    cluster = Cluster(directory / "pg")
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
def plain_build(monkeypatch):
    """The program without sanitizers, which have a malloc and an address space of their own."""
    path = os.environ.get("TASKGATE_PLAIN_BIN")
    assert path and os.access(path, os.X_OK), "set TASKGATE_PLAIN_BIN to an ordinary build"
    monkeypatch.setenv("TASKGATE_BIN", path)


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    """preload.c, compiled."""
    from faults import build

    return build(tmp_path_factory.mktemp("preload"))
