/* What every fuzz target offers: to libFuzzer and AFL++, and to replay.c in ordinary builds. */
#ifndef TASKGATE_TESTS_FUZZ_H
#define TASKGATE_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "conf/conf.h"

/* The time of all targets, ms. */
#define FUZZ_NOW INT64_C(1795218180000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program, which is how a fuzz target says that a promise was broken. */
#define FUZZ_PROMISE(condition)                                                                    \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fuzz_broken(__FILE__, __LINE__, #condition);                                           \
    } while (0)
_Noreturn void fuzz_broken(const char *file, int line, const char *promise);

/* Settings of a server at https://app.example.org, owned by CTX; the secret lives for ever. */
struct config *fuzz_config(void *ctx);

/*
 * TEXT with the changes that the bytes of EDITS tell, three bytes each: replace, insert or remove a
 * byte somewhere, or cut. So the fuzzer stays near a text that only we can make. Owned by CTX, with
 * a NUL behind.
 */
char *fuzz_edit(void *ctx, const char *text, const uint8_t *edits, size_t size, size_t *ret_len);

#endif
