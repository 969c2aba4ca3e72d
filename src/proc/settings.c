#include "proc/settings.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "proc/sandbox.h"
#include "sec/keyring.h"

enum err settings_load(void *ctx, const struct conf_source *source, struct config **ret_config)
{
    void *work = mem_context(ctx);
    struct buf *problems = buf_new(work);
    struct buf *warnings = buf_new(work);
    struct config *config = NULL;
    enum err error = conf_load(work, source, &config, problems, warnings);
    char *rest = NULL;

    if (error == ERR_OK) {
        error = keyring_check_file(config->jwks_file, problems);
    }
    for (char *line = strtok_r(warnings->data, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        log_warn("%s", line);
    }
    rest = NULL;
    for (char *line = strtok_r(problems->data, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        log_error("%s", line);
    }
    if (error == ERR_OK) {
        mem_move(ctx, config);
        *ret_config = config;
    }
    talloc_free(work);
    return error;
}

/* NULL is the same as NULL. */
static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

void settings_warn_of_sockets(const struct config *before, const struct config *now)
{
    if (!is_same(before->listen, now->listen)) {
        log_warn("LISTEN has changed: that takes a restart, the socket stays as it is");
    }
    if (!is_same(before->admin_listen, now->admin_listen)) {
        log_warn("ADMIN_LISTEN has changed: that takes a restart, the socket stays as it is");
    }
}

void settings_describe(const struct config *config, const char *socket)
{
    struct buf *origins = buf_new(NULL);

    for (size_t i = 0; i < config->origins.count; i++) {
        buf_printf(origins, "%s%s", i == 0 ? "" : ", ", config->origins.items[i]);
    }
    char *database = conf_database_public(origins, config);
    log_info("serving on %s with %d workers, database %s", socket, config->workers, database);
    log_info("CORS origins: %s", origins->data);
    sandbox_describe(config);
    talloc_free(origins);
}
