/* What a person does with the signing keys in the database: taskgate keys. */
#ifndef TASKGATE_PROC_KEYTOOL_H
#define TASKGATE_PROC_KEYTOOL_H

#include <stdio.h>

#include "base/err.h"
#include "conf/conf.h"

/* Prints a line for each key, newest first: name, algorithm, when it was made and when it expires,
 * and what it does. The store's errors; problems are logged. */
enum err keytool_list(const struct config *config, FILE *out) WARN_UNUSED;

/* Signs with a new key from now on, and prints its name. The same errors. */
enum err keytool_rotate(const struct config *config, FILE *out) WARN_UNUSED;

#endif
