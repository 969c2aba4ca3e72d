#include <libgen.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/db_pg.h"

struct visitor {
    store_path *visit;
    void *arg;
    void *work;
};

static void read_path(const struct visitor *visitor, const char *path)
{
    if (path != NULL && *path != '\0') {
        visitor->visit(visitor->arg, STORE_PATH_READ, path);
    }
}

/* A certificate is renewed by a new file of the same name. */
static void read_folder_of(const struct visitor *visitor, const char *path)
{
    if (path != NULL && strchr(path, '/') != NULL) {
        read_path(visitor, dirname(mem_strdup(visitor->work, path)));
    }
}

static void read_options(const struct visitor *visitor, PQconninfoOption *options)
{
    for (const PQconninfoOption *at = options; at != NULL && at->keyword != NULL; at++) {
        if (strcmp(at->keyword, "passfile") == 0 || strcmp(at->keyword, "sslcrldir") == 0) {
            read_path(visitor, at->val);
        } else if (strcmp(at->keyword, "sslcert") == 0 || strcmp(at->keyword, "sslkey") == 0 ||
                   strcmp(at->keyword, "sslrootcert") == 0 || strcmp(at->keyword, "sslcrl") == 0) {
            read_folder_of(visitor, at->val);
        }
    }
    PQconninfoFree(options);
}

/* Where libpq looks when no option says otherwise. */
static void read_home(const struct visitor *visitor)
{
    static const char *const names[] = {".postgresql", ".pgpass", ".pg_service.conf"};
    const char *home = getenv("HOME");

    if (home == NULL || *home == '\0') {
        const struct passwd *user = getpwuid(geteuid());
        home = user == NULL ? NULL : user->pw_dir;
    }
    for (size_t i = 0; home != NULL && i < sizeof names / sizeof *names; i++) {
        read_path(visitor, mem_printf(visitor->work, "%s/%s", home, names[i]));
    }
}

void db_pg_paths(const struct config *config, store_path *visit, void *arg)
{
    const struct visitor visitor = {.visit = visit, .arg = arg, .work = mem_context(NULL)};

    read_path(&visitor, "/etc"); /* hosts and names, users, services, certificates */
    read_path(&visitor, getenv("PGSERVICEFILE"));
    read_path(&visitor, getenv("PGSYSCONFDIR"));
    read_home(&visitor);
    read_options(&visitor, PQconndefaults()); /* from the environment */
    read_options(&visitor, PQconninfoParse(config->database, NULL));
    talloc_free(visitor.work);
}
