/* The schema step of a start: done in a child, so that the master never holds a database handle
 * that its workers would inherit (security.md R27). */
#ifndef TASKGATE_PROC_SCHEMA_H
#define TASKGATE_PROC_SCHEMA_H

#include <sys/types.h>

#include "base/err.h"
#include "conf/conf.h"

/* Migrates (AUTO_MIGRATE) or checks the schema, in this process. */
enum err schema_prepare(const struct config *config) WARN_UNUSED;

/* Does it in a child and returns at once; -1 when no process could be made. */
pid_t schema_prepare_start(const struct config *config);

/* What the child's wait status says: ERR_OK, ERR_STORE_DOWN (try again), ERR_CONFIG (give up). */
enum err schema_prepare_result(int status) WARN_UNUSED;

#endif
