/* Loads settings from an environment and a file that a test makes up. */
#ifndef TASKGATE_TESTS_UNIT_LOAD_H
#define TASKGATE_TESTS_UNIT_LOAD_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf/conf.h"
#include "unit.h"

#define SECRET       "Hk29sLw0ZqPx73VbNm5RtYe8UaGd1JcF"
#define OTHER_SECRET "tK4wq8Zr1Vb6Nm0Xc3Ly9Hj5Gf2Ds7Pa"
#define SET_SECRET   "BETTER_AUTH_SECRET=" SECRET

struct suite {
    void *ctx;
    struct config *config; /* of the last load; NULL after ERR_CONFIG */
    const char *problems;
    const char *warnings;
    char file[32]; /* a scratch file */
};

static struct suite suite;

static inline int set_up(void **state)
{
    (void)state;
    suite.ctx = mem_context(NULL);
    strcpy(suite.file, "/tmp/test_conf.XXXXXX");
    int file = mkstemp(suite.file);
    if (file < 0) {
        return -1;
    }
    close(file);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    unlink(suite.file);
    talloc_free(suite.ctx);
    return 0;
}

static inline void write_file(const char *text, size_t len)
{
    FILE *file = fopen(suite.file, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    fclose(file);
}

/* Loads from up to eight NAME=VALUE of the environment and a file. */
static inline enum err load_from(const char *file, const char *const *texts, size_t count)
{
    char *environment[16] = {NULL};
    for (size_t i = 0; i < count; i++) {
        environment[i] = mem_strdup(suite.ctx, texts[i]);
    }
    struct buf *problems = buf_new(suite.ctx);
    struct buf *warnings = buf_new(suite.ctx);
    const struct conf_source source = {.file = file, .environ = environment};
    suite.config = NULL;
    enum err error = conf_load(suite.ctx, &source, &suite.config, problems, warnings);
    suite.problems = problems->data;
    suite.warnings = warnings->data;
    assert_true((error == ERR_OK) == (suite.config != NULL));
    assert_true((error == ERR_OK) == (problems->len == 0));
    /* No line ever holds a secret. */
    assert_null(strstr(suite.problems, SECRET));
    assert_null(strstr(suite.warnings, SECRET));
    return error;
}

#define LOAD(...)                                                                                  \
    load_from(NULL, (const char *const[]){__VA_ARGS__}, COUNT(((const char *const[]){__VA_ARGS__})))

/* With one more setting besides the secret. */
static inline enum err load_one(const char *text)
{
    return LOAD(SET_SECRET, text);
}

static inline enum err load_file(const char *text)
{
    write_file(text, strlen(text));
    return load_from(suite.file, NULL, 0);
}

#endif
