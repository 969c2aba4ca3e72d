// What goes wrong goes wrong in the same way on both sides: status, code and message.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ORIGIN, send } from "./harness/browser.mjs";
import { newEmail, PASSWORD, signUp } from "./harness/people.mjs";

const JSON_TYPE = { "content-type": "application/json" };
const FOREIGN = { origin: "https://evil.example" };

/** Somebody's good session cookie. */
const signedIn = async (side) => {
  const { browser, ...person } = await signUp(side);
  const cookie = browser.cookieHeader("/");
  return { ...person, headers: { ...JSON_TYPE, origin: ORIGIN, cookie } };
};

const post = (path, body, headers = {}) => ({
  path, method: "POST", headers: { ...JSON_TYPE, ...headers },
  body: typeof body === "string" ? body : JSON.stringify(body),
});
const get = (path, headers = {}) => ({ path, method: "GET", headers });

/** Name of the promise: what is sent, for nobody in particular. */
const ANONYMOUS = {
  "an unknown address": () =>
    post("/sign-in/email", { email: newEmail(), password: PASSWORD }),
  "an address without @ at sign-in": () =>
    post("/sign-in/email", { email: "nobody", password: PASSWORD }),
  "an empty password at sign-in": () =>
    post("/sign-in/email", { email: newEmail(), password: "" }),
  "a password of 129 characters at sign-in": () =>
    post("/sign-in/email", { email: newEmail(), password: "p".repeat(129) }),
  "a sign-in without a password": () => post("/sign-in/email", { email: newEmail() }),
  "a sign-in with a number for a password": () =>
    post("/sign-in/email", { email: newEmail(), password: 12345678 }),
  "a sign-in with a text for rememberMe": () =>
    post("/sign-in/email", { email: newEmail(), password: PASSWORD, rememberMe: "no" }),
  "a sign-in that is an array": () => post("/sign-in/email", []),
  "a sign-in that is cut off": () => post("/sign-in/email", '{"email":'),
  "a sign-in without a body": () => post("/sign-in/email", ""),
  "a sign-in as plain text": () =>
    post("/sign-in/email", "{}", { "content-type": "text/plain" }),
  "a sign-in as XML with a charset": () =>
    post("/sign-in/email", "<a/>", { "content-type": "application/xml; charset=utf-8" }),
  "a sign-in by form with wrong credentials": () =>
    post("/sign-in/email", "email=a%40b.example.org&password=long+enough+word",
         { "content-type": "application/x-www-form-urlencoded" }),
  "a form where only JSON is taken": () =>
    post("/revoke-session", "token=a", { "content-type": "application/x-www-form-urlencoded" }),
  "a short password at sign-up": () =>
    post("/sign-up/email", { email: newEmail(), password: "short12", name: "S" }),
  "a password of 129 characters at sign-up": () =>
    post("/sign-up/email", { email: newEmail(), password: "p".repeat(129), name: "S" }),
  "a password of 65 keys (130 units) at sign-up": () =>
    post("/sign-up/email", { email: newEmail(), password: "\u{1F511}".repeat(65), name: "S" }),
  "an address without @ at sign-up": () =>
    post("/sign-up/email", { email: "nobody", password: PASSWORD, name: "S" }),
  "an address with a space at sign-up": () =>
    post("/sign-up/email", { email: " a@example.org", password: PASSWORD, name: "S" }),
  "a sign-up without a name": () =>
    post("/sign-up/email", { email: newEmail(), password: PASSWORD }),
  "a sign-up with null for the image": () =>
    post("/sign-up/email", { email: newEmail(), password: PASSWORD, name: "S", image: null }),
  "a sign-up with nothing": () => post("/sign-up/email", {}),
  "a foreign callbackURL at sign-in": () =>
    post("/sign-in/email", { email: newEmail(), password: PASSWORD,
                             callbackURL: "https://evil.example/x" }),
  "a callbackURL of //": () =>
    post("/sign-in/email", { email: newEmail(), password: PASSWORD,
                             callbackURL: "//evil.example" }),
  "a callbackURL that is a number": () =>
    post("/sign-in/email", { email: newEmail(), password: PASSWORD, callbackURL: 7 }),
  "a foreign Origin at sign-in without a cookie": () =>
    post("/sign-in/email", { email: newEmail(), password: PASSWORD }, FOREIGN),
  "a foreign Referer at sign-in without a cookie": () =>
    post("/sign-in/email", { email: newEmail(), password: PASSWORD },
         { referer: "https://evil.example/page" }),
  "a browser's sign-in without Origin": () =>
    post("/sign-in/email", { email: newEmail(), password: PASSWORD }, { "sec-fetch-mode": "cors" }),
  "a sign-in by navigation from elsewhere": () =>
    post("/sign-in/email", { email: newEmail(), password: PASSWORD },
         { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", ...FOREIGN }),
  "Origin null at sign-in": () =>
    post("/sign-in/email", { email: newEmail(), password: PASSWORD }, { origin: "null" }),
  "a cookie and no Origin": () =>
    post("/sign-in/email", { email: newEmail(), password: PASSWORD }, { cookie: "theme=dark" }),
  "a cookie and a foreign Origin at sign-out": () =>
    post("/sign-out", {}, { cookie: "theme=dark", ...FOREIGN }),
  "bad JSON from a foreign Origin with a cookie": () =>
    post("/sign-in/email", "{", { cookie: "theme=dark", ...FOREIGN }),
  "an invalid sign-in from a foreign Origin with a cookie": () =>
    post("/sign-in/email", {}, { cookie: "theme=dark", ...FOREIGN }),
  "an unknown route": () => get("/no-such-thing"),
  "an unknown route by POST": () => post("/no-such-thing", {}),
  "forget-password, which is no more": () => post("/forget-password", {}),
  "a wrong method": () => get("/sign-out"),
  "HEAD for the session": () => ({ path: "/get-session", method: "HEAD", headers: {} }),
  "HEAD for a link of a letter": () =>
    ({ path: "/verify-email?token=x", method: "HEAD", headers: {} }),
  "a PUT": () => ({ ...post("/sign-in/email", {}), method: "PUT" }),
  "a trailing slash": () => get("/ok/"),
  "a path in capitals": () => get("/OK"),
  "the bare base path": () => get(""),
  "a POST to get-session": () => post("/get-session", {}),
  "token without a session": () => get("/token"),
  "list-sessions without a session": () => get("/list-sessions"),
  "list-accounts without a session": () => get("/list-accounts"),
  "revoke-session without a session": () => post("/revoke-session", { token: "a" }),
  "revoke-session without a token, without a session": () => post("/revoke-session", {}),
  "revoke-sessions without a session": () => post("/revoke-sessions", {}),
  "revoke-other-sessions without a session": () => post("/revoke-other-sessions", {}),
  "update-user without a session": () => post("/update-user", { name: "N" }),
  "change-password without a session": () =>
    post("/change-password", { currentPassword: "a", newPassword: PASSWORD }),
  "request-password-reset without a way to send letters": () =>
    post("/request-password-reset", { email: newEmail() }),
  "reset-password with an unknown token": () =>
    post("/reset-password", { newPassword: PASSWORD, token: "a".repeat(24) }),
  "send-verification-email without a way to send letters": () =>
    post("/send-verification-email", { email: newEmail() }),
  "verify-email with a token that is none": () => get("/verify-email?token=none"),
  "verify-email without a token": () => get("/verify-email"),
};

/** The same for somebody who is signed in; SESSION has their headers, token and address. */
const SIGNED_IN = {
  "a wrong password": ({ email }) => post("/sign-in/email", { email, password: "not the one" }),
  "a password that is right but for its case": ({ email }) =>
    post("/sign-in/email", { email, password: PASSWORD.toUpperCase() }),
  "an address that is taken": ({ email }) =>
    post("/sign-up/email", { email, password: PASSWORD, name: "S" }),
  "an address that is taken with a short password": ({ email }) =>
    post("/sign-up/email", { email, password: "short", name: "S" }),
  "a foreign Origin with a good cookie": ({ headers }) =>
    post("/update-user", { name: "N" }, { ...headers, ...FOREIGN }),
  "no Origin with a good cookie": ({ headers: { cookie } }) =>
    post("/update-user", { name: "N" }, { cookie }),
  "a foreign Referer and no Origin with a good cookie": ({ headers: { cookie } }) =>
    post("/sign-out", {}, { cookie, referer: "https://evil.example/" }),
  "Origin null with a good cookie": ({ headers }) =>
    post("/update-user", { name: "N" }, { ...headers, origin: "null" }),
  "an origin whose name only begins like a trusted one": ({ headers }) =>
    post("/update-user", { name: "N" }, { ...headers, origin: `${ORIGIN}.evil.example` }),
  "update-user without a field": ({ headers }) => post("/update-user", {}, headers),
  "update-user with an address": ({ headers }) =>
    post("/update-user", { email: newEmail() }, headers),
  "update-session without a field of its own": ({ headers }) =>
    post("/update-session", { token: "a" }, headers),
  "a wrong current password": ({ headers }) =>
    post("/change-password", { currentPassword: "not the one", newPassword: PASSWORD }, headers),
  "a short new password": ({ headers }) =>
    post("/change-password", { currentPassword: PASSWORD, newPassword: "short12" }, headers),
  "a new password of 129 characters": ({ headers }) =>
    post("/change-password", { currentPassword: PASSWORD, newPassword: "n".repeat(129) }, headers),
  "change-password without the new one": ({ headers }) =>
    post("/change-password", { currentPassword: PASSWORD }, headers),
  "change-password with null for the current one": ({ headers }) =>
    post("/change-password", { currentPassword: null, newPassword: PASSWORD }, headers),
  "revoke-session without a token": ({ headers }) => post("/revoke-session", {}, headers),
  "revoke-session with a number": ({ headers }) => post("/revoke-session", { token: 1 }, headers),
  "a wrong password at verify-password": ({ headers }) =>
    post("/verify-password", { password: "not the one" }, headers),
  "a password of 129 characters at verify-password": ({ headers }) =>
    post("/verify-password", { password: "p".repeat(129) }, headers),
  "a current password of 129 characters": ({ headers }) =>
    post("/change-password", { currentPassword: "p".repeat(129), newPassword: PASSWORD }, headers),
  "delete-user with a password of 129 characters": ({ headers }) =>
    post("/delete-user", { password: "p".repeat(129) }, headers),
  "delete-user with a wrong password": ({ headers }) =>
    post("/delete-user", { password: "not the one" }, headers),
  "change-email, which is off": ({ headers }) =>
    post("/change-email", { newEmail: newEmail() }, headers),
};

/** What must be equal; ours has members besides. */
function comparable({ status, headers, text }) {
  const type = headers["content-type"]?.split(";")[0];
  if (type !== "application/json" || text === "") {
    return { status, empty: text === "" };
  }
  const { code = "none", message } = JSON.parse(text);
  return { status, code, message };
}

const ask = (side, { path, method, headers, body }) =>
  send(`${side.url}/api/auth${path}`, method, headers, body || undefined);

async function sameAnswer(requests) {
  const [[ourSide, ourRequest], [theirSide, theirRequest]] = requests;
  const ours = comparable(await ask(ourSide, ourRequest));
  const theirs = comparable(await ask(theirSide, theirRequest));
  if (theirs.code === "none") {
    ours.code = "none"; // ours always has one
  }
  assert.ok(theirs.status >= 400, `no error: ${theirs.status}`);
  assert.deepEqual(ours, theirs);
}

export function tests(world) {
  const sides = [world.ours, world.theirs];

  for (const [what, request] of Object.entries(ANONYMOUS)) {
    test(`${what} is answered as by Better Auth`, () =>
      sameAnswer(sides.map((side) => [side, request()])));
  }

  for (const [what, request] of Object.entries(SIGNED_IN)) {
    test(`${what} is answered as by Better Auth, for somebody signed in`, async () => {
      const people = await Promise.all(sides.map(signedIn));
      await sameAnswer(sides.map((side, i) => [side, request(people[i])]));
    });
  }

  test("list-sessions with a session older than a day is answered as by Better Auth", async () => {
    const people = await Promise.all(sides.map(signedIn));
    await world.database.query(
      `UPDATE session SET "createdAt" = now() - interval '25 hours' WHERE token = ANY($1)`,
      [people.map(({ token }) => token)]);
    await sameAnswer(sides.map((side, i) => [side, get("/list-sessions", people[i].headers)]));
  });

  test("a social sign-in is 404 on both sides: there is no provider", async () => {
    for (const side of sides) {
      assert.equal((await ask(side, post("/sign-in/social", { provider: "github" }))).status, 404);
    }
  });

  test("ok is answered as by Better Auth", async () => {
    const [ours, theirs] = await Promise.all(sides.map((side) => ask(side, get("/ok"))));
    assert.deepEqual(ours.json(), theirs.json());
    assert.equal(ours.status, theirs.status);
  });

  test("an Origin that is trusted with other spelling is trusted on both sides", async () => {
    for (const side of sides) {
      const { headers } = await signedIn(side);
      const shouted = { ...headers, origin: ORIGIN.toUpperCase() };
      assert.equal((await ask(side, post("/update-user", { name: "N" }, shouted))).status, 200);
    }
  });

  test("callbackURL of a sign-in is answered as by Better Auth", async () => {
    const person = await signUp(world.ours);
    const body = { email: person.email, password: person.password, callbackURL: "/tasks?a=b" };
    const [ours, theirs] = await Promise.all(
      sides.map((side) => ask(side, post("/sign-in/email", body, { origin: ORIGIN }))));
    for (const answer of [ours, theirs]) {
      assert.equal(answer.status, 200);
      assert.equal(answer.json().redirect, true);
    }
    assert.equal(ours.json().url, theirs.json().url);
    assert.equal(ours.headers.location, theirs.headers.location);
  });
}
