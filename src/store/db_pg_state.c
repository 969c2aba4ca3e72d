#include <string.h>

#include "store/db_pg.h"

/* The first match counts. */
static const struct db_pg_state states[] = {
    {"22001", ERR_BAD_VALUE, 0}, /* too long */
    {"22003", ERR_BAD_VALUE, 0}, /* out of range */
    {"22008", ERR_BAD_VALUE, 0}, /* a time out of range */
    {"22021", ERR_BAD_VALUE, 0}, /* not in the encoding */
    {"22P02", ERR_BAD_VALUE, 0}, /* not of the type */
    {"22P05", ERR_BAD_VALUE, 0}, /* not in the database's character set */
    {"23502", ERR_BAD_VALUE, 0}, /* NULL */
    {"23514", ERR_BAD_VALUE, 0}, /* a check */
    {"54000", ERR_BAD_VALUE, 0}, /* too long for an index */
    {"23503", ERR_MISSING_PARENT, 0},
    {"23505", ERR_CONFLICT, 0},
    {"40001", ERR_STORE_DOWN, DB_PG_REPEAT}, /* serialization */
    {"40P01", ERR_STORE_DOWN, DB_PG_REPEAT}, /* deadlock */
    {"55P03", ERR_STORE_DOWN, DB_PG_REPEAT}, /* lock not available */
    {"26000", ERR_STORE_DOWN, DB_PG_REPEAT}, /* a prepared statement is gone: a pooler */
    {"25006", ERR_STORE_DOWN,
     DB_PG_REPEAT | DB_PG_DROP | DB_PG_NOTE},         /* read-only: this is the wrong server */
    {"57P", ERR_STORE_DOWN, DB_PG_DROP | DB_PG_NOTE}, /* the server goes down or comes up */
    {"57014", ERR_STORE_DOWN, DB_PG_NOTE},            /* cancelled: statement_timeout */
    {"53", ERR_STORE_DOWN, DB_PG_NOTE},               /* out of disk, memory, connections */
    {"08", ERR_STORE_DOWN, DB_PG_DROP | DB_PG_NOTE},
    {"", ERR_INTERNAL, 0},
};

const struct db_pg_state *db_pg_state_of(const PGresult *result)
{
    const char *state = db_pg_exec_state(result);
    const struct db_pg_state *entry = states;

    while (strncmp(state, entry->prefix, strlen(entry->prefix)) != 0) {
        entry++;
    }
    return entry;
}
