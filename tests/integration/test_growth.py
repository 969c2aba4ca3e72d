"""What a request costs the database does not depend on how many users there are."""

import subprocess
import sys
from pathlib import Path

import pytest

from conftest import database_url

DATA = Path(__file__).resolve().parents[1] / "bench" / "data"


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_a_statement_touches_as_much_with_twenty_times_the_users(request, directory, store):
    databases = []
    for users in (1000, 20000):
        url = database_url(request, store, directory, f"growth{users}")
        subprocess.run([sys.executable, DATA / "build.py", url, str(users), "5"], check=True,
                       timeout=120, capture_output=True)
        databases.append(f"{url}={users}")
    done = subprocess.run([sys.executable, DATA / "plans.py", *databases], capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
