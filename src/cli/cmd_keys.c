#include <stdio.h>
#include <string.h>

#include "auth/signing.h"
#include "base/clock.h"
#include "cli/cmd.h"
#include "cli/json_line.h"
#include "cli/table.h"

struct keys {
    int64_t now;
    const char *signing; /* the name of the key that signs, or NULL */
    struct table *table; /* or: */
    struct json_line *line;
};

/* A key signs until it expires, and verifies what it signed for a while longer. */
static int64_t verifies_until(const struct key *key)
{
    return key->expires_at == 0 ? 0 : key->expires_at + KEY_GRACE;
}

static const char *state_of(const struct keys *keys, const struct key *key)
{
    if (keys->signing != NULL && strcmp(keys->signing, key->id) == 0) {
        return "signs";
    }
    return key->expires_at == 0 || verifies_until(key) > keys->now ? "verifies" : "expired";
}

static void print_key(void *arg, const struct key *key)
{
    const struct keys *keys = arg;
    const char *alg = key->alg == NULL ? "EdDSA" : key->alg;
    const char *state = state_of(keys, key);

    if (keys->line != NULL) {
        json_line_text(keys->line, "id", key->id);
        json_line_text(keys->line, "alg", alg);
        json_line_time(keys->line, "createdAt", key->created_at);
        json_line_time(keys->line, "expiresAt", key->expires_at);
        json_line_time(keys->line, "verifiesUntil", verifies_until(key));
        json_line_text(keys->line, "state", state);
        json_line_print(keys->line, stdout);
        return;
    }
    table_text(keys->table, key->id);
    table_text(keys->table, alg);
    table_time(keys->table, key->created_at);
    table_text(keys->table, state);
    table_time(keys->table, strcmp(state, "signs") == 0 ? key->expires_at : verifies_until(key));
}

enum err cmd_keys_list(struct cli *cli)
{
    static const char *const headings[] = {"KEY", "ALGORITHM", "CREATED", "STATE", "UNTIL", NULL};
    struct keys keys = {.now = clock_now()};
    struct key *signing = NULL;
    enum err error = store_key_signing(cli->store, cli->ctx, keys.now, &signing);

    if (error != ERR_OK && error != ERR_ABSENT) {
        return error;
    }
    keys.signing = signing == NULL ? NULL : signing->id;
    if (cli_switch(cli, OPTION_JSON)) {
        keys.line = json_line_new(cli->ctx);
    } else {
        keys.table = table_new(cli->ctx, stdout, headings);
    }
    error = store_key_list(cli->store, true, keys.now, print_key, &keys);
    if (keys.table != NULL) {
        table_end(keys.table);
    }
    return error;
}

enum err cmd_keys_rotate(struct cli *cli)
{
    const char *id = NULL;
    enum err error = signing_rotate(cli->ctx, cli->config, cli->store, clock_now(), &id);

    if (error == ERR_OK) {
        audit_key(&cli->actor, AUDIT_ROTATE_KEY, id);
    }
    if (error == ERR_OK && cli_switch(cli, OPTION_JSON)) {
        struct json_line *line = json_line_new(cli->ctx);
        json_line_text(line, "id", id);
        json_line_print(line, stdout);
    } else if (error == ERR_OK) {
        puts(id);
    }
    return error;
}
