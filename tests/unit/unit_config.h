/* A configuration as the tests of sec/ need it, without reading any setting. */
#ifndef TASKGATE_TESTS_UNIT_CONFIG_H
#define TASKGATE_TESTS_UNIT_CONFIG_H

#include "base/mem.h"
#include "conf/conf.h"
#include "unit.h"

#define UNIT_SECRET "unit-test-Zk3v8Qw1Xp7Lr5Tn9Bd2Hy6Mc4"

/* One secret, or two when PREVIOUS is not NULL; the issuer and audience of the defaults. */
static inline struct config *unit_config(void *ctx, const char *secret, const char *previous)
{
    static char *issuers[] = {NULL, NULL};
    static char *audiences[] = {NULL};
    static char better_auth[] = "better-auth";
    static char other_issuer[] = "https://auth.example.com";
    static char audience[] = "fastapi-backend";
    issuers[0] = better_auth;
    issuers[1] = other_issuer;
    audiences[0] = audience;

    struct config *config = mem_new(ctx, struct config);
    config->secrets = mem_array(config, struct secret, 2);
    config->secrets[config->secret_count++] =
        mem_secret(mem_strdup(config, secret), strlen(secret));
    if (previous) {
        config->secrets[config->secret_count++] =
            mem_secret(mem_strdup(config, previous), strlen(previous));
    }
    config->jwt_issuers = (struct conf_list){.items = issuers, .count = COUNT(issuers)};
    config->jwt_audiences = (struct conf_list){.items = audiences, .count = COUNT(audiences)};
    return config;
}

#endif
