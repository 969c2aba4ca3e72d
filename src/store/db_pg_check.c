/* What there is to know of a PostgreSQL database. The schema that it should have is made anew as
 * temporary tables, from the same migrations, and compared with; the transaction is taken back. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/check.h"
#include "store/db_pg.h"

#define CHECK_MS (2 * CLOCK_MINUTE)

/* How far the server's clock may be off, ms. */
#define CLOCK_OFF_WARNING 1000
#define CLOCK_OFF_WRONG   (30 * CLOCK_SECOND)

struct look {
    const struct check *check;
    struct db_pg *pg;
    void *ctx;
    bool failed; /* a question was refused or not answered: the rest says nothing */
};

/* The first field of SQL's answer with one text TEXT (NULL = none), or "". Owned by the look. */
static const char *ask_one(struct look *look, const char *sql, const char *text)
{
    PGresult *result = NULL;
    const char *answer = "";

    if (look->failed ||
        db_pg_ask(look->pg, sql, &text, text == NULL ? 0 : 1, "a check", &result) != ERR_OK) {
        look->failed = true;
        return answer;
    }
    if (PQntuples(result) > 0) {
        answer = mem_strdup(look->ctx, PQgetvalue(result, 0, 0));
    }
    PQclear(result);
    return answer;
}

/* Each row of SQL, with TEXT as above, says what is wrong. How many there were. */
static int tell_rows(struct look *look, const char *name, enum upkeep_state state, const char *sql,
                     const char *text)
{
    PGresult *result = NULL;

    if (look->failed ||
        db_pg_ask(look->pg, sql, &text, text == NULL ? 0 : 1, "a check", &result) != ERR_OK) {
        look->failed = true;
        return 0;
    }
    int count = PQntuples(result);
    for (int i = 0; i < count; i++) {
        check_tell(look->check, name, state, "%s", PQgetvalue(result, i, 0));
    }
    PQclear(result);
    return count;
}

static void expect_none(struct look *look, const char *name, enum upkeep_state state,
                        const char *sql, const char *text, const char *fine)
{
    if (tell_rows(look, name, state, sql, text) == 0 && !look->failed) {
        check_tell(look->check, name, UPKEEP_FINE, "%s", fine);
    }
}

/* --- the server --- */

static void check_server(struct look *look)
{
    const char *version = ask_one(look, "SHOW server_version", NULL);
    const char *encoding = ask_one(look, "SHOW server_encoding", NULL);

    if (look->failed) {
        return;
    }
    check_tell(look->check, "server", UPKEEP_FINE, "PostgreSQL %s answers", version);
    if (strcmp(ask_one(look, "SHOW transaction_read_only", NULL), "on") == 0) {
        check_tell(look->check, "server", UPKEEP_WRONG,
                   "it can only be read: it is a standby, or was told so. Add "
                   "target_session_attrs=read-write to DATABASE_URL and name all hosts");
    }
    check_tell(look->check, "encoding", strcmp(encoding, "UTF8") == 0 ? UPKEEP_FINE : UPKEEP_WRONG,
               strcmp(encoding, "UTF8") == 0
                   ? "the database stores %s"
                   : "the database stores %s: texts with other characters are refused. Make a new "
                     "one with ENCODING UTF8",
               encoding);
}

/* Times are the hosts' own; a server that is off shows that one of the hosts is. */
static void check_clock(struct look *look)
{
    int64_t before = clock_now();
    const char *text =
        ask_one(look, "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint", NULL);
    int64_t after = clock_now();
    int64_t theirs = strtoll(text, NULL, 10);
    int64_t off = theirs < before ? before - theirs : theirs > after ? theirs - after : 0;

    if (look->failed) {
        return;
    }
    if (off <= CLOCK_OFF_WARNING) {
        check_tell(look->check, "clock", UPKEEP_FINE, "the server's clock and this one agree");
        return;
    }
    check_tell(look->check, "clock", off > CLOCK_OFF_WRONG ? UPKEEP_WRONG : UPKEEP_WARNING,
               "the server's clock is %lld.%03lld seconds %s this one: let both follow a time "
               "server",
               (long long)(off / 1000), (long long)(off % 1000),
               theirs < before ? "behind" : "ahead of");
}

static void check_connections(struct look *look)
{
    int64_t left =
        strtoll(ask_one(look,
                        "SELECT current_setting('max_connections')::int -"
                        " current_setting('superuser_reserved_connections')::int - count(*)"
                        " FROM pg_stat_activity WHERE backend_type = 'client backend'",
                        NULL),
                NULL, 10);

    if (look->failed) {
        return;
    }
    check_tell(look->check, "connections",
               left < look->check->config->workers ? UPKEEP_WARNING : UPKEEP_FINE,
               left < look->check->config->workers
                   ? "%lld more connections are possible, fewer than the %d of WORKERS (those that "
                     "run now are counted already)"
                   : "%lld more connections are possible, WORKERS is %d",
               (long long)left, look->check->config->workers);
}

/* --- tables --- */

#define OURS                                                                                       \
    "('user','account','session','verification','jwks','rateLimit','refreshToken','tasks',"        \
    "'taskgate_schema')"

/* The namespace $1, where the tables are. */
static const char rights_sql[] =
    "SELECT format('this role may not %s in the table \"%s\": GRANT %s ON \"%s\" TO \"%s\"',"
    " lower(r), c.relname, r, c.relname, current_user)"
    " FROM pg_class c, unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE']) r"
    " WHERE c.relnamespace = $1::oid AND c.relkind IN ('r','p') AND c.relname IN " OURS
    " AND NOT has_table_privilege(c.oid, r)"
    " UNION ALL SELECT format('this role may not count tasks: GRANT USAGE ON SEQUENCE %s TO "
    "\"%s\"',"
    " s, current_user) FROM pg_get_serial_sequence('tasks', 'id') s"
    " WHERE s IS NOT NULL AND NOT has_sequence_privilege(s, 'USAGE')";

static const char indexes_sql[] =
    "SELECT format('the index \"%s\" of \"%s\" is not valid, an interrupted CREATE INDEX"
    " CONCURRENTLY: REINDEX INDEX CONCURRENTLY \"%s\"', i.relname, t.relname, i.relname)"
    " FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid"
    " WHERE t.relnamespace = $1::oid AND NOT (x.indisvalid AND x.indisready)";

static const char constraints_sql[] =
    "SELECT format('the constraint \"%s\" of \"%s\" was never checked: ALTER TABLE \"%s\" VALIDATE"
    " CONSTRAINT \"%s\"', conname, relname, relname, conname)"
    " FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid"
    " WHERE t.relnamespace = $1::oid AND NOT convalidated";

/* What the namespace S has; a text and what makes it equal to another. */
#define RELATIONS(s)                                                                               \
    "(SELECT oid, relname FROM pg_class WHERE relnamespace = " s " AND relkind IN ('r','p')"       \
    " AND relname IN " OURS ")"
#define COLUMNS(s)                                                                                 \
    "(SELECT t.relname AS t, a.attname AS c, CASE WHEN y.typname IN ('varchar','bpchar') THEN"     \
    " 'text' ELSE y.typname::text END AS y FROM " RELATIONS(                                       \
        s) " t JOIN pg_attribute a"                                                                \
           " ON a.attrelid = t.oid JOIN pg_type y ON y.oid = a.atttypid"                           \
           " WHERE a.attnum > 0 AND NOT a.attisdropped)"
#define INDEXES(s)                                                                                 \
    "(SELECT t.relname AS t, x.indisunique AS u, substring(pg_get_indexdef(x.indexrelid) from"     \
    " 'USING (.*)$') AS d FROM " RELATIONS(s) " t JOIN pg_index x ON x.indrelid = t.oid"           \
                                              " WHERE x.indpred IS NULL)"
#define PARENTS(s)                                                                                 \
    "(SELECT t.relname AS t, p.relname AS p, c.confdeltype AS d, ARRAY(SELECT a.attname FROM"      \
    " unnest(c.conkey) k JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k)::text AS c"   \
    " FROM " RELATIONS(s) " t JOIN pg_constraint c ON c.conrelid = t.oid JOIN pg_class p"          \
                          " ON p.oid = c.confrelid WHERE c.contype = 'f')"
#define WANTED          "pg_my_temp_schema()"
#define ACTUAL          "$1::oid"
#define IN_BOTH(column) column " IN (SELECT relname FROM " RELATIONS(ACTUAL) " r)"

/* Each of these gives the texts about one kind of difference. */
static const char *const compare_sqls[] = {
    "SELECT format('the table \"%s\" is missing', relname) FROM (SELECT relname FROM " RELATIONS(
        WANTED) " w EXCEPT SELECT relname FROM " RELATIONS(ACTUAL) " a) d",
    "SELECT format('the column \"%s\".\"%s\" %s', t, c, coalesce('has the type ' || (SELECT b.y"
    " FROM " COLUMNS(
        ACTUAL) " b WHERE b.t = d.t AND b.c = d.c) || ' instead of ' || y,"
                " 'is missing')) FROM (SELECT * FROM " COLUMNS(
                    WANTED) " w EXCEPT SELECT * FROM " COLUMNS(ACTUAL) " a) d WHERE " IN_BOTH("t"),
    "SELECT format('%s index on \"%s\" is missing: CREATE %sINDEX ON \"%s\" USING %s',"
    " CASE WHEN u THEN 'a unique' ELSE 'an' END, t, CASE WHEN u THEN 'UNIQUE ' ELSE '' END, t, d)"
    " FROM (SELECT * FROM " INDEXES(WANTED) " w EXCEPT SELECT * FROM " INDEXES(
        ACTUAL) " a) d"
                " WHERE " IN_BOTH("t"),
    "SELECT format('the foreign key of \"%s\" %s to \"%s\" is missing', t, c, p)"
    " FROM (SELECT * FROM " PARENTS(WANTED) " w EXCEPT SELECT * FROM " PARENTS(
        ACTUAL) " a) d"
                " WHERE " IN_BOTH("t") " AND " IN_BOTH("p"),
    "SELECT format('the column \"%s\".\"%s\" is required, and this program does not write it',"
    " t.relname, a.attname) FROM " RELATIONS(
        ACTUAL) " t JOIN pg_attribute a ON a.attrelid = t.oid"
                " AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND NOT a.atthasdef"
                " AND a.attidentity = '' WHERE NOT EXISTS (SELECT 1 FROM " RELATIONS(
                    WANTED) " w"
                            " JOIN pg_attribute e ON e.attrelid = w.oid AND e.attname = a.attname "
                            "AND e.attnotnull"
                            " WHERE w.relname = t.relname)",
    NULL,
};

static bool make_wanted(struct look *look, int64_t version)
{
    struct db *db = &look->pg->db;

    if (db->driver->script(db, "SET LOCAL search_path TO pg_temp") != ERR_OK) {
        return false;
    }
    for (const struct migration *step = migrations_postgresql; step->version != 0; step++) {
        if (step->version <= version && db->driver->script(db, step->sql) != ERR_OK) {
            return false;
        }
    }
    return true;
}

static void compare(struct look *look, const char *namespace, int64_t version)
{
    struct db *db = &look->pg->db;

    if (look->failed || db->driver->begin(db) != ERR_OK) {
        return;
    }
    look->pg->deadline = clock_monotonic() + CHECK_MS;
    if (make_wanted(look, version)) {
        int found = 0;
        for (const char *const *sql = compare_sqls; *sql != NULL; sql++) {
            found += tell_rows(look, "schema", UPKEEP_WRONG, *sql, namespace);
        }
        if (found == 0 && !look->failed) {
            check_tell(look->check, "schema", UPKEEP_FINE,
                       "every table, column and index is there");
        }
    } else {
        check_tell(look->check, "schema", UPKEEP_WARNING,
                   "the schema cannot be compared: this role may make no temporary tables here");
    }
    db->driver->rollback(db);
}

static void check_tables(struct look *look)
{
    const char *namespace = ask_one(
        look, "SELECT relnamespace FROM pg_class WHERE oid = to_regclass('taskgate_schema')", NULL);
    int64_t version = 0;

    if (*namespace != '\0') {
        version =
            strtoll(ask_one(look, "SELECT max(version) FROM taskgate_schema", NULL), NULL, 10);
    }
    if (look->failed || !check_version(look->check, migrations_postgresql, version)) {
        return;
    }
    expect_none(look, "permissions", UPKEEP_WRONG, rights_sql, namespace,
                "this role may read and write all tables");
    expect_none(look, "indexes", UPKEEP_WRONG, indexes_sql, namespace, "every index is valid");
    expect_none(look, "references", UPKEEP_WARNING, constraints_sql, namespace,
                "every constraint is checked");
    compare(look, namespace, version);
}

enum err db_pg_check(const struct check *check, struct buf *problem)
{
    struct look look = {.check = check, .ctx = mem_context(NULL)};
    struct db *db = NULL;
    enum err error = db_pg_open(look.ctx, check->config, &db);

    if (error == ERR_OK) {
        look.pg = (struct db_pg *)db;
        check_server(&look);
        check_clock(&look);
        check_connections(&look);
        check_tables(&look);
    }
    if (error == ERR_OK && look.failed) {
        buf_puts(problem, "the database does not answer, or refuses to");
        error = ERR_STORE_DOWN;
    }
    talloc_free(look.ctx);
    return error;
}
