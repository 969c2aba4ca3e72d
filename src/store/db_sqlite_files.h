/* The files of a SQLite database as the system sees them. Private to store/db_sqlite*.c. */
#ifndef TASKGATE_STORE_DB_SQLITE_FILES_H
#define TASKGATE_STORE_DB_SQLITE_FILES_H

#include "store/check.h"

/* The part of db_sqlite_check that needs no SQLite: who owns them, who may read them, sizes. */
void db_sqlite_files_check(const struct check *check);

/* FILE as a URI with PARAMETERS ("mode=ro"), owned by CTX. */
char *db_sqlite_uri(void *ctx, const char *file, const char *parameters);

#endif
