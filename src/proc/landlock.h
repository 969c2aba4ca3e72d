/* The part of the file system that a worker may use, kept by the kernel (landlock(7)). */
#ifndef TASKGATE_PROC_LANDLOCK_H
#define TASKGATE_PROC_LANDLOCK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* What is allowed, built up before it is entered. */
struct landlock;

/* The version of the kernel's interface, or 0 with one line in PROBLEM. */
int landlock_version(struct buf *problem);

/*
 * Nothing yet: no file by its name, nothing that is run, no TCP port of one's own, no signal to
 * another process; with NETWORK false also no TCP connection and no abstract Unix socket. Each as
 * far as the kernel's version goes; Unix sockets with a path are not covered. What is open stays
 * open. Owned by CTX. ERR_ABSENT when the kernel has no Landlock, ERR_INTERNAL when it refuses
 * this; one line in PROBLEM.
 */
enum err landlock_new(void *ctx, bool network, struct landlock **ret_landlock,
                      struct buf *problem) WARN_UNUSED;

/* Allows to read PATH, a file or a folder with what is below it. What is not there is left out. */
void landlock_allow_read(struct landlock *landlock, const char *path);

/* Allows also to make, change and remove files in the folder PATH. Where it is not there yet, in
 * the nearest folder above it. */
void landlock_allow_write(struct landlock *landlock, const char *path);

/* From now on this process and its children have no more than that. Needs a process that has given
 * up new privileges. ERR_INTERNAL: nothing has changed; one line in PROBLEM says why. */
enum err landlock_enter(struct landlock *landlock, struct buf *problem) WARN_UNUSED;

#endif
