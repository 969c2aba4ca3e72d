#include "store/db_sqlite_files.h"

#include <errno.h>
#include <libgen.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/mem.h"

#define MIB (INT64_C(1024) * 1024)

/* A checkpoint empties the log at about 4 MiB, unless a reader is in its way for long. */
#define WAL_LARGE (64 * MIB)

/* Less than this, and a write may fail soon. */
#define SPACE_LITTLE (16 * MIB)

/* SQLite keeps its other files beside the one that a link leads to. */
static const char *real_name(void *ctx, const char *file)
{
    char *real = realpath(file, NULL);
    const char *name = mem_strdup(ctx, real == NULL ? file : real);

    free(real);
    return name;
}

static const char *user_name(void *ctx, uid_t user)
{
    const struct passwd *entry = getpwuid(user);

    return entry != NULL ? mem_strdup(ctx, entry->pw_name)
                         : mem_printf(ctx, "number %lu", (unsigned long)user);
}

/* Whoever owns the database file owns those beside it, or cannot write them. */
static void check_owner(const struct check *check, void *ctx, const char *database,
                        const struct stat *file)
{
    static const char *const endings[] = {"-wal", "-shm", "-journal"};
    bool fine = true;

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const char *name = mem_printf(ctx, "%s%s", database, endings[i]);
        struct stat status;
        if (stat(name, &status) == 0 && status.st_uid != file->st_uid) {
            check_tell(check, "owner", UPKEEP_WRONG,
                       "%s belongs to %s and the database to %s, who cannot write it: stop the "
                       "server, then chown it",
                       name, user_name(ctx, status.st_uid), user_name(ctx, file->st_uid));
            fine = false;
        }
    }
    if (geteuid() != 0 && geteuid() != file->st_uid) {
        check_tell(check, "owner", UPKEEP_WARNING, "%s belongs to %s, and this is %s", database,
                   user_name(ctx, file->st_uid), user_name(ctx, geteuid()));
    } else if (fine) {
        check_tell(check, "owner", UPKEEP_FINE, "%s belongs to %s", database,
                   user_name(ctx, file->st_uid));
    }
}

static void check_mode(const struct check *check, const char *database, const char *folder,
                       const struct stat *file)
{
    struct stat status;

    if ((file->st_mode & 0077) != 0) {
        check_tell(check, "permissions", UPKEEP_WRONG,
                   "other users may open %s (mode %04o), which has password hashes and keys: "
                   "chmod 600",
                   database, (unsigned)file->st_mode & 07777);
    } else if (stat(folder, &status) == 0 && (status.st_mode & 0022) != 0 &&
               (status.st_mode & S_ISVTX) == 0) {
        check_tell(check, "permissions", UPKEEP_WRONG,
                   "other users may replace files in %s (mode %04o): chmod 700", folder,
                   (unsigned)status.st_mode & 07777);
    } else {
        check_tell(check, "permissions", UPKEEP_FINE, "nobody else may open it (mode %04o)",
                   (unsigned)file->st_mode & 07777);
    }
}

static const char *size_text(void *ctx, int64_t bytes)
{
    return mem_printf(ctx, "%.1f MiB", (double)bytes / (double)MIB);
}

static void check_sizes(const struct check *check, void *ctx, const char *database,
                        const char *folder, const struct stat *file)
{
    struct stat wal = {.st_size = 0};
    struct statvfs system;
    int64_t size = file->st_size;

    if (stat(mem_printf(ctx, "%s-wal", database), &wal) != 0) {
        wal.st_size = 0;
    }
    check_tell(
        check, "log", wal.st_size > WAL_LARGE ? UPKEEP_WARNING : UPKEEP_FINE,
        wal.st_size > WAL_LARGE
            ? "the write-ahead log has %s beside a database of %s: some program reads in one "
              "transaction for long, and keeps it from being emptied"
            : "the write-ahead log has %s, the database %s",
        size_text(ctx, wal.st_size), size_text(ctx, size));
    if (statvfs(folder, &system) != 0) {
        check_tell(check, "space", UPKEEP_WARNING, "nobody knows how much space is left in %s: %s",
                   folder, strerror(errno));
        return;
    }
    int64_t space = (int64_t)system.f_bavail * (int64_t)system.f_frsize;
    if (space < SPACE_LITTLE) {
        check_tell(check, "space", UPKEEP_WRONG,
                   "%s are left in %s: soon nothing can be written any more", size_text(ctx, space),
                   folder);
    } else if (space < 2 * size) {
        check_tell(check, "space", UPKEEP_WARNING,
                   "%s are left in %s, too little for a copy of the database",
                   size_text(ctx, space), folder);
    } else {
        check_tell(check, "space", UPKEEP_FINE, "%s are left in %s", size_text(ctx, space), folder);
    }
}

void db_sqlite_files_check(const struct check *check)
{
    void *ctx = mem_context(NULL);
    const char *database = real_name(ctx, check->config->database);
    const char *folder = dirname(mem_strdup(ctx, database));
    struct stat file;

    if (stat(database, &file) == 0) { /* else SQLite says why it cannot be opened */
        check_owner(check, ctx, database, &file);
        check_mode(check, database, folder, &file);
        check_sizes(check, ctx, database, folder, &file);
    }
    talloc_free(ctx);
}

char *db_sqlite_uri(void *ctx, const char *file, const char *parameters)
{
    struct buf *uri = buf_new(ctx);

    buf_puts(uri, "file:");
    for (; *file != '\0'; file++) {
        if (strchr("%?#", *file) != NULL) {
            buf_printf(uri, "%%%02X", (unsigned)(unsigned char)*file);
        } else {
            buf_putc(uri, *file);
        }
    }
    buf_printf(uri, "?%s", parameters);
    return uri->data;
}
