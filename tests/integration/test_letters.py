"""Letters through real web servers: what is in the mailbox, where its links lead, and how a sendmail
program is run."""

import email
import email.policy
import glob
import os
import re
import signal
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from conftest import BASIC_SETTINGS
from harness import check
from harness.mailbox import BASE, Mailbox, address_in, link_of, text_of
from harness.process import wait_until
from harness.stack import ORIGIN, PASSWORD, create, unique_email
from harness.taskgate import SECRET

NEW_PASSWORD = "amber Meadow 31 compass"
SENT = "If this email exists in our system, check your email for the reset link"


def post(site, route, body, cookie=None):
    return site.client.post(f"/api/auth/{route}", json=body, origin=ORIGIN, cookie=cookie)


def get(site, link, cookie=None):
    return site.client.get(link, cookie=cookie)


def sign_up(site, address=None, **members):
    return post(site, "sign-up/email", {"name": "N", "email": address or unique_email(),
                                        "password": PASSWORD, **members})


def sign_in(site, address, password=PASSWORD):
    return post(site, "sign-in/email", {"email": address, "password": password})


def cookie_of(answer):
    return "; ".join(f"{name}={value}" for name, (value, _) in answer.cookies().items() if value)


def session_of(site, cookie):
    answer = get(site, "/api/auth/get-session", cookie)
    assert answer.status == 200, answer
    return answer.json()


def ask_for_reset(site, address):
    answer = post(site, "request-password-reset", {"email": address, "redirectTo": "/new"})
    assert answer.status == 200, answer
    assert answer.json() == {"status": True, "message": SENT}


def reset_token(site, address, count=1):
    ask_for_reset(site, address)
    link = link_of(site.mailbox.wait(address, count))
    answer = get(site, link)
    assert answer.status == 302, answer
    target = urlsplit(answer.header("Location"))
    assert target.path == "/new"
    return parse_qs(target.query)["token"][0]


def test_a_letter_has_all_headers_and_both_forms(site):
    address = unique_email()
    sign_up(site, address)
    ask_for_reset(site, address.upper())
    letter = site.mailbox.wait(address)
    assert address_in(letter, "From") == ("Tasks, Inc.", "auth@example.org")
    assert letter["Subject"] == "Reset your password"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"].endswith("@example.org>")
    assert letter["Date"].datetime is not None
    assert letter.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]
    assert not letter.defects and address in text_of(letter)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in site.mailbox.files())


def test_a_password_is_reset_by_letter_once(site):
    address = unique_email()
    sign_up(site, address)
    token = reset_token(site, address)
    answer = post(site, "reset-password", {"newPassword": NEW_PASSWORD, "token": token})
    assert (answer.status, answer.json()) == (200, {"status": True})
    check.error(sign_in(site, address), 401)
    assert sign_in(site, address, NEW_PASSWORD).status == 200
    check.error(post(site, "reset-password", {"newPassword": PASSWORD, "token": token}), 400,
                code="INVALID_TOKEN")


def test_nobody_gets_no_letter_and_the_same_answer(site):
    known, unknown = unique_email(), unique_email()
    sign_up(site, known)
    ask_for_reset(site, unknown)
    ask_for_reset(site, known)
    site.mailbox.wait(known)
    assert not site.mailbox.to(unknown)


def test_an_address_is_proven_by_letter(site):
    address = unique_email()
    answer = sign_up(site, address)
    cookie = cookie_of(answer)
    thief = cookie_of(sign_in(site, address))
    assert not site.mailbox.to(address)
    answer = post(site, "send-verification-email", {"email": address, "callbackURL": "/in?a=b"},
                  cookie)
    assert (answer.status, answer.json()) == (200, {"status": True})
    answer = get(site, link_of(site.mailbox.wait(address)), cookie)
    assert answer.status == 302 and answer.header("Location").endswith("/in?a=b")
    assert session_of(site, cookie)["user"]["emailVerified"] is True
    assert session_of(site, thief) is None


def test_the_token_of_a_letter_opens_nothing_else(site):
    address = unique_email()
    cookie = cookie_of(sign_up(site, address))
    post(site, "send-verification-email", {"email": address}, cookie)
    token = parse_qs(urlsplit(link_of(site.mailbox.wait(address))).query)["token"][0]
    check.unauthorized(site.client.get("/api/tasks", token=token))
    assert get(site, "/api/auth/get-session", f"better-auth.session_token={token}").json() is None


def test_where_proof_is_needed_a_sign_up_tells_nothing(strict):
    address = unique_email()
    first = sign_up(strict, address, callbackURL="/welcome")
    assert first.status == 200 and first.json()["token"] is None
    assert set(first.json()) == {"token", "user"} and not first.all("Set-Cookie")
    letter = strict.mailbox.wait(address)
    second = sign_up(strict, address)
    assert second.status == 200 and second.json()["token"] is None
    assert set(second.json()["user"]) == set(first.json()["user"])
    assert second.json()["user"]["id"] != first.json()["user"]["id"]
    check.error(sign_in(strict, address), 403, "Email not verified", code="EMAIL_NOT_VERIFIED")
    answer = get(strict, link_of(letter))
    assert answer.status == 302 and answer.header("Location").endswith("/welcome")
    assert sign_in(strict, address).status == 200
    assert len(strict.mailbox.to(address)) == 1


def test_an_address_is_changed_after_both_said_yes(site):
    old, new = unique_email(), unique_email("new")
    cookie = cookie_of(sign_up(site, old))
    post(site, "send-verification-email", {"email": old}, cookie)
    get(site, link_of(site.mailbox.wait(old)), cookie)
    assert post(site, "change-email", {"newEmail": new}, cookie).json() == {"status": True}
    assert get(site, link_of(site.mailbox.wait(old, 2)), cookie).status == 302
    assert session_of(site, cookie)["user"]["email"] == old
    link = link_of(site.mailbox.wait(new))
    assert get(site, link, cookie).status == 302
    user = session_of(site, cookie)["user"]
    assert (user["email"], user["emailVerified"]) == (new, True)
    assert get(site, link).header("Location").endswith("/?error=INVALID_TOKEN")


def test_an_account_ends_by_letter_with_all_that_is_in_it(site):
    address = unique_email()
    answer = sign_up(site, address)
    cookie, user = cookie_of(answer), answer.json()["user"]["id"]

    class Person:
        token = answer.json()["jwt"]

    create(site.client, Person)
    answer = post(site, "delete-user", {"callbackURL": "/bye"}, cookie)
    assert answer.json() == {"success": True, "message": "Verification email sent"}
    link = link_of(site.mailbox.wait(address))
    check.error(get(site, link), 404, code="FAILED_TO_GET_USER_INFO")
    answer = get(site, link, cookie)
    assert answer.status == 302 and answer.header("Location").endswith("/bye")
    assert answer.cookies()["better-auth.session_token"][0] == ""
    for table, column in (("user", "id"), ("session", "userId"), ("account", "userId"),
                          ("refreshToken", "userId"), ("tasks", "user_id"),
                          ("verification", "value")):
        rows = site.sql(f"SELECT 1 FROM \"{table}\" WHERE \"{column}\" = '{user}'")
        assert not rows, table
    check.unauthorized(site.client.get("/api/tasks", token=Person.token))
    check.error(sign_in(site, address), 401)


def test_a_look_at_a_link_uses_no_token_up(site):
    """Programs that scan mail send HEAD to what they find; the link works for the reader after."""
    address = unique_email()
    cookie = cookie_of(sign_up(site, address))
    post(site, "send-verification-email", {"email": address, "callbackURL": "/in"}, cookie)
    verify = link_of(site.mailbox.wait(address))
    ask_for_reset(site, address)
    reset = link_of(site.mailbox.wait(address, 2))
    post(site, "delete-user", {"callbackURL": "/bye"}, cookie)
    delete = link_of(site.mailbox.wait(address, 3))
    for link in (verify, reset, delete):
        answer = site.client.request("HEAD", link, cookie=cookie)
        assert (answer.status, answer.body) == (404, b"")
        assert not answer.all("Set-Cookie")
    assert session_of(site, cookie)["user"]["emailVerified"] is False
    for link in (verify, reset, delete):
        answer = get(site, link, cookie)
        assert answer.status == 302 and "error=" not in answer.header("Location"), answer


def program(directory, text):
    path = directory / "sendmail"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def has_database(pid):
    """Whether that process is there and has an SQLite database open."""
    return any(name.endswith(".db") for name in open_files(pid))


def open_files(pid):
    """The names of what the process has open; none when it is gone."""
    for entry in glob.glob(f"/proc/{pid}/fd/*"):
        with suppress(FileNotFoundError):  # it was closed meanwhile
            yield os.readlink(entry)


@contextmanager
def closed(path):
    """A new FIFO whose readers wait until the end of this."""
    os.mkfifo(path)
    writer = os.open(path, os.O_RDWR)
    try:
        yield
    finally:
        os.close(writer)


def size_of(path):
    return path.stat().st_size if path.exists() else 0


def all_children(pid):
    """Also those that have ended and that nobody has waited for."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def make_site(make_pool, directory, script, **settings):
    """A program whose sendmail is SCRIPT, without a web server."""
    sendmail = program(directory, script)
    return make_pool(BASE_URL=BASE, SENDMAIL=f"{sendmail} -t -i", **settings)


def fcgi_post(pool, route, body):
    return pool.client.post(f"/api/auth/{route}", json=body)


def test_a_sendmail_program_gets_letter_arguments_and_nothing_else(make_pool, directory):
    pool = make_site(make_pool, directory, f"""
        env > {directory}/environment
        ls -l /proc/$$/fd > {directory}/files
        grep NoNewPrivs /proc/self/status > {directory}/status
        echo "$#:$1:$2" > {directory}/arguments
        cat > {directory}/letter.new && mv {directory}/letter.new {directory}/letter""")
    address = unique_email()
    assert fcgi_post(pool, "sign-up", {"email": address, "password": PASSWORD}).status == 201
    assert fcgi_post(pool, "request-password-reset", {"email": address}).status == 200
    wait_until((directory / "letter").exists, "the letter")
    letter = email.message_from_bytes((directory / "letter").read_bytes(),
                                      policy=email.policy.default)
    assert address_in(letter, "To") == ("", address)
    assert address_in(letter, "From") == ("", "taskgate@localhost")
    assert "/reset-password/" in link_of(letter)
    assert b"\r" not in (directory / "letter").read_bytes()
    assert (directory / "arguments").read_text() == "2:-t:-i\n"
    environment = (directory / "environment").read_text()
    assert set(re.findall(r"^(\w+)=", environment, re.M)) <= {"PATH", "LC_ALL", "PWD", "SHLVL",
                                                              "_", "OLDPWD"}, environment
    assert SECRET not in environment
    assert "socket" not in (directory / "files").read_text()
    # Programs of mail servers are set-group-id: they must be able to become what they are.
    assert (directory / "status").read_text().split() == ["NoNewPrivs:", "0"]


def test_the_answer_does_not_wait_for_the_sendmail_program(make_pool, directory):
    os.mkfifo(directory / "go")
    pool = make_site(make_pool, directory,
                     f"echo $$ > {directory}/started; cat {directory}/go > {directory}/gone")
    address = unique_email()
    assert fcgi_post(pool, "sign-up", {"email": address, "password": PASSWORD}).status == 201
    assert fcgi_post(pool, "request-password-reset", {"email": address}).status == 200
    wait_until((directory / "started").exists, "the program runs")
    assert not (directory / "gone").exists() or (directory / "gone").stat().st_size == 0
    # The other worker goes on.
    assert fcgi_post(pool, "sign-in", {"email": address, "password": PASSWORD}).status == 200
    (directory / "go").write_text("now")
    wait_until(lambda: "letter outcome=success" in pool.log(), "the letter is sent")


def test_a_worker_serves_on_while_its_sendmail_programs_run(make_pool, directory):
    pool = make_site(make_pool, directory, f"echo >> {directory}/started; cat {directory}/gate",
                     workers=1)
    addresses = [unique_email() for _ in range(4)]
    for address in addresses:
        assert fcgi_post(pool, "sign-up", {"email": address, "password": PASSWORD}).status == 201
    with closed(directory / "gate"):
        for count, address in enumerate(addresses, 1):
            assert fcgi_post(pool, "request-password-reset", {"email": address}).status == 200
            wait_until(lambda count=count: size_of(directory / "started") == count,
                       f"program {count} runs")
        # All of them wait, and the only worker answers.
        assert pool.client.get("/health").status == 200
        assert "letter outcome=" not in pool.log()
    wait_until(lambda: pool.log().count("letter outcome=success") == len(addresses),
               "the letters are sent")
    (worker,) = pool.workers()
    wait_until(lambda: not all_children(worker), "the worker has buried its children")


def test_letters_on_their_way_arrive_before_the_program_ends(make_pool, directory):
    pool = make_site(make_pool, directory, f"""
        echo >> {directory}/started
        cat {directory}/gate
        cat > {directory}/letter""", workers=1)
    address = unique_email()
    assert fcgi_post(pool, "sign-up", {"email": address, "password": PASSWORD}).status == 201
    with closed(directory / "gate"):
        assert fcgi_post(pool, "request-password-reset", {"email": address}).status == 200
        wait_until((directory / "started").exists, "the program runs")
        (worker,) = pool.workers()
        assert has_database(worker)
        pool.service.send_signal(signal.SIGTERM)
        wait_until(lambda: not has_database(worker), "the worker is at its end")
    assert pool.service.wait() == 0
    assert address in (directory / "letter").read_text()
    assert pool.log().index("letter outcome=success") < pool.log().index("stopped")


def test_a_sendmail_program_that_fails_is_in_the_log_only(make_pool, directory):
    pool = make_site(make_pool, directory, "exit 75")
    address = unique_email()
    assert fcgi_post(pool, "sign-up", {"email": address, "password": PASSWORD}).status == 201
    answer = fcgi_post(pool, "request-password-reset", {"email": address})
    assert answer.status == 200 and answer.json()["message"] == SENT
    wait_until(lambda: "it ended with status 75" in pool.log(), "the failure in the log")
    assert "letter outcome=failure reason=not-taken" in pool.log()


def test_templates_of_a_folder_are_used_as_they_are_now(make_pool, directory):
    folder, box = directory / "templates", directory / "box"
    folder.mkdir()
    box.mkdir()
    pool = make_pool(BASE_URL=BASE, MAIL_DIR=box, MAIL_TEMPLATES=folder,
                     MAIL_FROM="Aufgäben <a@example.org>")
    address = unique_email()
    fcgi_post(pool, "sign-up/email", {"email": address, "password": PASSWORD,
                                      "name": "Zoë <script>\r\nBcc: x@example.org"})
    (folder / "reset-password.txt").write_text("Subject: Hallo {{name}}\n\nNeu: {{url}}\n")
    fcgi_post(pool, "request-password-reset", {"email": address})
    letter = Mailbox(box).wait(address)
    assert letter["Subject"] == "Hallo Zoë <script>  Bcc: x@example.org"
    assert letter["Bcc"] is None
    assert address_in(letter, "From") == ("Aufgäben", "a@example.org")
    assert text_of(letter).startswith(f"Neu: {BASE}/api/auth/reset-password/")
    (folder / "reset-password.html").write_text("<p>{{name}} {{email}}</p>")
    fcgi_post(pool, "request-password-reset", {"email": address})
    html = text_of(Mailbox(box).wait(address, 2), "html")
    assert html.strip() == f"<p>Zoë &lt;script&gt;  Bcc: x@example.org {address}</p>"


@pytest.mark.parametrize("settings", [
    {"SENDMAIL": "sendmail"}, {"SENDMAIL": "/nothing/here -t"}, {"MAIL_DIR": "/nothing/here"},
    {"MAIL_FROM": "nobody"}, {"MAIL_TEMPLATES": "/nothing/here"},
    {"MAIL_DIR": "/tmp", "SENDMAIL": "/bin/true"},
], ids=str)
def test_settings_that_send_no_letter_are_refused_at_start(directory, settings):
    from harness.taskgate import run
    result = run("check", directory=directory, settings={**BASIC_SETTINGS, **settings,
                 "DATABASE_URL": f"sqlite:///{directory}/x.db"})
    assert result.returncode == 78, result
    assert next(iter(settings)) in result.stderr + result.stdout
