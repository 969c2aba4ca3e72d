#include <inttypes.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "sec/mac.h"
#include "sec/token.h"

#define PROFILE_SECONDS 900 /* Better Auth's default */

static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";

/* Adds ,"NAME":"TEXT" unless TEXT is NULL. */
static void put_claim(struct buf *payload, const char *name, const char *text)
{
    if (text) {
        buf_printf(payload, ",\"%s\":", name);
        json_put_ascii(payload, text, strlen(text));
    }
}

static void put_issuer(struct buf *payload, const struct config *config)
{
    put_claim(payload, "iss", config->jwt_issuers.items[0]);
    /* Verifiers that do not expect an audience refuse tokens that have one, so only where it is
     * required: there ours must pass too. */
    if (config->jwt_require_iss_aud) {
        put_claim(payload, "aud", config->jwt_audiences.items[0]);
    }
}

/*
 * The claims as JSON in pure ASCII without '>', '?', '~' and DEL. Then no six bits of it are 62 or
 * 63, the values of '-' and '_' in base64url. Of three bytes 0aaaaaaa 0bbbbbbb 0ccccccc, the first
 * group is 0aaaaa; the second has the 0 of b in its third place from the front, the third has the 0
 * of c in its fifth: none of these can be 11111x. The fourth is the lower six bits of c, which are
 * 11111x only for the four characters. A short last group is filled with zero bits behind.
 */
static char *make_payload(void *ctx, const struct config *config,
                          const struct token_subject *subject, const char *name, int64_t issued_at,
                          int64_t expires_at, const char *id)
{
    struct buf *payload = buf_new(ctx);
    buf_puts(payload, "{\"sub\":");
    json_put_ascii(payload, subject->user_id, strlen(subject->user_id));
    put_claim(payload, "user_id", subject->user_id);
    put_claim(payload, "userId", subject->user_id);
    put_claim(payload, "email", subject->email);
    put_claim(payload, "name", name);
    put_claim(payload, "sessionId", subject->session_id);
    put_issuer(payload, config);
    buf_puts(payload, ",\"iat\":");
    buf_int(payload, issued_at);
    buf_puts(payload, ",\"exp\":");
    buf_int(payload, expires_at);
    put_claim(payload, "jti", id);
    buf_putc(payload, '}');
    return payload->data;
}

static const char *encode(void *ctx, const char *text)
{
    return base64_encode(ctx, BASE64_URL, (const unsigned char *)text, strlen(text));
}

/* Serialised and signed here and not by libjwt, which would write the payload anew, without our
 * escapes. */
static char *sign(void *ctx, const struct config *config, const char *payload)
{
    void *work = mem_context(ctx);
    const char *signed_part =
        mem_printf(work, "%s.%s", encode(work, header), encode(work, payload));
    unsigned char mac[MAC_SIZE];
    mac_sign(&config->secrets[0], signed_part, strlen(signed_part), mac);
    char *token =
        mem_printf(ctx, "%s.%s", signed_part, base64_encode(work, BASE64_URL, mac, sizeof mac));
    talloc_free(work);
    return token;
}

char *token_issue(void *ctx, const struct config *config, const struct token_subject *subject,
                  int64_t now, int64_t ttl)
{
    void *work = mem_context(ctx);
    int64_t issued_at = now / CLOCK_SECOND;
    int64_t expires_at = (now + ttl) / CLOCK_SECOND;
    const char *id = mem_printf(work, "%s%s", TOKEN_ID_PREFIX, id_new(work));
    char *token = sign(
        ctx, config, make_payload(work, config, subject, subject->name, issued_at, expires_at, id));
    if (strlen(token) > TOKEN_MAX_LENGTH && subject->name) {
        talloc_free(token);
        token =
            sign(ctx, config, make_payload(work, config, subject, NULL, issued_at, expires_at, id));
    }
    talloc_free(work);
    return token;
}

char *token_issue_visitor(void *ctx, const struct config *config, const char *user_id, int64_t now,
                          int64_t ttl)
{
    const struct token_subject subject = {.user_id = user_id};
    void *work = mem_context(ctx);
    char *token = sign(ctx, config,
                       make_payload(work, config, &subject, NULL, now / CLOCK_SECOND,
                                    (now + ttl) / CLOCK_SECOND, NULL));

    talloc_free(work);
    return token;
}

/* The claims in Better Auth's order. */
static const char *profile_payload(void *ctx, const struct config *config,
                                   const struct token_profile *profile, int64_t issued_at)
{
    struct buf *payload = buf_new(ctx);
    buf_printf(payload, "{\"iat\":%" PRId64 ",\"name\":", issued_at);
    json_put_text(payload, profile->name);
    buf_puts(payload, ",\"email\":");
    json_put_text(payload, profile->email);
    buf_puts(payload, profile->email_verified ? ",\"emailVerified\":true,\"image\":"
                                              : ",\"emailVerified\":false,\"image\":");
    json_put_text(payload, profile->image);
    buf_puts(payload, ",\"createdAt\":");
    json_put_time(payload, profile->created_at);
    buf_puts(payload, ",\"updatedAt\":");
    json_put_time(payload, profile->updated_at);
    buf_puts(payload, ",\"id\":");
    json_put_text(payload, profile->id);
    buf_puts(payload, ",\"sub\":");
    json_put_text(payload, profile->id);
    buf_printf(payload, ",\"exp\":%" PRId64 ",\"iss\":", issued_at + PROFILE_SECONDS);
    json_put_text(payload, config->base_url);
    buf_puts(payload, ",\"aud\":");
    json_put_text(payload, config->base_url);
    buf_putc(payload, '}');
    return payload->data;
}

static char *sign_with(void *ctx, const struct ed25519 *key, const char *payload)
{
    void *work = mem_context(ctx);
    unsigned char signature[ED25519_SIGNATURE];
    struct buf *named = buf_new(work);
    buf_printf(named, "{\"alg\":\"%s\",\"kid\":", jwk_alg_name(JWK_EDDSA));
    json_put_text(named, key->kid);
    buf_putc(named, '}');
    const char *signed_part =
        mem_printf(work, "%s.%s", encode(work, named->data), encode(work, payload));
    ed25519_sign(key, signed_part, strlen(signed_part), signature);
    char *token = mem_printf(ctx, "%s.%s", signed_part,
                             base64_encode(work, BASE64_URL, signature, sizeof signature));
    talloc_free(work);
    return token;
}

char *token_issue_profile(void *ctx, const struct config *config,
                          const struct token_profile *profile, const struct ed25519 *key,
                          int64_t now)
{
    void *work = mem_context(ctx);
    struct token_profile shorter = *profile;
    char *token = NULL;
    for (int left_out = 0; left_out <= 2; left_out++) {
        shorter.image = left_out >= 1 ? NULL : profile->image;
        shorter.name = left_out >= 2 ? "" : profile->name;
        const char *payload = profile_payload(work, config, &shorter, now / CLOCK_SECOND);
        talloc_free(token);
        token = key ? sign_with(ctx, key, payload) : sign(ctx, config, payload);
        if (strlen(token) <= TOKEN_MAX_LENGTH) {
            break;
        }
    }
    talloc_free(work);
    return token;
}
