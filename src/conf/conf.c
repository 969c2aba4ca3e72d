#include "conf/conf.h"

#include <string.h>
#include <strings.h>

#include "conf/address.h"
#include "conf/setting.h"
#include "conf/source.h"
#include "conf/value.h"

bool conf_list_shape(const char *text, enum list_shape *ret_shape)
{
    for (enum list_shape shape = LIST_ITEMS; setting_list_shapes[shape]; shape++) {
        if (strcasecmp(text, setting_list_shapes[shape]) == 0) {
            *ret_shape = shape;
            return true;
        }
    }
    return false;
}

/* What conf_print shows for TEXT. */
static const char *public_text(void *ctx, const struct setting *setting, const char *text)
{
    if (!text) {
        return "";
    }
    if (setting->type == SETTING_DATABASE) {
        return address_public(ctx, text);
    }
    return setting_is_sensitive(setting) ? "(set)" : mem_strdup(ctx, text);
}

static void warn_without_effect(const struct given *given, const struct setting *setting,
                                struct buf *warnings)
{
    if (setting->type == SETTING_NOTHING && given->text) {
        buf_printf(warnings, "%s%s: %s\n", given->where, setting->name, setting->help);
    }
}

/* Rules that concern more than one setting. */
static void check_together(const struct config *config, struct buf *problems)
{
    if (config->min_password > config->max_password) {
        buf_printf(problems, "MIN_PASSWORD_LENGTH must not be larger than MAX_PASSWORD_LENGTH\n");
    }
#ifndef HAVE_CURL
    if (config->jwks_url) {
        buf_printf(problems, "JWKS_URL needs a program built with libcurl, this one is not; use "
                             "JWKS_FILE, or build it with libcurl\n");
    }
#endif
    if (config->sendmail.count > 0 && config->mail_dir) {
        buf_printf(problems, "SENDMAIL and MAIL_DIR cannot both be set: a letter goes one way\n");
    }
    if (config->cookie_samesite == SAMESITE_NONE &&
        (config->cookie_secure == COOKIE_SECURE_OFF ||
         (config->cookie_secure == COOKIE_SECURE_AUTO && !config->base_https))) {
        buf_printf(problems, "COOKIE_SAMESITE=none needs secure cookies, browsers refuse it "
                             "otherwise; set COOKIE_SECURE=on or a BASE_URL with https\n");
    }
}

/* A setting whose default is made from another. */
static void set_default_sender(struct config *config)
{
    const char *host = strstr(config->base_url, "://") + 3;
    if (!config->mail_from) {
        config->mail_from =
            *host == '[' ? "taskgate@localhost"
                         : mem_printf(config, "taskgate@%.*s", (int)strcspn(host, ":"), host);
    }
}

static int free_secrets(struct config *config)
{
    for (size_t i = 0; i < config->secret_count; i++) {
        mem_secret_free(&config->secrets[i]);
    }
    return 0;
}

enum err conf_load(void *ctx, const struct conf_source *source, struct config **ret_config,
                   struct buf *problems, struct buf *warnings)
{
    size_t problems_before = problems->len;
    bool without_secret = false;
    struct config *config = mem_new(ctx, struct config);
    talloc_set_destructor(config, free_secrets);
    void *work = mem_context(config);
    struct given *given = mem_array(work, struct given, setting_count);
    source_read(work, source, given, problems, warnings);
    config->texts = mem_array(config, const char *, setting_count);
    for (size_t i = 0; i < setting_count; i++) {
        const struct setting *setting = &setting_table[i];
        if (given[i].unreadable) {
            continue;
        }
        warn_without_effect(&given[i], setting, warnings);
        const char *text = given[i].text ? given[i].text : setting->fallback;
        const char *where = given[i].text ? given[i].where : "";
        value_set(config, setting, text, where, problems);
        config->texts[i] = public_text(config, setting, text);
        without_secret = without_secret || (setting->type == SETTING_SECRET && text == NULL);
    }
    talloc_free(work);
    if (without_secret && source->file == NULL) {
        buf_puts(problems, "No settings file was named: --config FILE reads one, for instance "
                           "/etc/taskgate/taskgate.conf.\n");
    }
    if (problems->len == problems_before) {
        check_together(config, problems);
    }
    if (problems->len > problems_before) {
        talloc_free(config);
        return ERR_CONFIG;
    }
    set_default_sender(config);
    if (config->debug) {
        config->log.level = LEVEL_DEBUG;
    }
    *ret_config = config;
    return ERR_OK;
}

void conf_each(const struct config *config, conf_setting *visit, void *arg)
{
    for (size_t i = 0; i < setting_count; i++) {
        visit(arg, setting_table[i].name, config->texts[i]);
    }
}

void conf_print_help(FILE *out)
{
    for (size_t i = 0; i < setting_count; i++) {
        const struct setting *setting = &setting_table[i];
        fprintf(out, "%s=%s\n    %s\n", setting->name, setting->fallback ? setting->fallback : "",
                setting->help);
        if (setting->alias) {
            fprintf(out, "    Also: %s.\n", setting->alias);
        }
    }
}

char *conf_database_public(void *ctx, const struct config *config)
{
    return config->store == STORE_SQLITE ? mem_strdup(ctx, config->database)
                                         : address_public(ctx, config->database);
}
