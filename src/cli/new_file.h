/* A file that appears under its name when it is complete, for its owner only. */
#ifndef TASKGATE_CLI_NEW_FILE_H
#define TASKGATE_CLI_NEW_FILE_H

#include "cli/cli.h"

struct new_file {
    const char *name; /* behind a symbolic link */
    char *work;       /* what it is called until then; there, empty, mode 0600 */
    int fd;           /* of it; -1 = the caller closed it */
};

/* Asks before NAME is replaced. Freeing the file without new_file_finish removes what there is of
 * it, and so does a signal (base/unfinished). Errors are noted. */
enum err new_file_begin(struct cli *cli, const char *name, struct new_file **ret_file) WARN_UNUSED;

/* Whether NAME is the SQLite database of the settings, by whatever name: never to be replaced by a
 * copy of it, because a server would go on with the one that is gone. */
bool new_file_is_database(const struct cli *cli, const char *name);

/* Everything is on the disk and under its name, or it is said that it is not. */
enum err new_file_finish(struct cli *cli, struct new_file *file) WARN_UNUSED;

#endif
