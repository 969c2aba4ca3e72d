/* HMAC-SHA256 with a key of any length: what signs tokens and cookies. */
#ifndef TASKGATE_SEC_MAC_H
#define TASKGATE_SEC_MAC_H

#include <stddef.h>

#include "base/mem.h"

#define MAC_SIZE 32

void mac_sign(const struct secret *key, const char *data, size_t len, unsigned char out[MAC_SIZE]);

#endif
