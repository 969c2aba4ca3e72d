/* The MAC of an HS256 token: by libsodium to turn away what is wrong, by libjwt to believe it. */
#ifndef TASKGATE_SEC_TOKEN_MAC_H
#define TASKGATE_SEC_TOKEN_MAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"

/* A token whose dots were found and whose signature was decoded. */
struct token_mac {
    const char *text; /* of three parts */
    size_t header_len;
    size_t signed_len; /* the first two with the dot between */
    const unsigned char *signature;
    size_t signature_len;
};

/* Whether the token's header says HS256 in one of the spellings that libraries write, and its
 * signature is that of none of the secrets: nothing else about it need be looked at. */
bool token_mac_is_wrong(const struct config *config, const struct token_mac *mac);

/* Whether libjwt finds the MAC to be that of one of the secrets; TEXT has a NUL behind. Its view of
 * the claims must agree with ours: EXP. */
bool token_mac_is_right(const struct config *config, const struct token_mac *mac, int64_t exp);

#endif
