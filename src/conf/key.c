#include "conf/key.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Secrets of guides, manuals and default configurations, which attackers try first. */
static const char *const samples[] = {
    "EWNhWQFikqssCNiZtGZrUVK32lnGWoobrM9ttp8ezE8",
    "a-string-secret-at-least-256-bits-long",
    "better-auth-secret-12345678901234567890",
    "super-secret-key-change-in-production",
    "super-secret-jwt-token-with-at-least-32-characters-long",
    "tJVIyE6s7rHapXEHlYDtkT6sP57Tqfvk",
    "0123456789abcdef0123456789abcdef",
    "abcdefghijklmnopqrstuvwxyz123456",
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970",
    "413F4428472B4B6250655368566D5970337336763979244226452948404D6351",
    "JWTAuthenticationHIGHsecuredPasswordVVVp1OH7Xzyr",
    "my-32-character-ultra-secure-and-ultra-long-secret",
    "qwertyuiopasdfghjklzxcvbnm123456",
    "this is my custom Secret key for authentication",
    "this is my custom Secret key for authnetication",
};

/* Words of placeholders; no random text has them. */
static const char *const placeholders[] = {
    "changeme",          "change-me",         "change_me",       "change-this",     "change_this",
    "changethis",        "change-in-prod",    "change_in_prod",  "your-secret",     "your_secret",
    "your-super-secret", "your_super_secret", "replace-me",      "replace_me",      "replace-with",
    "replace_with",      "replace it with",   "at-least-32",     "at_least_32",     "minimum-32",
    "insert-secret",     "openssl rand",      "secret-key-here", "secret_key_here",
};

static bool is_sample(const char *text)
{
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        if (strcasecmp(text, samples[i]) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof placeholders / sizeof *placeholders; i++) {
        if (strcasestr(text, placeholders[i])) {
            return true;
        }
    }
    return false;
}

/* Whether TEXT is a piece of at most half its length, again and again. */
static bool is_repeated(const char *text, size_t len)
{
    for (size_t piece = 1; piece <= len / 2; piece++) {
        if (memcmp(text, text + piece, len - piece) == 0) {
            return true;
        }
    }
    return false;
}

enum key_fault key_check(const char *text, size_t len)
{
    if (len < KEY_MIN_LENGTH) {
        return KEY_SHORT;
    }
    if (is_sample(text)) {
        return KEY_SAMPLE;
    }
    return is_repeated(text, len) ? KEY_REPEATED : KEY_GOOD;
}
