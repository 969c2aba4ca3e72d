#include "sec/token_cache.h"

#include <sodium.h>
#include <string.h>

#include "base/mem.h"

#define SETS 512
#define WAYS 4 /* a token has a choice of so many places */

#define DIGEST_SIZE crypto_generichash_BYTES

struct entry {
    unsigned char digest[DIGEST_SIZE];
    int64_t from; /* ms; known from then, and before until */
    int64_t until;
    struct token_claims *claims;
};

struct token_cache {
    int64_t lifetime;
    unsigned char key[crypto_generichash_KEYBYTES];
    struct entry *entries[SETS][WAYS]; /* NULL: nothing is here */
};

struct token_cache *token_cache_new(void *ctx, int64_t lifetime)
{
    if (sodium_init() < 0) {
        mem_fail();
    }
    struct token_cache *cache = mem_new(ctx, struct token_cache);

    cache->lifetime = lifetime;
    randombytes_buf(cache->key, sizeof cache->key);
    return cache;
}

/* The digest of TEXT, and the set it belongs to: who does not know the key cannot aim at one. */
static size_t digest_of(const struct token_cache *cache, const char *text, size_t len,
                        unsigned char digest[static DIGEST_SIZE])
{
    crypto_generichash(digest, DIGEST_SIZE, (const unsigned char *)text, len, cache->key,
                       sizeof cache->key);
    return (size_t)(digest[0] | digest[1] << 8) % SETS;
}

static bool is_of(const struct entry *entry, const unsigned char *digest)
{
    return entry != NULL && sodium_memcmp(entry->digest, digest, DIGEST_SIZE) == 0;
}

static const char *copy_text(void *ctx, const char *text)
{
    return text == NULL ? NULL : mem_strdup(ctx, text);
}

static struct token_claims *copy_claims(void *ctx, const struct token_claims *claims)
{
    struct token_claims *copy = mem_new(ctx, struct token_claims);

    *copy = *claims;
    copy->user_id = copy_text(copy, claims->user_id);
    copy->email = copy_text(copy, claims->email);
    copy->name = copy_text(copy, claims->name);
    copy->session_id = copy_text(copy, claims->session_id);
    return copy;
}

bool token_cache_find(const struct token_cache *cache, void *ctx, const char *text, size_t len,
                      int64_t now, struct token_claims **ret_claims)
{
    unsigned char digest[DIGEST_SIZE];
    struct entry *const *set = cache->entries[digest_of(cache, text, len, digest)];

    for (size_t i = 0; i < WAYS; i++) {
        if (is_of(set[i], digest) && now >= set[i]->from && now < set[i]->until) {
            *ret_claims = copy_claims(ctx, set[i]->claims);
            return true;
        }
    }
    return false;
}

/* Where a token with that digest goes: its own old place, an empty one, or the oldest. */
static struct entry **place_for(struct entry **set, const unsigned char *digest)
{
    struct entry **oldest = &set[0];

    for (size_t i = 0; i < WAYS; i++) {
        if (set[i] == NULL || is_of(set[i], digest)) {
            return &set[i];
        }
        if (set[i]->from < (*oldest)->from) {
            oldest = &set[i];
        }
    }
    return oldest;
}

void token_cache_add(struct token_cache *cache, const char *text, size_t len, int64_t now,
                     const struct token_claims *claims)
{
    struct entry *entry = mem_new(cache, struct entry);
    struct entry **place =
        place_for(cache->entries[digest_of(cache, text, len, entry->digest)], entry->digest);
    int64_t until = now + cache->lifetime;

    entry->from = now;
    entry->until = claims->expires_at < until ? claims->expires_at : until;
    entry->claims = copy_claims(entry, claims);
    talloc_free(*place);
    *place = entry;
}
