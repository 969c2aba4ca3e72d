/* A folder with a log, and standard error in a file of it. */
#ifndef TASKGATE_TESTS_UNIT_LOG_H
#define TASKGATE_TESTS_UNIT_LOG_H

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "unit.h"

/* A folder of its own, and stderr as a file in it. */
struct place {
    void *ctx;
    char *folder;
    const char *log; /* the file of LOG_TO */
    int saved_stderr;
};

static inline int make_place(void **state)
{
    struct place *place = mem_new(NULL, struct place);
    const char *tmp = getenv("TMPDIR");

    place->ctx = place;
    place->folder = mem_printf(place, "%s/taskgate-log-XXXXXX", tmp == NULL ? "/tmp" : tmp);
    if (mkdtemp(place->folder) == NULL) {
        return -1;
    }
    place->log = mem_printf(place, "%s/taskgate.log", place->folder);
    place->saved_stderr = dup(STDERR_FILENO);
    int fd = open(mem_printf(place, "%s/stderr", place->folder), O_RDWR | O_CREAT | O_APPEND, 0600);
    dup2(fd, STDERR_FILENO);
    close(fd);
    *state = place;
    return 0;
}

static inline int remove_place(void **state)
{
    struct place *place = *state;

    log_setup(LEVEL_INFO, "unit");
    dup2(place->saved_stderr, STDERR_FILENO);
    close(place->saved_stderr);
    int result = system(mem_printf(place, "rm -r %s", place->folder));
    talloc_free(place);
    return result;
}

static inline const char *path(struct place *place, const char *name)
{
    return mem_printf(place, "%s/%s", place->folder, name);
}

/* What is in a file, "" when there is none. */
static inline const char *content(struct place *place, const char *name)
{
    char *text = mem_bytes(place, 65536);
    FILE *file = fopen(path(place, name), "re");
    size_t len = file == NULL ? 0 : fread(text, 1, 65535, file);

    text[len] = '\0';
    if (file != NULL) {
        fclose(file);
    }
    return text;
}

static inline int lines_with(struct place *place, const char *name, const char *word)
{
    int count = 0;

    for (const char *at = content(place, name); (at = strstr(at, word)) != NULL; at++) {
        count++;
    }
    return count;
}

static inline void open_file(struct place *place, enum log_format format)
{
    log_open(
        &(struct log_options){
            .level = LEVEL_INFO, .format = format, .target = LOG_TO_FILE, .path = place->log},
        "unit");
}

/* Between two looks at what has to come. */
static inline void pause_shortly(void)
{
    (void)poll(NULL, 0, 5);
}

/* Logs lines until the file NAME has one with WORD: the target is looked at once a second. */
static inline void log_until(struct place *place, const char *name, const char *word)
{
    int64_t end = clock_monotonic() + CLOCK_MINUTE;

    while (lines_with(place, name, word) == 0) {
        assert_true(clock_monotonic() < end);
        pause_shortly();
        log_info("later");
    }
}

/* One test of a group, in a place of its own. */
#define PLACED(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

#endif
