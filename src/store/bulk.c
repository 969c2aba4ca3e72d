#include "store/bulk.h"

#include "base/mem.h"

const struct bulk_table bulk_tables[UPKEEP_TABLES] = {
    [UPKEEP_USERS] = {"user",
                      {{"id", DB_TEXT},
                       {"name", DB_TEXT},
                       {"email", DB_TEXT},
                       {"emailVerified", DB_BOOL},
                       {"image", DB_TEXT},
                       {"createdAt", DB_TIME},
                       {"updatedAt", DB_TIME},
                       {"banned", DB_BOOL},
                       {"banReason", DB_TEXT},
                       {"banExpires", DB_TIME}},
                      10},
    [UPKEEP_ACCOUNTS] = {"account",
                         {{"id", DB_TEXT},
                          {"accountId", DB_TEXT},
                          {"providerId", DB_TEXT},
                          {"userId", DB_TEXT},
                          {"accessToken", DB_TEXT},
                          {"refreshToken", DB_TEXT},
                          {"idToken", DB_TEXT},
                          {"accessTokenExpiresAt", DB_TIME},
                          {"refreshTokenExpiresAt", DB_TIME},
                          {"scope", DB_TEXT},
                          {"password", DB_TEXT},
                          {"createdAt", DB_TIME},
                          {"updatedAt", DB_TIME}},
                         13},
    [UPKEEP_SESSIONS] = {"session",
                         {{"id", DB_TEXT},
                          {"expiresAt", DB_TIME},
                          {"token", DB_TEXT},
                          {"createdAt", DB_TIME},
                          {"updatedAt", DB_TIME},
                          {"ipAddress", DB_TEXT},
                          {"userAgent", DB_TEXT},
                          {"userId", DB_TEXT}},
                         8},
    [UPKEEP_REFRESH_TOKENS] = {"refreshToken",
                               {{"sessionId", DB_TEXT},
                                {"tokenDigest", DB_TEXT},
                                {"userId", DB_TEXT},
                                {"createdAt", DB_TIME},
                                {"expiresAt", DB_TIME},
                                {"usedAt", DB_TIME}},
                               6},
    [UPKEEP_VERIFICATIONS] = {"verification",
                              {{"id", DB_TEXT},
                               {"identifier", DB_TEXT},
                               {"value", DB_TEXT},
                               {"expiresAt", DB_TIME},
                               {"createdAt", DB_TIME},
                               {"updatedAt", DB_TIME}},
                              6},
    [UPKEEP_JWKS] = {"jwks",
                     {{"id", DB_TEXT},
                      {"publicKey", DB_TEXT},
                      {"privateKey", DB_TEXT},
                      {"createdAt", DB_TIME},
                      {"expiresAt", DB_TIME},
                      {"alg", DB_TEXT},
                      {"crv", DB_TEXT}},
                     7},
    [UPKEEP_TASKS] = {"tasks",
                      {{"id", DB_INT},
                       {"user_id", DB_TEXT},
                       {"title", DB_TEXT},
                       {"description", DB_TEXT},
                       {"completed", DB_BOOL},
                       {"created_at", DB_TIME},
                       {"updated_at", DB_TIME}},
                      7},
};

static char *names(void *ctx, const struct bulk_table *table, const char *const casts[])
{
    struct buf *text = buf_new(ctx);

    for (unsigned i = 0; i < table->count; i++) {
        buf_printf(text, "%s\"%s\"%s", i > 0 ? ", " : "", table->columns[i].name,
                   casts == NULL ? "" : casts[table->columns[i].type]);
    }
    return text->data;
}

char *bulk_names(void *ctx, const struct bulk_table *table)
{
    return names(ctx, table, NULL);
}

char *bulk_select(void *ctx, const struct bulk_table *table, const char *const casts[])
{
    return mem_printf(ctx, "SELECT %s FROM \"%s\"", names(ctx, table, casts), table->name);
}
