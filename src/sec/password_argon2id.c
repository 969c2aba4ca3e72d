#include <sodium.h>
#include <stdint.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "sec/password_kind.h"

/* OWASP's and ASVS 5.0's smallest parameters for argon2id (R29). */
#define COST_PASSES 2
#define COST_MEMORY ((size_t)19 * 1024 * 1024)

/* R31: what a stored hash may make us compute. */
#define STORED_MIN_KIB    8
#define STORED_MAX_KIB    ((uint32_t)256 * 1024)
#define STORED_MAX_PASSES 10

/* Of the key inside a stored hash. */
#define KEY_SIZE 32

static enum err make_hash(void *ctx, const char *password, size_t len, char **ret_hash)
{
    char hash[crypto_pwhash_STRBYTES];
    if (crypto_pwhash_str_alg(hash, password, len, COST_PASSES, COST_MEMORY,
                              crypto_pwhash_ALG_ARGON2ID13) != 0) {
        return ERR_BUSY; /* the only thing that can fail is getting the memory */
    }
    *ret_hash = mem_strdup(ctx, hash);
    return ERR_OK;
}

/* A stored hash, taken apart. */
struct hash {
    uint32_t memory_kib;
    uint32_t passes;
    unsigned char salt[crypto_pwhash_SALTBYTES];
    unsigned char key[KEY_SIZE];
};

/* Reads NAME and a decimal number in MIN..MAX, without zeros before it. */
static bool read_parameter(const char **at, const char *name, uint32_t min, uint32_t max,
                           uint32_t *ret_number)
{
    size_t name_len = strlen(name);
    if (strncmp(*at, name, name_len) != 0 || (*at)[name_len] == '0') {
        return false;
    }
    *at += name_len;
    uint32_t number = 0;
    for (; **at >= '0' && **at <= '9' && number <= max; (*at)++) {
        number = number * 10 + (uint32_t)(**at - '0');
    }
    if (number < min || number > max) {
        return false;
    }
    *ret_number = number;
    return true;
}

/* Reads '$' and base64 of exactly LEN bytes. */
static bool read_bytes(const char **at, unsigned char *bytes, size_t len)
{
    if (**at != '$') {
        return false;
    }
    size_t text_len = strcspn(*at + 1, "$");
    unsigned char *decoded = NULL;
    size_t decoded_len = 0;
    if (base64_decode(NULL, BASE64_BARE, *at + 1, text_len, &decoded, &decoded_len) != ERR_OK) {
        return false;
    }
    bool right = decoded_len == len;
    if (right) {
        memcpy(bytes, decoded, len);
    }
    talloc_free(decoded);
    *at += 1 + text_len;
    return right;
}

/* Takes STORED apart if it is an argon2id hash whose cost is within bounds (R31). */
static bool read_hash(const char *stored, struct hash *hash)
{
    static const char prefix[] = "$argon2id$v=19$";
    uint32_t lanes = 0;
    if (strncmp(stored, prefix, strlen(prefix)) != 0) {
        return false;
    }
    const char *at = stored + strlen(prefix);
    return read_parameter(&at, "m=", STORED_MIN_KIB, STORED_MAX_KIB, &hash->memory_kib) &&
           read_parameter(&at, ",t=", 1, STORED_MAX_PASSES, &hash->passes) &&
           read_parameter(&at, ",p=", 1, 1, &lanes) &&
           read_bytes(&at, hash->salt, sizeof hash->salt) &&
           read_bytes(&at, hash->key, sizeof hash->key) && *at == '\0';
}

/*
 * Computes the key of PASSWORD and compares. Not by libsodium's own function for this: when it gets
 * no memory it answers exactly as for a wrong password (R32).
 */
static enum err compare_key(const struct hash *hash, const char *password, size_t len)
{
    unsigned char key[KEY_SIZE];
    if (crypto_pwhash(key, sizeof key, password, len, hash->salt, hash->passes,
                      (size_t)hash->memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0) {
        return ERR_BUSY; /* the parameters are good: only memory can be missing */
    }
    int differs = sodium_memcmp(key, hash->key, sizeof key);
    sodium_memzero(key, sizeof key);
    return differs ? ERR_BAD_PASSWORD : ERR_OK;
}

static enum err compare(const char *stored, const char *password, size_t len, bool *ret_old)
{
    struct hash hash = {.memory_kib = 0};
    if (!read_hash(stored, &hash)) {
        return ERR_BAD_VALUE;
    }
    enum err error = compare_key(&hash, password, len);
    if (error == ERR_OK) {
        *ret_old = hash.memory_kib != COST_MEMORY / 1024 || hash.passes != COST_PASSES;
    }
    return error;
}

static enum err waste(void)
{
    const struct hash hash = {.memory_kib = COST_MEMORY / 1024, .passes = COST_PASSES};
    enum err error = compare_key(&hash, "", 0);
    return error == ERR_BAD_PASSWORD ? ERR_OK : error;
}

static bool accepts(const char *stored)
{
    struct hash hash;
    return read_hash(stored, &hash);
}

const struct password_kind password_argon2id = {
    .name = "argon2id",
    .accepts = accepts,
    .hash = make_hash,
    .compare = compare,
    .waste = waste,
};
