// Signing up and in, and the account page.
import assert from "node:assert/strict";
import { test } from "node:test";

import { PASSWORD, Person } from "./harness/browser.mjs";
import { Site } from "./harness/site.mjs";

export function tests({ browser, site, directory }) {
  const name = (text) => `${site.server}: ${text}`;

  test(name("a form says at each field what is wrong, and goes to the first"), async () => {
    const person = await Person.open(browser, site, { expects: ["422"] });
    const { page } = person;
    const submit = page.getByRole("button", { name: "Make an account" });
    const focused = () => page.evaluate(() => document.activeElement.id);
    await page.goto("/sign-up.html");
    await submit.click();
    await page.getByText("Enter your e-mail address.").waitFor();
    await page.getByText("Choose a password.").waitFor();
    assert.equal(await focused(), "name");
    await page.getByLabel("Name").fill("Ada");
    await page.getByLabel("E-mail address").fill("ada(at)example");
    await page.getByLabel("Password", { exact: true }).fill("short");
    await submit.click();
    assert.equal(await focused(), "email");
    const described = await page.getByLabel("Password", { exact: true })
      .evaluate((e) => e.getAttribute("aria-describedby"));
    assert.equal(described, "password-error password-hint");
    await page.getByText("This is not an e-mail address.").waitFor();
    await page.getByText("Use at least 8 characters.").waitFor();
    await page.getByLabel("Password", { exact: true }).fill("long enough now");
    await page.getByText("Use at least 8 characters.").waitFor({ state: "detached" });
    await person.close();
  });

  test(name("an address that is taken is said at the field"), async () => {
    const first = await (await Person.open(browser, site)).signUp();
    const second = await Person.open(browser, site, { expects: ["422"] });
    second.email = first.email;
    await second.page.goto("/sign-up.html");
    await second.page.getByLabel("Name").fill("Eve");
    await second.page.getByLabel("E-mail address").fill(first.email);
    await second.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await second.page.getByRole("button", { name: "Make an account" }).click();
    const error = second.page.locator("#email-error");
    await error.waitFor();
    assert.equal(await error.textContent(), "There is an account with this address already.");
    await first.close();
    await second.close();
  });

  test(name("a wrong password is said, and after five tries how long to wait"), async () => {
    const person = await (await Person.open(browser, site, { expects: ["401", "429"] })).signUp();
    const { page } = person;
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    for (let i = 0; i < 5; i++) {
      await person.signIn("not the password");
      await page.getByText("E-mail address or password is wrong.").waitFor();
    }
    await person.signIn();
    await page.getByText(/Too many tries\. Try again in \d+ minutes\./).waitFor();
    assert.equal(await page.getByLabel("E-mail address").inputValue(), person.email);
    await person.close();
  });

  test(name("without \"stay signed in\" the cookies end with the browser"), async () => {
    const person = await (await Person.open(browser, site)).signUp();
    await person.page.getByRole("button", { name: "Sign out" }).click();
    await person.page.getByLabel("Stay signed in on this device").uncheck();
    await person.signIn();
    await person.isAtTasks();
    const cookies = await person.context.cookies();
    const session = cookies.find((cookie) => cookie.name === "better-auth.session_token");
    assert.equal(session.expires, -1);
    assert.equal(session.httpOnly, true);
    const stored = await person.page.evaluate(() => [localStorage.length, document.cookie]);
    assert.deepEqual(stored, [0, ""]);
    await person.close();
  });

  test(name("name and password are changed; other devices are signed out"), async () => {
    const person = await (await Person.open(browser, site, { expects: ["400"] })).signUp();
    const { page } = person;
    const other = await Person.open(browser, site);
    other.email = person.email;
    await other.page.goto("/sign-in.html");
    await other.signIn();
    await other.isAtTasks();

    await page.getByRole("link", { name: "Account" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("Ada Lovelace");
    await page.getByRole("button", { name: "Save the name" }).click();
    await page.locator("#name-form .saved").waitFor();
    await page.getByLabel("Present password").fill("not the password");
    await page.getByLabel("New password", { exact: true }).fill("another Harbor 27 lantern");
    await page.getByRole("button", { name: "Change the password" }).click();
    await page.getByText("This is not your password.").waitFor();
    await page.getByLabel("Present password").fill(PASSWORD);
    await page.getByRole("button", { name: "Change the password" }).click();
    await page.locator(".saved", { hasText: "Your new password is set." }).waitFor();
    assert.equal((await person.call("GET", "/api/auth/get-session")).user.name, "Ada Lovelace");

    await other.page.reload();
    await other.page.getByRole("heading", { name: "Sign in" }).waitFor();
    await other.signIn("another Harbor 27 lantern");
    await other.isAtTasks();
    await person.close();
    await other.close();
  });

  test(name("a session elsewhere is seen and ended"), async () => {
    const person = await (await Person.open(browser, site)).signUp();
    const other = await Person.open(browser, site, { userAgent: "curl/8.0" });
    other.email = person.email;
    await other.page.goto("/sign-in.html");
    await other.signIn();
    await other.isAtTasks();
    await person.page.goto("/account.html");
    await person.page.getByText("curl").waitFor();
    await person.page.getByRole("button", { name: /Sign out: curl/ }).click();
    await person.page.getByText("curl").waitFor({ state: "detached" });
    await other.page.reload();
    await other.page.getByRole("heading", { name: "Sign in" }).waitFor();
    await person.close();
    await other.close();
  });

  test(name("where there is no mail an account is deleted at once"), async () => {
    const silent = await Site.start(site.server, directory, { MAIL_DIR: "" });
    const person = await (await Person.open(browser, silent)).signUp();
    const { page } = person;
    await page.goto("/account.html");
    await page.getByRole("button", { name: "Delete the account" }).click();
    await page.keyboard.type(PASSWORD); // the focus is where one goes on
    await page.getByRole("button", { name: "Delete everything" }).click();
    await page.getByText("Your account and all its tasks are deleted.").waitFor();
    await person.close();
    assert.deepEqual(await silent.stop(), []);
  });
}
