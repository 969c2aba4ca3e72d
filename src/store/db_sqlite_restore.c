#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/unfinished.h"
#include "store/db_sqlite_copy.h"

struct restore {
    void *ctx;
    const char *name;   /* of the database, behind links */
    const char *folder; /* where it is */
    bool there;
    struct stat status; /* of the database, or of the folder when there is none */
    char *work;         /* the new file, until it has its name */
    const char *kept;   /* what the old one is called from now on */
    struct buf *problem;
};

static enum err failed(struct restore *restore, const char *what, const char *name)
{
    buf_printf(restore->problem, "%s cannot be %s: %s", name, what, strerror(errno));
    return ERR_INTERNAL;
}

static enum err find(struct restore *restore, const struct config *config)
{
    char *real = realpath(config->database, NULL);

    restore->name = mem_strdup(restore->ctx, real == NULL ? config->database : real);
    restore->folder = dirname(mem_strdup(restore->ctx, restore->name));
    restore->there = real != NULL;
    free(real);
    return stat(restore->there ? restore->name : restore->folder, &restore->status) == 0
               ? ERR_OK
               : failed(restore, "looked at", restore->folder);
}

/*
 * Locks everybody else out until the handle is closed: whoever has a database with a write-ahead
 * log open holds a lock on it, also between two transactions. Its log is emptied and removed, so
 * that the file is all of it. A damaged file has no lock and no handle.
 */
static enum err lock(struct restore *restore, sqlite3 **ret_handle)
{
    sqlite3 *handle = NULL;
    int code =
        sqlite3_open_v2(restore->name, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

    code = code == SQLITE_OK ? sqlite3_exec(handle,
                                            "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE;"
                                            "COMMIT; PRAGMA journal_mode=DELETE;"
                                            "PRAGMA locking_mode=NORMAL;"
                                            "SELECT count(*) FROM sqlite_schema; BEGIN EXCLUSIVE",
                                            NULL, NULL, NULL)
                             : code;
    if (code == SQLITE_OK) {
        *ret_handle = handle;
        return ERR_OK;
    }
    sqlite3_close(handle);
    if ((code & 0xff) == SQLITE_NOTADB || (code & 0xff) == SQLITE_CORRUPT) {
        return ERR_OK;
    }
    if ((code & 0xff) == SQLITE_BUSY) {
        buf_printf(restore->problem,
                   "a server or another program has %s open: stop it first. Nothing was changed",
                   restore->name);
        return ERR_CONFLICT;
    }
    buf_printf(restore->problem, "%s: %s", restore->name, sqlite3_errstr(code));
    return ERR_STORE_DOWN;
}

/* The new file, for whom the old one was for. */
static enum err make_work(struct restore *restore)
{
    restore->work = mem_printf(restore->ctx, "%s.XXXXXX", restore->name);
    unfinished_hold();
    int fd = mkostemp(restore->work, O_CLOEXEC); /* mode 0600 */
    bool done = fd >= 0;
    int reason = errno;
    unfinished_file(done ? restore->work : NULL);
    unfinished_release();
    errno = reason;
    if (done && (restore->status.st_uid != geteuid() || restore->status.st_gid != getegid())) {
        done = geteuid() != 0 || fchown(fd, restore->status.st_uid, restore->status.st_gid) == 0;
    }
    if (done && restore->there) {
        done = fchmod(fd, restore->status.st_mode & 07777) == 0;
    }
    if (fd >= 0) {
        close(fd);
    }
    return done ? ERR_OK : failed(restore, "made", restore->work);
}

/* "taskgate.db.replaced-20261121T081500Z", and a number where that is taken. */
static enum err keep_old(struct restore *restore)
{
    char stamp[sizeof "20261121T081500Z"];
    time_t now = time(NULL);
    struct tm parts;
    const char *kept = NULL;
    int result = -1;

    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &parts));
    errno = EEXIST;
    for (int i = 0; result != 0 && errno == EEXIST; i++) {
        kept = i == 0 ? mem_printf(restore->ctx, "%s.replaced-%s", restore->name, stamp)
                      : mem_printf(restore->ctx, "%s.replaced-%s.%d", restore->name, stamp, i);
        result = link(restore->name, kept);
    }
    /* A file system without hard links: there is no database for a moment. */
    if (result != 0 && (errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK)) {
        result = rename(restore->name, kept);
    }
    if (result != 0) {
        return failed(restore, "kept", restore->name);
    }
    restore->kept = kept;
    /* The logs of a damaged file go with it; they would spoil the new one. */
    static const char *const endings[] = {"-wal", "-journal"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const char *from = mem_printf(restore->ctx, "%s%s", restore->name, endings[i]);
        if (rename(from, mem_printf(restore->ctx, "%s%s", kept, endings[i])) != 0 &&
            errno != ENOENT) {
            return failed(restore, "kept", from);
        }
    }
    unlink(mem_printf(restore->ctx, "%s-shm", restore->name));
    return ERR_OK;
}

static enum err put_in_place(struct restore *restore)
{
    enum err error = restore->there ? keep_old(restore) : ERR_OK;

    if (error == ERR_OK && rename(restore->work, restore->name) != 0) {
        error = failed(restore, "made", restore->name);
    }
    int fd = open(restore->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd); /* a file system that cannot has no need to */
        close(fd);
    }
    return error;
}

enum err upkeep_restore_file(void *ctx, const struct config *config, const char *name,
                             upkeep_progress *progress, void *arg, const char **ret_kept,
                             struct buf *problem)
{
    struct restore restore = {.ctx = mem_context(ctx), .problem = problem};
    struct upkeep_content content = {.version = 0};
    sqlite3 *handle = NULL;
    enum err error = find(&restore, config);

    if (error == ERR_OK && restore.there) {
        error = lock(&restore, &handle);
    }
    if (error == ERR_OK) {
        error = make_work(&restore);
    }
    if (error == ERR_OK) {
        error = db_sqlite_copy(name, restore.work, progress, arg, &content, problem);
    }
    if (error == ERR_OK) {
        unfinished_hold(); /* the old one leaves and the new one comes, or neither */
        error = put_in_place(&restore);
        unfinished_release();
    }
    if (error == ERR_OK) {
        *ret_kept = restore.kept == NULL ? NULL : mem_strdup(ctx, restore.kept);
    } else if (restore.work != NULL) {
        unlink(restore.work);
    }
    unfinished_file(NULL);
    sqlite3_close(handle);
    talloc_free(restore.ctx);
    return error;
}
