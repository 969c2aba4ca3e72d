#include "proc/settings.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "sec/keyring.h"

enum err settings_load(void *ctx, const struct conf_source *source, struct config **ret_config)
{
    struct buf *problems = buf_new(ctx);
    struct buf *warnings = buf_new(ctx);
    struct config *config = NULL;
    enum err error = conf_load(ctx, source, &config, problems, warnings);
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
        *ret_config = config;
    }
    return error;
}
