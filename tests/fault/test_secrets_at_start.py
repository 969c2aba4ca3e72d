"""G18: a secret that is missing, short, a sample, or readable by everybody."""

import pytest

from harness.taskgate import SECRET, run

# What is in the file of the secret (None: there is no file), its mode, and the word that says it.
SECRETS = {
    "missing": (None, 0o600, "BETTER_AUTH_SECRET_FILE"),
    "empty": ("", 0o600, "BETTER_AUTH_SECRET"),
    "short": ("only-19-bytes-long.\n", 0o600, "32"),
    "sample": ("EWNhWQFikqssCNiZtGZrUVK32lnGWoobrM9ttp8ezE8\n", 0o600, "BETTER_AUTH_SECRET"),
    "readable by everybody": (SECRET, 0o644, "chmod"),
}


@pytest.mark.parametrize("text, mode, word", SECRETS.values(), ids=SECRETS)
def test_a_bad_secret_ends_the_start_with_78_and_one_line(directory, text, mode, word):
    secret = directory / "secret"
    if text is not None:
        secret.write_text(text)
        secret.chmod(mode)
    done = run("serve", "--listen", f"unix:{directory}/s.sock", directory=directory,
               settings={"BETTER_AUTH_SECRET_FILE": secret,
                         "DATABASE_URL": f"sqlite:///{directory}/s.db"})
    assert done.returncode == 78, done
    line, = [line for line in done.stderr.splitlines() if "error" in line]
    assert word in line
    assert not (directory / "s.sock").exists() and not (directory / "s.db").exists()
    assert SECRET not in done.stderr
