"""PgBouncer in transaction mode: each transaction may have another of the server's connections."""

import os
import shutil
from urllib.parse import urlsplit

import pytest

from conftest import serving
from harness.load import threads
from harness.people import Holder
from harness.process import Service, free_port, wait_until
from harness.stack import ORIGIN, PASSWORD, create, listed, sign_in
from writers import acknowledged, check_all, refused, writing

CONFIG = """\
[databases]
{database} = host={host} user=postgres password={password}
[pgbouncer]
listen_addr =
listen_port = {port}
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 100
ignore_startup_parameters = extra_float_digits
logfile = {folder}/log
pidfile = {folder}/pid
"""


class Bouncer:
    """In front of the database DATABASE of CLUSTER."""

    def __init__(self, directory, cluster, database):
        folder = directory / "bouncer"
        folder.mkdir()
        port = free_port()
        config = folder / "pgbouncer.ini"
        config.write_text(CONFIG.format(
            database=database, host=cluster.directory, folder=folder, port=port,
            password=urlsplit(cluster.url()).password))
        as_postgres = []
        if os.getuid() == 0:
            as_postgres = ["runuser", "-u", "postgres", "--"]
            for path in (folder, config):
                shutil.chown(path, "postgres")
        self.socket = folder / f".s.PGSQL.{port}"
        self.url = f"postgresql://postgres@/{database}?host={folder}&port={port}"
        self.service = Service("pgbouncer", [*as_postgres, "pgbouncer", config], directory)

    def __enter__(self):
        self.service.start()
        wait_until(self.socket.exists, "PgBouncer listens")
        return self

    def __exit__(self, *_):
        self.service.stop()

    def log(self):
        return self.service.log()


@pytest.fixture
def bouncer(cluster, directory):
    database = f"bounced_{directory.name}"
    cluster.create(database)
    with Bouncer(directory, cluster, database) as bouncer:
        yield bouncer


def everything_a_user_does(client):
    """Of each kind of route something; most are transactions of several statements."""
    holder = Holder(client)
    task = create(client, holder)
    assert client.put(f"/api/tasks/{task['id']}", token=holder.token,
                      json={"title": "new"}).status == 200
    assert client.patch(f"/api/tasks/{task['id']}/complete", token=holder.token).status == 200
    found, = listed(client, holder, "?q=new&sort=title")
    assert found["title"] == "new" and found["completed"]
    other = holder.another()
    assert len(client.get("/api/auth/list-sessions", cookie=holder.cookie).json()) == 2
    assert holder.post("update-user", {"name": "Renamed"}).status == 200
    new = {"currentPassword": PASSWORD, "newPassword": PASSWORD + "!", "revokeOtherSessions": True}
    changed = holder.post("change-password", new)
    assert changed.status == 200
    assert not other.is_alive()
    again = sign_in(client, holder.email, PASSWORD + "!")
    assert again.status == 200
    cookie = "better-auth.refresh_token=" + again.cookies()["better-auth.refresh_token"][0]
    assert client.post("/api/auth/refresh", cookie=cookie, origin=ORIGIN).status == 200
    assert client.post("/api/auth/refresh", cookie=cookie, origin=ORIGIN).status == 401
    last = Holder(client, holder.email, PASSWORD + "!")
    assert client.delete(f"/api/tasks/{task['id']}", token=last.token).status == 200
    assert last.post("delete-user", {"password": PASSWORD + "!"}).status == 200
    assert sign_in(client, holder.email, PASSWORD + "!").status == 401


@pytest.mark.parametrize("prepare", ["on", "off"])
def test_everything_works_behind_pgbouncer(bouncer, directory, prepare, show):
    done = []
    # Three of them hash passwords, so that nobody has to wait for that, however slow the machine.
    with serving(directory, bouncer.url, workers=12, DB_PREPARE=prepare) as stack:
        pool = stack.pool()
        with threads(3, lambda _: done.append(everything_a_user_does(stack.client))) as failures:
            wait_until(lambda: failures or len(done) >= 6, "users come and go")
        with writing(stack.client, 6) as (writers, failures):
            wait_until(lambda: failures or acknowledged(writers) >= 300, "writes")
        check_all(writers)
        assert refused(writers) == {}
        assert stack.pool() == pool
    show(f"{len(done)} users, {acknowledged(writers)} writes of 6 clients over 3 connections")
