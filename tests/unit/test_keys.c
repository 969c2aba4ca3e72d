/* The keys of a running server: made, published, rotated, used for tokens and to verify them. */
#include <stdio.h>
#include <unistd.h>

#include "auth/signing.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "server.h"
#include "unit.h"
#include "vectors.h"
#include "vectors_keys.h"

static int set_up(void **state)
{
    int result = server_start(state);

    log_setup(LEVEL_ERROR, "expected");
    return result;
}

/* The session token of a new user. */
static const char *session_of(struct server *server, const char *email)
{
    const char *id = NULL;

    server_sign_up(server, email, &id);
    return server_sql(
        server, mem_printf(server->ctx, "SELECT token FROM session WHERE \"userId\" = '%s'", id));
}

static const char *token_of(struct server *server, const char *session)
{
    const struct reply *reply = server_get(server, "/api/auth/token", session);

    assert_int_equal(reply->status, 200);
    return reply_text(reply, "token");
}

/* A part of TOKEN as an object: 0 = header, 1 = payload. */
static struct json *part_of(struct server *server, const char *token, int part)
{
    const char *start = part == 0 ? token : strchr(token, '.') + 1;
    unsigned char *data = NULL;
    size_t len = 0;
    struct json *object = NULL;

    assert_int_equal(
        base64_decode(server->ctx, BASE64_URL, start, strcspn(start, "."), &data, &len), ERR_OK);
    assert_int_equal(json_parse_object(server->ctx, (const char *)data, len, &object), ERR_OK);
    return object;
}

static const char *text_in(const struct json *object, const char *name)
{
    struct json_string text = {.data = NULL};

    assert_int_equal(json_get_string(object, name, &text), JSON_FOUND);
    return text.data;
}

static void the_first_who_looks_makes_the_key_and_all_see_it(void **state)
{
    struct server *server = *state;
    const struct reply *first = server_get(server, "/api/auth/jwks", NULL);
    const struct reply *second = server_get(server, "/api/auth/jwks", NULL);
    const char *id = server_sql(server, "SELECT id FROM jwks");
    const char *public = server_sql(server, "SELECT \"publicKey\" FROM jwks");
    const char *x = strstr(public, "\"x\":\"") + strlen("\"x\":\"");

    assert_int_equal(first->status, 200);
    assert_string_equal(first->body,
                        mem_printf(server->ctx,
                                   "{\"keys\":[{\"alg\":\"EdDSA\",\"crv\":\"Ed25519\",\"x\":"
                                   "\"%.43s\",\"kty\":\"OKP\",\"kid\":\"%s\"}]}",
                                   x, id));
    assert_string_equal(second->body, first->body);
    assert_string_equal(reply_header(server, first, "Cache-Control"), "public, max-age=60");
    assert_string_equal(server_sql(server, "SELECT count(*) FROM jwks"), "1");
    assert_string_equal(server_sql(server, "SELECT alg || crv FROM jwks"), "EdDSAEd25519");
    assert_null(server_sql(server, "SELECT \"expiresAt\" FROM jwks"));
    assert_string_equal(public, mem_printf(server->ctx,
                                           "{\"crv\":\"Ed25519\",\"x\":\"%.43s\","
                                           "\"kty\":\"OKP\"}",
                                           x));
    /* A JSON text of hexadecimal: nonce, JWK of 119 bytes, tag. */
    assert_int_equal(strlen(server_sql(server, "SELECT \"privateKey\" FROM jwks")),
                     strlen(vector_private_key));
}

static void a_token_says_what_better_auths_says(void **state)
{
    struct server *server = *state;
    const char *token = token_of(server, session_of(server, "ann@example.com"));
    const struct json *header = part_of(server, token, 0);
    const struct json *payload = part_of(server, token, 1);
    const char *id = server_sql(server, "SELECT id FROM \"user\" WHERE email = 'ann@example.com'");
    struct json_string image = {.data = NULL};
    bool verified = true;
    int64_t iat = 0;
    int64_t exp = 0;

    assert_int_equal(json_member_count(header), 2);
    assert_string_equal(text_in(header, "alg"), "EdDSA");
    assert_string_equal(text_in(header, "kid"), server_sql(server, "SELECT id FROM jwks"));
    assert_int_equal(json_member_count(payload), 12);
    assert_string_equal(text_in(payload, "id"), id);
    assert_string_equal(text_in(payload, "sub"), id);
    assert_string_equal(text_in(payload, "email"), "ann@example.com");
    assert_string_equal(text_in(payload, "name"), "ann");
    assert_int_equal(json_get_string(payload, "image", &image), JSON_NULL);
    assert_int_equal(json_get_bool(payload, "emailVerified", &verified), JSON_FOUND);
    assert_false(verified);
    assert_string_equal(
        text_in(payload, "createdAt"),
        server_sql(server, "SELECT \"createdAt\" FROM \"user\" WHERE email = 'ann@example.com'"));
    assert_string_equal(text_in(payload, "updatedAt"), text_in(payload, "createdAt"));
    assert_string_equal(text_in(payload, "iss"), "http://localhost:8080");
    assert_string_equal(text_in(payload, "aud"), "http://localhost:8080");
    assert_int_equal(json_get_int(payload, "iat", &iat), JSON_FOUND);
    assert_int_equal(json_get_int(payload, "exp", &exp), JSON_FOUND);
    assert_int_equal(exp, iat + 900);
    assert_true(iat <= clock_now() / CLOCK_SECOND);
}

static void a_token_is_accepted_by_the_task_routes(void **state)
{
    struct server *server = *state;
    const char *token = token_of(server, session_of(server, "bob@example.com"));
    const char *id = text_in(part_of(server, token, 1), "sub");
    char *changed = mem_strdup(server->ctx, token);

    assert_int_equal(server_get(server, "/api/tasks", token)->status, 200);
    assert_int_equal(
        server_get(server, mem_printf(server->ctx, "/api/%s/tasks", id), token)->status, 200);
    assert_error(server_get(server, "/api/somebody/tasks", token), 403, "USER_MISMATCH");
    changed[strlen(changed) - 10] = changed[strlen(changed) - 10] == 'A' ? 'B' : 'A';
    assert_error(server_get(server, "/api/tasks", changed), 401, "INVALID_TOKEN");
}

static void without_a_session_there_is_no_token(void **state)
{
    struct server *server = *state;
    static const char *const offered[] = {NULL, "unknown", "a.b.c"};

    for (size_t i = 0; i < COUNT(offered); i++) {
        const struct reply *reply = server_get(server, "/api/auth/token", offered[i]);
        assert_int_equal(reply->status, 401);
        assert_string_equal(reply_text(reply, "code"), "UNAUTHORIZED");
    }
}

static void with_hs256_the_secret_signs_and_no_key_is_made(void **state)
{
    struct server *server = *state;
    const char *session = session_of(server, "carl@example.com");

    server_sql(server, "DELETE FROM jwks");
    server->config.token_alg = TOKEN_ALG_HS256;
    const char *token = token_of(server, session);
    server->config.token_alg = TOKEN_ALG_EDDSA;
    assert_string_equal(text_in(part_of(server, token, 0), "alg"), "HS256");
    assert_string_equal(text_in(part_of(server, token, 1), "aud"), "http://localhost:8080");
    assert_int_equal(server_get(server, "/api/tasks", token)->status, 200);
    assert_string_equal(server_sql(server, "SELECT count(*) FROM jwks"), "0");
}

static void a_rotated_key_verifies_until_its_grace_is_over(void **state)
{
    struct server *server = *state;
    const char *session = session_of(server, "dora@example.com");
    const char *old = token_of(server, session);
    const char *old_id = text_in(part_of(server, old, 0), "kid");
    const char *id = NULL;
    static const struct {
        int days;
        int status;
    } rows[] = {{0, 200}, {29, 200}, {31, 401}};

    assert_int_equal(
        signing_rotate(server->ctx, &server->config, server->app.store, clock_now(), &id), ERR_OK);
    assert_string_equal(text_in(part_of(server, token_of(server, session), 0), "kid"), id);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char time[CLOCK_ISO_SIZE];
        clock_format(clock_now() - rows[i].days * CLOCK_DAY, time);
        server_sql(server,
                   mem_printf(server->ctx, "UPDATE jwks SET \"expiresAt\" = '%s' WHERE id = '%s'",
                              time, old_id));
        assert_int_equal(server_get(server, "/api/tasks", old)->status, rows[i].status);
        const char *published = server_get(server, "/api/auth/jwks", NULL)->body;
        assert_int_equal(strstr(published, old_id) != NULL, rows[i].status == 200);
        assert_non_null(strstr(published, id));
    }
}

/* The row that the real Better Auth wrote, under its secret. */
static void a_key_of_better_auth_signs_here(void **state)
{
    struct server *server = *state;
    struct secret ours = server->config.secrets[0];
    const char *session = session_of(server, "eve@example.com");

    server_sql(server, "DELETE FROM jwks");
    server_sql(server, mem_printf(server->ctx,
                                  "INSERT INTO jwks VALUES ('%s', '%s', '%s',"
                                  " '2026-11-20T20:16:13.106Z', NULL, 'EdDSA', 'Ed25519')",
                                  VECTOR_KID, vector_public_key, vector_private_key));
    server->config.secrets[0] =
        mem_secret(mem_strdup(server->ctx, VECTOR_SECRET), strlen(VECTOR_SECRET));
    const char *token = token_of(server, session);
    assert_string_equal(text_in(part_of(server, token, 0), "kid"), VECTOR_KID);
    assert_int_equal(server_get(server, "/api/tasks", token)->status, 200);
    assert_string_equal(server_get(server, "/api/auth/jwks", NULL)->body, vector_jwks);
    server->config.secrets[0] = ours;

    /* With another secret no token is made; all else goes on. */
    assert_error(server_get(server, "/api/auth/token", session), 500, "INTERNAL_SERVER_ERROR");
    assert_int_equal(server_get(server, "/api/tasks", token)->status, 200);
    assert_int_equal(server_get(server, "/api/tasks", session)->status, 200);
    assert_string_equal(server_get(server, "/api/auth/jwks", NULL)->body, vector_jwks);
    server_sql(server, "DELETE FROM jwks");
    assert_int_equal(server_get(server, "/api/auth/token", session)->status, 200);
}

static void rows_that_are_no_keys_are_not_published_and_verify_nothing(void **state)
{
    struct server *server = *state;
    const char *token = token_of(server, session_of(server, "fay@example.com"));
    const char *kid = text_in(part_of(server, token, 0), "kid");
    static const char *const values[] = {"\"publicKey\" = 'x'",  "\"publicKey\" = '{}'",
                                         "\"publicKey\" = '[]'", "alg = 'RS256'",
                                         "alg = 'HS256'",        "alg = ''"};

    for (size_t i = 0; i < COUNT(values); i++) {
        server_sql(server, "CREATE TABLE saved AS SELECT * FROM jwks");
        server_sql(server, mem_printf(server->ctx, "UPDATE jwks SET %s", values[i]));
        assert_error(server_get(server, "/api/tasks", token), 401, "INVALID_TOKEN");
        server->config.auth_routes = false;
        assert_string_equal(server_get(server, "/api/auth/jwks", NULL)->body, "{\"keys\":[]}");
        server->config.auth_routes = true;
        server_sql(server, "DELETE FROM jwks");
        server_sql(server, "INSERT INTO jwks SELECT * FROM saved");
        server_sql(server, "DROP TABLE saved");
    }
    assert_int_equal(server_get(server, "/api/tasks", token)->status, 200);
    assert_non_null(strstr(server_get(server, "/api/auth/jwks", NULL)->body, kid));
}

static void a_pure_verifier_makes_no_key(void **state)
{
    struct server *server = *state;

    server_sql(server, "DELETE FROM jwks");
    server->config.auth_routes = false;
    assert_string_equal(server_get(server, "/api/auth/jwks", NULL)->body, "{\"keys\":[]}");
    assert_int_equal(server_get(server, "/api/auth/token", NULL)->status, 404);
    server->config.auth_routes = true;
    assert_string_equal(server_sql(server, "SELECT count(*) FROM jwks"), "0");
}

static void a_silent_database_is_503_and_no_verdict(void **state)
{
    struct server *server = *state;
    const char *token = token_of(server, session_of(server, "gus@example.com"));

    server->fail_at = 1;
    assert_error(server_get(server, "/api/tasks", token), 503, "STORE_UNAVAILABLE");
    server->fail_at = 1;
    assert_error(server_get(server, "/api/auth/jwks", NULL), 503, "STORE_UNAVAILABLE");
    atomic_store(&server->ready, false);
    assert_error(server_get(server, "/api/auth/jwks", NULL), 503, "STORE_UNAVAILABLE");
    assert_error(server_get(server, "/api/tasks", token), 503, "STORE_UNAVAILABLE");
    atomic_store(&server->ready, true);
    assert_int_equal(server_get(server, "/api/tasks", token)->status, 200);
}

/* Nobody comes back to life by a token that is a few minutes old. */
static void a_deleted_users_token_makes_no_user(void **state)
{
    struct server *server = *state;
    const char *token = token_of(server, session_of(server, "ida@example.com"));
    const struct ask task = {
        .method = "POST", .uri = "/api/tasks", .token = token, .body = "{\"title\":\"t\"}"};

    assert_int_equal(server_ask(server, &task)->status, 201);
    server_sql(server, "DELETE FROM \"user\" WHERE email = 'ida@example.com'");
    assert_error(server_ask(server, &task), 401, "INVALID_TOKEN");
    assert_string_equal(
        server_sql(server, "SELECT count(*) FROM \"user\" WHERE email = 'ida@example.com'"), "0");
    /* Where the users live elsewhere, their issuer may well have our origin. */
    server->config.auth_routes = false;
    assert_int_equal(server_ask(server, &task)->status, 201);
    server->config.auth_routes = true;
}

/* --- JWKS_FILE --- */

static const char *token_by(struct server *server, const struct ed25519 *key)
{
    unsigned char signature[ED25519_SIGNATURE];
    const char *header = mem_printf(server->ctx, "{\"alg\":\"EdDSA\",\"kid\":\"%s\"}", key->kid);
    const char *payload = mem_printf(server->ctx, "{\"sub\":\"elsewhere\",\"exp\":%lld}",
                                     (long long)((clock_now() + CLOCK_HOUR) / CLOCK_SECOND));
    const char *part = mem_printf(
        server->ctx, "%s.%s",
        base64_encode(server->ctx, BASE64_URL, (const unsigned char *)header, strlen(header)),
        base64_encode(server->ctx, BASE64_URL, (const unsigned char *)payload, strlen(payload)));

    ed25519_sign(key, part, strlen(part), signature);
    return mem_printf(server->ctx, "%s.%s", part,
                      base64_encode(server->ctx, BASE64_URL, signature, sizeof signature));
}

/* Replaces the file as an editor would: by another one. */
static void write_file(struct server *server, const char *text)
{
    const char *path = server->config.jwks_file;
    const char *new = mem_printf(server->ctx, "%s.new", path);
    FILE *file = fopen(new, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(new, path), 0);
}

static void write_key(struct server *server, const struct ed25519 *key)
{
    const char *jwk = ed25519_public_jwk(server->ctx, key);

    write_file(server, mem_printf(server->ctx, "{\"keys\":[%.*s,\"kid\":\"%s\"}]}",
                                  (int)strlen(jwk) - 1, jwk, key->kid));
}

static void a_file_of_keys_is_read_again_when_it_changes(void **state)
{
    struct server *server = *state;
    const struct ed25519 *one = ed25519_new(server->ctx);
    const struct ed25519 *two = ed25519_new(server->ctx);
    const char *first = token_by(server, one);
    const char *second = token_by(server, two);

    assert_error(server_get(server, "/api/tasks", first), 401, "INVALID_TOKEN");
    server->config.jwks_file = mem_printf(server->ctx, "%s.jwks", server->config.database);
    write_key(server, one);
    assert_int_equal(server_get(server, "/api/tasks", first)->status, 200);
    assert_int_equal(server_get(server, "/api/tasks", second)->status, 401);
    write_key(server, two);
    assert_int_equal(server_get(server, "/api/tasks", first)->status, 401);
    assert_int_equal(server_get(server, "/api/tasks", second)->status, 200);
    /* What is no set, or gone, does not lock anybody out. */
    write_file(server, "{\"keys\":");
    assert_int_equal(server_get(server, "/api/tasks", second)->status, 200);
    unlink(server->config.jwks_file);
    assert_int_equal(server_get(server, "/api/tasks", second)->status, 200);
    write_key(server, one);
    assert_int_equal(server_get(server, "/api/tasks", first)->status, 200);
    unlink(server->config.jwks_file);
    server->config.jwks_file = NULL;
}

/* Who can write the file cannot take over a key of the table. */
static void a_name_in_the_table_is_the_tables(void **state)
{
    struct server *server = *state;
    const char *ours = token_of(server, session_of(server, "hal@example.com"));
    struct ed25519 *thief = ed25519_new(server->ctx);

    thief->kid = text_in(part_of(server, ours, 0), "kid");
    server->config.jwks_file = mem_printf(server->ctx, "%s.jwks", server->config.database);
    write_key(server, thief);
    assert_error(server_get(server, "/api/tasks", token_by(server, thief)), 401, "INVALID_TOKEN");
    assert_int_equal(server_get(server, "/api/tasks", ours)->status, 200);
    unlink(server->config.jwks_file);
    server->config.jwks_file = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_who_looks_makes_the_key_and_all_see_it),
        cmocka_unit_test(a_token_says_what_better_auths_says),
        cmocka_unit_test(a_token_is_accepted_by_the_task_routes),
        cmocka_unit_test(without_a_session_there_is_no_token),
        cmocka_unit_test(with_hs256_the_secret_signs_and_no_key_is_made),
        cmocka_unit_test(a_rotated_key_verifies_until_its_grace_is_over),
        cmocka_unit_test(a_key_of_better_auth_signs_here),
        cmocka_unit_test(rows_that_are_no_keys_are_not_published_and_verify_nothing),
        cmocka_unit_test(a_pure_verifier_makes_no_key),
        cmocka_unit_test(a_silent_database_is_503_and_no_verdict),
        cmocka_unit_test(a_deleted_users_token_makes_no_user),
        cmocka_unit_test(a_file_of_keys_is_read_again_when_it_changes),
        cmocka_unit_test(a_name_in_the_table_is_the_tables),
    };
    return cmocka_run_group_tests(tests, set_up, server_stop);
}
