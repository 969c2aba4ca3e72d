// The web client (deploy/www) in Chromium, behind nginx and lighttpd, and a part of it behind Apache.
// TASKGATE_BIN names the program to test, TASKGATE_SHOTS a folder for screenshots and figures;
// "npm ci" comes first. Ends with node's summary.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { tests as accounts } from "./accounts.mjs";
import { tests as docs } from "./docs.mjs";
import { tests as files } from "./files.mjs";
import { launch } from "./harness/browser.mjs";
import { Site } from "./harness/site.mjs";
import { tests as letters } from "./letters.mjs";
import { tests as openapi } from "./openapi.mjs";
import { tests as pages } from "./pages.mjs";
import { firstMinute, tests as tasks } from "./tasks.mjs";
import { tests as trouble } from "./trouble.mjs";
import { tests as typing } from "./typing.mjs";

if (!process.env.TASKGATE_BIN) {
  console.error("set TASKGATE_BIN to the program to test");
  process.exit(2);
}
const directory = mkdtempSync(join(tmpdir(), "taskgate-web."));
const shots = process.env.TASKGATE_SHOTS ?? join(directory, "shots");
chmodSync(directory, 0o711);
mkdirSync(shots, { recursive: true });

openapi();
const browser = await launch();
// What is a matter of the client alone is tried behind one server.
const everything = [tasks, accounts, letters, pages, files, docs];
const SERVERS = {
  nginx: [...everything, typing],
  lighttpd: [...everything, trouble],
  apache: [firstMinute, files],
};
const sites = [];
for (const server of Object.keys(SERVERS)) {
  sites.push(await Site.start(server, directory));
}
after(async () => {
  await browser.close();
  rmSync(directory, { recursive: true, force: true });
});

for (const site of sites) {
  for (const tests of SERVERS[site.server]) {
    tests({ browser, site, shots, directory });
  }
}

test("the servers ran to their end without a crash or a sanitizer's report", async () => {
  const wrong = [];
  for (const site of sites) {
    wrong.push(...(await site.stop()));
  }
  assert.deepEqual(wrong, []);
});
