// Everything that runs during the tests: one PostgreSQL, taskgate behind nginx and a real Better
// Auth server on the same database.
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { BetterAuth, options } from "./better_auth.mjs";
import { ORIGIN } from "./browser.mjs";
import { Cluster } from "./postgresql.mjs";
import { Site } from "./taskgate.mjs";

export class World {
  static async start() {
    const world = new World();
    world.secret = randomBytes(32).toString("hex");
    world.sites = [];
    world.servers = [];
    world.databases = [];
    world.directory = mkdtempSync(join(tmpdir(), "taskgate-interop."));
    chmodSync(world.directory, 0o711);
    try {
      await world.startAll();
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  async startAll() {
    this.cluster = await new Cluster(join(this.directory, "pg")).start();
    this.database = await this.createDatabase("shared");
    /** Ours, with the hashes that Better Auth knows. */
    this.ours = await this.site("scrypt", this.database);
    /** Theirs, on the same database, known to the world by the same base URL. */
    this.theirs = await this.betterAuth(this.database, this.ours);
    /** Ours as it is by default, on the same database too. */
    this.argon2id = await this.site("argon2id", this.database, {
      PASSWORD_HASH: "argon2id",
      BASE_URL: this.ours.url,
    });
  }

  async createDatabase(name) {
    const database = await this.cluster.create(name);
    this.databases.push(database);
    return database;
  }

  /** Settings for a taskgate on DATABASE. */
  settings(database) {
    return {
      BETTER_AUTH_SECRET: this.secret,
      DATABASE_URL: database.url,
      FRONTEND_URL: ORIGIN,
      PASSWORD_HASH: "scrypt",
      PATH_RATE_LIMIT: "off",
    };
  }

  async site(name, database, changes = {}) {
    const settings = { ...this.settings(database), ...changes };
    const site = await Site.start(this.directory, name, settings);
    this.sites.push(site);
    return site;
  }

  /** What a Better Auth server is told that shares DATABASE and base URL with SITE. */
  theirOptions(database, site, changes) {
    return options(database, this.secret, site.url, ORIGIN, changes);
  }

  async betterAuth(database, site, changes) {
    const server = await BetterAuth.start(this.theirOptions(database, site, changes));
    this.servers.push(server);
    return server;
  }

  /** Stops everything; what was wrong with how it ran, an empty list when nothing was. */
  async stop() {
    const wrong = [];
    for (const server of this.servers) {
      await server.stop();
    }
    for (const site of this.sites) {
      wrong.push(...(await site.stop()));
    }
    for (const database of this.databases) {
      await database.close();
    }
    await this.cluster?.stop();
    rmSync(this.directory, { recursive: true, force: true });
    return wrong;
  }

  /** Both directions: {here, there, made, checked} to run one check from each side. */
  directions() {
    const ours = { name: "taskgate", side: this.ours };
    const theirs = { name: "Better Auth", side: this.theirs };
    return [[ours, theirs], [theirs, ours]].map(([from, to]) => ({
      from: from.side, to: to.side, made: from.name, used: to.name,
    }));
  }
}
