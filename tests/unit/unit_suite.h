/* One configuration for all tests of a program. */
#ifndef TASKGATE_TESTS_UNIT_SUITE_H
#define TASKGATE_TESTS_UNIT_SUITE_H

#include "unit_config.h"

static struct {
    void *ctx; /* lives as long as the program's tests */
    struct config *config;
} suite;

/* The end of a group's setup, and its teardown. */
static inline int suite_begin(const char *secret, const char *previous)
{
    suite.ctx = mem_context(NULL);
    suite.config = unit_config(suite.ctx, secret, previous);
    return 0;
}

static inline int suite_end(void **state)
{
    (void)state;
    talloc_free(suite.ctx);
    return 0;
}

#endif
