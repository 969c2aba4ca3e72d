/*
 * Settings: the input is the file. No message shows a secret, problems are told if and only if
 * there are any, and the settings in effect, given again one by one, have the same effect.
 */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/endpoint.h"
#include "conf/setting.h"

#define CANARY "canary-canary-canary-canary-canary-0"

/* The input and behind it a line with the secret, as a file; its name. */
static const char *write_file(void *ctx, const uint8_t *data, size_t size)
{
    static const char secret[] = "\nBETTER_AUTH_SECRET=" CANARY "\n";
    static int file = -1;

    if (file < 0)
        file = memfd_create("settings", 0);
    if (file < 0 || ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != (ssize_t)size ||
        pwrite(file, secret, strlen(secret), (off_t)size) != (ssize_t)strlen(secret))
        abort();
    return mem_printf(ctx, "/proc/self/fd/%d", file);
}

/* The settings in effect as an environment; the secret is not among them. */
static char **spell(void *ctx, const struct config *config)
{
    char **environment = mem_array(ctx, char *, setting_count + 2);
    size_t count = 0;

    for (size_t i = 0; i < setting_count; i++) {
        bool hidden = strcmp(config->texts[i], "(set)") == 0 || strstr(config->texts[i], "***");
        if (!hidden)
            environment[count++] =
                mem_printf(ctx, "%s=%s", setting_table[i].name, config->texts[i]);
    }
    environment[count] = mem_strdup(ctx, "BETTER_AUTH_SECRET=" CANARY);
    return environment;
}

static void check_bounds(void *ctx, const struct config *config)
{
    struct endpoint endpoint;

    FUZZ_PROMISE(config->secret_count >= 1 && config->secrets[0].len >= 32);
    FUZZ_PROMISE(config->workers >= 1 && config->workers <= 256);
    FUZZ_PROMISE(strstr(config->base_url, "://") != NULL && config->origins.count >= 1);
    for (size_t i = 0; i < config->origins.count; i++)
        FUZZ_PROMISE(strspn(strstr(config->origins.items[i], "://") + 3,
                            "abcdefghijklmnopqrstuvwxyz0123456789-._[]:") ==
                     strlen(strstr(config->origins.items[i], "://") + 3));
    FUZZ_PROMISE(config->min_password <= config->max_password);
    FUZZ_PROMISE(config->sendmail.count == 0 || config->mail_dir == NULL);
    FUZZ_PROMISE(config->token_ttl > 0 && config->session_ttl > 0 && config->max_body > 0);
    if (strncmp(config->listen, "unix:", 5) == 0 && strstr(config->listen, "group=") == NULL &&
        endpoint_read(ctx, ENDPOINT_WEB, config->listen, &endpoint, buf_new(ctx)) == ERR_OK)
        FUZZ_PROMISE(endpoint.path[0] != '\0' && (endpoint.mode & ~0777U) == 0);
}

static void check_again(void *ctx, const struct config *config)
{
    struct buf *problems = buf_new(ctx), *warnings = buf_new(ctx);
    const struct conf_source source = {.environ = spell(ctx, config)};
    struct config *again = NULL;

    FUZZ_PROMISE(conf_load(ctx, &source, &again, problems, warnings) == ERR_OK);
    for (size_t i = 0; i < setting_count; i++) {
        if (strstr(config->texts[i], "***") == NULL && strcmp(config->texts[i], "(set)") != 0)
            FUZZ_PROMISE(strcmp(config->texts[i], again->texts[i]) == 0);
    }
}

/* The secret is not in TEXT, unless the input has the same words elsewhere. */
static void check_hidden(const uint8_t *data, size_t size, const char *text)
{
    FUZZ_PROMISE(strstr(text, CANARY) == NULL || memmem(data, size, "canary", 6) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *ctx = mem_context(NULL);
    struct buf *problems = buf_new(ctx), *warnings = buf_new(ctx);
    const struct conf_source source = {.file = write_file(ctx, data, size)};
    struct config *config = NULL;
    enum err error = conf_load(ctx, &source, &config, problems, warnings);

    FUZZ_PROMISE((error == ERR_OK) == (problems->len == 0));
    FUZZ_PROMISE(error == ERR_OK || error == ERR_CONFIG);
    FUZZ_PROMISE(problems->len == 0 || problems->data[problems->len - 1] == '\n');
    check_hidden(data, size, problems->data);
    check_hidden(data, size, warnings->data);
    if (error == ERR_OK) {
        for (size_t i = 0; i < setting_count; i++)
            check_hidden(data, size, config->texts[i]);
        check_bounds(ctx, config);
        check_again(ctx, config);
    }
    talloc_free(ctx);
    return 0;
}
