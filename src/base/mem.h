/*
 * Request memory: talloc with a promise. None of these returns NULL; a process that cannot get
 * memory writes one line and ends, and the master starts another (house rule 6).
 */
#ifndef TASKGATE_BASE_MEM_H
#define TASKGATE_BASE_MEM_H

#include <stddef.h>
#include <talloc.h>

/* Ends the process: the one answer to a failed allocation. */
_Noreturn void mem_fail(void);

/* A new zeroed object of TYPE, owned by CTX. */
#define mem_new(ctx, type) ((type *)mem_checked(talloc_zero(ctx, type)))
/* COUNT zeroed objects of TYPE, owned by CTX. */
#define mem_array(ctx, type, count)                                                                \
    ((type *)mem_checked(talloc_zero_array(ctx, type, (unsigned)(count))))

void *mem_checked(void *pointer);
/* A new empty context owned by CTX (which may be NULL). */
void *mem_context(void *ctx);
/* The same without an owner, with SIZE bytes that its first small objects share: for many that end
 * together. */
void *mem_pool(size_t size);
void *mem_bytes(void *ctx, size_t size);
char *mem_strdup(void *ctx, const char *text);
/* A copy of LEN bytes with a NUL behind them. */
char *mem_strndup(void *ctx, const char *data, size_t len);
char *mem_printf(void *ctx, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Makes CTX the owner of OBJECT, which has one owner or none. */
void mem_move(void *ctx, void *object);

/* Makes talloc wipe OBJECT's bytes when it is freed: for bodies and passwords. Returns OBJECT. */
void *mem_wiped(void *object);

/* Wipes LEN bytes at DATA now. */
void mem_wipe(void *data, size_t len);

/* A secret in guarded, wiped memory (libsodium) that is locked: it does not get into swap. */
struct secret {
    unsigned char *data;
    size_t len;
};

/* Copies LEN bytes of DATA into guarded memory and wipes the source. */
struct secret mem_secret(char *data, size_t len);

/* Locks it in this process too, which a fork has made: locks are not inherited. As far as the limit
 * of locked memory goes. */
void mem_secret_lock(const struct secret *secret);

/* Wipes it, in this process. */
void mem_secret_free(struct secret *secret);

#endif
