"""G15: the disk is full, out of inodes, fails, or is read-only. Reads go on, writes get 503, and all is
well again without a restart once the disk is."""

import errno
import shutil
import sqlite3
import subprocess
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import faults
from conftest import BASIC_SETTINGS
from harness import check
from harness.admin import AdminClient
from harness.process import wait_until
from harness.stack import create, listed, sign_up, visitor
from harness.taskgate import Taskgate


def mounts_are_possible():
    done = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"],
                          capture_output=True, check=False)
    return done.returncode == 0


class Disk:
    """A tmpfs that only the program sees."""

    def __init__(self, directory, settings, options):
        self.mount_point = directory / "disk"
        self.mount_point.mkdir()
        admin = directory / "admin.sock"
        self.taskgate = Taskgate(directory, {
            **BASIC_SETTINGS, "DATABASE_URL": f"sqlite:///{self.mount_point}/tasks.db",
            "ADMIN_LISTEN": f"unix:{admin}", **settings}, workers=2)
        script = 'mount -t tmpfs -o "$1" none "$2" && shift 2 && exec "$@"'
        self.taskgate.service.argv = ["unshare", "--mount", "sh", "-c", script, "sh", options,
                                      str(self.mount_point), *self.taskgate.service.argv]
        self.admin = AdminClient(admin)

    @property
    def folder(self):
        """The same folder as everybody else sees it."""
        return Path(f"/proc/{self.taskgate.pid}/root{self.mount_point}")

    def fill(self):
        """Until not a byte more goes in."""
        with (self.folder / "filler").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError as full:
                assert full.errno == errno.ENOSPC

    def use_inodes(self):
        try:
            for number in range(100000):
                (self.folder / f"inode{number}").touch()
        except OSError as full:
            assert full.errno == errno.ENOSPC

    def clear(self):
        for path in [*self.folder.glob("inode*"), *self.folder.glob("filler")]:
            path.unlink()

    def copy_of_database(self, directory):
        for path in self.folder.glob("tasks.db*"):
            shutil.copy(path, directory / path.name)
        return directory / "tasks.db"


@contextmanager
def on_disk(directory, options, **settings):
    if not mounts_are_possible():
        pytest.skip("no mounts in a namespace of one's own: the tests do not run as root")
    disk = Disk(directory, settings, options)
    disk.taskgate.start()
    try:
        yield disk
        assert disk.taskgate.service.running()
        database = disk.copy_of_database(directory)
        with closing(sqlite3.connect(database)) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        assert disk.taskgate.stop() == 0, disk.taskgate.log()


def write(client, user, size=9000):
    return client.post("/api/tasks", token=user.token,
                       json={"title": "x", "description": "x" * size})


def check_trouble(disk, user, before):
    """Writes fail, and are told to; reads and the checks of tokens go on."""
    client = disk.taskgate.client
    wait_until(lambda: write(client, user).status == 503, "writes fail", 20)
    refused = write(client, user)
    check.error(refused, 503)
    assert int(refused.header("Retry-After")) > 0
    assert disk.admin.get("/ready").status == 503
    kept = listed(client, user)
    assert [task for task in kept if task in before] == before
    check.unauthorized(client.get("/api/tasks", token="x.y.z"))
    assert client.get("/api/tasks", token=user.token).status == 200
    return kept


def check_recovery(disk, user, kept, pool):
    client = disk.taskgate.client
    wait_until(lambda: write(client, user).status == 201, "writes work again", 20)
    wait_until(lambda: disk.admin.get("/ready").status == 200, "ready again", 20)
    now = listed(client, user)
    assert [task for task in now if task in kept] == kept
    assert [disk.taskgate.pid, *disk.taskgate.workers()] == pool, "nobody was restarted"


def test_a_full_disk_is_survived(directory):
    with on_disk(directory, "size=1m") as disk:
        user = sign_up(disk.taskgate.client)
        before = [create(disk.taskgate.client, user, "before")]
        pool = [disk.taskgate.pid, *disk.taskgate.workers()]
        disk.fill()
        kept = check_trouble(disk, user, before)
        disk.clear()
        check_recovery(disk, user, kept, pool)


def test_a_program_without_an_inode_to_spare_serves_or_says_why_not(directory):
    with on_disk(directory, "size=4m,nr_inodes=12") as disk:
        client = disk.taskgate.client
        user = sign_up(client)
        task = create(client, user)
        disk.use_inodes()
        # The files of the database are there already: nothing changes.
        assert write(client, user).status == 201
        # New workers open them anew.
        disk.taskgate.reload()
        assert task in listed(client, user)
        assert write(client, user).status in (201, 503)
        disk.clear()
        wait_until(lambda: write(client, user).status == 201, "writes work", 20)


FAILURES = {"write": errno.EIO, "sync": errno.EIO, "read-only": errno.EROFS}


@pytest.mark.parametrize("kind", FAILURES)
def test_a_disk_that_fails_is_survived(directory, library, kind):
    """Every write, or every fsync, is an error of the disk, until it is mended. A kernel that makes a
    file system read-only for its errors does so to open files too; mount(8) cannot."""
    control = faults.Faults(library, directory)
    taskgate = Taskgate(directory, {**BASIC_SETTINGS,
                                    "DATABASE_URL": f"sqlite:///{directory}/tasks.db"}, workers=1)
    taskgate.service.env = control.environment()
    taskgate.start()
    try:
        user = visitor()
        task = create(taskgate.client, user)
        pool = taskgate.workers()
        control.aim(pool[0])
        control.arm("write" if kind == "read-only" else kind, 1, FAILURES[kind], "fail_all")
        for _ in range(3):
            check.error(write(taskgate.client, user), 503)
            assert task in listed(taskgate.client, user)
        assert control.disarm(), "nothing failed"
        kept = listed(taskgate.client, user)
        assert write(taskgate.client, user).status == 201
        assert [row for row in listed(taskgate.client, user) if row in kept] == kept
        assert taskgate.workers() == pool, "nobody was restarted"
    finally:
        assert taskgate.stop() == 0
    with closing(sqlite3.connect(directory / "tasks.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
