/* Kernel calls that a worker can do without, refused by the kernel (seccomp). */
#ifndef TASKGATE_PROC_SYSCALL_FILTER_H
#define TASKGATE_PROC_SYSCALL_FILTER_H

#include "base/buf.h"
#include "base/err.h"

/* Whether this program was built with a filter and the kernel takes filters. ERR_ABSENT: one line
 * in PROBLEM says why not. */
enum err syscall_filter_probe(struct buf *problem) WARN_UNUSED;

/*
 * From now on this process and its children get no new program, no other process's memory, no
 * privileged call, no kernel interface that exploits live on, no sockets but Unix and internet
 * ones, and no memory that is written and run. What no honest worker calls ends the process; the
 * rest fails with an error. Takes new privileges away for good. ERR_ABSENT as above,
 * ERR_INTERNAL when the kernel refuses this filter; one line in PROBLEM.
 */
enum err syscall_filter_enter(struct buf *problem) WARN_UNUSED;

#endif
