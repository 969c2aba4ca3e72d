// One database: whoever comes first makes it, and the other finds nothing wrong with it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { admin } from "better-auth/plugins";

import { signIn, session, signUp } from "./harness/people.mjs";
import { command } from "./harness/taskgate.mjs";

const STORED = { rateLimit: { enabled: true, storage: "database" } };

export function tests(world) {
  /** What Better Auth's migration would do to DATABASE; with PLUGINS more than the usual ones. */
  const plan = (database, ...plugins) => {
    const options = world.theirOptions(database, world.ours, STORED);
    return getMigrations({ ...options, plugins: [...options.plugins, ...plugins] });
  };

  /** Columns that the admin plugin has: ours too, and its own. */
  const BAN = ["banExpires", "banReason", "banned"];
  const ADMIN = ["role", "impersonatedBy"];
  const without = ({ columns, ...rest }, names) =>
    ({ columns: columns.filter(({ column_name }) => !names.includes(column_name)), ...rest });

  /** Indexes that we add to Better Auth's, for links that have ended and those of a user. */
  const LINKS = ['CREATE INDEX ON public.verification USING btree ("expiresAt")',
                 "CREATE INDEX ON public.verification USING hash (value)"];
  const withoutLinks = ({ indexes, ...rest }) =>
    ({ indexes: indexes.filter(({ definition }) => !LINKS.includes(definition)), ...rest });

  const nothingToDo = async (database) => {
    const { toBeCreated, toBeAdded, toBeAddedIndexes, unsafeChanges, schemaProblems,
            compileMigrations } = await plan(database);
    assert.deepEqual({ toBeCreated, toBeAdded, toBeAddedIndexes, unsafeChanges, schemaProblems },
                     { toBeCreated: [], toBeAdded: [], toBeAddedIndexes: [], unsafeChanges: [],
                       schemaProblems: [] });
    assert.match(await compileMigrations(), /^[;\s]*$/);
  };

  /** The tables that both know: columns, and indexes without their names. */
  const schema = async (database) => {
    const names = ["user", "session", "account", "verification", "jwks", "rateLimit"];
    const columns = await database.query(
      `SELECT table_name, column_name, data_type, is_nullable, column_default
         FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = ANY($1) ORDER BY 1, 2`, [names]);
    const indexes = await database.query(
      `SELECT tablename, regexp_replace(indexdef, 'INDEX \\S+ ON', 'INDEX ON') AS definition
         FROM pg_indexes WHERE tablename = ANY($1) ORDER BY 1, 2`, [names]);
    const constraints = await database.query(
      `SELECT conrelid::regclass::text AS name, contype, pg_get_constraintdef(oid) AS definition
         FROM pg_constraint
        WHERE conrelid <> 0 AND trim('"' from conrelid::regclass::text) = ANY($1)
        ORDER BY 1, 2, 3`, [names]);
    return { columns, indexes, constraints };
  };

  const migrate = (database) => command(world.directory, world.settings(database), "migrate");

  test("Better Auth finds nothing to migrate in a database that taskgate made", async () => {
    const database = await world.createDatabase("ours_first");
    const { code, output } = await migrate(database);
    assert.equal(code, 0, output);
    await nothingToDo(database);
  });

  test("Better Auth finds nothing to migrate in the database that both work on", () =>
    nothingToDo(world.database));

  test("taskgate adds columns about bans and indexes of links to Better Auth's tables, and no more",
       async () => {
         const database = await world.createDatabase("theirs_first");
         await (await plan(database)).runMigrations();
         const before = await schema(database);
         const { code, output } = await migrate(database);
         assert.equal(code, 0, output);
         const after = await schema(database);
         assert.deepEqual(withoutLinks(without(after, BAN)), before);
         assert.equal(after.columns.length, before.columns.length + BAN.length);
         assert.equal(after.indexes.length, before.indexes.length + LINKS.length);
         await nothingToDo(database);
       });

  test("Better Auth's admin plugin finds its columns about bans, whoever made them", async () => {
    const ours = await world.createDatabase("plugin_after");
    assert.equal((await migrate(ours)).code, 0);
    const { toBeAdded } = await plan(ours, admin());
    assert.deepEqual(toBeAdded.flatMap(({ fields }) => Object.keys(fields)), ADMIN);

    const theirs = await world.createDatabase("plugin_before");
    await (await plan(theirs, admin())).runMigrations();
    const before = await schema(theirs);
    assert.equal((await migrate(theirs)).code, 0);
    assert.deepEqual(withoutLinks(await schema(theirs)), before);
  });

  test("tables that taskgate makes are Better Auth's, column by column, and index by index but two",
       async () => {
         const theirs = await world.createDatabase("their_tables");
         await (await plan(theirs)).runMigrations();
         await (await plan(theirs, admin())).runMigrations();
         const ours = await world.createDatabase("our_tables");
         assert.equal((await migrate(ours)).code, 0);
         const made = await schema(ours);
         const wanted = without(await schema(theirs), ADMIN);
         assert.deepEqual(withoutLinks(made), wanted);
         assert.equal(made.indexes.length, wanted.indexes.length + LINKS.length);
       });

  test("who signed up at Better Auth before taskgate came stays signed in and has tasks",
       async () => {
         const database = await world.createDatabase("moved");
         await (await plan(database)).runMigrations();
         const theirs = await world.betterAuth(database, world.ours);
         const person = await signUp(theirs);
         const ours = await world.site("moved", database); // migrates at its start
         assert.equal((await session(ours, person.browser)).user.id, person.user.id);
         await signIn(ours, person);
         const tasks = `${ours.url}/api/proxy/${person.user.id}/tasks`;
         const json = { "content-type": "application/json" };
         const task = await person.browser.send(tasks, "POST", json, '{"title":"t"}');
         assert.equal(task.status, 201);
       });

  test("taskgate says what is wrong with a database of Better Auth 1.7.0, and changes nothing",
       async () => {
         const database = await world.createDatabase("old");
         await (await plan(database)).runMigrations();
         await database.query("ALTER TABLE account ADD COLUMN issuer text NOT NULL");
         const before = await schema(database);
         const { code, output } = await migrate(database);
         assert.notEqual(code, 0);
         assert.match(output, /issuer/);
         assert.deepEqual(await schema(database), before);
       });

  test("a Better Auth server starts without a problem on a database of taskgate", async () => {
    const database = await world.createDatabase("for_them");
    assert.equal((await migrate(database)).code, 0);
    const auth = betterAuth(world.theirOptions(database, world.ours, STORED));
    await auth.$context;
    assert.deepEqual(await auth.api.ok(), { ok: true });
  });
}
