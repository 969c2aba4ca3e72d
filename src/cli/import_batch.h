/* Some hundred lines of an import, written in one transaction. */
#ifndef TASKGATE_CLI_IMPORT_BATCH_H
#define TASKGATE_CLI_IMPORT_BATCH_H

#include "cli/import_seen.h"
#include "cli/record.h"

#define IMPORT_BATCH_ROWS  500
#define IMPORT_BATCH_BYTES ((size_t)4 * 1024 * 1024) /* of lines; a batch ends behind it */

struct import_batch {
    struct store *store;
    struct import_seen *seen; /* not NULL: nothing is written, only looked at */
    void *ctx;                /* owns the records */
    size_t count;
    struct record *records[IMPORT_BATCH_ROWS];
    /* What became of each; a fault beside TRANSFER_NEW and TRANSFER_THERE. */
    enum transfer_state states[IMPORT_BATCH_ROWS];
    const char *faults[IMPORT_BATCH_ROWS];
};

/*
 * Writes all records, or those that have no fault: a row that cannot be written does not keep the
 * others away. Repeats what another transaction prevented. An error means that nothing of the batch
 * was written: ERR_STORE_DOWN, ERR_INTERNAL.
 */
enum err import_batch_run(struct import_batch *batch) WARN_UNUSED;

#endif
