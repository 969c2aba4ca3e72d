/* What there is to know of a SQLite file. The schema that it should have is made anew in memory,
 * from the same migrations, and compared with. */
#include <string.h>

#include "base/mem.h"
#include "store/check.h"
#include "store/db_sqlite.h"
#include "store/db_sqlite_files.h"

/* Of one kind of finding no more than this many are told. */
#define MOST 10

struct look {
    const struct check *check;
    const char *name; /* of the check under way */
    sqlite3 *handle;  /* "main" is in memory, "actual" the file */
    int found;
};

static void tell(struct look *look, const char *text)
{
    if (look->found++ < MOST) {
        check_tell(look->check, look->name, UPKEEP_WRONG, "%s", text);
    }
}

/* Runs SQL, whose rows are a text each that says what is wrong; FINE says that nothing is. Whether
 * that is so. */
static bool expect_none(struct look *look, const char *name, const char *sql, const char *fine)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(look->handle, sql, -1, &statement, NULL);

    look->name = name;
    look->found = 0;
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(statement);
        const char *text =
            code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
        if (text != NULL && strcmp(text, "ok") != 0) {
            tell(look, text);
        }
    }
    sqlite3_finalize(statement);
    if (code != SQLITE_DONE) {
        check_tell(look->check, name, UPKEEP_WRONG, "the file cannot be read: %s",
                   sqlite3_errmsg(look->handle));
    } else if (look->found == 0) {
        check_tell(look->check, name, UPKEEP_FINE, "%s", fine);
    } else if (look->found > MOST) {
        check_tell(look->check, name, UPKEEP_WRONG, "and %d more of the kind", look->found - MOST);
    }
    return code == SQLITE_DONE && look->found == 0;
}

/* The first number of SQL; 0 when there is none. */
static int64_t number(struct look *look, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t result = 0;

    if (sqlite3_prepare_v2(look->handle, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        result = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return result;
}

static void check_journal(struct look *look)
{
    sqlite3_stmt *statement = NULL;
    const char *mode = "";

    if (sqlite3_prepare_v2(look->handle, "PRAGMA actual.journal_mode", -1, &statement, NULL) ==
            SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        mode = (const char *)sqlite3_column_text(statement, 0);
    }
    if (strcmp(mode, "wal") == 0) {
        check_tell(look->check, "journal", UPKEEP_FINE,
                   "write-ahead log: nobody waits for readers");
    } else {
        check_tell(look->check, "journal", UPKEEP_WARNING,
                   "no write-ahead log (journal mode %s): readers wait for writers. A server turns "
                   "it on at its start where the file system lets it",
                   mode);
    }
    sqlite3_finalize(statement);
}

/* --- the schema --- */

/* What the schema called S has and the other lacks: a text for each. */
#define TABLES(s)                                                                                  \
    "(SELECT name FROM " s ".sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*')"
#define COLUMNS(s)                                                                                 \
    "(SELECT t.name AS t, c.name AS c FROM " TABLES(                                               \
        s) " AS t,"                                                                                \
           " pragma_table_info(t.name, '" s "') AS c WHERE t.name IN " TABLES("actual") ")"
#define INDEXES(s)                                                                                 \
    "(SELECT t.name AS t, i.\"unique\" AS u, (SELECT group_concat('\"' || x.name || '\"' ||"       \
    " CASE WHEN x.\"desc\" THEN ' DESC' ELSE '' END, ', ') FROM (SELECT * FROM"                    \
    " pragma_index_xinfo(i.name, '" s "') WHERE \"key\" ORDER BY seqno) AS x) AS c"                \
    " FROM " TABLES(s) " AS t, pragma_index_list(t.name, '" s "') AS i"                            \
                       " WHERE NOT i.partial AND t.name IN " TABLES("actual") ")"
#define PARENTS(s)                                                                                 \
    "(SELECT t.name AS t, f.\"from\" AS c, f.\"table\" AS p, f.on_delete AS d"                     \
    " FROM " TABLES(s) " AS t, pragma_foreign_key_list(t.name, '" s "') AS f"                      \
                       " WHERE t.name IN " TABLES("actual") ")"

static const char compare_sql[] =
    "SELECT 'the table \"' || name || '\" is missing' FROM (SELECT * FROM " TABLES("main") /**/
    " EXCEPT SELECT * FROM " TABLES(
        "actual") ")"
                  " UNION ALL SELECT 'the column \"' || t || '\".\"' || c || '\" is missing' FROM "
                  "(SELECT * FROM"
                  " " COLUMNS("main") " EXCEPT SELECT * FROM " COLUMNS(
                      "actual") ")"
                                " UNION ALL SELECT CASE WHEN u THEN 'a unique index on \"' ELSE "
                                "'an index on \"' END || t ||"
                                " '\" is missing: CREATE ' || CASE WHEN u THEN 'UNIQUE ' ELSE '' "
                                "END || 'INDEX ON \"' || t ||"
                                " '\" (' || c || ')' FROM (SELECT * FROM " INDEXES(
                                    "main") " EXCEPT SELECT * FROM " INDEXES("actual") ")"
                                                                                       " UNION ALL "
                                                                                       "SELECT "
                                                                                       "'the "
                                                                                       "foreign "
                                                                                       "key of \"' "
                                                                                       "|| t || "
                                                                                       "'\".\"' || "
                                                                                       "c || '\" "
                                                                                       "to \"' || "
                                                                                       "p ||"
                                                                                       " '\" is "
                                                                                       "missing' "
                                                                                       "FROM "
                                                                                       "(SELECT * "
                                                                                       "FROM"
                                                                                       " " PARENTS("main") " EXCEPT SELECT * FROM " PARENTS(
                                                                                           "actual") ")"
                                                                                                     " UNION ALL SELECT 'the column \"' || t.name || '\".\"' || c.name || '\" is required, and this"
                                                                                                     " program does not write it' FROM " TABLES(
                                                                                                         "actual") " AS t,"
                                                                                                                   " pragma_table_info(t.name, 'actual') AS c WHERE t.name IN " TABLES(
                                                                                                                       "main") " AND c.\"notnull\" AND c.dflt_value IS NULL AND NOT c.pk AND NOT EXISTS (SELECT 1 FROM"
                                                                                                                               " pragma_table_info(t.name, 'main') AS e WHERE e.name = c.name AND e.\"notnull\")";

static void check_schema(struct look *look)
{
    int64_t version = 0;

    if (number(look, "SELECT 1 FROM actual.sqlite_schema WHERE name = 'taskgate_schema'") == 1) {
        version = number(look, "SELECT max(version) FROM actual.taskgate_schema");
    }
    if (!check_version(look->check, migrations_sqlite, version)) {
        return;
    }
    for (const struct migration *step = migrations_sqlite; step->version != 0; step++) {
        if (step->version <= version) {
            sqlite3_exec(look->handle, step->sql, NULL, NULL, NULL);
        }
    }
    (void)expect_none(look, "schema", compare_sql, "every table, column and index is there");
}

/* --- the whole --- */

/* *ret_readable: the file is a database, whatever else is wrong with it. */
static enum err attach(struct look *look, void *ctx, bool *ret_readable, struct buf *problem)
{
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
    const char *file = look->check->config->database;
    int code = sqlite3_open_v2(":memory:", &look->handle, flags, NULL);

    if (code == SQLITE_OK) {
        sqlite3_busy_timeout(look->handle, DB_SQLITE_BUSY_MS);
        char *sql = sqlite3_mprintf("ATTACH %Q AS actual", db_sqlite_uri(ctx, file, "mode=ro"));
        code = sqlite3_exec(look->handle, sql, NULL, NULL, NULL);
        sqlite3_free(sql);
    }
    *ret_readable = code == SQLITE_OK;
    if ((code & 0xff) == SQLITE_NOTADB || (code & 0xff) == SQLITE_CORRUPT) {
        check_tell(look->check, "integrity", UPKEEP_WRONG, "the file cannot be read: %s",
                   sqlite3_errmsg(look->handle));
        return ERR_OK;
    }
    if (code != SQLITE_OK) {
        buf_printf(problem, "the database %s cannot be opened: %s", file,
                   sqlite3_errmsg(look->handle));
    }
    return code == SQLITE_OK ? ERR_OK : ERR_STORE_DOWN;
}

enum err db_sqlite_check(const struct check *check, struct buf *problem)
{
    struct look look = {.check = check};
    void *ctx = mem_context(NULL);
    bool readable = false;

    db_sqlite_files_check(check); /* first: who opens the files as root mends their owner */
    enum err error = attach(&look, ctx, &readable, problem);
    if (readable && expect_none(&look, "integrity", "PRAGMA actual.integrity_check",
                                "every page and index is whole")) {
        (void)expect_none(&look, "references",
                          "SELECT count(*) || ' rows of \"' || \"table\" || '\" have no parent in"
                          " \"' || parent || '\"' FROM pragma_foreign_key_check(NULL, 'actual')"
                          " GROUP BY \"table\", parent",
                          "every row has its parent");
        check_journal(&look);
        check_schema(&look);
    }
    sqlite3_close(look.handle);
    talloc_free(ctx);
    return error;
}
