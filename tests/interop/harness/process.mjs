// Programs that the tests start and stop, and waiting for conditions.
import { execFile, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const DEADLINE = 120_000; // ms in which anything happens, however busy the machine is
const ports = new Set(); // that freePort has given away

/** Waits until CONDITION returns something true and returns that; throws with WHAT otherwise. */
export async function waitUntil(condition, what) {
  for (const end = Date.now() + DEADLINE; Date.now() < end; await pause(20)) {
    const result = await condition();
    if (result) {
      return result;
    }
  }
  throw new Error(`not in time: ${what}`);
}

function anyPort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * A TCP port of 127.0.0.1 that nobody listens on. No port is given away twice: who got one may not
 * listen yet.
 */
export async function freePort() {
  let port;
  do {
    port = await anyPort();
  } while (ports.has(port));
  ports.add(port);
  return port;
}

/** Whether somebody accepts connections at a port number or at a Unix socket's path. */
export function listens(where) {
  return new Promise((resolve) => {
    const target = typeof where === "number" ? { host: "127.0.0.1", port: where } : { path: where };
    const socket = connect(target, () => socket.end(() => resolve(true)));
    socket.once("error", () => resolve(false));
  });
}

/** Runs a program to its end: {code, output}. */
export function run(program, args, options = {}) {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 120_000, ...options }, (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? "killed") : 0, output: stdout + stderr });
    });
  });
}

/** A program in the background with a log file. */
export class Service {
  constructor(name, program, args, log, env) {
    this.name = name;
    this.log = log;
    const fd = openSync(log, "a");
    this.child = spawn(program, args, { env, stdio: ["ignore", fd, fd] });
    closeSync(fd);
    this.ended = new Promise((resolve) => {
      this.child.once("error", (error) => resolve(String(error)));
      this.child.once("exit", (code, signal) => resolve(code ?? signal));
    });
    this.ended.then((how) => (this.exit = how));
  }

  output() {
    return readFileSync(this.log, "utf8");
  }

  /** Waits until it listens WHERE. */
  async ready(where) {
    await waitUntil(async () => this.exit !== undefined || (await listens(where)), this.name);
    if (this.exit !== undefined) {
      throw new Error(`${this.name} ended at its start (${this.exit}):\n${this.output()}`);
    }
  }

  /** Ends it; how it ended. */
  async stop() {
    this.child.kill("SIGTERM");
    const late = setTimeout(() => this.child.kill("SIGKILL"), DEADLINE);
    const how = await this.ended;
    clearTimeout(late);
    return how;
  }
}
