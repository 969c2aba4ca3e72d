// The cookies themselves, and the session token as a bearer token.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";

import { Browser, ORIGIN, send } from "./harness/browser.mjs";
import { data, session, signIn, signUp } from "./harness/people.mjs";

const SESSION = "better-auth.session_token";
const FORGETFUL = "better-auth.dont_remember";

/** Set-Cookie lines without our refresh cookie: name, attributes, and whether there is a value. */
function shape(cookies) {
  return cookies
    .filter(({ name }) => name !== "better-auth.refresh_token")
    .map(({ name, value, attributes }) => ({ name, empty: value === "", ...attributes }));
}

export function tests(world) {
  const clearing = async (change) => {
    const shapes = [];
    for (const side of [world.ours, world.theirs]) {
      const person = await signUp(side);
      await change(side, person);
      shapes.push(shape(person.browser.latest.cookies));
    }
    return shapes;
  };

  for (const { from, to, made, used } of world.directions()) {
    test(`a cookie made by ${made} is signed in at ${used}`, async () => {
      const { browser, user, token } = await signUp(from);
      const there = await session(to, browser);
      assert.equal(there.user.id, user.id);
      assert.equal(there.session.token, token);
    });

    test(`a cookie made by ${made} with another secret's signature is nobody at ${used}`,
         async () => {
           const { browser, token } = await signUp(from);
           const mac = createHmac("sha256", "not the secret").update(token).digest("base64");
           const wrong = encodeURIComponent(`${token}.${mac}`);
           browser.jar.get(SESSION).value = wrong;
           assert.equal(await session(to, browser), null);
           assert.equal(browser.jar.get(SESSION).value, wrong, "a wrong signature clears nothing");
         });

    test(`a cookie of ${made} works at ${used} with and without percent encoding`, async () => {
      const { browser, user } = await signUp(from);
      const cookie = browser.jar.get(SESSION);
      cookie.value = decodeURIComponent(cookie.value);
      assert.equal((await session(to, browser)).user.id, user.id);
    });

    test(`set-auth-token of ${made} is a bearer token at ${used}`, async () => {
      const { browser, user } = await signUp(from);
      const signed = browser.latest.headers["set-auth-token"];
      const exposed = browser.latest.headers["access-control-expose-headers"];
      assert.match(exposed, /\bset-auth-token\b/);
      for (const token of [signed, encodeURIComponent(signed)]) {
        const fetchOptions = { headers: { authorization: `Bearer ${token}` } };
        const there = data(await new Browser().at(to).getSession({ fetchOptions }));
        assert.equal(there.user.id, user.id);
      }
    });

    test(`a session token of ${made} is a bearer token at ${used} as it is`, async () => {
      const { token, user } = await signUp(from);
      const fetchOptions = { headers: { authorization: `bearer  ${token}` } };
      const there = data(await new Browser().at(to).getSession({ fetchOptions }));
      assert.equal(there.user.id, user.id);
    });

    test(`rememberMe: false at ${made} is a session cookie and a day, and stays so at ${used}`,
         async () => {
           const person = await signUp(from);
           const browser = await signIn(from, person, { rememberMe: false });
           assert.equal(browser.jar.get(SESSION).attributes["max-age"], undefined);
           assert.equal(browser.jar.get(FORGETFUL).attributes["max-age"], undefined);
           const day = ({ session: { expiresAt, createdAt } }) =>
             Math.round((expiresAt - createdAt) / 3_600_000);
           assert.equal(day(await session(to, browser)), 24);
           data(await browser.at(to).updateUser({ name: "Still forgetful" }));
           assert.ok(browser.latest.cookies.some(({ name }) => name === SESSION));
           assert.equal(browser.jar.get(SESSION).attributes["max-age"], undefined);
         });

    test(`dont_remember of ${made} is cleared by a remembered sign-in at ${used}`, async () => {
      const person = await signUp(from);
      const browser = await signIn(from, person, { rememberMe: false });
      assert.ok(browser.jar.has(FORGETFUL));
      data(await browser.at(to).signIn.email(person));
      assert.ok(!browser.jar.has(FORGETFUL));
      assert.equal(browser.jar.get(SESSION).attributes["max-age"], "604800");
    });

    test(`an unknown bearer token puts aside a good cookie at ${used}`, async () => {
      const { browser } = await signUp(from);
      const fetchOptions = { headers: { authorization: `Bearer ${"a".repeat(32)}` } };
      assert.equal(data(await browser.at(to).getSession({ fetchOptions })), null);
    });
  }

  test("the cookies of a sign-up have Better Auth's names and attributes, and a refresh cookie",
       async () => {
         const ours = (await signUp(world.ours)).browser.latest.cookies;
         const theirs = (await signUp(world.theirs)).browser.latest.cookies;
         assert.deepEqual(shape(ours), shape(theirs));
         const refresh = ours.find(({ name }) => name === "better-auth.refresh_token");
         assert.deepEqual(refresh.attributes, {
           "max-age": "604800", path: "/api/auth", httponly: true, samesite: "Strict",
         });
       });

  test("sign-out clears the cookies that Better Auth clears", async () => {
    const [ours, theirs] = await clearing((side, { browser }) => browser.at(side).signOut());
    assert.deepEqual(ours, theirs);
    assert.equal(ours.length, 3);
  });

  test("revoke-sessions clears the cookies that Better Auth clears", async () => {
    const [ours, theirs] = await clearing((side, { browser }) => browser.at(side).revokeSessions());
    assert.deepEqual(ours, theirs);
  });

  test("a good cookie of a dead session clears the cookies that Better Auth clears", async () => {
    const [ours, theirs] = await clearing(async (side, { browser, token }) => {
      await world.database.query("DELETE FROM session WHERE token = $1", [token]);
      await browser.at(side).getSession();
    });
    assert.deepEqual(ours, theirs);
    assert.ok(ours.length > 0);
  });

  test("a stray session_data cookie is cleared by get-session as by Better Auth", async () => {
    const [ours, theirs] = await clearing(async (side, { browser }) => {
      browser.keep([{ name: "better-auth.session_data", value: "x", attributes: { path: "/" } }]);
      await browser.at(side).getSession();
    });
    assert.deepEqual(ours, theirs);
  });

  test("two different session cookies are nobody here, as the manual says, and the first one there",
       async () => {
         const people = [await signUp(world.ours), await signUp(world.theirs)];
         const cookie = people.map(({ browser }) => browser.cookieHeader("/")).join("; ");
         const ask = (side) => send(`${side.url}/api/auth/get-session`, "GET", { cookie });
         assert.equal((await ask(world.theirs)).json().user.id, people[0].user.id);
         assert.equal((await ask(world.ours)).json(), null);
       });

  test("a cookie of Better Auth opens the task routes behind /api/proxy", async () => {
    const { browser, user } = await signUp(world.theirs);
    const url = `${world.ours.url}/api/proxy/${user.id}/tasks`;
    const json = { "content-type": "application/json" };
    const task = await browser.send(url, "POST", json, '{"title":"by cookie"}');
    assert.equal(task.status, 201);
    assert.equal((await browser.send(url)).json().items[0].title, "by cookie");
  });

  test("a cookie of Better Auth alone does not open the task routes", async () => {
    const { browser } = await signUp(world.theirs);
    assert.equal((await browser.send(`${world.ours.url}/api/tasks`)).status, 401);
  });

  test("a session token of Better Auth opens the task routes, plain and signed", async () => {
    const { browser, token } = await signUp(world.theirs);
    const signed = browser.latest.headers["set-auth-token"];
    for (const bearer of [token, signed, encodeURIComponent(signed)]) {
      const headers = { authorization: `Bearer ${bearer}`, origin: ORIGIN };
      assert.equal((await send(`${world.ours.url}/api/tasks`, "GET", headers)).status, 200);
    }
  });
}
