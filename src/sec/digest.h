/* Digests of random tokens, for tables that must not hold the token itself. */
#ifndef TASKGATE_SEC_DIGEST_H
#define TASKGATE_SEC_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/* SHA-256 of TEXT as base64url, owned by CTX. Only for texts too random to be guessed. */
char *digest_text(void *ctx, const char *text);

/* A number made from LEN bytes of DATA, the same for the same bytes: for comparisons by accident,
 * not by an attacker. */
uint64_t digest_number(const void *data, size_t len);

#endif
