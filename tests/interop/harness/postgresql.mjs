// A private PostgreSQL cluster, by way of tests/store/pg_cluster.sh.
import { fileURLToPath } from "node:url";
import pg from "pg";

import { run } from "./process.mjs";

const SCRIPT = fileURLToPath(new URL("../../store/pg_cluster.sh", import.meta.url));

export class Cluster {
  constructor(directory) {
    this.directory = directory;
  }

  async script(verb) {
    const { code, output } = await run("sh", [SCRIPT, verb, this.directory]);
    if (code !== 0) {
      throw new Error(`pg_cluster.sh ${verb}: ${output}`);
    }
    return output.trim();
  }

  async start() {
    await this.script("start");
    this.url = await this.script("url");
    return this;
  }

  stop() {
    return this.script("stop");
  }

  /** A new empty database. */
  async create(name) {
    const url = this.url.replace(/\/postgres\?/, `/${name}?`);
    const admin = new Database(this.url);
    await admin.query(`CREATE DATABASE ${name}`);
    await admin.close();
    return new Database(url);
  }
}

export class Database {
  constructor(url) {
    this.url = url;
    this.pool = new pg.Pool({ connectionString: url, max: 4 });
    // An idle connection may learn that the server stops; a statement on it would fail by itself.
    this.pool.on("error", () => {});
  }

  /** The rows of a statement. */
  async query(text, values) {
    return (await this.pool.query(text, values)).rows;
  }

  close() {
    return this.pool.end();
  }
}
