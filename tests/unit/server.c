#include "server.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/dispatch.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "sec/mac.h"
#include "store/db.h"
#include "unit.h"

/* --- the counting driver --- */

struct counting {
    struct db db; /* first */
    struct db *real;
    struct server *server;
};

static enum err count_query(struct db *db, enum stmt statement, const struct db_value *params,
                            db_row *row, void *arg, int64_t *ret_count)
{
    struct counting *counting = (struct counting *)db;
    struct server *server = counting->server;

    server->queries++;
    if (server->fail_at > 0 && --server->fail_at == 0) {
        return server->failure;
    }
    enum err error =
        counting->real->driver->query(counting->real, statement, params, row, arg, ret_count);
    const char *sql = server->between;
    server->between = NULL;
    if (sql != NULL) {
        server_sql(server, sql);
    }
    return error;
}

static enum err count_begin(struct db *db)
{
    struct counting *counting = (struct counting *)db;

    return counting->real->driver->begin(counting->real);
}

static enum err count_commit(struct db *db)
{
    struct counting *counting = (struct counting *)db;

    return counting->real->driver->commit(counting->real);
}

static void count_rollback(struct db *db)
{
    struct counting *counting = (struct counting *)db;

    counting->real->driver->rollback(counting->real);
}

static void count_group_begin(struct db *db)
{
    struct counting *counting = (struct counting *)db;

    counting->real->driver->group_begin(counting->real);
}

static enum err count_group_end(struct db *db)
{
    struct counting *counting = (struct counting *)db;

    return counting->real->driver->group_end(counting->real);
}

/* What migrations use is called before this driver is put in between. */
static const struct db_driver counting_driver = {
    .name = "counting",
    .query = count_query,
    .begin = count_begin,
    .commit = count_commit,
    .rollback = count_rollback,
    .group_begin = count_group_begin,
    .group_end = count_group_end,
};

static void put_between(struct server *server)
{
    struct store *store = server->app.store;
    struct counting *counting = mem_new(store, struct counting);

    counting->db.driver = &counting_driver;
    counting->real = store->db;
    counting->server = server;
    store->db = &counting->db;
    /* Or the first of the counted requests would have a statement more than the others. */
    store->forgot_at = clock_monotonic();
}

/* --- start and stop --- */

static struct conf_list list_of(void *ctx, const char *one, const char *other)
{
    struct conf_list list = {.items = mem_array(ctx, char *, 2), .count = other == NULL ? 1 : 2};

    list.items[0] = mem_strdup(ctx, one);
    if (other != NULL) {
        list.items[1] = mem_strdup(ctx, other);
    }
    return list;
}

struct server *server_new(void *ctx)
{
    struct server *server = mem_new(ctx, struct server);
    char secret[] = "unit tests use this secret, 32 and more bytes";

    server->config.secrets = mem_array(server, struct secret, 1);
    server->config.secrets[0] = mem_secret(secret, strlen(secret));
    server->config.secret_count = 1;
    server->config.workers = 1;
    server->config.store = STORE_SQLITE;
    server->config.base_url = "http://localhost:8080";
    server->config.origins = list_of(server, SERVER_ORIGIN, "http://localhost:8080");
    server->config.jwt_issuers = list_of(server, "better-auth", NULL);
    server->config.jwt_audiences = list_of(server, "fastapi-backend", NULL);
    server->config.token_ttl = CLOCK_DAY;
    server->config.access_token_ttl = CLOCK_HOUR;
    server->config.session_ttl = 7 * CLOCK_DAY;
    server->config.refresh_ttl = 7 * CLOCK_DAY;
    server->config.session_check = true;
    server->config.session_update_age = CLOCK_DAY;
    server->config.auth_routes = true;
    server->config.min_password = 8;
    server->config.max_password = 128;
    server->config.rate_limit_max = 5;
    server->config.rate_limit_window = 900 * CLOCK_SECOND;
    server->config.auto_provision = true;
    server->config.delete_user = true;
    server->config.mail_from = "taskgate@example.org";
    server->config.task_list_max = 50;
    server->config.max_body = 65536;
    return server;
}

bool server_begin(struct server *server)
{
    server->ctx = mem_context(server);
    server->failure = ERR_STORE_DOWN;
    atomic_init(&server->ready, true);
    server->app = (struct app){.config = &server->config, .schema_ready = &server->ready};
    if (store_open(server, &server->config, &server->app.store) != ERR_OK ||
        store_migrate(server->app.store) != ERR_OK) {
        return false;
    }
    server->app.keys = keys_new(server, &server->config, server->app.store, NULL, ISSUER_THIS_ONE);
    return true;
}

int server_start(void **state)
{
    struct server *server = server_new(NULL);
    const char *tmp = getenv("TMPDIR");
    char *folder = mem_printf(server, "%s/taskgate-unit-XXXXXX", tmp == NULL ? "/tmp" : tmp);

    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    log_setup(LEVEL_ERROR, "test");
    server->config.database = mem_printf(server, "%s/test.db", folder);
    if (!server_begin(server)) {
        return -1;
    }
    put_between(server);
    *state = server;
    return 0;
}

int server_stop(void **state)
{
    struct server *server = *state;
    char *folder = mem_strdup(server, server->config.database);

    talloc_free(server->app.store);
    unlink(server->config.database);
    unlink(mem_printf(server, "%s-wal", server->config.database));
    unlink(mem_printf(server, "%s-shm", server->config.database));
    *strrchr(folder, '/') = '\0';
    int result = rmdir(folder);
    talloc_free(server);
    return result;
}

/* --- tokens and rows from elsewhere --- */

static char *base64_text(void *ctx, const char *text)
{
    return base64_encode(ctx, BASE64_URL, (const unsigned char *)text, strlen(text));
}

char *server_token_with(struct server *server, const char *claims)
{
    void *ctx = server->ctx;
    unsigned char mac[MAC_SIZE];
    char *payload = mem_printf(ctx, "{%s,\"exp\":%lld}", claims,
                               (long long)((clock_now() + CLOCK_HOUR) / CLOCK_SECOND));
    char *text = mem_printf(ctx, "%s.%s", base64_text(ctx, "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"),
                            base64_text(ctx, payload));

    mac_sign(&server->config.secrets[0], text, strlen(text), mac);
    return mem_printf(ctx, "%s.%s", text, base64_encode(ctx, BASE64_URL, mac, sizeof mac));
}

char *server_token(struct server *server, const char *user_id)
{
    return server_token_with(server, mem_printf(server->ctx, "\"sub\":\"%s\"", user_id));
}

const char *server_sign_up(struct server *server, const char *email, const char **ret_id)
{
    const char *body =
        mem_printf(server->ctx, "{\"email\":\"%s\",\"password\":\"right horse\"}", email);
    const struct reply *reply = server_ask(
        server, &(struct ask){.method = "POST", .uri = "/api/auth/sign-up", .body = body});

    assert_int_equal(reply->status, 201);
    if (ret_id != NULL) {
        *ret_id = server_sql(
            server, mem_printf(server->ctx, "SELECT id FROM \"user\" WHERE email = '%s'", email));
    }
    return reply_text(reply, "token");
}

const char *server_sql(struct server *server, const char *sql)
{
    sqlite3 *handle = NULL;
    sqlite3_stmt *statement = NULL;
    const char *value = NULL;

    assert_int_equal(sqlite3_open(server->config.database, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, "PRAGMA foreign_keys = ON", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
    int code = sqlite3_step(statement);
    assert_true(code == SQLITE_ROW || code == SQLITE_DONE);
    if (code == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL) {
        value = mem_strdup(server->ctx, (const char *)sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return value;
}

const char *server_count(struct server *server, const char *table, const char *where)
{
    return server_sql(
        server, mem_printf(server->ctx, "SELECT count(*) FROM \"%s\" WHERE %s", table, where));
}

const char *server_user(struct server *server, const char *column, const char *email)
{
    return server_sql(
        server,
        mem_printf(server->ctx, "SELECT \"%s\" FROM \"user\" WHERE email = '%s'", column, email));
}

const char *server_session(struct server *server, const char *column)
{
    return server_sql(server, mem_printf(server->ctx, "SELECT %s FROM session", column));
}

int server_sessions(struct server *server)
{
    return atoi(server_sql(server, "SELECT count(*) FROM session"));
}

void server_expire(struct server *server, int64_t expires_in)
{
    char iso[CLOCK_ISO_SIZE];

    clock_format(clock_now() + expires_in, iso);
    server_sql(server, mem_printf(server->ctx, "UPDATE session SET \"expiresAt\" = '%s'", iso));
}

void server_prove(struct server *server, const char *email)
{
    server_sql(server,
               mem_printf(server->ctx,
                          "UPDATE \"user\" SET \"emailVerified\" = 1 WHERE email = '%s'", email));
}
