// Sessions that end, several tabs, and networks that fail: nothing that was typed is lost, nothing
// happens twice.
import assert from "node:assert/strict";
import { test } from "node:test";

import { PASSWORD, Person } from "./harness/browser.mjs";

const LOST = ["Failed to load resource", "ERR_"]; // what Chromium itself says about it

/** Answers of the server to METHOD on tasks get lost: it does what it was asked, and nobody hears. */
async function loseAnswers(page, method) {
  await page.route("**/tasks*", async (route) => {
    if (route.request().method() !== method) {
      await route.continue();
      return;
    }
    await route.fetch();
    await route.abort("connectionreset");
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
    let letGo;
    const held = new Promise((resolve) => { letGo = resolve; });
    await page.route("**/sign-up.js", async (route) => {
      await held;
      await route.continue();
    });
    await page.goto("/sign-up.html", { waitUntil: "commit" });
    await page.locator("#name:focus").waitFor();
    await page.keyboard.type("Ada");
    await page.getByLabel("E-mail address").fill(person.email);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.keyboard.press("Enter");
    assert.equal(await page.getByLabel("Name").inputValue(), "Ada");
    letGo();
    await page.getByRole("button", { name: "Make an account" }).click();
    await person.isAtTasks();
    await person.close();
  });

  test(name("an answer that was lost makes no task twice"), async () => {
    const person = await (await Person.open(browser, site, { expects: LOST })).signUp();
    const { page } = person;
    await loseAnswers(page, "POST");
    await page.getByLabel("New task").fill("Once");
    await page.keyboard.press("Enter");
    await page.getByRole("checkbox", { name: "Once" }).waitFor();
    assert.deepEqual(await person.titles(), ["Once"]);
    assert.equal(await page.getByLabel("New task").inputValue(), "");
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
    let release;
    const held = new Promise((resolve) => { release = resolve; });
    await page.route("**/tasks?*q=app*", async (route) => {
      await held;
      await route.continue().catch(() => {}); // it was given up
    });
    const asked = page.waitForRequest("**/tasks?*q=app*");
    await page.getByLabel("Search").fill("app");
    await asked;
    await page.getByLabel("Search").fill("pear");
    await person.counts(1);
    release();
    assert.deepEqual(await person.titles(), ["Pears"]);
    await person.close();
  });
}
