/*
 * Lines of "taskgate import". A line that is accepted, exported again, is accepted with the same
 * content, and its texts keep the bounds of their columns.
 */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/record.h"

static void put(struct json_line *line, const struct record *record)
{
    switch (record->kind) {
    case RECORD_USER:
        record_put_user(line, &record->user);
        break;
    case RECORD_ACCOUNT:
        record_put_account(line, &record->account);
        break;
    case RECORD_TASK:
        record_put_task(line, &record->task);
        break;
    case RECORD_SESSION:
        record_put_session(line, &record->session);
        break;
    case RECORD_REFRESH:
        record_put_refresh(line, &record->refresh);
        break;
    case RECORD_HEAD:
        record_put_head(line, FUZZ_NOW);
        break;
    case RECORD_END:
    case RECORD_KINDS:
        record_put_end(line, 0);
        break;
    }
}

/* RECORD as a line of an export, without its line feed. */
static const char *spell(void *ctx, const struct record *record)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    struct json_line *line = json_line_new_file(ctx);

    if (out == NULL)
        abort();
    put(line, record);
    json_line_print(line, out);
    if (fclose(out) != 0)
        abort();
    FUZZ_PROMISE(len > 1 && text[len - 1] == '\n' && memchr(text, '\n', len - 1) == NULL);
    const char *copy = mem_strndup(ctx, text, len - 1);
    free(text);
    return copy;
}

static void check_bounds(const struct record *record)
{
    if (record->kind == RECORD_USER) {
        FUZZ_PROMISE(text_is_email(record->user.email, strlen(record->user.email)));
        FUZZ_PROMISE(record->user.id == NULL || strlen(record->user.id) <= 255);
    } else if (record->kind == RECORD_TASK) {
        FUZZ_PROMISE(record->task.id >= 0 && record->task.title[0] != '\0');
        FUZZ_PROMISE(text_length(record->task.title, record->task.title_len) <= TASK_TITLE_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *ctx = mem_context(NULL);
    struct record *record = NULL, *again = NULL;
    const char *fault = NULL;

    if (record_parse(ctx, (const char *)data, size, FUZZ_NOW, &record, &fault) == ERR_OK) {
        check_bounds(record);
        if (record->kind == RECORD_TASK && record->task.id == 0)
            record->task.id = 1; /* the database gives it one */
        const char *line = spell(ctx, record);
        FUZZ_PROMISE(record_parse(ctx, line, strlen(line), FUZZ_NOW, &again, &fault) == ERR_OK);
        FUZZ_PROMISE(strcmp(spell(ctx, again), line) == 0);
    } else {
        FUZZ_PROMISE(fault != NULL && *fault != '\0');
    }
    talloc_free(ctx);
    return 0;
}
