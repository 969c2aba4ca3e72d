/* A letter as the bytes that go to a mail server (RFC 5322, 2045, 2047), in ASCII. */
#ifndef TASKGATE_MAIL_LETTER_H
#define TASKGATE_MAIL_LETTER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"
#include "mail/template.h"

/*
 * A letter from MAIL_FROM to the address TO with TEXTS as two forms of one content, lines ended by
 * LF alone as sendmail programs want them, owned by CTX. ERR_BAD_VALUE when TO is no address: the
 * database may have it from elsewhere, and whatever is in it must not become a header.
 */
enum err letter_build(void *ctx, const struct config *config, const char *to,
                      const struct template_texts *texts, int64_t now,
                      struct buf **ret_letter) WARN_UNUSED;

#endif
