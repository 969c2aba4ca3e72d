#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "cli/cmd.h"
#include "cli/import_batch.h"
#include "cli/line_reader.h"
#include "cli/progress.h"

struct import {
    struct cli *cli;
    const char *name; /* of the file, for messages */
    struct line_reader *reader;
    struct progress *progress;
    struct import_batch *batch;
    size_t batch_bytes;
    int64_t now;
    bool head; /* the file says that it is an export, ... */
    bool end;  /* ... and this is its last line */
    int64_t rows;
    int64_t added[RECORD_KINDS];
    int64_t there;
    int64_t faults;
    int64_t done_line; /* all up to it are written */
};

/* --- what is wrong with a line, told when its batch is done, so that lines stand in order --- */

static void tell_fault(struct import *import, int64_t line, const char *fault)
{
    struct buf *text = buf_new(import->cli->ctx);

    import->faults++;
    progress_hide(import->progress);
    escape_text(text, import->name, strlen(import->name));
    buf_printf(text, ":%lld: ", (long long)line);
    escape_text(text, fault, strlen(fault));
    fprintf(stderr, "%s\n", text->data);
    talloc_free(text);
}

/* --- batches --- */

static struct import_batch *new_batch(struct import *import, struct import_seen *seen)
{
    struct import_batch *batch = mem_new(import->cli->ctx, struct import_batch);

    batch->store = import->cli->store;
    batch->seen = seen;
    batch->ctx = batch;
    import->batch_bytes = 0;
    return batch;
}

static void count(struct import *import, size_t i)
{
    const struct import_batch *batch = import->batch;
    const struct record *record = batch->records[i];

    if (batch->faults[i] != NULL) {
        tell_fault(import, record->line, batch->faults[i]);
    } else if (batch->states[i] == TRANSFER_NEW) {
        import->added[record->kind]++;
    } else {
        import->there++;
    }
    if (batch->faults[i] == NULL && record->hash_is_new) {
        import->added[RECORD_ACCOUNT]++;
    }
}

static enum err finish_batch(struct import *import)
{
    struct import_batch *batch = import->batch;
    enum err error = batch->count == 0 ? ERR_OK : import_batch_run(batch);

    if (error != ERR_OK) {
        progress_hide(import->progress);
        return cli_fail(import->cli, error,
                        "%s; what stands up to line %lld is imported, run it again for the rest",
                        error == ERR_STORE_DOWN ? "the database does not answer"
                                                : "the database failed",
                        (long long)import->done_line);
    }
    for (size_t i = 0; i < batch->count; i++) {
        count(import, i);
    }
    import->done_line = import->reader->number;
    import->batch = new_batch(import, batch->seen);
    talloc_free(batch);
    return ERR_OK;
}

static enum err add(struct import *import, struct record *record, size_t len)
{
    struct import_batch *batch = import->batch;

    import->rows++;
    batch->records[batch->count++] = record;
    import->batch_bytes += len;
    return batch->count == IMPORT_BATCH_ROWS || import->batch_bytes >= IMPORT_BATCH_BYTES
               ? finish_batch(import)
               : ERR_OK;
}

/* --- lines --- */

static enum err take_line(struct import *import, const char *line, size_t len)
{
    static const char mark[] = "\xef\xbb\xbf"; /* byte order; programs of Windows begin with it */
    struct record *record = NULL;
    const char *fault = NULL;
    int64_t number = import->reader->number;

    if (number == 1 && strncmp(line, mark, strlen(mark)) == 0) {
        line += strlen(mark);
        len -= strlen(mark);
    }
    if (strspn(line, " \t\r") == len) {
        return ERR_OK;
    }
    if (import->end) {
        fault = "there is more behind the end of the export";
    } else if (record_parse(import->batch->ctx, line, len, import->now, &record, &fault) ==
               ERR_OK) {
        record->line = number;
        if (record->kind == RECORD_HEAD) {
            import->head = true;
        } else if (record->kind == RECORD_END) {
            import->end = true;
        } else {
            return add(import, record, len);
        }
        return ERR_OK;
    }
    char *text = mem_strdup(import->cli->ctx, fault); /* what it was about ends with the batch */
    enum err error = finish_batch(import);
    tell_fault(import, number, text);
    talloc_free(text);
    return error;
}

static enum err read_lines(struct import *import)
{
    const char *line = NULL;
    size_t len = 0;
    enum err error;

    while ((error = line_reader_next(import->reader, &line, &len)) != ERR_ABSENT) {
        if (error == ERR_BODY_TOO_LARGE) {
            error = finish_batch(import);
            tell_fault(import, import->reader->number, "the line is longer than a megabyte");
        } else if (error == ERR_OK) {
            error = take_line(import, line, len);
        } else {
            return cli_fail(import->cli, error, "%s cannot be read: %s", import->name,
                            strerror(errno));
        }
        if (error != ERR_OK) {
            return error;
        }
        progress_set(import->progress, import->reader->bytes, import->rows);
    }
    error = finish_batch(import);
    if (error == ERR_OK && import->head && !import->end) {
        tell_fault(import, import->reader->number + 1,
                   "the end of the export is missing: the file was cut off");
    }
    return error;
}

/* --- the whole --- */

static void tell(const struct import *import)
{
    static const char *const names[] = {
        [RECORD_USER] = "users",       [RECORD_ACCOUNT] = "accounts",      [RECORD_TASK] = "tasks",
        [RECORD_SESSION] = "sessions", [RECORD_REFRESH] = "refreshTokens",
    };
    struct cli *cli = import->cli;

    if (cli_switch(cli, OPTION_JSON)) {
        struct json_line *line = json_line_new(cli->ctx);
        for (int kind = RECORD_USER; kind <= RECORD_REFRESH; kind++) {
            json_line_int(line, names[kind], import->added[kind]);
        }
        json_line_int(line, "there", import->there);
        json_line_int(line, "faults", import->faults);
        json_line_bool(line, "written", import->batch->seen == NULL);
        json_line_print(line, stdout);
        return;
    }
    printf("%s: %lld users, %lld accounts, %lld tasks, %lld sessions; there already: %lld; "
           "faults: %lld\n",
           import->batch->seen == NULL ? "imported" : "would be imported",
           (long long)import->added[RECORD_USER], (long long)import->added[RECORD_ACCOUNT],
           (long long)import->added[RECORD_TASK], (long long)import->added[RECORD_SESSION],
           (long long)import->there, (long long)import->faults);
}

static enum err import_from(struct cli *cli, int fd, const char *name)
{
    struct stat status;
    bool sized = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    bool dry = cli_switch(cli, OPTION_DRY_RUN);
    struct import import = {
        .cli = cli,
        .name = name,
        .reader = line_reader_new(cli->ctx, fd),
        .progress = progress_new(cli->ctx, "import", sized ? status.st_size : 0),
        .now = clock_now(),
    };

    import.batch = new_batch(&import, dry ? import_seen_new(cli->ctx) : NULL);
    enum err error = read_lines(&import);
    progress_end(import.progress);
    if (error != ERR_OK) {
        return error;
    }
    tell(&import);
    return import.faults == 0
               ? ERR_OK
               : cli_fail(cli, ERR_BAD_VALUE, "lines with faults: %lld; the others are %s",
                          (long long)import.faults, dry ? "right" : "imported");
}

enum err cmd_import(struct cli *cli)
{
    const char *name = cli->args[0];

    audit_user(&cli->actor, AUDIT_IMPORT, NULL);
    if (name == NULL || strcmp(name, "-") == 0) {
        return import_from(cli, STDIN_FILENO, "standard input");
    }
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return cli_fail(cli, ERR_ABSENT, "%s cannot be read: %s", name, strerror(errno));
    }
    enum err error = import_from(cli, fd, name);
    close(fd);
    return error;
}
