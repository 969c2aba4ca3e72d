// The front ends of the five integration guides, G0 to G4, against one taskgate. The shape of task
// lists is chosen by the web server, as the manual describes.
import assert from "node:assert/strict";
import { test } from "node:test";

import { getSessionCookie } from "better-auth/cookies";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";

import { ORIGIN, send } from "./harness/browser.mjs";
import {
  CookieFrontEnd, JSON_TYPE, JwtFrontEnd, LocalStorageFrontEnd, payloadOf, RefreshingFrontEnd,
  SessionTokenFrontEnd,
} from "./harness/front_ends.mjs";
import { data, newEmail, PASSWORD } from "./harness/people.mjs";

/** Starts the one taskgate of all guides when the first test needs it. */
function lazySite(world) {
  let site;
  return () => (site ??= world.createDatabase("guides").then((database) =>
    world.site("guides", database, {
      PASSWORD_HASH: "argon2id", COOKIE_ALIASES: "better-auth-token,better-auth.session",
    })));
}

function localStorageTests(start) {
  test("G0: signs up, keeps the token, reads its user with atob, and has tasks", async () => {
    const page = new LocalStorageFrontEnd(await start());
    const email = newEmail("g0");
    const result = await page.signUp(email, "password123", "Zoë ÿ>?~ O'Neil");
    assert.equal(result.status, 201);
    assert.equal(result.user.name, "Zoë ÿ>?~ O'Neil");
    const { id } = page.session();
    assert.deepEqual(page.session(), { id: result.user.id, email });

    const made = await page.api(`/api/${id}/tasks`, { method: "POST", body: '{"title":"Milk"}' });
    assert.equal(made.status, 201);
    const task = await made.json();
    const list = await (await page.api(`/api/${id}/tasks`)).json();
    assert.deepEqual(list, { tasks: [task], user_id: id });
  });

  test("G0: the payload of every token is read by atob, whatever the name is", async () => {
    const page = new LocalStorageFrontEnd(await start());
    for (const name of [">>>", "???", "~~~", "\u007f\u007f", "ÿþý", "漢字", "🚢🚢", "a?b>c~d"]) {
      await page.signUp(newEmail("g0"), PASSWORD, name);
      const payload = page.storage.get("auth_token").split(".")[1];
      assert.doesNotMatch(payload, /[-_]/);
      assert.equal(page.session().id, payloadOf(page.storage.get("auth_token")).sub);
    }
  });

  test("G0: shows the server's own words for a taken address, a weak password, wrong credentials",
       async () => {
         const page = new LocalStorageFrontEnd(await start());
         const email = newEmail("g0");
         await page.signUp(email, PASSWORD, "A");
         await assert.rejects(page.signUp(email, PASSWORD, "A"), /^Error: Email already exists$/);
         await assert.rejects(page.signUp(newEmail(), "short", "A"),
                              /^Error: Password must be at least 8 characters$/);
         await assert.rejects(page.signIn(email, "not the one"),
                              /^Error: Invalid email or password$/);
         await assert.rejects(page.signIn(newEmail(), PASSWORD),
                              /^Error: Invalid email or password$/);
       });

  test("G0: signs in again, and signs out through a proxy without cookies or body", async () => {
    const page = new LocalStorageFrontEnd(await start());
    const email = newEmail("g0");
    await page.signUp(email, PASSWORD, "A");
    const { id } = page.session();
    assert.equal((await page.signOut()).status, 200);
    assert.equal(page.session(), null);
    assert.equal((await page.signIn(email, PASSWORD)).status, 200);
    assert.equal(page.session().id, id);
  });

  test("G0: a path of another user is 403 and its text begins with Access denied", async () => {
    const page = new LocalStorageFrontEnd(await start());
    await page.signUp(newEmail("g0"), PASSWORD, "A");
    const answer = await page.api("/api/user123/tasks");
    assert.equal(answer.status, 403);
    assert.match((await answer.json()).detail, /^Access denied/);
  });

  test("G0: its preflight is 200 with its origin and credentials", async () => {
    const site = await start();
    const answer = await send(`${site.url}/api/auth/sign-in`, "OPTIONS", {
      origin: ORIGIN, "access-control-request-method": "POST",
      "access-control-request-headers": "authorization",
    });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["access-control-allow-origin"], ORIGIN);
    assert.equal(answer.headers["access-control-allow-credentials"], "true");
    assert.match(answer.headers["access-control-allow-headers"], /authorization/i);
  });
}

function cookieTests(start) {
  test("G1: signs up without a name and has tasks at once, by cookie alone", async () => {
    const page = new CookieFrontEnd(await start());
    const email = newEmail("g1");
    const answer = await page.auth("signup", { email, password: PASSWORD });
    assert.equal(answer.status, 201);
    const { id } = (await answer.json()).user;
    assert.deepEqual(await page.call(`${id}/tasks`), []);

    const task = await page.call(`${id}/tasks`, "POST", { title: "Milk", description: "2 l" });
    assert.equal(typeof task.id, "number");
    assert.deepEqual((await page.call(`${id}/tasks`)).map((t) => t.title), ["Milk"]);
    const changed = await page.call(`${id}/tasks/${task.id}`, "PUT", { completed: true });
    assert.equal(changed.completed, true);
    assert.equal(changed.title, "Milk");
    const toggled = await page.call(`${id}/tasks/${task.id}/complete`, "PATCH", {});
    assert.equal(toggled.completed, false);
    const gone = await page.call(`${id}/tasks/${task.id}`, "DELETE");
    assert.equal(gone.success, true);
    assert.equal(gone.message, "Task deleted successfully");
  });

  test("G1: logs in, restores the session, logs out, and is then asked to log in", async () => {
    const page = new CookieFrontEnd(await start());
    const email = newEmail("g1");
    const { user } = await (await page.auth("signup", { email, password: PASSWORD })).json();
    page.browser.jar.clear();
    assert.equal((await page.auth("login", { email, password: PASSWORD })).status, 200);
    const session = await page.browser.send(`${page.url}/api/auth/session`);
    assert.equal(session.json().user.id, user.id);

    const out = await page.auth("logout");
    assert.equal(out.status, 200);
    assert.equal((await out.json()).success, true);
    assert.equal(page.browser.jar.size, 0);
    await assert.rejects(page.call(`${user.id}/tasks`), /^Error: Session expired$/);
    assert.equal((await page.browser.send(`${page.url}/api/auth/session`)).text, "null");
  });

  test("G1: without the cookie the proxy says so in the guide's words", async () => {
    const page = new CookieFrontEnd(await start());
    const answer = await page.browser.send(`${page.url}/api/proxy/usr_cm5x8y9z0000/tasks`);
    assert.equal(answer.status, 401);
    const { error, message } = answer.json();
    assert.deepEqual({ error, message },
                     { error: "Unauthorized", message: "No session token found" });
  });

  test("G1: another user's tasks are Access denied, and another origin's page gets nothing done",
       async () => {
         const page = new CookieFrontEnd(await start());
         const answer = await page.auth("signup", { email: newEmail("g1"), password: PASSWORD });
         const { id } = (await answer.json()).user;
         await assert.rejects(page.call("usr_cm5x8y9z0000/tasks"), /^Error: Access denied$/);
         const foreign = await page.browser.send(
           `${page.url}/api/proxy/${id}/tasks`, "POST",
           { "content-type": "application/json", origin: "https://evil.example" }, '{"title":"x"}');
         assert.equal(foreign.status, 403);
         assert.deepEqual(await page.call(`${id}/tasks`), []);
       });

  test("G1: its own proxy, which sends the cookie's value as a bearer token, works", async () => {
    const page = new CookieFrontEnd(await start());
    const answer = await page.auth("signup", { email: newEmail("g1"), password: PASSWORD });
    const { id } = (await answer.json()).user;
    const { value } = page.browser.jar.get("better-auth.session_token");
    for (const token of [value, decodeURIComponent(value)]) {
      const headers = { ...JSON_TYPE, Authorization: `Bearer ${token}` };
      const tasks = await fetch(`${page.url}/api/${id}/tasks/`, { headers, redirect: "error" });
      assert.deepEqual(await tasks.json(), []);
    }
  });

  test("G1: failures of sign-up and login have a message to show", async () => {
    const page = new CookieFrontEnd(await start());
    const email = newEmail("g1");
    await page.auth("signup", { email, password: PASSWORD });
    const taken = await page.auth("signup", { email, password: PASSWORD });
    assert.equal(taken.status, 400);
    assert.equal((await taken.json()).message, "Email already exists");
    const wrong = await page.auth("login", { email, password: "not the one" });
    assert.equal(wrong.status, 401);
    assert.equal((await wrong.json()).message, "Invalid email or password");
  });

  test("G1: the greeting and the health check need nobody", async () => {
    const site = await start();
    assert.deepEqual((await send(`${site.url}/`)).json(),
                     { message: "Todo API with Authentication" });
    assert.equal((await send(`${site.url}/health`)).json().status, "healthy");
  });
}

function jwtTests(start) {
  test("G2: the member jwt of sign-up and sign-in opens an array of tasks", async () => {
    const page = new JwtFrontEnd(await start());
    const email = newEmail("g2");
    await page.signUp(email);
    const first = page.userId();
    const { user } = await page.keep(await page.client.signIn.email({ email, password: PASSWORD }));
    assert.equal(page.userId(), user.id);
    assert.equal(first, user.id);

    const path = `/api/${page.userId()}/tasks`;
    assert.deepEqual(await page.request(path), []);
    const task = await page.request(path, { method: "POST", body: '{"title":"Milk"}' });
    const list = await page.request(path);
    assert.deepEqual(list, [task]);
    const changed = await page.request(`${path}/${task.id}`,
                                       { method: "PUT", body: '{"description":"2 l"}' });
    assert.equal(changed.title, "Milk");
    const done = await page.request(`${path}/${task.id}/complete`, { method: "PATCH" });
    assert.equal(done.completed, true);
    const gone = await page.request(`${path}/${task.id}`, { method: "DELETE" });
    assert.equal(gone.status, "deleted");
    assert.equal(gone.task_id, task.id);
  });

  test("G2: the cookie that its middleware looks for is there, and goes at sign-out", async () => {
    const page = new JwtFrontEnd(await start());
    await page.signUp(newEmail());
    assert.ok(page.browser.jar.has("better-auth-token"));
    data(await page.client.signOut());
    assert.ok(!page.browser.jar.has("better-auth-token"));
  });

  test("G2: its token ends with sign-out, and it is sent to the sign-in page", async () => {
    const page = new JwtFrontEnd(await start());
    await page.signUp(newEmail());
    const path = `/api/${page.userId()}/tasks`;
    await page.request(path);
    data(await page.client.signOut());
    await assert.rejects(page.request(path), /signed out/);
    assert.equal(page.storage.size, 0);
  });

  test("G2: errors carry a message for alert(), and a reason phrase", async () => {
    const page = new JwtFrontEnd(await start());
    const credentials = { email: newEmail(), password: PASSWORD };
    await assert.rejects(page.client.signIn.email(credentials).then((r) => page.keep(r)),
                         /^Error: Invalid email or password$/);
    await page.keep(await page.client.signUp.email({ ...credentials, name: "A" }));
    await assert.rejects(page.request(`/api/${page.userId()}/tasks/999999999`),
                         /^Error: API error: Not Found$/);
  });
}

function refreshingTests(start) {
  const signedIn = async () => {
    const page = new RefreshingFrontEnd(await start());
    const email = newEmail("g3");
    const name = email.split("@")[0];
    data(await page.client.signUp.email({ email, password: PASSWORD, name }));
    page.user = data(await page.client.signIn.email({ email, password: PASSWORD })).user;
    return page;
  };

  test("G3: a refused access token is renewed once, and the request repeated", async () => {
    const page = await signedIn();
    const answer = await page.request("/api/tasks/");
    assert.equal(answer.status, 200);
    const list = await answer.json();
    assert.deepEqual(list.tasks, []);
    assert.equal(list.user_id, page.user.id);
    assert.equal(page.refreshes, 1);
    const { exp, iat, sub, email, name, aud } = decodeJwt(page.accessToken);
    assert.equal(exp - iat, 3600);
    assert.equal(sub, page.user.id);
    assert.equal(email, page.user.email);
    assert.equal(name, page.user.name);
    assert.equal(aud, undefined);
  });

  test("G3: many requests at once share one refresh", async () => {
    const page = await signedIn();
    page.holdRefreshUntilRefused(6);
    const answers = await Promise.all(Array.from({ length: 6 }, () => page.request("/api/tasks/")));
    assert.deepEqual(answers.map((answer) => answer.status), Array(6).fill(200));
    assert.equal(page.refreshes, 1);
  });

  test("G3: a refresh token is used up; the old one ends the session wherever it comes from",
       async () => {
         const page = await signedIn();
         const old = page.browser.jar.get("better-auth.refresh_token");
         await page.refresh();
         assert.equal((await page.request("/api/tasks/")).status, 200);
         page.browser.jar.set(old.name, old);
         await assert.rejects(page.refresh(), /to the login/);
         assert.equal(data(await page.client.getSession()), null);
         page.accessToken = "not.a.token";
         await assert.rejects(page.request("/api/tasks/"), /to the login/);
       });

  test("G3: Better Auth's client finds the route behind authClient.refresh()", async () => {
    const page = await signedIn();
    const answer = data(await page.client.refresh());
    assert.equal(decodeJwt(answer.accessToken).sub, page.user.id);
  });

  test("G3: the session says in milliseconds when it ends", async () => {
    const page = await signedIn();
    const session = data(await page.client.getSession());
    const delay = session.expiresAt - Date.now() - 60_000;
    assert.ok(delay > 6.9 * 86_400_000 && delay < 7 * 86_400_000);
    assert.equal(session.user.name, page.user.name);
  });

  test("G3: fields that are wrong come as lists of texts, and 404 as a message", async () => {
    const page = await signedIn();
    const bad = await page.request("/api/tasks/", { method: "POST", body: '{"title":""}' });
    const problems = await page.problem(bad);
    assert.deepEqual(problems.title.map((text) => typeof text), ["string"]);
    assert.equal(await page.problem(await page.request("/api/tasks/999999999")), "Task not found");
  });

  test("G3: the sixth wrong password is 429 with the time to wait in header and body", async () => {
    const page = await signedIn();
    const attempt = () => send(`${page.url}/api/auth/sign-in/email`, "POST", {
      "content-type": "application/json", origin: ORIGIN,
    }, JSON.stringify({ email: page.user.email, password: "not the one" }));
    for (let i = 0; i < 5; i++) {
      assert.equal((await attempt()).status, 401);
    }
    const limited = await attempt();
    assert.equal(limited.status, 429);
    assert.equal(limited.json().retryAfter, Number(limited.headers["retry-after"]));
    assert.match(limited.headers["access-control-expose-headers"], /Retry-After/);
  });

  test("G3: its middleware finds the session cookie by Better Auth's own function", async () => {
    const page = await signedIn();
    const headers = new Headers({ cookie: page.browser.cookieHeader("/") });
    const value = decodeURIComponent(page.browser.jar.get("better-auth.session_token").value);
    assert.equal(getSessionCookie(headers), value);
    assert.equal(getSessionCookie(headers, { cookieName: "session" }), value);
  });

  test("G3: its back end verifies a token by JWKS, without the secret", async () => {
    const page = await signedIn();
    const { token } = data(await page.client.token());
    const keys = createRemoteJWKSet(new URL(`${page.url}/api/auth/jwks`), { timeoutDuration: 120_000 });
    const { payload } = await jwtVerify(token, keys, { algorithms: ["EdDSA"] });
    assert.equal(payload.sub, page.user.id);
  });
}

function sessionTokenTests(start) {
  const signedIn = async () => {
    const page = new SessionTokenFrontEnd(await start());
    const { user } = data(await page.client.signUp.email({
      email: newEmail("g4"), password: PASSWORD, name: "A",
    }));
    return { page, user, path: `/api/${user.id}/tasks` };
  };

  test("G4: the session's token opens items and total, and the whole life of a task", async () => {
    const { page, path } = await signedIn();
    assert.deepEqual(await page.request(path), { items: [], total: 0 });
    const task = await page.request(path, { method: "POST", body: { title: "Milk" } });
    assert.deepEqual((await page.request(path)).items, [task]);
    assert.deepEqual(await page.request(`${path}/${task.id}`), task);
    const changed = await page.request(`${path}/${task.id}`,
                                       { method: "PATCH", body: { description: "2 l" } });
    assert.equal(changed.description, "2 l");
    assert.equal(changed.title, "Milk");
    const done = await page.request(`${path}/${task.id}/complete`, { method: "PATCH" });
    assert.equal(done.completed, true);
    await page.request(`${path}/${task.id}`, { method: "DELETE" });
    assert.equal((await page.request(path)).total, 0);
  });

  test("G4: errors are a text of detail and the right status", async () => {
    const { page, path } = await signedIn();
    const expected = [
      [path, { skipAuth: true }, 401, /^Authorization header missing/],
      ["/api/user_b/tasks", {}, 403, /Access denied/],
      [`${path}/999999999`, {}, 404, /^Task not found$/],
      [path, { method: "POST", body: { title: 7 } }, 422, /title/i],
    ];
    for (const [where, options, status, message] of expected) {
      await assert.rejects(page.request(where, options), { status, message });
    }
  });

  test("G4: /api/auth/token gives a token for the task routes, and 401 to nobody", async () => {
    const { page, path } = await signedIn();
    const { token } = (await page.browser.send(`${page.url}/api/auth/token`)).json();
    const headers = { ...JSON_TYPE, Authorization: `Bearer ${token}` };
    assert.equal((await fetch(`${page.url}${path}`, { headers })).status, 200);
    assert.equal((await send(`${page.url}/api/auth/token`)).status, 401);
  });

  test("G4: sign-out works with a dead session, and its token is then refused", async () => {
    const { page, path } = await signedIn();
    const token = await page.token();
    data(await page.client.signOut());
    data(await page.client.signOut());
    assert.equal(await page.token(), null);
    const headers = { Authorization: `Bearer ${token}` };
    assert.equal((await fetch(`${page.url}${path}`, { headers })).status, 401);
  });

  test("G4: its page may read an error of this server, and a foreign page may not", async () => {
    const { page, path } = await signedIn();
    const ask = (origin) => page.browser.send(`${page.url}${path}`, "GET", { origin });
    const own = await ask(ORIGIN);
    assert.equal(own.status, 401);
    assert.equal(own.headers["access-control-allow-origin"], ORIGIN);
    assert.equal(own.headers["access-control-allow-credentials"], "true");
    const other = await ask("https://evil.example");
    assert.equal(other.headers["access-control-allow-origin"], undefined);
  });
}

export function tests(world) {
  const start = lazySite(world);
  localStorageTests(start);
  cookieTests(start);
  jwtTests(start);
  refreshingTests(start);
  sessionTokenTests(start);
}
