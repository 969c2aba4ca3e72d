// The cookie cache, in its three forms, with both sides set up for it: what one side wrote, the other
// one believes. The name in the database is changed behind its back, so that one sees who was asked.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";

import { getCookieCache } from "better-auth/cookies";

import { data, session, signIn, signUp } from "./harness/people.mjs";

const CACHE = "better-auth.session_data";
const SESSION = "better-auth.session_token";
const REFRESH = "better-auth.refresh_token";
const STRATEGIES = ["compact", "jwt", "jwe"];

/** Set-Cookie lines without our refresh cookie: name, attributes, and whether there is a value. Of
 * two lines for one cookie a browser keeps the last. */
function shape(cookies) {
  const last = new Map(cookies.map((cookie) => [cookie.name, cookie]));
  last.delete(REFRESH);
  return [...last.values()]
    .map(({ name, value, attributes }) => ({ name, empty: value === "", ...attributes }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function tests(world) {
  const pairs = new Map();

  /** Both sides with this form of the cache, on the common database. */
  const pair = async (strategy) => {
    if (!pairs.has(strategy)) {
      const ours = await world.site(`cache-${strategy}`, world.database, {
        COOKIE_CACHE: strategy,
        BASE_URL: world.ours.url,
      });
      const theirs = await world.betterAuth(world.database, world.ours, {
        session: { cookieCache: { enabled: true, strategy, maxAge: 300 } },
      });
      pairs.set(strategy, { taskgate: ours, "Better Auth": theirs });
    }
    return pairs.get(strategy);
  };
  const rename = (user, name) =>
    world.database.query('UPDATE "user" SET name = $2 WHERE id = $1', [user.id, name]);
  const fromStore = async (side, browser) =>
    data(await browser.at(side).getSession({ query: { disableCookieCache: true } }));
  const comparable = ({ session: { ...itsSession }, user }) => ({ session: itsSession, user });

  for (const strategy of STRATEGIES) {
    for (const [made, used] of [["taskgate", "Better Auth"], ["Better Auth", "taskgate"]]) {
      test(`a ${strategy} cache of ${made} is believed by ${used}, until it is told not to`,
           async () => {
             const sides = await pair(strategy);
             const { browser, user } = await signUp(sides[made]);
             const stored = await fromStore(sides[made], browser);
             await rename(user, "Behind Its Back");
             const cached = await session(sides[used], browser);
             assert.deepEqual(comparable(cached), comparable(stored));
             assert.deepEqual(browser.latest.cookies, [], "what is good is left alone");
             const fresh = await fromStore(sides[used], browser);
             assert.equal(fresh.user.name, "Behind Its Back");
             assert.equal((await session(sides[made], browser)).user.name, "Behind Its Back");
           });

      test(`a ${strategy} cache of ${made} that was changed is not believed by ${used}`,
           async () => {
             const sides = await pair(strategy);
             const { browser, user } = await signUp(sides[made]);
             await rename(user, "From The Store");
             const cookie = browser.jar.get(CACHE);
             const middle = cookie.value.length >> 1;
             const other = cookie.value[middle] === "A" ? "B" : "A";
             cookie.value = cookie.value.slice(0, middle) + other + cookie.value.slice(middle + 1);
             assert.equal((await session(sides[used], browser)).user.name, "From The Store");
           });

      test(`a ${strategy} cache of ${made} goes at a sign-out at ${used}`, async () => {
        const sides = await pair(strategy);
        const { browser } = await signUp(sides[made]);
        assert.ok(browser.jar.has(CACHE));
        data(await browser.at(sides[used]).signOut());
        assert.ok(!browser.jar.has(CACHE) && !browser.jar.has(SESSION));
        assert.equal(await session(sides[made], browser), null);
      });

      test(`a name changed at ${used} is in the ${strategy} cache that ${made} reads`, async () => {
        const sides = await pair(strategy);
        const { browser, user } = await signUp(sides[made]);
        data(await browser.at(sides[used]).updateUser({ name: "Changed", image: "a/b" }));
        await rename(user, "Behind Its Back");
        const cached = await session(sides[made], browser);
        assert.deepEqual([cached.user.name, cached.user.image], ["Changed", "a/b"]);
      });

      test(`names in all signs survive the ${strategy} cache of ${made} at ${used}`, async () => {
        const sides = await pair(strategy);
        const { browser, user } = await signUp(sides[made]);
        const name = "\u0001\u001f\t\"\\/\u007f\u00e9\u2028\u{1f511} <>?~&";
        await rename(user, name);
        await fromStore(sides[made], browser);
        await rename(user, "Behind Its Back");
        assert.equal((await session(sides[used], browser)).user.name, name);
      });
    }

    test(`Better Auth's getCookieCache reads our ${strategy} cache, as its middleware does`,
         async () => {
           const { taskgate } = await pair(strategy);
           const { browser, user, token } = await signUp(taskgate);
           const headers = new Headers({ cookie: browser.cookieHeader("/") });
           const cached = await getCookieCache(headers, {
             strategy, secret: world.secret, isSecure: false,
           });
           assert.equal(cached.user.id, user.id);
           assert.equal(cached.session.token, token);
           assert.equal(await getCookieCache(headers, {
             strategy, secret: `${world.secret}x`, isSecure: false,
           }), null);
         });

    test(`a ${strategy} cache that Better Auth split is read here, and its parts go`, async () => {
      const sides = await pair(strategy);
      const { browser, user } = await signUp(sides["Better Auth"]);
      const image = `data:image/png;base64,${"iVBORw0KGgo".repeat(255)}`;
      await world.database.query('UPDATE "user" SET image = $2 WHERE id = $1', [user.id, image]);
      await fromStore(sides["Better Auth"], browser);
      assert.ok(browser.jar.has(`${CACHE}.1`) && !browser.jar.has(CACHE));
      await rename(user, "Behind Its Back");
      const cached = await session(sides.taskgate, browser);
      assert.equal(cached.user.image, image);
      assert.notEqual(cached.user.name, "Behind Its Back");
      data(await browser.at(sides.taskgate).signOut());
      assert.deepEqual([...browser.jar.keys()].filter((name) => name.startsWith(CACHE)), []);
    });
  }

  test("the cookies of a cache are Better Auth's", async () => {
    const sides = await pair("compact");
    const steps = {
      "sign-up": async () => {},
      "a session from the store": (side, { browser }) => fromStore(side, browser),
      "a session that is not to be refreshed": (side, { browser }) =>
        browser.at(side).getSession({ query: { disableCookieCache: true, disableRefresh: true } }),
      "list-accounts": (side, { browser }) => {
        browser.jar.delete(CACHE);
        return browser.at(side).listAccounts();
      },
      "update-user": (side, { browser }) => browser.at(side).updateUser({ name: "N" }),
      "a cache that is no good": (side, { browser }) => {
        browser.jar.get(CACHE).value = "e30";
        return browser.at(side).getSession();
      },
      "a cache without a session cookie": (side, { browser }) => {
        browser.jar.delete(SESSION);
        return browser.at(side).getSession();
      },
      "sign-out": (side, { browser }) => browser.at(side).signOut(),
      "revoke-sessions": (side, { browser }) => browser.at(side).revokeSessions(),
      "a forgetful sign-in": async (side, person) => {
        person.browser = await signIn(side, person, { rememberMe: false });
      },
      "a forgetful session from the store": async (side, person) => {
        person.browser = await signIn(side, person, { rememberMe: false });
        await fromStore(side, person.browser);
      },
    };
    for (const [what, step] of Object.entries(steps)) {
      const shapes = {};
      for (const [name, side] of Object.entries(sides)) {
        const person = await signUp(side);
        await step(side, person);
        shapes[name] = shape(person.browser.latest.cookies);
      }
      assert.deepEqual(shapes.taskgate, shapes["Better Auth"], what);
    }
  });

  test("GHSA-xg6x-h9c9-2m83: a cache alone, and one of another session, is nobody's session",
       async () => {
         for (const strategy of STRATEGIES) {
           const sides = await pair(strategy);
           const [one, other] = [await signUp(sides["Better Auth"]), await signUp(sides.taskgate)];
           const cache = one.browser.jar.get(CACHE);
           for (const side of Object.values(sides)) {
             one.browser.jar.clear();
             one.browser.keep([cache]);
             assert.equal(await session(side, one.browser), null);
             other.browser.keep([cache]);
             assert.equal((await session(side, other.browser)).user.id, other.user.id);
           }
         }
       });

  test("a cache signed with another secret is not believed", async () => {
    const { taskgate } = await pair("compact");
    const { browser, user } = await signUp(taskgate);
    const cookie = browser.jar.get(CACHE);
    const said = JSON.parse(Buffer.from(cookie.value, "base64url"));
    said.session.user.name = "Forged";
    const text = JSON.stringify({ ...said.session, expiresAt: said.expiresAt });
    said.signature = createHmac("sha256", "not the secret").update(text).digest("base64url");
    cookie.value = Buffer.from(JSON.stringify(said)).toString("base64url");
    assert.equal((await session(taskgate, browser)).user.name, user.name);
    /* With the right one it is. */
    said.signature = createHmac("sha256", world.secret).update(text).digest("base64url");
    cookie.value = Buffer.from(JSON.stringify(said)).toString("base64url");
    browser.keep([cookie]);
    assert.equal((await session(taskgate, browser)).user.name, "Forged");
  });
}
