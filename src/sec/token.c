#include "sec/token.h"

#include <string.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/metric.h"
#include "sec/mail_token.h"
#include "sec/token_cache.h"
#include "sec/token_mac.h"

#define HEADER_MAX_MEMBERS 8

static bool equals(const struct json_string *string, const char *text)
{
    return text && string->len == strlen(text) && memcmp(string->data, text, string->len) == 0;
}

/* Finds the two dots that separate three non-empty parts, and no third. */
static bool find_dots(const char *text, size_t len, const char **ret_first, const char **ret_second)
{
    const char *end = text + len;
    const char *first = memchr(text, '.', len);
    if (!first || first == text) {
        return false;
    }
    const char *second = memchr(first + 1, '.', (size_t)(end - first - 1));
    if (!second || second == first + 1 || second + 1 == end ||
        memchr(second + 1, '.', (size_t)(end - second - 1))) {
        return false;
    }
    *ret_first = first;
    *ret_second = second;
    return true;
}

/* Decodes one part, which must be a JSON object. */
static enum err parse_part(void *ctx, const char *start, const char *end, struct json **ret_object)
{
    unsigned char *data = NULL;
    size_t len = 0;
    if (base64_decode(ctx, BASE64_URL, start, (size_t)(end - start), &data, &len) != ERR_OK) {
        return ERR_TOKEN_INVALID;
    }
    enum err error = json_parse_object(ctx, (const char *)data, len, ret_object);
    return error == ERR_OK ? ERR_OK : ERR_TOKEN_INVALID;
}

/* What a header says of the key. */
struct header {
    bool hs256;
    enum jwk_alg alg;       /* unless hs256 */
    struct json_string kid; /* data is NULL when there is none */
};

/* "typ" is for those who issue several kinds of tokens; ours is "JWT". Other issuers also call it
 * an access token (RFC 9068), but no HS256 token is one: libjwt refuses it. */
static bool is_known_type(const struct json *object, bool hs256)
{
    struct json_string typ = {0};
    enum json_state state = json_get_string(object, "typ", &typ);
    return state == JSON_ABSENT ||
           (state == JSON_FOUND && (equals(&typ, "JWT") || (!hs256 && equals(&typ, "at+jwt"))));
}

/*
 * The algorithm is only noted here: it must be the key's. "crit", "b64" and "cty" say that the
 * payload is not what it seems, so they refuse. Keys in the header (jwk, jku, x5u, x5c) are never
 * looked at.
 */
static enum err check_header(const struct json *object, struct header *ret_header)
{
    struct header header = {.alg = JWK_ALG_COUNT};
    struct json_string alg = {0};
    struct json_string any = {0};
    if (json_member_count(object) > HEADER_MAX_MEMBERS ||
        json_get_string(object, "alg", &alg) != JSON_FOUND) {
        return ERR_TOKEN_INVALID;
    }
    header.hs256 = equals(&alg, "HS256");
    if ((!header.hs256 && !jwk_alg_find(alg.data, alg.len, &header.alg)) ||
        !is_known_type(object, header.hs256)) {
        return ERR_TOKEN_INVALID;
    }
    enum json_state kid_state = json_get_string(object, "kid", &header.kid);
    if (kid_state != JSON_FOUND && kid_state != JSON_ABSENT) {
        return ERR_TOKEN_INVALID;
    }
    static const char *const refused[] = {"crit", "b64", "cty"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (json_get_string(object, refused[i], &any) != JSON_ABSENT) {
            return ERR_TOKEN_INVALID;
        }
    }
    *ret_header = header;
    return ERR_OK;
}

/*
 * The public key that the header names; *ret_key stays NULL where the secrets are meant. A name
 * that a public key has is that key's, and so is the algorithm: HS256 under it is an attack (R3).
 */
static enum err choose_key(void *ctx, const struct token_keys *keys, const struct header *header,
                           const struct jwk **ret_key)
{
    const struct jwk *key = NULL;
    enum err error = ERR_ABSENT;
    if (keys && header->kid.len > 0 && header->kid.len <= JWK_KID_MAX) {
        error = keys->find(keys->arg, ctx, header->kid.data, !header->hs256, &key);
    }
    if (error == ERR_ABSENT) {
        return header->hs256 ? ERR_OK : ERR_TOKEN_INVALID;
    }
    if (error != ERR_OK) {
        return error;
    }
    if (header->hs256 || jwk_alg_of(key) != header->alg) {
        return ERR_TOKEN_INVALID;
    }
    *ret_key = key;
    return ERR_OK;
}

static enum err check_signature(void *ctx, const struct config *config,
                                const struct token_keys *keys, const struct header *header,
                                const struct token_mac *mac, int64_t exp, enum metric_token *flaw)
{
    const struct jwk *key = NULL;
    *flaw = METRIC_TOKEN_KEY;
    enum err error = choose_key(ctx, keys, header, &key);
    if (error != ERR_OK) {
        return error;
    }
    *flaw = METRIC_TOKEN_SIGNATURE;
    bool good =
        key ? jwk_verify(key, mac->text, mac->signed_len, mac->signature, mac->signature_len)
            : token_mac_is_right(config, mac, exp);
    return good ? ERR_OK : ERR_TOKEN_INVALID;
}

/* Whether the time claim NAME, where present, is an integer and not in the future. */
static bool is_past(const struct json *payload, const char *name, int64_t now)
{
    int64_t value = 0;
    enum json_state state = json_get_int(payload, name, &value);
    return state == JSON_ABSENT || (state == JSON_FOUND && value <= now + TOKEN_LEEWAY);
}

/* What an issuer or audience may be: one of a setting's list, or our own origin. */
struct names {
    const struct conf_list *list;
    const char *own;
};

static bool is_listed(void *arg, const char *data, size_t len)
{
    const struct names *names = arg;
    const struct json_string text = {.data = data, .len = len};
    for (size_t i = 0; i < names->list->count; i++) {
        if (equals(&text, names->list->items[i])) {
            return true;
        }
    }
    return equals(&text, names->own);
}

/* Issuer and audience: right where present; present where JWT_REQUIRE_ISS_AUD says so. */
static bool is_for_us(const struct json *payload, const struct config *config)
{
    struct names issuers = {.list = &config->jwt_issuers, .own = config->base_url};
    struct names audiences = {.list = &config->jwt_audiences, .own = config->base_url};
    struct json_string issuer = {0};
    bool listed = false;
    switch (json_get_string(payload, "iss", &issuer)) {
    case JSON_FOUND:
        listed = is_listed(&issuers, issuer.data, issuer.len);
        break;
    case JSON_ABSENT:
        listed = !config->jwt_require_iss_aud;
        break;
    case JSON_NULL:
    case JSON_WRONG_TYPE:
        break;
    }
    if (!listed) {
        return false;
    }
    bool any = false;
    enum json_state state = json_any_string(payload, "aud", is_listed, &audiences, &any);
    return state == JSON_ABSENT ? !config->jwt_require_iss_aud : state == JSON_FOUND && any;
}

/* The user id is in any of three claims, and the same in all that are there. */
static enum err find_user(const struct json *payload, const char **ret_user_id)
{
    static const char *const names[] = {"sub", "user_id", "userId"};
    struct json_string found = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct json_string id = {0};
        enum json_state state = json_get_string(payload, names[i], &id);
        if (state == JSON_ABSENT) {
            continue;
        }
        if (state != JSON_FOUND || id.len > TOKEN_USER_ID_MAX ||
            (found.data && !equals(&id, found.data))) {
            return ERR_TOKEN_INVALID;
        }
        found = id;
    }
    if (found.len == 0) {
        return ERR_TOKEN_NO_USER;
    }
    *ret_user_id = found.data;
    return ERR_OK;
}

/* A claim that is only information: what is not a text is not there. */
static const char *text_or_null(const struct json *payload, const char *name)
{
    struct json_string text = {0};
    return json_get_string(payload, name, &text) == JSON_FOUND ? text.data : NULL;
}

/*
 * Tokens that token_issue made carry a "jti" with our prefix. They were made together with a row in
 * our session table, so they end with it; a token from elsewhere may name a session that we never
 * knew, and that is no reason to refuse it. The claim is signed: only who has the secret can set
 * it.
 */
static bool is_issued_here(const struct json *payload)
{
    const char *jti = text_or_null(payload, "jti");
    return jti && strncmp(jti, TOKEN_ID_PREFIX, strlen(TOKEN_ID_PREFIX)) == 0;
}

/* What is said by a payload whose signature is right. NOW is in seconds. */
static enum err read_claims(const struct json *payload, const struct config *config, int64_t exp,
                            int64_t now, struct token_claims *claims)
{
    struct json_string session = {0};
    enum json_state session_state = json_get_string(payload, "sessionId", &session);
    if (session_state == JSON_WRONG_TYPE || !is_past(payload, "nbf", now) ||
        !is_past(payload, "iat", now) || !is_for_us(payload, config)) {
        return ERR_TOKEN_INVALID;
    }
    if (exp <= now) {
        return ERR_TOKEN_EXPIRED;
    }
    enum err error = find_user(payload, &claims->user_id);
    if (error != ERR_OK) {
        return error;
    }
    claims->email = text_or_null(payload, "email");
    claims->name = text_or_null(payload, "name");
    claims->session_id = session_state == JSON_FOUND ? session.data : NULL;
    claims->expires_at = exp * CLOCK_SECOND;
    return ERR_OK;
}

/* The first two steps of R2: length and form, decoded. A MAC that is wrong spares the rest. */
static enum err split(void *work, void *payload_ctx, const struct config *config, const char *text,
                      size_t len, struct token_mac *mac, struct json **ret_header,
                      struct json **ret_payload, enum metric_token *flaw)
{
    const char *first = NULL;
    const char *second = NULL;
    unsigned char *signature = NULL;
    *flaw = METRIC_TOKEN_MALFORMED;
    if (len > TOKEN_MAX_LENGTH || !find_dots(text, len, &first, &second) ||
        base64_decode(work, BASE64_URL, second + 1, (size_t)(text + len - second - 1), &signature,
                      &mac->signature_len) != ERR_OK) {
        return ERR_TOKEN_INVALID;
    }
    mac->text = mem_strndup(work, text, len);
    mac->header_len = (size_t)(first - text);
    mac->signed_len = (size_t)(second - text);
    mac->signature = signature;
    if (token_mac_is_wrong(config, mac)) {
        *flaw = METRIC_TOKEN_SIGNATURE;
        return ERR_TOKEN_INVALID;
    }
    enum err error = parse_part(work, text, first, ret_header);
    return error == ERR_OK ? parse_part(payload_ctx, first + 1, second, ret_payload) : error;
}

/* What a caller must not learn, but who runs the server: FLAW is that of an invalid token. */
static void count_result(enum err error, enum metric_token flaw)
{
    if (error == ERR_OK) {
        flaw = METRIC_TOKEN_VALID;
    } else if (error == ERR_TOKEN_EXPIRED) {
        flaw = METRIC_TOKEN_EXPIRED;
    } else if (error == ERR_TOKEN_NO_USER) {
        flaw = METRIC_TOKEN_NO_USER;
    } else if (error != ERR_TOKEN_INVALID) {
        flaw = METRIC_TOKEN_UNAVAILABLE;
    }
    metric_count(METRIC_TOKENS, flaw, 0);
}

static enum err verify(void *ctx, const struct config *config, const struct token_keys *keys,
                       const char *text, size_t len, int64_t now, struct token_claims **ret_claims)
{
    /* The texts of the claims live in the payload's tree, so that is the claims' child. */
    struct token_claims *claims = mem_new(ctx, struct token_claims);
    void *work = mem_context(claims);
    struct token_mac mac = {0};
    int64_t exp = 0;
    struct header header = {.alg = JWK_ALG_COUNT};
    struct json_string issuer = {0};
    struct json *header_json = NULL;
    struct json *payload = NULL;
    enum metric_token flaw;
    enum err error = split(work, claims, config, text, len, &mac, &header_json, &payload, &flaw);
    if (error == ERR_OK) {
        error = check_header(header_json, &header);
    }
    /* No signature makes good a token without an end. */
    if (error == ERR_OK && (json_get_int(payload, "exp", &exp) != JSON_FOUND || exp <= 0)) {
        error = ERR_TOKEN_INVALID;
    }
    if (error == ERR_OK) {
        error = check_signature(work, config, keys, &header, &mac, exp, &flaw);
    }
    if (error == ERR_OK && header.hs256 && mail_token_is_one(header_json, payload)) {
        error = ERR_TOKEN_INVALID;
        flaw = METRIC_TOKEN_PURPOSE;
    }
    if (error == ERR_OK) {
        flaw = METRIC_TOKEN_CLAIMS;
        error = read_claims(payload, config, exp, now / CLOCK_SECOND, claims);
        claims->issued_here = header.hs256 && is_issued_here(payload);
        claims->at_home = config->auth_routes &&
                          json_get_string(payload, "iss", &issuer) == JSON_FOUND &&
                          equals(&issuer, config->base_url);
    }
    talloc_free(work);
    count_result(error, flaw);
    if (error != ERR_OK) {
        talloc_free(claims);
        return error;
    }
    *ret_claims = claims;
    return ERR_OK;
}

enum err token_verify(void *ctx, const struct config *config, const struct token_keys *keys,
                      const char *text, size_t len, int64_t now, struct token_claims **ret_claims)
{
    struct token_cache *cache = keys ? keys->cache : NULL;
    if (cache && token_cache_find(cache, ctx, text, len, now, ret_claims)) {
        count_result(ERR_OK, METRIC_TOKEN_VALID);
        return ERR_OK;
    }
    enum err error = verify(ctx, config, keys, text, len, now, ret_claims);
    if (cache && error == ERR_OK) {
        token_cache_add(cache, text, len, now, *ret_claims);
    }
    return error;
}
