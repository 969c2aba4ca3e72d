/* Random names for rows and sessions, in the alphabet and length that Better Auth uses. */
#ifndef TASKGATE_BASE_ID_H
#define TASKGATE_BASE_ID_H

#include <stddef.h>

#define ID_LENGTH 32

/* 32 characters of a-z A-Z 0-9, uniformly drawn (190 bits), owned by CTX. */
char *id_new(void *ctx);

/* LENGTH characters of the same alphabet. */
char *id_sized(void *ctx, size_t length);

/* ID_LENGTH characters of a-z 0-9 (165 bits): what Better Auth's links to delete an account have.
 */
char *id_lower(void *ctx);

#endif
