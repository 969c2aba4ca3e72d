/*
 * DATABASE_URL: what libpq would take for a password is not in what we show of the URL. The first
 * "X" of the input stands for the password.
 */
#include "fuzz.h"

#include <libpq-fe.h>
#include <string.h>

#include "base/mem.h"
#include "conf/address.h"

#define CANARY "canary7319"

/* Whether libpq finds the canary in a parameter that is secret, and in no other. */
static bool is_password(const char *url)
{
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    bool secret = false, elsewhere = false;

    for (const PQconninfoOption *at = options; at != NULL && at->keyword != NULL; at++) {
        if (at->val != NULL && strstr(at->val, CANARY) != NULL) {
            bool hidden =
                strcmp(at->keyword, "password") == 0 || strcmp(at->keyword, "sslpassword") == 0;
            secret = secret || hidden;
            elsewhere = elsewhere || !hidden;
        }
    }
    PQconninfoFree(options);
    return secret && !elsewhere;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *ctx = mem_context(NULL);
    const char *url = mem_strndup(ctx, (const char *)data, size);
    const char *place = strchr(url, 'X');
    const char *database = NULL;
    enum store_kind store;

    if (strstr(url, CANARY) != NULL) { /* it is to stand for the password alone */
        talloc_free(ctx);
        return 0;
    }
    if (place != NULL)
        url = mem_printf(ctx, "%.*s" CANARY "%s", (int)(place - url), url, place + 1);
    const char *shown = address_public(ctx, url);
    if (address_database(ctx, url, &store, &database) == ERR_OK) {
        FUZZ_PROMISE(*database != '\0');
        if (store == STORE_POSTGRESQL && is_password(url))
            FUZZ_PROMISE(strstr(shown, CANARY) == NULL);
        if (store == STORE_SQLITE)
            FUZZ_PROMISE(strpbrk(database, "?#") == NULL);
    }
    talloc_free(ctx);
    return 0;
}
