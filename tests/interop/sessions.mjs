// Sessions opened on one side, seen and ended on the other.
import assert from "node:assert/strict";
import { test } from "node:test";

import { data, session, signIn, signUp } from "./harness/people.mjs";
import { send } from "./harness/browser.mjs";

const SESSION = "better-auth.session_token";
const DAY = 86_400_000;
const sorted = (sessions) => [...sessions].sort((a, b) => (a.token < b.token ? -1 : 1));

export function tests(world) {
  /** Moves a session's expiry: now + DAYS. */
  const expireIn = (token, days) => world.database.query(
    `UPDATE session SET "expiresAt" = now() + $2 * interval '1 day' WHERE token = $1`,
    [token, days]);
  const rows = (token) => world.database.query("SELECT 1 FROM session WHERE token = $1", [token]);

  for (const { from, to, made, used } of world.directions()) {
    test(`get-session at ${used} says of a session of ${made} what ${made} says`, async () => {
      const { browser } = await signUp(from);
      const [here, there] = [await session(from, browser), await session(to, browser)];
      delete here.expiresAt; // ours besides: milliseconds for the guides
      delete there.expiresAt;
      assert.deepEqual(there, here);
      assert.deepEqual(Object.keys(there.session).sort(), [
        "createdAt", "expiresAt", "id", "ipAddress", "token", "updatedAt", "userAgent", "userId",
      ]);
      assert.deepEqual(Object.keys(there.user).sort(), [
        "createdAt", "email", "emailVerified", "id", "image", "name", "updatedAt",
      ]);
    });

    test(`all times of a session of ${made} are Date objects in the client of ${used}`,
         async () => {
           const { browser } = await signUp(from);
           const there = await session(to, browser);
           for (const part of [there.session, there.user]) {
             assert.ok(part.createdAt instanceof Date);
             assert.ok(part.updatedAt instanceof Date);
           }
           assert.ok(there.session.expiresAt instanceof Date);
           // Better Auth looks at the clock for each of them.
           const days = (there.session.expiresAt - there.session.createdAt) / DAY;
           assert.ok(days > 6.99 && days <= 7, `${days} days`);
         });

    test(`list-sessions at ${used} lists what ${made} opened, as ${made} does`, async () => {
      const person = await signUp(from);
      await signIn(from, person);
      await signIn(to, person);
      const here = data(await person.browser.at(from).listSessions());
      const there = data(await person.browser.at(to).listSessions());
      assert.equal(there.length, 3);
      assert.deepEqual(sorted(there), sorted(here));
    });

    test(`list-sessions at ${used} leaves out an expired session of ${made}`, async () => {
      const person = await signUp(from);
      const other = await signIn(from, person);
      const { token } = (await session(from, other)).session;
      await expireIn(token, -1);
      const there = data(await person.browser.at(to).listSessions());
      assert.deepEqual(there.map((s) => s.token), [person.token]);
    });

    test(`revoke-session at ${used} ends one session of ${made}`, async () => {
      const person = await signUp(from);
      const other = await signIn(from, person);
      const { token } = (await session(from, other)).session;
      const answer = await person.browser.at(to).revokeSession({ token });
      assert.deepEqual(data(answer), { status: true });
      assert.equal(await session(from, other), null);
      assert.notEqual(await session(from, person.browser), null);
    });

    test(`revoke-session at ${used} leaves a stranger's session of ${made} alone`, async () => {
      const [person, stranger] = [await signUp(from), await signUp(from)];
      const answer = await person.browser.at(to).revokeSession({ token: stranger.token });
      assert.deepEqual(data(answer), { status: true });
      assert.notEqual(await session(from, stranger.browser), null);
    });

    test(`revoke-session of the own session at ${used} signs the browser out of ${made}`,
         async () => {
           const { browser, token } = await signUp(from);
           data(await browser.at(to).revokeSession({ token }));
           assert.ok(!browser.jar.has(SESSION));
           assert.equal((await rows(token)).length, 0);
         });

    test(`revoke-sessions at ${used} ends every session of ${made}`, async () => {
      const person = await signUp(from);
      const other = await signIn(from, person);
      assert.deepEqual(data(await person.browser.at(to).revokeSessions()), { status: true });
      assert.equal(await session(from, other), null);
      assert.equal(await session(from, person.browser), null);
    });

    test(`revoke-other-sessions at ${used} leaves one session of ${made}`, async () => {
      const person = await signUp(from);
      const other = await signIn(from, person);
      assert.deepEqual(data(await person.browser.at(to).revokeOtherSessions()), { status: true });
      assert.equal(await session(from, other), null);
      assert.notEqual(await session(from, person.browser), null);
    });

    test(`sign-out at ${used} ends the session that ${made} opened, and forgets the cookie`,
         async () => {
           const { browser, token } = await signUp(from);
           assert.deepEqual(data(await browser.at(to).signOut()), { success: true });
           assert.ok(!browser.jar.has(SESSION));
           assert.equal((await rows(token)).length, 0);
         });

    test(`a session of ${made} with under six days left is extended at ${used}, token unchanged`,
         async () => {
           const { browser, token } = await signUp(from);
           await expireIn(token, 5.9);
           const there = await session(to, browser);
           assert.ok(there.session.expiresAt - Date.now() > 6.9 * DAY);
           assert.equal(there.session.token, token);
           const cookie = browser.latest.cookies.find(({ name }) => name === SESSION);
           assert.equal(cookie.attributes["max-age"], "604800");
           const here = await session(from, browser);
           assert.deepEqual(here.session.expiresAt, there.session.expiresAt);
         });

    test(`a session of ${made} with over six days left stays as it is at ${used}`, async () => {
      const { browser, token } = await signUp(from);
      await expireIn(token, 6.1);
      const there = await session(to, browser);
      assert.ok(there.session.expiresAt - Date.now() < 6.2 * DAY);
      assert.ok(!browser.latest.cookies.some((c) => c.name === SESSION));
    });

    test(`disableRefresh keeps a session of ${made} from being extended at ${used}`, async () => {
      const { browser, token } = await signUp(from);
      await expireIn(token, 3);
      const there = data(await browser.at(to).getSession({ query: { disableRefresh: true } }));
      assert.ok(there.session.expiresAt - Date.now() < 3.1 * DAY);
    });

    test(`a forgetful session of ${made} is not extended at ${used}`, async () => {
      const person = await signUp(from);
      const browser = await signIn(from, person, { rememberMe: false });
      const there = await session(to, browser);
      assert.ok(there.session.expiresAt - Date.now() < 1.1 * DAY);
    });

    test(`an expired session of ${made} is null at ${used}, and its row goes`, async () => {
      const { browser, token } = await signUp(from);
      await expireIn(token, -0.01);
      assert.equal(await session(to, browser), null);
      assert.equal((await rows(token)).length, 0);
    });
  }

  test("a session ended at Better Auth ends our tokens and our refresh cookie", async () => {
    const { browser } = await signUp(world.ours);
    const { jwt } = browser.latest.json();
    const headers = { authorization: `Bearer ${jwt}` };
    const tasks = () => send(`${world.ours.url}/api/tasks`, "GET", headers);
    assert.equal((await tasks()).status, 200);
    data(await browser.at(world.theirs).signOut());
    assert.equal((await tasks()).status, 401);
    assert.equal((await browser.send(`${world.ours.url}/api/auth/refresh`, "POST")).status, 401);
  });

  test("no session is 200 null on both sides, and never kept by a cache", async () => {
    for (const side of [world.ours, world.theirs]) {
      const answer = await send(`${side.url}/api/auth/get-session`);
      assert.equal(answer.status, 200);
      assert.equal(answer.text, "null");
      assert.equal(answer.headers["cache-control"], "no-store");
      assert.equal(answer.headers.pragma, "no-cache");
    }
  });

  test("a session has the client's address and program as Better Auth has them", async () => {
    const sessions = [];
    for (const side of [world.ours, world.theirs]) {
      const { browser } = await signUp(side, {
        fetchOptions: { headers: { "user-agent": "interop/1.0 (a; b)" } },
      });
      sessions.push((await session(side, browser)).session);
    }
    const [ours, theirs] = sessions;
    assert.equal(ours.userAgent, theirs.userAgent);
    assert.equal(ours.ipAddress, "127.0.0.1");
  });
}
