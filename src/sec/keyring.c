#include "sec/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/mem.h"

struct entry {
    const char *kid;
    struct jwk *jwk; /* NULL: the name is taken by keys that are refused */
};

struct keyring {
    struct entry entries[KEYRING_MAX_KEYS];
    size_t count;
    size_t refused;
    size_t seen;
};

static struct entry *find(struct keyring *keyring, const char *kid)
{
    for (size_t i = 0; i < keyring->count; i++) {
        if (strcmp(keyring->entries[i].kid, kid) == 0) {
            return &keyring->entries[i];
        }
    }
    return NULL;
}

/* Which of two keys with one name is meant cannot be told, so neither is used. */
static void add(void *arg, const struct json *item)
{
    struct keyring *keyring = arg;
    struct json_string kid = {0};
    struct jwk *jwk = NULL;
    if (++keyring->seen > KEYRING_MAX_KEYS) {
        return;
    }
    if (json_get_string(item, "kid", &kid) != JSON_FOUND || kid.len == 0 || kid.len > JWK_KID_MAX) {
        keyring->refused++;
        return;
    }
    struct entry *same = find(keyring, kid.data);
    if (same) {
        keyring->refused += same->jwk ? 2 : 1;
        TALLOC_FREE(same->jwk);
        return;
    }
    if (jwk_read(keyring, item, NULL, &jwk) != ERR_OK) {
        keyring->refused++;
    }
    keyring->entries[keyring->count++] =
        (struct entry){.kid = mem_strndup(keyring, kid.data, kid.len), .jwk = jwk};
}

enum err keyring_read(void *ctx, const char *text, size_t len, struct keyring **ret_keyring,
                      size_t *ret_refused)
{
    struct keyring *keyring = mem_new(ctx, struct keyring);
    struct json *set = NULL;
    if (len > KEYRING_MAX_TEXT || json_parse_object(keyring, text, len, &set) != ERR_OK ||
        json_each_object(set, "keys", add, keyring) != JSON_FOUND ||
        keyring->seen > KEYRING_MAX_KEYS) {
        talloc_free(keyring);
        return ERR_BAD_VALUE;
    }
    talloc_free(set);
    *ret_keyring = keyring;
    *ret_refused = keyring->refused;
    return ERR_OK;
}

const struct jwk *keyring_find(const struct keyring *keyring, const char *kid)
{
    for (size_t i = 0; i < keyring->count; i++) {
        if (strcmp(keyring->entries[i].kid, kid) == 0) {
            return keyring->entries[i].jwk;
        }
    }
    return NULL;
}

size_t keyring_count(const struct keyring *keyring)
{
    size_t usable = 0;
    for (size_t i = 0; i < keyring->count; i++) {
        usable += keyring->entries[i].jwk ? 1 : 0;
    }
    return usable;
}

/* At most one byte more than a set may have, so that a larger one is seen to be larger. False with
 * errno set when the file cannot be read. */
static bool read_text(const char *path, char text[static KEYRING_MAX_TEXT + 1], size_t *ret_len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return false;
    }
    size_t len = 0;
    ssize_t got = 0;
    do {
        got = read(fd, text + len, KEYRING_MAX_TEXT + 1 - len);
        len += got > 0 ? (size_t)got : 0;
    } while ((got > 0 && len <= KEYRING_MAX_TEXT) || (got < 0 && errno == EINTR));
    int reason = errno;
    close(fd);
    errno = reason;
    *ret_len = len;
    return got >= 0;
}

enum err keyring_read_file(void *ctx, const char *path, struct keyring **ret_keyring,
                           struct buf *problem)
{
    struct keyring *keyring = NULL;
    size_t refused = 0;
    size_t len = 0;
    enum err error = ERR_CONFIG;
    void *work = mem_context(ctx);
    char *text = mem_bytes(work, KEYRING_MAX_TEXT + 1);
    if (!read_text(path, text, &len)) {
        buf_printf(problem, "%s: %s", path, strerror(errno));
    } else if (keyring_read(ctx, text, len, &keyring, &refused) != ERR_OK) {
        buf_printf(problem,
                   "%s is not a JSON Web Key Set ({\"keys\":[...]}) of at most %d keys and %zu "
                   "bytes",
                   path, KEYRING_MAX_KEYS, KEYRING_MAX_TEXT);
    } else if (keyring_count(keyring) == 0) {
        buf_printf(problem,
                   "%s has no key that can be used: each needs a kid of its own, and is a public "
                   "EdDSA, RSA (2048 bits or more) or P-256, P-384, P-521 key for signatures",
                   path);
        talloc_free(keyring);
    } else {
        *ret_keyring = keyring;
        error = ERR_OK;
    }
    talloc_free(work);
    return error;
}

enum err keyring_check_file(const char *path, struct buf *problems)
{
    if (!path) {
        return ERR_OK;
    }
    void *work = mem_context(NULL);
    struct keyring *keyring = NULL;
    struct buf *problem = buf_new(work);
    enum err error = keyring_read_file(work, path, &keyring, problem);
    if (error != ERR_OK) {
        buf_puts(problems, "JWKS_FILE: ");
        escape_text(problems, problem->data, problem->len);
        buf_putc(problems, '\n');
    }
    talloc_free(work);
    return error;
}
