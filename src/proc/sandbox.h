/* What a process of ours gives up, before it has seen a byte of a client's. */
#ifndef TASKGATE_PROC_SANDBOX_H
#define TASKGATE_PROC_SANDBOX_H

#include <stdbool.h>

#include "conf/conf.h"

/* For every process, its children inherit it: no core file and no ptrace of its memory, which holds
 * keys and passwords. */
void sandbox_enter(void);

/*
 * For a worker, unless SANDBOX is off: no new privileges, fewer kernel calls (proc/syscall_filter),
 * and of the file system (proc/landlock) only what the settings name and what libraries read.
 * Nothing of this for one that SENDS_LETTERS when SENDMAIL is set, because it would hold for that
 * program too: most are set-group-id, and put letters into a queue elsewhere. What the kernel
 * refuses is left: none of it decides about a request.
 */
void sandbox_confine(const struct config *config, bool sends_letters);

/* Tells in the log how workers of CONFIG are confined, a line. */
void sandbox_describe(const struct config *config);

#endif
