// The list of tasks.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Person } from "./harness/browser.mjs";
import { Site } from "./harness/site.mjs";

async function withPerson({ browser, site }, options, work) {
  const person = await Person.open(browser, site, options);
  await person.signUp();
  await work(person, person.page);
  await person.close();
}

function row(page, title) {
  return page.locator("#list li", { has: page.getByText(title, { exact: true }) });
}

/** What everybody does first. */
export function firstMinute(world) {
  const { site } = world;
  const name = (text) => `${site.server}: ${text}`;

  test(name("a person signs up and has a task done, with the keyboard alone"), async () => {
    const person = await Person.open(world.browser, site);
    const { page } = person;
    const keys = page.keyboard;
    await page.goto("/");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByRole("link", { name: "Make an account" }).focus();
    await keys.press("Enter");
    await page.locator("#name:focus").waitFor();
    for (const text of ["Ada", person.email, "violet Harbor 27 lantern"]) {
      await keys.type(text);
      await keys.press("Tab");
    }
    await page.locator("button.main:enabled").waitFor(); // the page's script has come
    await page.getByRole("button", { name: "Make an account" }).focus();
    await keys.press("Enter");
    await person.isAtTasks();
    await page.getByText("No tasks yet.").waitFor();
    await page.getByLabel("New task").focus();
    await keys.type("Buy milk");
    await keys.press("Enter");
    await page.getByRole("checkbox", { name: "Buy milk" }).focus();
    await keys.press("Space");
    await page.locator("li.completed").waitFor();
    await page.locator("#status", { hasText: "Done." }).waitFor({ state: "attached" }); // is stored
    await page.reload();
    await person.isAtTasks();
    assert.equal(await page.getByRole("checkbox", { name: "Buy milk" }).isChecked(), true);
    await person.close();
  });
}

export function tests(world) {
  const { site } = world;
  const name = (text) => `${site.server}: ${text}`;

  firstMinute(world);

  test(name("a task is edited in place, and Escape leaves it as it was"), () =>
    withPerson(world, {}, async (person, page) => {
      await person.add("Write the report");
      await page.getByRole("button", { name: "Edit: Write the report" }).click();
      await page.getByLabel("Title").fill("Never mind");
      await page.keyboard.press("Escape");
      assert.deepEqual(await person.titles(), ["Write the report"]);
      await page.getByRole("button", { name: "Edit: Write the report" }).click();
      await page.getByLabel("Title").fill("Write the long report");
      await row(page, "Description").getByLabel("Description").fill("Two\nlines");
      await page.getByRole("button", { name: "Save" }).click();
      const edit = page.getByRole("button", { name: "Edit: Write the long report" });
      await edit.waitFor();
      assert.equal(await edit.evaluate((e) => e === document.activeElement), true);
      await page.reload();
      await person.isAtTasks();
      assert.equal(await page.locator("#list .description").textContent(), "Two\nlines");
    }));

  test(name("a task that was deleted is had back as it was"), () =>
    withPerson(world, {}, async (person, page) => {
      const id = await person.userId();
      await person.call("POST", `/api/proxy/${id}/tasks`,
                        { title: "Call Bob", description: "at six", completed: true });
      await page.reload();
      await page.getByRole("button", { name: "Delete: Call Bob" }).click();
      await page.getByText("Deleted: Call Bob").waitFor();
      assert.equal((await person.call("GET", `/api/proxy/${id}/tasks`)).total, 0);
      await page.keyboard.press("Enter"); // the focus is on "Undo"
      await page.getByRole("checkbox", { name: "Call Bob" }).waitFor();
      const [task] = (await person.call("GET", `/api/proxy/${id}/tasks`)).items;
      assert.deepEqual([task.title, task.description, task.completed],
                       ["Call Bob", "at six", true]);
    }));

  test(name("a task that is had back and goes to its place keeps the focus"), () =>
    withPerson(world, {}, async (person, page) => {
      await person.add("One");
      await person.add("Two");
      await page.getByRole("button", { name: "Delete: One" }).click();
      await page.getByText("Deleted: One").waitFor();
      await page.keyboard.press("Enter");
      await page.waitForFunction(
        () => document.querySelector("#list .title").textContent === "One");
      const box = page.getByRole("checkbox", { name: "One" });
      assert.equal(await box.evaluate((e) => e === document.activeElement), true);
    }));

  test(name("filter, search and order are kept in the address"), () =>
    withPerson(world, {}, async (person, page) => {
      for (const title of ["Pears", "Apples", "Plums"]) {
        await person.add(title);
      }
      await page.getByRole("checkbox", { name: "Plums" }).check();
      await page.locator("li.completed").waitFor();
      await page.getByRole("radio", { name: "Open" }).check();
      await person.counts(2);
      await page.getByLabel("Order").selectOption("By title");
      await page.waitForFunction(
        () => document.querySelector("#list .title").textContent === "Apples");
      assert.deepEqual(await person.titles(), ["Apples", "Pears"]);
      await page.reload();
      await person.counts(2);
      assert.deepEqual(await person.titles(), ["Apples", "Pears"]);
      await page.getByLabel("Search").fill("ear");
      await person.counts(1);
      assert.deepEqual(await person.titles(), ["Pears"]);
      await page.getByLabel("Search").fill("nothing like it");
      await page.getByText("Nothing matches.").waitFor();
    }));

  test(name("a task that no longer fits the filter goes, and the focus stays in the list"), () =>
    withPerson(world, {}, async (person, page) => {
      await person.add("One");
      await person.add("Two");
      await page.getByRole("radio", { name: "Open" }).check();
      await person.counts(2);
      await page.getByRole("checkbox", { name: "Two" }).click(); // check() would look at it again
      await person.counts(1);
      const focused = await page.evaluate(
        () => document.activeElement.closest("li")?.querySelector(".title").textContent);
      assert.equal(focused, "One");
    }));

  test(name("long lists come in parts, each task once"), () =>
    withPerson(world, {}, async (person, page) => {
      const path = `/api/proxy/${await person.userId()}/tasks`;
      const wanted = [];
      for (let i = 120; i > 0; i--) {
        wanted.push(`Task ${i}`);
      }
      await page.evaluate(async ([where, titles]) => {
        for (const title of titles) {
          await fetch(where, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ title }),
          });
        }
      }, [path, [...wanted].reverse()]);
      await page.reload();
      await person.isAtTasks();
      assert.equal((await person.titles()).length, 50);
      for (const count of [100, 120]) {
        await page.getByRole("button", { name: "Show more" }).click();
        await page.waitForFunction(
          (n) => document.querySelectorAll("#list > li").length === n, count);
      }
      assert.deepEqual(await person.titles(), wanted);
      assert.equal(await page.getByRole("button", { name: "Show more" }).isVisible(), false);
    }));

  test(name("lists in another form and in small parts are lists as well"), async () => {
    const other = await Site.start(site.server, world.directory,
                                   { LIST_SHAPE: "array", TASK_LIST_MAX: 2 });
    const person = await Person.open(world.browser, other, { expects: ["422"] }); // too much asked
    const { page } = await person.signUp();
    for (const title of ["One", "Two", "Three"]) {
      await person.add(title);
    }
    await page.reload();
    await page.locator("#count", { hasText: "More than 2 tasks" }).waitFor();
    assert.deepEqual(await person.titles(), ["Three", "Two"]);
    await page.getByRole("button", { name: "Show more" }).click();
    await page.locator("#count", { hasText: "3 tasks" }).waitFor();
    assert.deepEqual(await person.titles(), ["Three", "Two", "One"]);
    await person.close();
    assert.deepEqual(await other.stop(), []);
  });

  test(name("a text reads in the direction of its script"), () =>
    withPerson(world, {}, async (person, page) => {
      await person.add("\u05e7\u05e0\u05d4 \u05d7\u05dc\u05d1!");
      const title = page.locator("#list .title");
      assert.equal(await title.evaluate((e) => getComputedStyle(e).direction), "rtl");
    }));

  test(name("what looks like HTML is text"), () =>
    withPerson(world, {}, async (person, page) => {
      const text = "<img src=x onerror=alert(1)> & \u202eevil\u202c <b>";
      await person.add(text);
      assert.deepEqual(await person.titles(), [text]);
      assert.equal(await page.locator("#list img, #list b").count(), 0);
    }));
}
