// The pictures of README.md, in the folder that is named. TASKGATE_BIN names the program; "npm ci" comes
// first. They are stored as small as they can be:
//     node shots.mjs ../../man/pictures
//     pngquant --force --strip --ext .png 32 ../../man/pictures/*.png
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { launch, Person } from "./harness/browser.mjs";
import { Site } from "./harness/site.mjs";

const TASKS = [
  "Return the books to the library",
  "Call the plumber about the tap in the kitchen",
  "Renew the passport",
  "Book the train to Graz",
  "Water the plants",
];
const PICTURES = [
  { name: "tasks", page: "index", width: 900, height: 800, colorScheme: "light" },
  { name: "phone", page: "index", width: 360, height: 900, colorScheme: "dark" },
  { name: "account", page: "account", width: 900, height: 800, colorScheme: "light" },
];

const folder = process.argv[2];
if (!folder || !process.env.TASKGATE_BIN) {
  console.error("usage: TASKGATE_BIN=PROGRAM node shots.mjs FOLDER");
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const directory = mkdtempSync(join(tmpdir(), "taskgate-shots."));
chmodSync(directory, 0o711);
const browser = await launch();
const site = await Site.start("nginx", directory);

const person = await Person.open(browser, site);
person.email = "ada@example.org";
await person.signUp("Ada");
for (const task of TASKS) {
  await person.add(task);
}
for (const task of ["Renew the passport", "Water the plants"]) {
  await person.page.getByRole("checkbox", { name: task }).check();
}
await person.page.locator("li.completed").nth(1).waitFor();
const storageState = await person.context.storageState();
await person.close();

for (const { name, page, width, height, colorScheme } of PICTURES) {
  const visitor = await Person.open(browser, site, {
    storageState, colorScheme, viewport: { width, height }, deviceScaleFactor: 2,
  });
  await visitor.page.goto(`/${page}.html`);
  await visitor.page.waitForLoadState("networkidle");
  await visitor.page.screenshot({ path: join(folder, `${name}.png`) });
  await visitor.close();
}
await browser.close();
await site.stop();
rmSync(directory, { recursive: true, force: true });
