// What people type is never lost, cut or given to somebody else, however slow the network is.
import assert from "node:assert/strict";
import { test } from "node:test";

import { hold, Person } from "./harness/browser.mjs";

const LOST = ["Failed to load resource"]; // what Chromium itself says about it

async function editOf(person, title, text) {
  await person.page.getByRole("button", { name: `Edit: ${title}` }).click();
  await person.page.getByLabel("Title").fill(text);
}

export function tests({ browser, site }) {
  const name = (text) => `${site.server}: ${text}`;

  test(name("what is too long is said, not cut"), async () => {
    const person = await (await Person.open(browser, site)).signUp();
    const { page } = person;
    const input = page.getByLabel("New task");
    await input.fill("x".repeat(300));
    await page.keyboard.press("Enter");
    await page.getByText("Use at most 255 characters. These are 300.").waitFor();
    assert.equal((await input.inputValue()).length, 300);
    await input.fill("🌻".repeat(255)); // 510 units of UTF-16
    await page.keyboard.press("Enter");
    await page.getByRole("checkbox", { name: "🌻".repeat(255) }).waitFor();
    await person.close();
  });

  test(name("an error that appears does not move what is being pressed"), async () => {
    const person = await Person.open(browser, site);
    const { page } = person;
    await page.goto("/sign-in.html");
    await page.getByLabel("E-mail address").fill("not an address");
    await page.getByRole("link", { name: "Make an account" }).click();
    await page.getByRole("heading", { name: "Make an account" }).waitFor();
    await person.close();
  });

  test(name("who types on while a task is being added loses nothing"), async () => {
    const person = await (await Person.open(browser, site)).signUp();
    const { page } = person;
    const answer = await hold(page, "**/tasks", "POST");
    await page.getByLabel("New task").fill("Milk");
    await page.keyboard.press("Enter");
    await answer.isAsked;
    await page.keyboard.type("Bread");
    answer.release();
    await page.getByRole("checkbox", { name: "Milk", exact: true }).waitFor();
    assert.equal(await page.getByLabel("New task").inputValue(), "Bread");
    await page.keyboard.press("Enter");
    await page.getByRole("checkbox", { name: "Bread", exact: true }).waitFor();
    await person.close();
  });

  test(name("who types on while an edit is being saved loses nothing"), async () => {
    const person = await (await Person.open(browser, site)).signUp();
    const { page } = person;
    await person.add("Milk");
    await editOf(person, "Milk", "Milk, fresh");
    const answer = await hold(page, "**/tasks/*", "PATCH");
    await page.keyboard.press("Enter");
    await answer.isAsked;
    await page.keyboard.type(" and cold");
    answer.release();
    await page.locator("#status", { hasText: "Saved." }).waitFor({ state: "attached" });
    assert.equal(await page.getByLabel("Title").inputValue(), "Milk, fresh and cold");
    await page.keyboard.press("Enter");
    await page.getByRole("checkbox", { name: "Milk, fresh and cold" }).waitFor();
    await person.close();
  });

  test(name("an edit outlives its session"), async () => {
    const person = await (await Person.open(browser, site, { expects: ["401"] })).signUp();
    const { page } = person;
    await person.add("Report");
    await editOf(person, "Report", "Report with figures");
    await page.locator("#list").getByLabel("Description").fill("Half a thought");
    await person.context.clearCookies();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Your session has ended.").waitFor();
    await person.signIn();
    await person.isAtTasks();
    assert.equal(await page.getByLabel("Title").inputValue(), "Report with figures");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("checkbox", { name: "Report with figures" }).waitFor();
    assert.equal(await page.locator("#list .description").textContent(), "Half a thought");
    await page.reload(); // it is over
    await page.getByRole("checkbox", { name: "Report with figures" }).waitFor();
    await person.close();
  });

  test(name("what one person typed is not shown to the next"), async () => {
    const other = await (await Person.open(browser, site)).signUp();
    const person = await (await Person.open(browser, site, { expects: ["401"] })).signUp();
    const { page } = person;
    await page.getByLabel("New task").fill("My secret");
    await person.context.clearCookies();
    await page.keyboard.press("Enter");
    await page.getByText("Your session has ended.").waitFor();
    await other.signIn(undefined, page);
    await person.isAtTasks();
    assert.equal(await page.getByLabel("New task").inputValue(), "");
    await other.close();
    await person.close();
  });

  test(name("an edit sends what was changed in it, whatever another tab has done"), async () => {
    const person = await (await Person.open(browser, site)).signUp();
    const { page } = person;
    await person.add("Report");
    const path = `/api/proxy/${await person.userId()}/tasks`;
    const [{ id }] = (await person.call("GET", path)).items;
    await editOf(person, "Report", "Long report");
    await person.call("PATCH", `${path}/${id}`, { description: "from elsewhere" });
    const listed = page.waitForResponse("**/tasks?*");
    await page.evaluate(() => window.dispatchEvent(new Event("online"))); // it looks again
    await (await listed).finished();
    await page.locator("#list:not([aria-busy])").waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("checkbox", { name: "Long report" }).waitFor();
    assert.equal((await person.call("GET", `${path}/${id}`)).description, "from elsewhere");
    await person.close();
  });

  test(name("the key that ends an input method's choice leaves the edit alone"), async () => {
    const person = await (await Person.open(browser, site)).signUp();
    const { page } = person;
    await person.add("Report");
    await editOf(person, "Report", "レポート");
    await page.getByLabel("Title").evaluate((input) => input.dispatchEvent(
      new KeyboardEvent("keydown", { key: "Escape", isComposing: true, bubbles: true })));
    assert.equal(await page.getByLabel("Title").inputValue(), "レポート");
    await page.keyboard.press("Escape");
    await page.getByRole("checkbox", { name: "Report" }).waitFor();
    await person.close();
  });

  test(name("a password that is shown is still kept from others"), async () => {
    const person = await Person.open(browser, site, { expects: LOST });
    const { page } = person;
    await page.goto("/sign-in.html");
    const input = page.locator("#password");
    await page.getByRole("button", { name: "Show the password" }).click();
    assert.equal(await input.getAttribute("type"), "text");
    assert.equal(await input.getAttribute("spellcheck"), "false");
    assert.equal(await input.getAttribute("autocapitalize"), "none");
    await person.signIn("not the password");
    assert.equal(await input.getAttribute("type"), "password");
    await page.getByText("E-mail address or password is wrong.").waitFor();
    await person.close();
  });
}
