/* What a process of ours gives up at start, before it has seen a byte of input. */
#ifndef TASKGATE_PROC_SANDBOX_H
#define TASKGATE_PROC_SANDBOX_H

/* No core file and no ptrace of its memory (it holds keys and passwords), no new privileges through
 * exec. What the kernel refuses is logged and left: none of it decides about a request. */
void sandbox_enter(void);

#endif
