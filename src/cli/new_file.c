#include "cli/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unfinished.h"
#include "cli/prompt.h"

static int remove_work(struct new_file *file)
{
    if (file->fd >= 0) {
        close(file->fd);
    }
    if (file->work != NULL) {
        unlink(file->work);
    }
    unfinished_file(NULL);
    return 0;
}

bool new_file_is_database(const struct cli *cli, const char *name)
{
    struct stat file;
    struct stat database;

    return cli->config->store == STORE_SQLITE && stat(name, &file) == 0 &&
           stat(cli->config->database, &database) == 0 && file.st_dev == database.st_dev &&
           file.st_ino == database.st_ino;
}

static enum err ask(struct cli *cli, const char *name, const char **ret_name)
{
    struct stat status;

    if (lstat(name, &status) != 0) {
        *ret_name = mem_strdup(cli->ctx, name);
        return ERR_OK;
    }
    if (new_file_is_database(cli, name)) {
        return cli_fail(cli, ERR_BAD_VALUE, "%s is the database itself: give another name", name);
    }
    enum err error =
        prompt_confirm(cli, mem_printf(cli->ctx, "This replaces the file %s.", name), "yes");
    if (error != ERR_OK) {
        return error;
    }
    char *real = realpath(name, NULL);
    if (real == NULL) {
        return cli_fail(cli, ERR_INTERNAL, "%s cannot be found: %s", name, strerror(errno));
    }
    *ret_name = mem_strdup(cli->ctx, real);
    free(real);
    return ERR_OK;
}

static bool make_work(struct new_file *file)
{
    char *work = mem_printf(file, "%s.XXXXXX", file->name);

    unfinished_hold();
    file->fd = mkostemp(work, O_CLOEXEC);
    int reason = errno;
    if (file->fd >= 0) {
        unfinished_file(work);
        file->work = work;
        talloc_set_destructor(file, remove_work);
    }
    unfinished_release();
    errno = reason;
    return file->fd >= 0;
}

enum err new_file_begin(struct cli *cli, const char *name, struct new_file **ret_file)
{
    struct new_file *file = mem_new(cli->ctx, struct new_file);
    enum err error = ask(cli, name, &file->name);

    if (error != ERR_OK) {
        talloc_free(file);
        return error;
    }
    if (!make_work(file)) {
        error = cli_fail(cli, ERR_INTERNAL, "%s cannot be made: %s", name, strerror(errno));
        talloc_free(file);
        return error;
    }
    *ret_file = file;
    return ERR_OK;
}

/* The name is on the disk too, where the file system can promise that. */
static void sync_folder(const struct new_file *file)
{
    char *copy = mem_strdup(NULL, file->name);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    talloc_free(copy);
}

enum err new_file_finish(struct cli *cli, struct new_file *file)
{
    bool written = file->fd < 0 || fsync(file->fd) == 0;

    if (!written || rename(file->work, file->name) != 0) {
        return cli_fail(cli, ERR_INTERNAL, "%s cannot be written: %s", file->name, strerror(errno));
    }
    file->work = NULL;
    sync_folder(file);
    return ERR_OK;
}
