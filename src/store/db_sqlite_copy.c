#include "store/db_sqlite_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/db_sqlite_files.h"
#include "store/migrate.h"

/* Pages that are copied between two looks at the bar. */
#define STEP_PAGES 512

static enum err refused(sqlite3 *handle, enum err error, const char *name, struct buf *problem)
{
    buf_printf(problem, "%s: %s", name, sqlite3_errmsg(handle));
    return error;
}

/* --- what is in it --- */

static int number(sqlite3 *handle, const char *sql, int64_t *ret_number)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(handle, sql, -1, &statement, NULL);

    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
        *ret_number = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
        code = code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
    }
    sqlite3_finalize(statement);
    return code;
}

static int count_rows(sqlite3 *handle, struct upkeep_content *content)
{
    int64_t known = 0;
    int code = number(handle, "SELECT 1 FROM sqlite_schema WHERE name = 'taskgate_schema'", &known);

    if (code != SQLITE_OK || known == 0) {
        return code;
    }
    code = number(handle, "SELECT max(version) FROM taskgate_schema", &content->version);
    for (int i = 0; i < UPKEEP_TABLES && code == SQLITE_OK; i++) {
        char *sql = mem_printf(NULL, "SELECT count(*) FROM \"%s\"", upkeep_table_names[i]);
        code = number(handle, sql, &content->rows[i]);
        talloc_free(sql);
    }
    return code;
}

/* --- reading a file to its end --- */

static enum err require_version(const struct upkeep_content *content, const char *name,
                                struct buf *problem)
{
    int newest = migrate_newest(migrations_sqlite);

    if (content->version == 0) {
        buf_printf(problem, "%s is no database of taskgate", name);
    } else if (content->version > newest) {
        buf_printf(problem,
                   "%s has schema version %lld, newer than this program's %d: install the newer "
                   "program",
                   name, (long long)content->version, newest);
    } else {
        return ERR_OK;
    }
    return ERR_BAD_VALUE;
}

static enum err verify(sqlite3 *handle, const char *name, struct upkeep_content *content,
                       struct buf *problem)
{
    sqlite3_stmt *statement = NULL;
    int64_t orphans = 0;
    int code = sqlite3_prepare_v2(handle, "PRAGMA integrity_check(1)", -1, &statement, NULL);

    code = code == SQLITE_OK ? sqlite3_step(statement) : code;
    bool whole =
        code == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(statement, 0), "ok") == 0;
    if (code == SQLITE_ROW && !whole) {
        buf_printf(problem, "%s is damaged: %s", name, sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    if (code != SQLITE_ROW) {
        return refused(handle, ERR_BAD_VALUE, name, problem);
    }
    if (!whole) {
        return ERR_BAD_VALUE;
    }
    code = count_rows(handle, content);
    code = code == SQLITE_OK
               ? number(handle, "SELECT count(*) FROM pragma_foreign_key_check", &orphans)
               : code;
    if (code != SQLITE_OK) {
        return refused(handle, ERR_BAD_VALUE, name, problem);
    }
    enum err error = require_version(content, name, problem);
    if (error == ERR_OK && orphans > 0) {
        buf_printf(problem, "%s is damaged: %lld rows have no parent", name, (long long)orphans);
        error = ERR_BAD_VALUE;
    }
    return error;
}

enum err upkeep_read_file(const char *name, struct upkeep_content *ret_content, struct buf *problem)
{
    void *ctx = mem_context(NULL);
    struct upkeep_content content = {.version = 0};
    struct stat wal;
    sqlite3 *handle = NULL;
    /* A file alone is read as it is; one with a log beside it is more than the file. */
    bool alone = stat(mem_printf(ctx, "%s-wal", name), &wal) != 0 || wal.st_size == 0;
    const char *uri = db_sqlite_uri(ctx, name, alone ? "mode=ro&immutable=1" : "mode=ro");
    int code = sqlite3_open_v2(uri, &handle,
                               SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
    /* Nobody knows who made it. */
    code = code == SQLITE_OK ? sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL)
                             : code;
    code = code == SQLITE_OK ? sqlite3_exec(handle, "PRAGMA cell_size_check=ON", NULL, NULL, NULL)
                             : code;
    enum err error = code == SQLITE_OK ? verify(handle, name, &content, problem)
                                       : refused(handle, ERR_BAD_VALUE, name, problem);

    sqlite3_close(handle);
    talloc_free(ctx);
    if (error == ERR_OK) {
        *ret_content = content;
    }
    return error;
}

/* --- copying --- */

/* In a transaction of the source: what others write meanwhile does not make the copy begin anew. */
static enum err copy_pages(sqlite3 *source, sqlite3 *target, const char *to,
                           upkeep_progress *progress, void *arg, struct buf *problem)
{
    sqlite3_backup *backup = sqlite3_backup_init(target, "main", source, "main");
    int code = backup == NULL ? sqlite3_errcode(target) : SQLITE_OK;

    while (code == SQLITE_OK) {
        code = sqlite3_backup_step(backup, STEP_PAGES);
        int64_t total = sqlite3_backup_pagecount(backup);
        progress(arg, total - sqlite3_backup_remaining(backup), total);
    }
    sqlite3_backup_finish(backup);
    if (code == SQLITE_DONE) {
        /* One file that can be read on a medium which cannot be written. */
        code = sqlite3_exec(target, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    }
    if (code == SQLITE_OK) {
        return ERR_OK;
    }
    buf_printf(problem, "%s cannot be written: %s", to, sqlite3_errstr(code));
    return ERR_INTERNAL;
}

static enum err copy_into(sqlite3 *source, const char *to, upkeep_progress *progress, void *arg,
                          struct buf *problem)
{
    sqlite3 *target = NULL;
    int code = sqlite3_open_v2(to, &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    /* Nobody sees this file before it is whole; it goes to the disk once, at the end. */
    code =
        code == SQLITE_OK ? sqlite3_exec(target, "PRAGMA synchronous=OFF", NULL, NULL, NULL) : code;
    enum err error = code == SQLITE_OK ? copy_pages(source, target, to, progress, arg, problem)
                                       : refused(target, ERR_INTERNAL, to, problem);

    sqlite3_close(target);
    return error;
}

static enum err sync_file(const char *name, struct buf *problem)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    bool done = fd >= 0 && fsync(fd) == 0;

    if (!done) {
        buf_printf(problem, "%s cannot be written: %s", name, strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    return done ? ERR_OK : ERR_INTERNAL;
}

static enum err compare(const struct upkeep_content *source, const struct upkeep_content *copy,
                        const char *to, struct buf *problem)
{
    if (source->version == copy->version &&
        memcmp(source->rows, copy->rows, sizeof source->rows) == 0) {
        return ERR_OK;
    }
    buf_printf(problem, "%s has other numbers of rows than what it was copied from", to);
    return ERR_INTERNAL;
}

static enum err copy_open(sqlite3 *source, const char *from, const char *to,
                          upkeep_progress *progress, void *arg, struct upkeep_content *ret_content,
                          struct buf *problem)
{
    struct upkeep_content before = {.version = 0};
    struct upkeep_content after = {.version = 0};
    int code = sqlite3_busy_timeout(source, DB_SQLITE_BUSY_MS);

    code = code == SQLITE_OK ? sqlite3_exec(source, "BEGIN", NULL, NULL, NULL) : code;
    code = code == SQLITE_OK ? count_rows(source, &before) : code;
    if (code != SQLITE_OK) {
        return refused(source, ERR_STORE_DOWN, from, problem);
    }
    enum err error = require_version(&before, from, problem);
    if (error == ERR_OK) {
        error = copy_into(source, to, progress, arg, problem);
    }
    if (error == ERR_OK) {
        error = upkeep_read_file(to, &after, problem);
        buf_puts(problem, error == ERR_BAD_VALUE ? "; so may be what it was copied from, which "
                                                   "\"taskgate db check\" looks at"
                                                 : "");
    }
    if (error == ERR_OK) {
        error = compare(&before, &after, to, problem);
    }
    if (error == ERR_OK) {
        error = sync_file(to, problem);
    }
    if (error == ERR_OK) {
        *ret_content = after;
    }
    return error;
}

enum err db_sqlite_copy(const char *from, const char *to, upkeep_progress *progress, void *arg,
                        struct upkeep_content *ret_content, struct buf *problem)
{
    sqlite3 *source = NULL;
    int code = sqlite3_open_v2(from, &source, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    enum err error = code == SQLITE_OK
                         ? copy_open(source, from, to, progress, arg, ret_content, problem)
                         : refused(source, ERR_STORE_DOWN, from, problem);

    sqlite3_close(source);
    return error;
}

enum err upkeep_copy_file(const struct config *config, const char *name, upkeep_progress *progress,
                          void *arg, struct upkeep_content *ret_content, struct buf *problem)
{
    return db_sqlite_copy(config->database, name, progress, arg, ret_content, problem);
}
