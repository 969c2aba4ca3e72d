// The pages that the links of letters lead to.
import assert from "node:assert/strict";
import { test } from "node:test";

import { waitUntil } from "../interop/harness/process.mjs";
import { PASSWORD, Person } from "./harness/browser.mjs";
import { Site } from "./harness/site.mjs";

const NEW = "another Harbor 27 lantern";

export function tests({ browser, site, directory }) {
  const name = (text) => `${site.server}: ${text}`;

  test(name("a forgotten password is set anew by letter, once"), async () => {
    const person = await (await Person.open(browser, site)).signUp();
    const { page } = person;
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("link", { name: "Forgot your password?" }).click();
    await page.getByRole("heading", { name: "Forgot your password?" }).waitFor();
    await page.getByLabel("E-mail address").fill(person.email);
    await page.getByRole("button", { name: "Send the e-mail" }).click();
    await page.getByRole("heading", { name: "Look into your mailbox" }).waitFor();
    const link = await site.link("assword", person.email);
    await page.goto(link);
    await page.waitForURL((url) => url.pathname === "/reset-password.html" && url.search === "");
    await page.reload(); // loses nothing
    await page.getByLabel("New password").fill(NEW);
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByText("Your new password is set.").waitFor();
    await person.signIn(NEW);
    await person.isAtTasks();
    await page.goto(link);
    await page.getByText("This link is not valid any more").waitFor();
    await person.close();
  });

  if (site.server === "nginx") {
    test(name("the access log does not learn the token of a letter"), async () => {
      for (const path of ["reset-password.html?token=tok3n", "index.html?seen"]) {
        assert.equal((await fetch(`${site.url}/${path}`)).status, 200);
      }
      await waitUntil(() => site.requests().includes("index.html?seen"), "the last line of the log");
      assert.doesNotMatch(site.requests(), /tok3n/);
    });
  }

  test(name("an address is confirmed from the account page"), async () => {
    const person = await (await Person.open(browser, site)).signUp();
    const { page } = person;
    await page.goto("/account.html");
    await page.getByRole("button", { name: "Send me the confirmation e-mail" }).click();
    await page.getByText("Sent. Send it once more").waitFor();
    await page.goto(await site.link("onfirm", person.email));
    await page.getByText("Your address is confirmed.").waitFor();
    await page.goto("/verify-email.html?error=TOKEN_EXPIRED");
    await page.getByText("This link is too old.").waitFor();
    await page.goto("/account.html");
    await page.getByText(person.email).waitFor();
    assert.equal(await page.getByText("and not confirmed yet").isVisible(), false);
    await person.close();
  });

  test(name("an account is deleted by letter, with its password only"), async () => {
    const person = await (await Person.open(browser, site, { expects: ["400", "401"] })).signUp();
    const { page } = person;
    await page.goto("/account.html");
    await page.getByRole("button", { name: "Delete the account" }).click();
    await page.getByLabel("Your password").fill("not the password");
    await page.getByRole("button", { name: "Delete everything" }).click();
    await page.getByText("This is not your password.").waitFor();
    await page.getByLabel("Your password").fill(PASSWORD);
    await page.getByRole("button", { name: "Delete everything" }).click();
    await page.locator("#delete-done", { hasText: "Look into your mailbox" }).waitFor();
    await page.goto(await site.link("elete", person.email));
    await page.getByText("Your account and all its tasks are deleted.").waitFor();
    await person.signIn();
    await page.getByText("E-mail address or password is wrong.").waitFor();
    await person.close();
  });

  test(name("where addresses must be confirmed, a sign-up says so and a sign-in offers the letter"),
       async () => {
         const strict = await Site.start(site.server, directory,
                                         { REQUIRE_EMAIL_VERIFICATION: "on" });
         const person = await Person.open(browser, strict, { expects: ["403"] });
         const { page } = person;
         await page.goto("/sign-up.html");
         await page.getByLabel("Name").fill("Ada");
         await page.getByLabel("E-mail address").fill(person.email);
         await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
         await page.getByRole("button", { name: "Make an account" }).click();
         await page.getByRole("heading", { name: "Look into your mailbox" }).waitFor();
         await page.getByRole("link", { name: "Sign in" }).click();
         await person.signIn();
         await page.getByText("Your address is not confirmed yet.").waitFor();
         await page.getByRole("button", { name: "Send the confirmation e-mail again" }).click();
         await page.getByText("Sent. Send it once more").waitFor();
         await page.goto(await strict.link("onfirm", person.email));
         await page.getByText("Your address is confirmed.").waitFor();
         await page.goto("/sign-in.html");
         await person.signIn();
         await person.isAtTasks();
         await person.close();
         assert.deepEqual(await strict.stop(), []);
       });
}
