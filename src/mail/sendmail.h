/* Gives letters away: to a sendmail program, or into a folder. */
#ifndef TASKGATE_MAIL_SENDMAIL_H
#define TASKGATE_MAIL_SENDMAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"

/* A sendmail program that has not taken a letter by then is killed. */
#define SENDMAIL_SECONDS 10

/* Whether SENDMAIL or MAIL_DIR is set. */
bool sendmail_is_set(const struct config *config);

/*
 * Runs SENDMAIL with LETTER on its standard input: no shell, a fixed environment, no other
 * descriptor than its standard error, which is ours (security.md R46). Or writes a file into
 * MAIL_DIR, which appears there complete, named by NOW. ERR_INTERNAL with one line in PROBLEM.
 */
enum err sendmail_send(const struct config *config, const struct buf *letter, int64_t now,
                       struct buf *problem) WARN_UNUSED;

#endif
