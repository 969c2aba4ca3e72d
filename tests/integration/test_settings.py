"""Settings and the command line: every problem at once, in words, exit 78 (contract.md, 8)."""


import pytest

from harness import fcgi
from harness.stack import sign_up, visitor
from harness.taskgate import PREVIOUS_SECRET, SECRET, run, write_settings

# A setting of None is absent.
WRONG = {
    "no secret": ({"BETTER_AUTH_SECRET": None}, ["BETTER_AUTH_SECRET"]),
    "empty secret": ({"BETTER_AUTH_SECRET": ""}, ["BETTER_AUTH_SECRET"]),
    "short secret": ({"BETTER_AUTH_SECRET": "only-19-bytes-long."},
                     ["BETTER_AUTH_SECRET", "19", "32"]),
    "secret of 31 bytes": ({"BETTER_AUTH_SECRET": SECRET[:31]}, ["BETTER_AUTH_SECRET", "31"]),
    "a guide's secret": ({"BETTER_AUTH_SECRET": "EWNhWQFikqssCNiZtGZrUVK32lnGWoobrM9ttp8ezE8"},
                         ["BETTER_AUTH_SECRET"]),
    "short old secret": ({"BETTER_AUTH_SECRET_PREVIOUS": "short"}, ["BETTER_AUTH_SECRET_PREVIOUS"]),
    "another database": ({"DATABASE_URL": "mysql://user:hunter2-canary@host/db"}, ["DATABASE_URL"]),
    "no database at all": ({"DATABASE_URL": "todo.db"}, ["DATABASE_URL"]),
    "any origin": ({"FRONTEND_URL": "*"}, ["FRONTEND_URL"]),
    "any origin among others": ({"FRONTEND_URL": "http://localhost:3000,*"}, ["FRONTEND_URL"]),
    "pattern of origins": ({"FRONTEND_URL": "https://*.example.org"}, ["FRONTEND_URL"]),
    "no origin": ({"FRONTEND_URL": "localhost:3000"}, ["FRONTEND_URL"]),
    "origin with a path": ({"FRONTEND_URL": "http://localhost:3000/app"}, ["FRONTEND_URL"]),
    "another algorithm": ({"ALGORITHM": "RS256"}, ["ALGORITHM"]),
    "algorithm none": ({"ALGORITHM": "none"}, ["ALGORITHM"]),
    "another algorithm for tokens": ({"TOKEN_ALG": "RS256"}, ["TOKEN_ALG", "EdDSA", "HS256"]),
    "no workers": ({"WORKERS": "0"}, ["WORKERS"]),
    "workers in words": ({"WORKERS": "four"}, ["WORKERS"]),
    "too many workers": ({"WORKERS": "100000"}, ["WORKERS"]),
    "unknown shape": ({"LIST_SHAPE": "table"}, ["LIST_SHAPE"]),
    "negative lifetime": ({"TOKEN_TTL": "-1"}, ["TOKEN_TTL"]),
    "lifetime beyond numbers": ({"TOKEN_TTL": "99999999999999999999"}, ["TOKEN_TTL"]),
    "half a switch": ({"AUTO_PROVISION": "perhaps"}, ["AUTO_PROVISION"]),
    "no base": ({"BASE_URL": "example.org"}, ["BASE_URL"]),
    "base with a query": ({"BASE_URL": "https://example.org/?x=1"}, ["BASE_URL"]),
    "unknown kind of hash": ({"PASSWORD_HASH": "md5"}, ["PASSWORD_HASH", "argon2id", "scrypt"]),
    "nobody may fail": ({"RATE_LIMIT_MAX": "0"}, ["RATE_LIMIT_MAX"]),
    "no window": ({"RATE_LIMIT_WINDOW": "0"}, ["RATE_LIMIT_WINDOW"]),
    "half a limit": ({"PATH_RATE_LIMIT": "3"}, ["PATH_RATE_LIMIT"]),
    "proxy by name": ({"TRUSTED_PROXIES": "127.0.0.1, proxy.example.org"}, ["TRUSTED_PROXIES"]),
    "everybody a proxy": ({"TRUSTED_PROXIES": "0.0.0.0/0"}, ["TRUSTED_PROXIES"]),
    "everybody a proxy, IPv6": ({"TRUSTED_PROXIES": "::/0"}, ["TRUSTED_PROXIES"]),
    "too small a network": ({"TRUSTED_PROXIES": "10.0.0.0/33"}, ["TRUSTED_PROXIES"]),
    "unknown setting": ({"BETTER_AUTH_SECRTE": "x"}, ["BETTER_AUTH_SECRTE", "command.conf:3"]),
}


@pytest.fixture
def good(directory):
    return {"BETTER_AUTH_SECRET": SECRET, "DATABASE_URL": f"sqlite:///{directory}/settings.db"}


@pytest.mark.parametrize("command", ["check", "serve"])
@pytest.mark.parametrize("change, words", WRONG.values(), ids=WRONG)
def test_a_wrong_setting_ends_with_78_and_a_clear_line(directory, good, command, change, words):
    listen = ["--listen", f"unix:{directory}/never.sock"] if command == "serve" else []
    done = run(command, *listen, directory=directory, settings={**good, **change})
    assert done.returncode == 78, done
    lines = [line for line in done.stderr.splitlines() if words[0] in line]
    assert lines, done.stderr
    for word in words:
        assert any(word in line for line in lines), (word, done.stderr)
    assert not (directory / "never.sock").exists()
    for secret in (*filter(None, [change.get("BETTER_AUTH_SECRET")]), SECRET, "hunter2-canary"):
        assert secret not in done.stdout + done.stderr


def test_a_short_secret_is_told_how_to_make_a_good_one(directory, good):
    done = run("check", directory=directory, settings={**good, "BETTER_AUTH_SECRET": "x" * 10})
    commands = ("openssl rand", "secrets.token", "/dev/urandom")
    assert any(command in done.stderr for command in commands)


def test_all_problems_are_told_at_once(directory, good):
    wrong = {"BETTER_AUTH_SECRET": "short", "DATABASE_URL": "mysql://x", "FRONTEND_URL": "*",
             "ALGORITHM": "RS256", "WORKERS": "0", "NO_SUCH_SETTING": "1"}
    done = run("check", directory=directory, settings={**good, **wrong})
    assert done.returncode == 78
    for name in wrong:
        assert name in done.stderr, name


@pytest.mark.parametrize("line", ["no equals sign", "=value", "A B=c"])
def test_a_line_that_is_no_setting_is_named_by_file_and_line(directory, good, line):
    path = write_settings(directory / "odd.conf", good)
    with path.open("a") as file:
        file.write(f"\n# a comment\n{line}\n")
    done = run("check", "--config", path, directory=directory)
    assert done.returncode == 78
    assert "odd.conf:5" in done.stderr


def test_a_missing_file_is_named(directory):
    done = run("check", "--config", directory / "absent.conf", directory=directory)
    assert done.returncode == 78 and "absent.conf" in done.stderr


def test_good_settings_pass_and_write_nothing(directory, good):
    done = run("check", directory=directory, settings=good)
    assert done.returncode == 0, done
    assert not (directory / "settings.db").exists()


def test_comments_quotes_and_blank_lines_are_read(directory, good):
    path = directory / "quoted.conf"
    path.write_text(f"# comment\n\n  BETTER_AUTH_SECRET=\"{SECRET}\"\n"
                    f"DATABASE_URL='{good['DATABASE_URL']}'\n")
    path.chmod(0o600)
    assert run("check", "--config", path, directory=directory).returncode == 0


def test_the_environment_wins_over_the_file(directory, good):
    done = run("check", "--print", directory=directory, settings={**good, "LIST_SHAPE": "array"},
               env={"LIST_SHAPE": "tasks"})
    assert done.returncode == 0 and "LIST_SHAPE=tasks" in done.stdout


def test_a_secret_may_come_from_a_file_of_its_own(directory, good):
    secret = directory / "secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    settings = {**good, "BETTER_AUTH_SECRET": None, "BETTER_AUTH_SECRET_FILE": secret}
    assert run("check", directory=directory, settings=settings).returncode == 0
    secret.write_text("short\n")
    done = run("check", directory=directory, settings=settings)
    assert done.returncode == 78 and "BETTER_AUTH_SECRET" in done.stderr
    secret.unlink()
    done = run("check", directory=directory, settings=settings)
    assert done.returncode == 78 and "BETTER_AUTH_SECRET_FILE" in done.stderr


def test_tokens_of_a_secret_from_a_file_are_those_of_the_secret(make_pool, directory):
    secret = directory / "secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    pool = make_pool(BETTER_AUTH_SECRET=None, BETTER_AUTH_SECRET_FILE=secret)
    assert pool.client.get("/api/tasks", token=visitor().token).status == 200


def test_print_shows_the_settings_without_secrets(directory, good):
    settings = {**good, "BETTER_AUTH_SECRET_PREVIOUS": PREVIOUS_SECRET, "WORKERS": "7",
                "DATABASE_URL": "postgresql://user:hunter2-canary@127.0.0.1/db"}
    done = run("check", "--print", directory=directory, settings=settings)
    assert done.returncode == 0, done
    shown = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert shown["WORKERS"] == "7"
    assert "127.0.0.1/db" in shown["DATABASE_URL"]
    for secret in (SECRET, PREVIOUS_SECRET, "hunter2-canary"):
        assert secret not in done.stdout + done.stderr
    assert list(shown) == sorted(shown)


def test_what_print_shows_can_be_read_again(directory, good):
    done = run("check", "--print", directory=directory, settings={**good, "LIST_SHAPE": "object"})
    lines = [line for line in done.stdout.splitlines()
             if not line.startswith(("BETTER_AUTH_SECRET", "DATABASE_URL"))]
    path = directory / "again.conf"
    lines += [f"BETTER_AUTH_SECRET={SECRET}", f"DATABASE_URL={good['DATABASE_URL']}", ""]
    path.write_text("\n".join(lines))
    path.chmod(0o600)
    again = run("check", "--print", "--config", path, directory=directory)
    assert again.returncode == 0, again
    assert again.stdout == done.stdout


@pytest.mark.parametrize("name, value",
                         [("ALGORITHM", "HS256"), ("HOST", "0.0.0.0"), ("PORT", "8000")])
def test_settings_without_effect_are_accepted_with_a_word(directory, good, name, value):
    done = run("check", directory=directory, settings={**good, name: value})
    assert done.returncode == 0
    assert name in done.stderr + done.stdout


def test_version_and_help(directory):
    version = run("--version", directory=directory)
    assert version.returncode == 0 and version.stdout.startswith("taskgate ")
    text = run("--help", directory=directory)
    assert text.returncode == 0
    for word in ("serve", "migrate", "check", "--config", "--workers", "--listen"):
        assert word in text.stdout


@pytest.mark.parametrize("args", [["serv"], ["--nothing"], ["serve", "--workers"],
                                  ["serve", "--workers", "x"],
                                  ["serve", "superfluous"], []])
def test_a_wrong_command_line_is_refused(directory, args):
    done = run(*args, directory=directory)
    assert done.returncode not in (0, -6, -11) and done.stderr


def test_migrate_makes_the_schema_and_may_be_repeated(directory, good):
    for _ in range(2):
        assert run("migrate", directory=directory, settings=good).returncode == 0
    assert (directory / "settings.db").stat().st_mode & 0o077 == 0


def test_without_auto_migrate_a_database_without_schema_is_refused_in_words(directory, good):
    settings = {**good, "AUTO_MIGRATE": "off"}
    done = run("serve", "--listen", f"unix:{directory}/s.sock", directory=directory,
               settings=settings)
    assert done.returncode != 0 and "migrate" in done.stderr


# --- settings that show on the wire ---------------------------------------------------------------


def test_https_makes_the_cookies_secure_and_sends_hsts(make_pool):
    pool = make_pool(BASE_URL="https://tasks.example.org")
    user = sign_up(pool.client)
    _, session = user.cookies["__Secure-better-auth.session_token"]
    assert session["secure"] is True and session["samesite"] == "Lax"
    refresh, = [name for name in user.cookies if name.endswith("better-auth.refresh_token")]
    _, attributes = user.cookies[refresh]
    assert attributes["secure"] is True and attributes["samesite"] == "Strict"
    assert "better-auth.session_token" not in user.cookies
    # HSTS belongs to answers over TLS, which the web server tells.
    pairs = fcgi.environment("GET", "/health")
    for name, value in (("HTTPS", "on"), ("REQUEST_SCHEME", "https")):
        secure = pool.client.send(fcgi.request(fcgi.replaced(pairs, name, value)))
        assert secure.header("Strict-Transport-Security").startswith("max-age=")
    assert pool.client.get("/health").header("Strict-Transport-Security") is None
    out = pool.client.post("/api/auth/sign-out", cookie=user.cookie,
                           origin="https://tasks.example.org")
    assert out.status == 200
    assert pool.client.get("/api/tasks", token=user.token).status == 401


def test_limits_and_lifetimes_come_from_the_settings(make_pool):
    pool = make_pool(MAX_BODY="1024", TASK_LIST_MAX="3", TOKEN_TTL="120", LIST_SHAPE="tasks",
                     MIN_PASSWORD_LENGTH="12", JWT_ISSUER="me", AUTO_PROVISION="off")
    short = pool.client.post("/api/auth/sign-up",
                             json={"email": "a@example.org", "password": "elevenchars"})
    assert short.status == 400
    user = sign_up(pool.client)
    for number in range(5):
        assert pool.client.post("/api/tasks", token=user.token,
                                json={"title": str(number)}).status == 201
    answer = pool.client.get("/api/tasks", token=user.token)
    assert set(answer.json()) - {"next_cursor"} == {"tasks", "user_id"}
    assert len(answer.json()["tasks"]) == 3
    assert 'rel="next"' in answer.header("Link")
    large = pool.client.post("/api/tasks", token=user.token, json={"title": "x", "pad": "x" * 1024})
    assert large.status == 413
    stranger = pool.client.post("/api/tasks", token=visitor().token, json={"title": "x"})
    assert 400 <= stranger.status < 500


def test_iss_and_aud_can_be_required(make_pool):
    pool = make_pool(JWT_REQUIRE_ISS_AUD="on", JWT_ISSUER="one,two", JWT_AUDIENCE="here")
    wanted = {"iss": "two", "aud": "here"}
    assert pool.client.get("/api/tasks", token=visitor(**wanted).token).status == 200
    for missing in ({}, {"iss": "two"}, {"aud": "here"}, {"iss": "three", "aud": "here"}):
        assert pool.client.get("/api/tasks", token=visitor(**missing).token).status == 401
    assert pool.client.get("/api/tasks", token=sign_up(pool.client).token).status == 200


def test_without_session_check_a_signed_out_token_lives_on(make_pool):
    pool = make_pool(SESSION_CHECK="off")
    user = sign_up(pool.client)
    pool.client.post("/api/auth/sign-out", cookie=user.cookie, origin="http://localhost:3000")
    assert pool.client.get("/api/tasks", token=user.token).status == 200
