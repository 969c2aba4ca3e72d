/* What a process of ours gives up at start, before it has seen a byte of input. */
#ifndef TASKGATE_PROC_SANDBOX_H
#define TASKGATE_PROC_SANDBOX_H

#include <stdbool.h>

/*
 * No core file and no ptrace of its memory (it holds keys and passwords), no new privileges through
 * exec. MAY_EXEC: but for those, because most sendmail programs are set-group-id and put letters
 * into a queue that only their group may write. What the kernel refuses is logged and left: none of
 * it decides about a request.
 */
void sandbox_enter(bool may_exec);

#endif
