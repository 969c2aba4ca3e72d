// Sessions that end, several tabs, and networks that fail: nothing that was typed is lost, nothing
// happens twice.
import assert from "node:assert/strict";
import { test } from "node:test";

import { waitUntil } from "../interop/harness/process.mjs";
import { hold, PASSWORD, Person } from "./harness/browser.mjs";

const LOST = ["Failed to load resource", "ERR_"]; // what Chromium itself says about it

/** Answers to POST on tasks get lost: the server does what it was asked, and LOSE ends the request. */
async function loseAnswers(page, lose) {
  await page.route("**/tasks*", async (route) => {
    if (route.request().method() !== "POST") {
      await route.continue();
      return;
    }
    await route.fetch();
    await lose(route);
  });
}

export function tests({ browser, site }) {
  const name = (text) => `${site.server}: ${text}`;

  test(name("after a session has ended one comes back to where one was, with what was typed"),
       async () => {
         const person = await Person.open(browser, site, { expects: LOST });
         const { page } = await person.signUp();
         await person.add("One");
         await page.getByRole("radio", { name: "Open" }).check();
         await person.counts(1);
         await page.getByLabel("New task").fill("Half a thought");
         await person.context.clearCookies();
         await page.keyboard.press("Enter");
         await page.getByText("Your session has ended.").waitFor();
         await person.signIn();
         await person.isAtTasks();
         assert.equal(await page.getByLabel("New task").inputValue(), "Half a thought");
         assert.equal(await page.getByRole("radio", { name: "Open" }).isChecked(), true);
         await page.getByRole("button", { name: "Add" }).click();
         await page.getByRole("checkbox", { name: "Half a thought" }).waitFor();
         await person.close();
       });

  test(name("a sign-in leads to no other site"), async () => {
    const person = await (await Person.open(browser, site)).signUp();
    await person.page.getByRole("button", { name: "Sign out" }).click();
    await person.page.getByRole("heading", { name: "Sign in" }).waitFor();
    for (const target of ["https://example.org/", "//example.org/index.html",
                          "javascript:alert(1)"]) {
      await person.page.goto(`/sign-in.html?return=${encodeURIComponent(target)}`);
      await person.signIn();
      await person.isAtTasks();
      assert.equal(new URL(person.page.url()).pathname, "/index.html");
      await person.page.getByRole("button", { name: "Sign out" }).click();
      await person.page.getByRole("heading", { name: "Sign in" }).waitFor();
    }
    await person.close();
  });

  test(name("two tabs show the same, and end together"), async () => {
    const person = await (await Person.open(browser, site)).signUp();
    const second = await person.tab();
    await second.goto("/");
    await person.isAtTasks(second);
    await person.add("From the first tab");
    await second.getByRole("checkbox", { name: "From the first tab" }).waitFor();
    await second.getByRole("button", { name: "Delete: From the first tab" }).click();
    await person.page.getByText("No tasks yet.").waitFor();
    await second.getByRole("button", { name: "Sign out" }).click();
    await person.page.getByRole("heading", { name: "Sign in" }).waitFor();
    await person.page.locator("button.main:enabled").waitFor();
    await second.getByRole("heading", { name: "Sign in" }).waitFor();
    await person.signIn(undefined, second);
    await person.isAtTasks(second);
    await person.isAtTasks(); // the first has followed
    await person.close();
  });

  test(name("who is signed in and asks for the sign-in is led to the tasks"), async () => {
    const person = await (await Person.open(browser, site)).signUp();
    for (const page of ["sign-in", "sign-up"]) {
      await person.page.goto(`/${page}.html?return=account.html`);
      await person.page.getByRole("heading", { name: "Your account" }).waitFor();
    }
    await person.close();
  });

  test(name("where the browser keeps no cookie the sign-in says so"), async () => {
    const person = await (await Person.open(browser, site)).signUp();
    const { page } = person;
    await person.context.clearCookies();
    await page.route("**/sign-in/email", async (route) => {
      const response = await route.fetch();
      await person.context.clearCookies();
      const { "set-cookie": _, ...headers } = response.headers();
      await route.fulfill({ response, headers });
    });
    await page.goto("/sign-in.html");
    await person.signIn();
    await page.getByText("this browser does not keep the cookie").waitFor();
    await person.close();
  });

  test(name("a page that comes back out of the browser's memory asks whose it is"), async () => {
    const person = await (await Person.open(browser, site)).signUp();
    const { page } = person;
    const comeBack = () => page.evaluate(() => {
      window.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
      window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
      return getComputedStyle(document.getElementById("list")).visibility;
    });
    assert.equal(await comeBack(), "hidden");
    await page.getByRole("heading", { name: "Your tasks" }).waitFor();
    await person.context.clearCookies();
    assert.equal(await comeBack(), "hidden");
    await page.getByText("Your session has ended.").waitFor();
    await person.close();
  });

  test(name("a page of one person is not used by another who has signed in since"), async () => {
    const other = await (await Person.open(browser, site)).signUp();
    const person = await (await Person.open(browser, site, { expects: LOST })).signUp();
    const { page } = person;
    await person.add("Mine");
    await person.context.clearCookies();
    await person.context.addCookies(await other.context.cookies());
    await page.getByLabel("New task").fill("Mine too");
    await page.keyboard.press("Enter");
    await page.getByText("No tasks yet.").waitFor();
    assert.equal(await page.getByLabel("New task").inputValue(), "");
    assert.deepEqual((await other.call("GET", "/api/auth/get-session")).user.email, other.email);
    await other.close();
    await person.close();
  });

  test(name("what another tab does leaves an edit alone"), async () => {
    const person = await (await Person.open(browser, site)).signUp();
    const second = await person.tab();
    await person.add("Mine");
    await person.page.getByRole("button", { name: "Edit: Mine" }).click();
    await person.page.getByLabel("Title").fill("Mine, and more");
    await second.goto("/");
    await person.isAtTasks(second);
    await person.add("Another", second);
    await person.page.getByRole("checkbox", { name: "Another" }).waitFor();
    assert.equal(await person.page.getByLabel("Title").inputValue(), "Mine, and more");
    await person.page.getByRole("button", { name: "Save" }).click();
    await second.getByRole("checkbox", { name: "Mine, and more" }).waitFor();
    await person.close();
  });

  test(name("without a connection nothing typed is lost, and a button tries again"), async () => {
    const person = await (await Person.open(browser, site, { expects: LOST })).signUp();
    const { page, context } = person;
    await person.add("One");
    await context.setOffline(true);
    await page.getByLabel("New task").fill("Two");
    await page.keyboard.press("Enter");
    await page.getByText("You are offline.").first().waitFor();
    assert.equal(await page.getByLabel("New task").inputValue(), "Two");
    await page.getByRole("checkbox", { name: "One" }).click();
    await page.locator("#trouble").getByText("You are offline.").waitFor();
    assert.equal(await page.getByRole("checkbox", { name: "One" }).isChecked(), false);
    await context.setOffline(false);
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByRole("checkbox", { name: "Two" }).waitFor();
    await person.close();
  });

  test(name("a form filled in before its script came is not sent, and then works"), async () => {
    const person = await Person.open(browser, site);
    const { page } = person;
    const script = await hold(page, "**/sign-up.js");
    await page.goto("/sign-up.html", { waitUntil: "commit" });
    await page.locator("#name:focus").waitFor();
    await page.keyboard.type("Ada");
    await page.getByLabel("E-mail address").fill(person.email);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.keyboard.press("Enter");
    assert.equal(await page.getByLabel("Name").inputValue(), "Ada");
    script.release();
    await page.getByRole("button", { name: "Make an account" }).click();
    await person.isAtTasks();
    await person.close();
  });

  for (const [how, lose] of [
    ["by a connection that breaks", (route) => route.abort("connectionreset")],
    ["by a web server in between", (route) => route.fulfill({ status: 503, body: "{}" })],
  ]) {
    test(name(`an answer that was lost ${how} makes no task twice`), async () => {
      const person = await (await Person.open(browser, site, { expects: LOST })).signUp();
      const { page } = person;
      await loseAnswers(page, lose);
      await page.getByLabel("New task").fill("Once");
      await page.keyboard.press("Enter");
      await page.getByRole("checkbox", { name: "Once" }).waitFor();
      assert.deepEqual(await person.titles(), ["Once"]);
      assert.equal(await page.getByLabel("New task").inputValue(), "");
      await person.close();
    });
  }

  for (const [what, answer] of [
    ["that is not the server's", { status: 200, contentType: "text/html", body: "<p>Sign in</p>" }],
    ["that sends one away for an hour", { status: 503, headers: { "Retry-After": "3600" } }],
  ]) {
    test(name(`an answer ${what} is said in words`), async () => {
      const person = await (await Person.open(browser, site, { expects: LOST })).signUp();
      const { page } = person;
      await page.route("**/tasks?*", (route) => route.fulfill(answer));
      await page.reload();
      await page.locator("#trouble").getByText(/^The server (does not answer|has a problem)\./)
        .waitFor();
      await page.unroute("**/tasks?*");
      await page.getByRole("button", { name: "Try again" }).click();
      await page.getByText("No tasks yet.").waitFor();
      await person.close();
    });
  }

  test(name("a task that another tab has deleted is said to be gone, and goes"), async () => {
    const person = await (await Person.open(browser, site, { expects: LOST })).signUp();
    const { page } = person;
    await person.add("Gone");
    await person.add("Here");
    const path = `/api/proxy/${await person.userId()}/tasks`;
    const { items } = await person.call("GET", path);
    await person.call("DELETE", `${path}/${items.find((task) => task.title === "Gone").id}`);
    await page.getByRole("checkbox", { name: "Gone" }).click();
    await page.getByText("This task is not there any more.").waitFor();
    await page.getByRole("checkbox", { name: "Gone" }).waitFor({ state: "detached" });
    assert.equal(await page.getByText("This task is not there any more.").isVisible(), true);
    await page.getByRole("button", { name: "Close" }).click();
    assert.equal(await page.locator("#trouble").isVisible(), false);
    assert.deepEqual(await person.titles(), ["Here"]);
    await person.close();
  });

  test(name("who ticks and unticks faster than the server answers is heard in that order"),
       async () => {
         const person = await (await Person.open(browser, site)).signUp();
         const { page } = person;
         await person.add("One");
         const sent = [];
         page.on("request", (request) =>
           request.method() === "PATCH" && sent.push(request.postDataJSON().completed));
         const first = await hold(page, "**/tasks/*", "PATCH");
         await page.getByRole("checkbox", { name: "One" }).click();
         await first.isAsked;
         await page.getByRole("checkbox", { name: "One" }).click();
         const path = `/api/proxy/${await person.userId()}/tasks`;
         assert.deepEqual(sent, [true]);
         first.release();
         await waitUntil(() => sent.length === 2, "the second request");
         assert.deepEqual(sent, [true, false]);
         await page.locator("#status", { hasText: "Open again." }).waitFor({ state: "attached" });
         assert.equal((await person.call("GET", path)).items[0].completed, false);
         assert.equal(await page.getByRole("checkbox", { name: "One" }).isChecked(), false);
         await person.close();
       });

  test(name("a list that fails to load is asked for again"), async () => {
    const person = await (await Person.open(browser, site, { expects: LOST })).signUp();
    const { page } = person;
    await person.add("One");
    let failures = 0;
    await page.route("**/tasks?*", async (route) => {
      failures += 1;
      await (failures <= 2 ? route.fulfill({ status: 503, body: "{}" }) : route.continue());
    });
    await page.reload();
    await page.getByRole("checkbox", { name: "One" }).waitFor();
    assert.equal(failures, 3);
    failures = -10; // more than are tried by themselves
    await page.reload();
    await page.locator("#trouble").getByText("The server has a problem.").waitFor();
    failures = 3;
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("checkbox", { name: "One" }).waitFor();
    await person.close();
  });

  test(name("of several searches the last one counts, however slow the first"), async () => {
    const person = await (await Person.open(browser, site)).signUp();
    const { page } = person;
    await person.add("Apples");
    await person.add("Pears");
    const first = await hold(page, "**/tasks?*q=app*");
    await page.getByLabel("Search").fill("app");
    await first.isAsked;
    await page.getByLabel("Search").fill("pear");
    await person.counts(1);
    first.release();
    assert.deepEqual(await person.titles(), ["Pears"]);
    await person.close();
  });
}
