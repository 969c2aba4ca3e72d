#include "sec/jwk.h"

#include <sodium.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "sec/asymmetric.h"

/* Longer than any number of a key that is accepted, as base64url: 8192 bits and a zero byte. */
#define MEMBER_MAX 1400

enum kind { KIND_ED25519, KIND_RSA, KIND_EC };

struct jwk {
    enum jwk_alg alg;
    unsigned char ed25519[crypto_sign_ed25519_PUBLICKEYBYTES];
    struct asymmetric *asymmetric;
};

/* RSA keys do not say which of their algorithms is meant: kind and size are the key's, alg's. */
static const struct algorithm {
    const char *name;
    enum kind kind;
    const char *curve;
    enum asymmetric_scheme scheme;
    enum asymmetric_size size;
} algorithms[JWK_ALG_COUNT] = {
    [JWK_EDDSA] = {"EdDSA", KIND_ED25519, "Ed25519", ASYMMETRIC_PKCS1, ASYMMETRIC_256},
    [JWK_RS256] = {"RS256", KIND_RSA, NULL, ASYMMETRIC_PKCS1, ASYMMETRIC_256},
    [JWK_RS384] = {"RS384", KIND_RSA, NULL, ASYMMETRIC_PKCS1, ASYMMETRIC_384},
    [JWK_RS512] = {"RS512", KIND_RSA, NULL, ASYMMETRIC_PKCS1, ASYMMETRIC_512},
    [JWK_PS256] = {"PS256", KIND_RSA, NULL, ASYMMETRIC_PSS, ASYMMETRIC_256},
    [JWK_PS384] = {"PS384", KIND_RSA, NULL, ASYMMETRIC_PSS, ASYMMETRIC_384},
    [JWK_PS512] = {"PS512", KIND_RSA, NULL, ASYMMETRIC_PSS, ASYMMETRIC_512},
    [JWK_ES256] = {"ES256", KIND_EC, "P-256", ASYMMETRIC_ECDSA, ASYMMETRIC_256},
    [JWK_ES384] = {"ES384", KIND_EC, "P-384", ASYMMETRIC_ECDSA, ASYMMETRIC_384},
    [JWK_ES512] = {"ES512", KIND_EC, "P-521", ASYMMETRIC_ECDSA, ASYMMETRIC_512},
};

static const char *const key_types[] = {
    [KIND_ED25519] = "OKP", [KIND_RSA] = "RSA", [KIND_EC] = "EC"};

/* What makes up a public key, of any type. */
static const char *const public_members[] = {"crv", "x", "y", "n", "e", "kty"};

const char *jwk_alg_name(enum jwk_alg alg)
{
    return algorithms[alg].name;
}

static bool equals(const struct json_string *string, const char *text)
{
    return string->len == strlen(text) && memcmp(string->data, text, string->len) == 0;
}

bool jwk_alg_find(const char *name, size_t len, enum jwk_alg *ret_alg)
{
    const struct json_string given = {.data = name, .len = len};
    for (enum jwk_alg alg = JWK_EDDSA; alg < JWK_ALG_COUNT; alg++) {
        if (equals(&given, algorithms[alg].name)) {
            *ret_alg = alg;
            return true;
        }
    }
    return false;
}

static bool has(const struct json *object, const char *name)
{
    struct json_string any = {0};
    return json_get_string(object, name, &any) != JSON_ABSENT;
}

static bool is_verify(void *arg, const char *data, size_t len)
{
    const struct json_string operation = {.data = data, .len = len};
    (void)arg;
    return equals(&operation, "verify");
}

/* Whether the key is public, and for signatures where it says what it is for. */
static bool is_for_verifying(const struct json *object)
{
    static const char *const private_members[] = {"d", "k", "p", "q"};
    struct json_string use = {0};
    bool any = false;
    for (size_t i = 0; i < sizeof private_members / sizeof *private_members; i++) {
        if (has(object, private_members[i])) {
            return false;
        }
    }
    enum json_state use_state = json_get_string(object, "use", &use);
    enum json_state ops_state = json_any_string(object, "key_ops", is_verify, NULL, &any);
    return (use_state == JSON_ABSENT || (use_state == JSON_FOUND && equals(&use, "sig"))) &&
           (ops_state == JSON_ABSENT || (ops_state == JSON_FOUND && any));
}

/* Whether the type and curve of the key in OBJECT are those of ALG. */
static bool fits(const struct json *object, enum jwk_alg alg)
{
    const struct algorithm *algorithm = &algorithms[alg];
    struct json_string type = {0};
    struct json_string curve = {0};
    if (json_get_string(object, "kty", &type) != JSON_FOUND ||
        !equals(&type, key_types[algorithm->kind])) {
        return false;
    }
    return !algorithm->curve || (json_get_string(object, "crv", &curve) == JSON_FOUND &&
                                 equals(&curve, algorithm->curve));
}

/* The one algorithm of the key in OBJECT. */
static bool choose_algorithm(const struct json *object, const char *given, enum jwk_alg *ret_alg)
{
    struct json_string name = {.data = given, .len = given ? strlen(given) : 0};
    enum json_state state = given ? JSON_FOUND : json_get_string(object, "alg", &name);
    if (state == JSON_FOUND) {
        return jwk_alg_find(name.data, name.len, ret_alg) && fits(object, *ret_alg);
    }
    for (enum jwk_alg alg = JWK_EDDSA; state == JSON_ABSENT && alg < JWK_ALG_COUNT; alg++) {
        if (fits(object, alg)) {
            *ret_alg = alg;
            return true;
        }
    }
    return false;
}

/* The bytes of member NAME, in canonical base64url. */
static enum err read_member(void *ctx, const struct json *object, const char *name,
                            struct asymmetric_number *ret_number)
{
    struct json_string text = {0};
    unsigned char *data = NULL;
    if (json_get_string(object, name, &text) != JSON_FOUND || text.len == 0 ||
        text.len > MEMBER_MAX ||
        base64_decode(ctx, BASE64_URL, text.data, text.len, &data, &ret_number->len) != ERR_OK) {
        return ERR_BAD_VALUE;
    }
    ret_number->data = data;
    return ERR_OK;
}

static enum err read_pair(void *ctx, const struct json *object, const char *first,
                          const char *second, struct asymmetric_number ret_numbers[2])
{
    enum err error = read_member(ctx, object, first, &ret_numbers[0]);
    return error == ERR_OK ? read_member(ctx, object, second, &ret_numbers[1]) : error;
}

static enum err read_key(void *work, const struct json *object, struct jwk *jwk)
{
    const struct algorithm *algorithm = &algorithms[jwk->alg];
    struct asymmetric_number numbers[2] = {{0}};
    enum err error = ERR_BAD_VALUE;
    switch (algorithm->kind) {
    case KIND_ED25519:
        error = read_member(work, object, "x", &numbers[0]);
        if (error == ERR_OK && numbers[0].len != sizeof jwk->ed25519) {
            error = ERR_BAD_VALUE;
        }
        if (error == ERR_OK) {
            memcpy(jwk->ed25519, numbers[0].data, sizeof jwk->ed25519);
        }
        break;
    case KIND_RSA:
        error = read_pair(work, object, "n", "e", numbers);
        if (error == ERR_OK) {
            error = asymmetric_rsa(jwk, numbers[0], numbers[1], &jwk->asymmetric);
        }
        break;
    case KIND_EC:
        error = read_pair(work, object, "x", "y", numbers);
        if (error == ERR_OK) {
            error = asymmetric_ec(jwk, algorithm->size, numbers[0], numbers[1], &jwk->asymmetric);
        }
        break;
    }
    return error;
}

enum err jwk_read(void *ctx, const struct json *object, const char *alg, struct jwk **ret_jwk)
{
    enum jwk_alg chosen = JWK_ALG_COUNT;
    if (!is_for_verifying(object) || !choose_algorithm(object, alg, &chosen)) {
        return ERR_BAD_VALUE;
    }
    struct jwk *jwk = mem_new(ctx, struct jwk);
    void *work = mem_context(jwk);
    jwk->alg = chosen;
    enum err error = read_key(work, object, jwk);
    talloc_free(work);
    if (error != ERR_OK) {
        talloc_free(jwk);
        return error;
    }
    *ret_jwk = jwk;
    return ERR_OK;
}

enum jwk_alg jwk_alg_of(const struct jwk *jwk)
{
    return jwk->alg;
}

/* libsodium refuses signatures that are not canonical (S at or beyond the group's order) and those
 * with a point of small order as key or in the signature, of which anybody could make good ones. */
bool jwk_verify(const struct jwk *jwk, const char *data, size_t len, const unsigned char *signature,
                size_t signature_len)
{
    const struct algorithm *algorithm = &algorithms[jwk->alg];
    if (algorithm->kind == KIND_ED25519) {
        return signature_len == crypto_sign_ed25519_BYTES &&
               crypto_sign_ed25519_verify_detached(signature, (const unsigned char *)data, len,
                                                   jwk->ed25519) == 0;
    }
    const struct asymmetric_number number = {.data = signature, .len = signature_len};
    return asymmetric_verify(jwk->asymmetric, algorithm->scheme, algorithm->size, data, len,
                             number);
}

void jwk_put_members(struct buf *buf, const struct json *object)
{
    for (size_t i = 0; i < sizeof public_members / sizeof *public_members; i++) {
        struct json_string value = {0};
        if (json_get_string(object, public_members[i], &value) == JSON_FOUND) {
            buf_printf(buf, ",\"%s\":", public_members[i]);
            json_put_string(buf, value.data, value.len);
        }
    }
}
