// `taskgate serve` with SQLite and the web client, behind a web server with the repository's
// configuration.
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { freePort, Service, waitUntil } from "../../interop/harness/process.mjs";

const DEPLOY = fileURLToPath(new URL("../../../deploy", import.meta.url));
const PROGRAM = process.env.TASKGATE_BIN;
const ENVIRONMENT = {
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  UBSAN_OPTIONS: "print_stacktrace=1",
};
const SANITIZER_REPORT = /==\d+== ?ERROR: |: runtime error: /;

function nginxConfiguration(directory, socket, port) {
  const temporary = ["client_body", "fastcgi", "proxy", "uwsgi", "scgi"].map(
    (kind) => `    ${kind}_temp_path ${directory}/nginx-${kind};`);
  return `daemon off;
${process.getuid() === 0 ? "user root;" : ""}
worker_processes 1;
pid ${directory}/nginx.pid;
error_log stderr warn;
events { worker_connections 512; }
http {
    access_log ${directory}/access.log;
${temporary.join("\n")}
    upstream taskgate { server unix:${socket}; keepalive 4; }
    server {
        listen 127.0.0.1:${port};
        server_name localhost;
        include ${DEPLOY}/nginx/taskgate.conf;
        include ${DEPLOY}/nginx/errors.conf;
        set $taskgate_www ${DEPLOY}/www;
        include ${DEPLOY}/nginx/www.conf;
    }
}
`;
}

function lighttpdConfiguration(directory, socket, port) {
  mkdirSync(join(directory, "uploads"));
  return `server.bind = "127.0.0.1"
server.port = ${port}
server.document-root = "${directory}/uploads"
server.upload-dirs = ( "${directory}/uploads" )
var.taskgate_socket = "${socket}"
var.taskgate_errors = "${DEPLOY}/lighttpd/errors"
var.taskgate_www = "${DEPLOY}/www"
include "${DEPLOY}/lighttpd/taskgate.conf"
include "${DEPLOY}/lighttpd/taskgate-socket.conf"
include "${DEPLOY}/lighttpd/www.conf"
`;
}

const APACHE_MODULES = [
  "mpm_event", "authz_core", "mime", "alias", "headers", "setenvif", "env", "reqtimeout", "dir",
  "deflate", "proxy", "proxy_fcgi",
];

function apacheConfiguration(directory, socket, port) {
  cpSync(join(DEPLOY, "www"), join(directory, "www"), { recursive: true }); // its user may read them
  const modules = APACHE_MODULES.map(
    (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`);
  return `ServerRoot "${directory}"
ServerName localhost
PidFile ${directory}/apache.pid
DefaultRuntimeDir ${directory}
Mutex file:${directory}
ErrorLog ${directory}/apache.log
${modules.join("\n")}
${process.getuid() === 0 ? "User www-data\nGroup www-data" : ""}
TypesConfig /dev/null
AcceptFilter http none
Listen 127.0.0.1:${port}
Define TASKGATE_SOCKET ${socket}
Define TASKGATE_WWW ${directory}/www
<VirtualHost 127.0.0.1:${port}>
    Include ${DEPLOY}/apache/taskgate.conf
    Include ${DEPLOY}/apache/www.conf
    Include ${DEPLOY}/apache/taskgate-proxy.conf
</VirtualHost>
`;
}

const SERVERS = {
  apache: {
    write: apacheConfiguration,
    command: (file) => ["apache2", ["-D", "FOREGROUND", "-f", file]],
  },
  nginx: {
    write: nginxConfiguration,
    command: (file, directory) => ["nginx", ["-c", file, "-p", directory]],
  },
  lighttpd: {
    write: lighttpdConfiguration,
    command: (file) => ["lighttpd", ["-D", "-f", file]],
  },
};

export class Site {
  /** SERVER is a name in SERVERS; PARENT a folder to make one in; SETTINGS more settings. */
  static async start(server, parent, settings = {}) {
    const site = new Site();
    const port = await freePort();
    site.server = server;
    site.url = `http://127.0.0.1:${port}`;
    site.directory = join(parent, `${server}-${port}`);
    site.mail = join(site.directory, "mail");
    mkdirSync(site.mail, { recursive: true });
    await site.startTaskgate(settings);
    const { write, command } = SERVERS[server];
    const file = join(site.directory, `${server}.conf`);
    writeFileSync(file, write(site.directory, site.socket, port));
    const [program, args] = command(file, site.directory);
    site.web = new Service(server, program, args, join(site.directory, `${server}.log`),
                           ENVIRONMENT);
    await site.web.ready(port);
    return site;
  }

  async startTaskgate(settings) {
    const file = join(this.directory, "taskgate.conf");
    this.socket = join(this.directory, "taskgate.sock");
    const all = {
      BETTER_AUTH_SECRET: "0c7f9f8f6a6ad2b1c5d3e0918273a4b5c6d7e8f90112233445566778899aabbc",
      DATABASE_URL: `sqlite:///${this.directory}/tasks.db`,
      BASE_URL: this.url,
      // Apache does not serve as root.
      LISTEN: `unix:${this.socket}${this.server === "apache" ? ",mode=0666" : ""}`,
      MAIL_DIR: this.mail,
      PATH_RATE_LIMIT: "off",
      WORKERS: 2,
      ...settings,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(file, lines.join(""), { mode: 0o600 });
    this.taskgate = new Service("taskgate", PROGRAM, ["serve", "--config", file],
                                join(this.directory, "taskgate.log"), ENVIRONMENT);
    await this.taskgate.ready(this.socket);
  }

  /** The link in the newest letter to an address that has `word` in its subject. */
  async link(word, to) {
    const age = (name) => -statSync(join(this.mail, name)).mtimeMs;
    return waitUntil(() => {
      // One that is still being written has a dot before its name, and then another name.
      const letters = readdirSync(this.mail).filter((name) => !name.startsWith("."));
      for (const name of letters.sort((a, b) => age(a) - age(b))) {
        const text = readFileSync(join(this.mail, name), "utf8").replace(/=\r?\n/g, "")
          .replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
        const subject = /^Subject: (.*)$/m.exec(text)?.[1] ?? "";
        const link = /http:\/\/127\.0\.0\.1:\d+\/[^\s"<>]+/.exec(text);
        if (text.includes(`\nTo: <${to}>\n`) && subject.includes(word) && link) {
          return link[0];
        }
      }
      return null;
    }, `a letter about ${word}`);
  }

  /** What the web server has noted of requests; nginx's part only. */
  requests() {
    return readFileSync(join(this.directory, "access.log"), "utf8");
  }

  /** Ends both; what was wrong with how taskgate ran. */
  async stop() {
    const wrong = [];
    await this.web.stop();
    const how = await this.taskgate.stop();
    if (how !== 0) {
      wrong.push(`taskgate ended with ${how}:\n${this.taskgate.output()}`);
    }
    if (SANITIZER_REPORT.test(this.taskgate.output())) {
      wrong.push(`a sanitizer reports:\n${this.taskgate.output()}`);
    }
    return wrong;
  }
}
