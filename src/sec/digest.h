/* Digests of random tokens, for tables that must not hold the token itself. */
#ifndef TASKGATE_SEC_DIGEST_H
#define TASKGATE_SEC_DIGEST_H

/* SHA-256 of TEXT as base64url, owned by CTX. Only for texts too random to be guessed. */
char *digest_text(void *ctx, const char *text);

#endif
