#include "proc/settings.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
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
