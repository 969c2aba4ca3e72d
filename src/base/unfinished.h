/*
 * What must not outlive a command that a signal ends: a file that is written piece by piece under a
 * name of its own, and a program that was started to write or read it. One of each at a time.
 * SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE and SIGXFSZ then end the process as they would have;
 * one that is ignored stays so. Nothing helps against SIGKILL.
 */
#ifndef TASKGATE_BASE_UNFINISHED_H
#define TASKGATE_BASE_UNFINISHED_H

#include <sys/types.h>

/* NAME, and what SQLite keeps beside a database of that name, is removed when a signal comes. NULL:
 * the file has its own name by now, or is gone. NAME is copied. */
void unfinished_file(const char *name);

/* Process PID is killed and waited for before that; 0: it has ended. */
void unfinished_child(pid_t pid);

/* Signals wait between these two, which may be nested: while a file or a child comes to be, or a
 * file gets its name. */
void unfinished_hold(void);
void unfinished_release(void);

#endif
