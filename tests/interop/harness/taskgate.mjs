// Our side: `taskgate serve` behind an nginx of its own, with the repository's configuration.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { send } from "./browser.mjs";
import { freePort, run, Service, waitUntil } from "./process.mjs";

const CONFIGURATION = fileURLToPath(new URL("../../../deploy/nginx", import.meta.url));
export const PROGRAM = process.env.TASKGATE_BIN;
export const SHAPES = ["items", "tasks", "array", "object"];

// Reports of sanitizers go to the log: a confined worker has no folder for files of theirs.
const ENVIRONMENT = {
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  UBSAN_OPTIONS: "print_stacktrace=1",
};
const SANITIZER_REPORT = /==\d+== ?ERROR: |: runtime error: /;

function nginxConfiguration(directory, socket, ports) {
  const server = ([shape, port]) => `
    server {
        listen 127.0.0.1:${port};
        server_name localhost;
        include ${CONFIGURATION}/taskgate.conf;
        include ${CONFIGURATION}/errors.conf;
        location /api/ { set $taskgate_list_shape ${shape}; fastcgi_pass taskgate; }
    }`;
  const temporary = ["client_body", "fastcgi", "proxy", "uwsgi", "scgi"].map(
    (kind) => `    ${kind}_temp_path ${directory}/nginx-${kind};`);
  return `daemon off;
${process.getuid() === 0 ? "user root;" : ""}
worker_processes 1;
pid ${directory}/nginx.pid;
error_log stderr warn;
events { worker_connections 512; }
http {
    access_log off;
${temporary.join("\n")}
    upstream taskgate { server unix:${socket}; keepalive 4; }
${Object.entries(ports).map(server).join("\n")}
}
`;
}

/** One taskgate and one nginx; the same service at .urls[shape], one for each list shape. */
export class Site {
  static async start(parent, name, settings) {
    const site = new Site();
    site.directory = join(parent, name);
    mkdirSync(site.directory);
    const ports = {};
    for (const shape of SHAPES) {
      ports[shape] = await freePort();
    }
    site.urls = Object.fromEntries(SHAPES.map((s) => [s, `http://127.0.0.1:${ports[s]}`]));
    site.url = site.urls.items;
    site.socket = join(site.directory, "taskgate.sock");
    site.file = join(site.directory, "taskgate.conf");
    site.settings = { BASE_URL: site.url, WORKERS: 2, LISTEN: `unix:${site.socket}`, ...settings };
    const lines = Object.entries(site.settings).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(site.file, lines.join(""), { mode: 0o600 });

    site.taskgate = new Service("taskgate", PROGRAM, ["serve", "--config", site.file],
                                join(site.directory, "taskgate.log"), ENVIRONMENT);
    await site.taskgate.ready(site.socket);
    const nginxFile = join(site.directory, "nginx.conf");
    writeFileSync(nginxFile, nginxConfiguration(site.directory, site.socket, ports));
    site.nginx = new Service("nginx", "nginx", ["-c", nginxFile, "-p", site.directory],
                             join(site.directory, "nginx.log"), ENVIRONMENT);
    await site.nginx.ready(ports.items);
    await waitUntil(async () => (await send(`${site.url}/health`)).status === 200,
                    `${name} is healthy\n${site.taskgate.output()}`);
    return site;
  }

  /** A command of the program with this site's settings: {code, output}. */
  command(...args) {
    return run(PROGRAM, [...args, "--config", this.file], { env: ENVIRONMENT });
  }

  /** Ends both; what was wrong with how they ran, an empty list when nothing was. */
  async stop() {
    const wrong = [];
    for (const service of [this.nginx, this.taskgate]) {
      const how = await service.stop();
      if (how !== 0) {
        wrong.push(`${service.name} ended with ${how}:\n${service.output()}`);
      }
    }
    if (SANITIZER_REPORT.test(this.taskgate.output())) {
      wrong.push(`a sanitizer reports:\n${this.taskgate.output()}`);
    }
    if (this.taskgate.output().includes(this.settings.BETTER_AUTH_SECRET)) {
      wrong.push("taskgate's log shows the secret");
    }
    return wrong;
  }
}

/** The command with settings of its own, without a server: {code, output}. */
export async function command(parent, settings, ...args) {
  const file = join(parent, "command.conf");
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(file, lines.join(""), { mode: 0o600 });
  return run(PROGRAM, [...args, "--config", file], { env: ENVIRONMENT });
}
