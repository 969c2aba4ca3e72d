#include "conf/value.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "conf/address.h"
#include "conf/key.h"
#include "conf/problem.h"

#define MAKE_A_SECRET "Generate with: openssl rand -hex 32"

#define COOKIE_NAME_MAX 64

static enum err read_bool(const char *text, bool *ret_bool)
{
    static const char *const words[] = {"on", "off", "true", "false", "1", "0", "yes", "no"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *ret_bool = i % 2 == 0;
            return ERR_OK;
        }
    }
    return ERR_BAD_VALUE;
}

static enum err read_number(const char *text, int64_t min, int64_t max, int64_t *ret_number)
{
    int64_t number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && number <= max; at++) {
        number = number * 10 + (*at - '0');
    }
    if (at == text || *at != '\0' || number < min || number > max) {
        return ERR_BAD_VALUE;
    }
    *ret_number = number;
    return ERR_OK;
}

static enum err read_word(const char *text, const char *const *words, unsigned *ret_place)
{
    for (unsigned i = 0; words[i]; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *ret_place = i;
            return ERR_OK;
        }
    }
    return ERR_BAD_VALUE;
}

/* The items between the commas without white space around them; empty ones are no items. */
static struct conf_list split(void *ctx, const char *text)
{
    struct conf_list list = {.items = mem_array(ctx, char *, strlen(text) / 2 + 1)};
    char *rest = mem_wiped(mem_strdup(list.items, text));
    while (rest) {
        static const char space[] = " \t";
        char *item = strsep(&rest, ",");
        item += strspn(item, space);
        size_t len = strlen(item);
        while (len > 0 && strchr(space, item[len - 1])) {
            len--;
        }
        if (len > 0) {
            item[len] = '\0';
            list.items[list.count++] = item;
        }
    }
    return list;
}

static void add_origin(struct config *config, char *origin)
{
    for (size_t i = 0; i < config->origins.count; i++) {
        if (strcmp(config->origins.items[i], origin) == 0) {
            return;
        }
    }
    config->origins.items = mem_checked(
        talloc_realloc(config, config->origins.items, char *, (unsigned)config->origins.count + 1));
    config->origins.items[config->origins.count++] = origin;
}

static enum err set_origins(struct config *config, const char *text)
{
    enum err error = ERR_OK;
    struct conf_list given = split(config, text);
    for (size_t i = 0; i < given.count && error == ERR_OK; i++) {
        char *origin = NULL;
        error = address_origin(config, given.items[i], &origin);
        if (error == ERR_OK) {
            add_origin(config, origin);
        }
    }
    return given.count > 0 ? error : ERR_BAD_VALUE;
}

/* A slash at the end of the base URL is common and means nothing. */
static enum err set_base_url(struct config *config, const char *text)
{
    size_t len = strlen(text);
    size_t without_slash = len > 0 && text[len - 1] == '/' ? len - 1 : len;
    char *origin = NULL;
    enum err error = address_origin(config, mem_strndup(config, text, without_slash), &origin);
    if (error == ERR_OK) {
        config->base_url = origin;
        config->base_https = strncmp(origin, "https:", strlen("https:")) == 0;
        add_origin(config, origin);
    }
    return error;
}

static void add_secret(struct config *config, const struct setting *setting, const char *text,
                       const char *where, struct buf *problems)
{
    size_t len = strlen(text);
    const char *name = setting->name;
    switch (key_check(text, len)) {
    case KEY_SHORT:
        buf_printf(problems,
                   "%s%s must be at least %d characters. Current length: %zu. " MAKE_A_SECRET "\n",
                   where, name, KEY_MIN_LENGTH, len);
        return;
    case KEY_SAMPLE:
        buf_printf(problems, "%s%s is a known sample that everybody can read. " MAKE_A_SECRET "\n",
                   where, name);
        return;
    case KEY_REPEATED:
        buf_printf(problems,
                   "%s%s repeats one short piece and is easy to guess. " MAKE_A_SECRET "\n", where,
                   name);
        return;
    case KEY_GOOD:
        break;
    }
    config->secrets = mem_checked(
        talloc_realloc(config, config->secrets, struct secret, (unsigned)config->secret_count + 1));
    config->secrets[config->secret_count++] = mem_secret(mem_strndup(config, text, len), len);
}

static void set_secrets(struct config *config, const struct setting *setting, const char *text,
                        const char *where, struct buf *problems)
{
    if (setting->type == SETTING_SECRET) {
        if (text) {
            add_secret(config, setting, text, where, problems);
        } else {
            buf_printf(problems,
                       "%s environment variable is required. It must match the secret used in "
                       "Better Auth on the frontend.\n",
                       setting->name);
        }
        return;
    }
    struct conf_list list = split(config, text ? text : "");
    for (size_t i = 0; i < list.count; i++) {
        add_secret(config, setting, list.items[i], where, problems);
    }
    talloc_free(list.items);
}

/* Settings whose text is a number in the table's limits. */
static enum err set_number(const struct setting *setting, const char *text, void *member)
{
    int64_t number = 0;
    enum err error = read_number(text, setting->min, setting->max, &number);
    if (error != ERR_OK) {
        return error;
    }
    if (setting->type == SETTING_INT) {
        *(int *)member = (int)number;
    } else if (setting->type == SETTING_SIZE) {
        *(size_t *)member = (size_t)number;
    } else {
        *(int64_t *)member =
            number * (setting->type == SETTING_MINUTES ? CLOCK_MINUTE : CLOCK_SECOND);
    }
    return ERR_OK;
}

static enum err set_networks(struct config *config, const char *text,
                             struct conf_networks *networks)
{
    enum err error = ERR_OK;
    struct conf_list given = split(config, text);
    networks->items = mem_array(config, struct ip_network, given.count);
    for (size_t i = 0; i < given.count && error == ERR_OK; i++) {
        error = ip_parse_network(given.items[i], &networks->items[networks->count++]);
    }
    return error;
}

/* Names of cookies (RFC 6265 section 4.1.1: a token), none of them our own. */
static enum err set_cookies(struct config *config, const char *text, struct conf_list *list)
{
    static const char token[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "!#$%&'*+-.^_`|~";
    if (strcasecmp(text, "off") == 0) {
        return ERR_OK;
    }
    *list = split(config, text);
    for (size_t i = 0; i < list->count; i++) {
        size_t len = strlen(list->items[i]);
        if (len > COOKIE_NAME_MAX || strspn(list->items[i], token) != len ||
            strstr(list->items[i], "better-auth.session_") != NULL ||
            strstr(list->items[i], "better-auth.dont_remember") != NULL ||
            strstr(list->items[i], "better-auth.refresh_token") != NULL) {
            return ERR_BAD_VALUE;
        }
    }
    return list->count > 0 && list->count <= COOKIE_ALIASES_MAX ? ERR_OK : ERR_BAD_VALUE;
}

/* The words between the spaces: no shell looks at them, so there is no quoting. */
static enum err set_program(struct config *config, const char *text, struct conf_list *list)
{
    char *rest = mem_strdup(config, text);
    list->items = mem_array(config, char *, strlen(text) / 2 + 1);
    while (rest) {
        char *word = strsep(&rest, " ");
        if (*word != '\0') {
            list->items[list->count++] = word;
        }
    }
    return list->count > 0 && *list->items[0] == '/' && access(list->items[0], X_OK) == 0
               ? ERR_OK
               : ERR_BAD_VALUE;
}

static enum err set_folder(struct config *config, const char *text, const char **folder)
{
    struct stat found;
    *folder = mem_strdup(config, text);
    return stat(text, &found) == 0 && S_ISDIR(found.st_mode) ? ERR_OK : ERR_BAD_VALUE;
}

/* Whether the file can be written is found out when it is: the server runs without it too. */
static enum err set_log(struct config *config, const char *text)
{
    static const char file[] = "file:";

    if (strcasecmp(text, "stderr") == 0) {
        config->log.target = LOG_TO_STDERR;
    } else if (strcasecmp(text, "syslog") == 0) {
        config->log.target = LOG_TO_SYSLOG;
    } else if (strncasecmp(text, file, strlen(file)) == 0 && text[strlen(file)] == '/') {
        config->log.target = LOG_TO_FILE;
        config->log.path = mem_strdup(config, text + strlen(file));
    } else {
        return ERR_BAD_VALUE;
    }
    return ERR_OK;
}

static enum err set_member(struct config *config, const struct setting *setting, const char *text)
{
    void *member = (char *)config + setting->offset;
    unsigned place = 0;
    switch (setting->type) {
    case SETTING_NOTHING:
        return setting->words ? read_word(text, setting->words, &place) : ERR_OK;
    case SETTING_BOOL:
        return read_bool(text, member);
    case SETTING_INT:
    case SETTING_SIZE:
    case SETTING_SECONDS:
    case SETTING_MINUTES:
        return set_number(setting, text, member);
    case SETTING_WORD: {
        enum err error = read_word(text, setting->words, &place);
        if (error == ERR_OK) {
            *(unsigned *)member = place; /* what an enum without negative values is made of */
        }
        return error;
    }
    case SETTING_TEXT:
        *(const char **)member = mem_strdup(config, text);
        return ERR_OK;
    case SETTING_NETWORKS:
        return set_networks(config, text, member);
    case SETTING_LIST: {
        struct conf_list *list = member;
        *list = split(config, text);
        return list->count > 0 ? ERR_OK : ERR_BAD_VALUE;
    }
    case SETTING_COOKIES:
        return set_cookies(config, text, member);
    case SETTING_BASE_URL:
        return set_base_url(config, text);
    case SETTING_ORIGINS:
        return set_origins(config, text);
    case SETTING_KEYS_URL:
        *(const char **)member = mem_strdup(config, text);
        return address_is_keys_url(text) ? ERR_OK : ERR_BAD_VALUE;
    case SETTING_PROGRAM:
        return set_program(config, text, member);
    case SETTING_FOLDER:
        return set_folder(config, text, member);
    case SETTING_SENDER:
        return address_sender(config, text, &config->mail_from, &config->mail_from_name);
    case SETTING_DATABASE:
        return address_database(config, text, &config->store, &config->database);
    case SETTING_LOG:
        return set_log(config, text);
    case SETTING_SECRET:
    case SETTING_SECRETS:
        break;
    }
    return ERR_INTERNAL;
}

void value_set(struct config *config, const struct setting *setting, const char *text,
               const char *where, struct buf *problems)
{
    if (setting->type == SETTING_SECRET || setting->type == SETTING_SECRETS) {
        set_secrets(config, setting, text, where, problems);
        return;
    }
    if (text && set_member(config, setting, text) != ERR_OK) {
        problem_value(problems, where, setting, text);
    }
}
