#include "conf/address.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"

/* What follows PREFIX in TEXT, or NULL. */
static const char *after(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncasecmp(text, prefix, len) == 0 ? text + len : NULL;
}

/* The host in the form of browsers, which shorten IPv6 addresses; NULL when it is none. */
static char *read_host(void *ctx, const char *text, size_t len)
{
    char *host = mem_strndup(ctx, text, len);
    if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
        struct in6_addr address;
        char shortest[INET6_ADDRSTRLEN];
        host[len - 1] = '\0';
        if (inet_pton(AF_INET6, host + 1, &address) != 1) {
            return NULL;
        }
        inet_ntop(AF_INET6, &address, shortest, sizeof shortest);
        return mem_printf(ctx, "[%s]", shortest);
    }
    text_lower_ascii(host);
    if (len == 0 || strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-._") != len) {
        return NULL;
    }
    return host;
}

enum err address_origin(void *ctx, const char *text, char **ret_origin)
{
    enum err error = ERR_BAD_VALUE;
    void *work = mem_context(ctx);
    const char *https = after(text, "https://");
    const char *authority = https ? https : after(text, "http://");
    if (!authority) {
        goto out;
    }
    const char *bracket = *authority == '[' ? strchr(authority, ']') : NULL;
    const char *colon = strchr(bracket ? bracket : authority, ':');
    size_t host_len = colon ? (size_t)(colon - authority) : strlen(authority);
    const char *host = read_host(work, authority, host_len);
    if (!host) {
        goto out;
    }
    long own_port = https ? 443 : 80;
    long port = own_port;
    if (colon) {
        size_t digits = strspn(colon + 1, "0123456789");
        port = digits >= 1 && digits <= 5 && colon[1 + digits] == '\0' ? strtol(colon + 1, NULL, 10)
                                                                       : 0;
        if (port < 1 || port > 65535) {
            goto out;
        }
    }
    const char *scheme = https ? "https" : "http";
    *ret_origin = port == own_port ? mem_printf(ctx, "%s://%s", scheme, host)
                                   : mem_printf(ctx, "%s://%s:%ld", scheme, host, port);
    error = ERR_OK;
out:
    talloc_free(work);
    return error;
}

#ifdef HAVE_SQLITE
#define ADDRESS_HAS_SQLITE true
#else
#define ADDRESS_HAS_SQLITE false
#endif
#ifdef HAVE_POSTGRESQL
#define ADDRESS_HAS_POSTGRESQL true
#else
#define ADDRESS_HAS_POSTGRESQL false
#endif

/* An "@" or "/" of a password that was not percent-encoded moves the parts behind it: what is left
 * of the password would be a host, and stand in libpq's words about it. */
static bool has_clear_parts(const char *url)
{
    const char *at = strstr(url, "://") + 3;
    const char *user_end = at + strcspn(at, "@/");

    at = *user_end == '@' ? user_end + 1 : at;
    return memchr(at, '@', strcspn(at, "?")) == NULL;
}

enum err address_database(void *ctx, const char *text, enum store_kind *ret_store,
                          const char **ret_database)
{
    const char *path = after(text, "sqlite:///");
    if (path && ADDRESS_HAS_SQLITE) {
        /* Every worker would have a memory of its own; parameters would become part of the name. */
        if (*path == '\0' || strcmp(path, ":memory:") == 0 || strpbrk(path, "?#")) {
            return ERR_BAD_VALUE;
        }
        *ret_store = STORE_SQLITE;
        *ret_database = mem_strdup(ctx, path);
        return ERR_OK;
    }
    if (!ADDRESS_HAS_POSTGRESQL || (!after(text, "postgresql://") && !after(text, "postgres://")) ||
        !has_clear_parts(text)) {
        return ERR_BAD_VALUE;
    }
    *ret_store = STORE_POSTGRESQL;
    *ret_database = mem_strdup(ctx, text);
    return ERR_OK;
}

/* Letters, digits and what else RFC 5322 section 3.2.3 calls an atom, with dots; one "@". */
static bool is_plain_address(const char *text)
{
    static const char atom[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                               "!#$%&'*+-/=?^_`{|}~.";
    size_t local = strspn(text, atom);
    if (local == 0 || text[local] != '@' || strlen(text) > 254) {
        return false;
    }
    const char *domain = text + local + 1;
    return *domain != '\0' && domain[strspn(domain, atom)] == '\0';
}

enum err address_sender(void *ctx, const char *text, const char **ret_address,
                        const char **ret_name)
{
    size_t len = strlen(text);
    const char *open = strrchr(text, '<');
    const char *address = text;
    const char *name = NULL;
    for (const char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            return ERR_BAD_VALUE;
        }
    }
    if (open && text[len - 1] == '>') {
        size_t name_len = (size_t)(open - text);
        while (name_len > 0 && text[name_len - 1] == ' ') {
            name_len--;
        }
        address = mem_strndup(ctx, open + 1, len - (size_t)(open + 1 - text) - 1);
        name = name_len > 0 ? mem_strndup(ctx, text, name_len) : NULL;
    }
    if (!is_plain_address(address) || !text_is_utf8(text, len)) {
        return ERR_BAD_VALUE;
    }
    *ret_address = mem_strdup(ctx, address);
    *ret_name = name;
    return ERR_OK;
}

bool address_is_keys_url(const char *text)
{
    static const char *const loopback[] = {"127.0.0.1", "[::1]", "localhost"};
    const char *https = after(text, "https://");
    const char *authority = https ? https : after(text, "http://");
    char *origin = NULL;
    if (!authority || strpbrk(text, "#\\ ")) {
        return false;
    }
    void *work = mem_context(NULL);
    size_t len = (size_t)(authority - text) + strcspn(authority, "/?");
    bool good = address_origin(work, mem_strndup(work, text, len), &origin) == ERR_OK;
    bool local = false;
    for (size_t i = 0; good && i < sizeof loopback / sizeof *loopback; i++) {
        const char *rest = after(strstr(origin, "://") + 3, loopback[i]);
        local = local || (rest && (*rest == '\0' || *rest == ':'));
    }
    talloc_free(work);
    return good && (https || local);
}

static bool is_password_name(void *ctx, const char *name, size_t len)
{
    static const char word[] = "password";
    char *decoded = mem_strndup(ctx, name, len), *to = decoded;
    for (const char *at = decoded; *at != '\0'; at++) {
        const char hex[] = {at[0] == '%' ? at[1] : '\0', at[0] == '%' && at[1] ? at[2] : '\0',
                            '\0'};
        bool escape = strspn(hex, "0123456789abcdefABCDEF") == 2;
        *to++ = escape ? (char)strtol(hex, NULL, 16) : *at;
        at += escape ? 2 : 0;
    }
    *to = '\0';
    size_t size = strlen(decoded);
    return size >= strlen(word) && strcasecmp(decoded + size - strlen(word), word) == 0;
}

/* Marks in HIDDEN the values of parameters like password= and sslpassword=, however libpq would let
 * their names be spelled. */
static void hide_parameters(void *ctx, const char *text, bool *hidden)
{
    for (const char *equals = strchr(text, '='); equals; equals = strchr(equals + 1, '=')) {
        const char *name = equals;
        while (name > text && !strchr("?&", name[-1])) {
            name--;
        }
        if (is_password_name(ctx, name, (size_t)(equals - name))) {
            memset(hidden + (equals + 1 - text), true, strcspn(equals + 1, "&"));
        }
    }
}

/* From the first ':' to the last '@' all may be the password, if its special characters were not
 * percent-encoded as they should be. */
static void hide_user_password(const char *text, bool *hidden)
{
    const char *slashes = strstr(text, "://");
    const char *colon = strchr(slashes ? slashes + 3 : text, ':');
    const char *at = strrchr(text, '@');
    if (colon && at && at > colon) {
        memset(hidden + (colon + 1 - text), true, (size_t)(at - colon - 1));
    }
}

char *address_public(void *ctx, const char *text)
{
    void *work = mem_context(NULL);
    size_t len = strlen(text);
    bool *hidden = mem_array(work, bool, len + 1);
    struct buf *public = buf_new(work);
    hide_parameters(work, text, hidden);
    hide_user_password(text, hidden);
    for (size_t i = 0; i < len; i++) {
        if (!hidden[i]) {
            buf_putc(public, text[i]);
        } else if (i == 0 || !hidden[i - 1]) {
            buf_puts(public, "***");
        }
    }
    char *copy = mem_strdup(ctx, public->data);
    talloc_free(work);
    return copy;
}
