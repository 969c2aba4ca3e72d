/* proc/settings: what the master keeps of a load. */
#include "proc/settings.h"

#include "base/log.h"
#include "base/mem.h"
#include "unit.h"

#define SECRET "BETTER_AUTH_SECRET=Hk29sLw0ZqPx73VbNm5RtYe8UaGd1JcF"

static enum err load(void *ctx, const char *text, struct config **ret_config)
{
    char *environment[] = {mem_strdup(NULL, SECRET), mem_strdup(NULL, text), NULL};
    const struct conf_source source = {.environ = environment};
    enum err error = settings_load(ctx, &source, ret_config);

    talloc_free(environment[0]);
    talloc_free(environment[1]);
    return error;
}

/* Each SIGHUP is a load, and the master lives for months. */
static void a_load_keeps_its_settings_and_nothing_else(void **state)
{
    static const struct {
        const char *text;
        enum err error;
    } rows[] = {
        {"WORKERS=3", ERR_OK},
        {"PORT=80", ERR_OK}, /* with a warning */
        {"WORKERS=none", ERR_CONFIG},
        {"JWKS_FILE=/nonexistent/keys.json", ERR_CONFIG}, /* seen when all else is right */
    };
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct config *config = NULL;
        print_message("  row %zu\n", i);
        assert_int_equal(load(ctx, rows[i].text, &config), rows[i].error);
        assert_int_equal(config != NULL, rows[i].error == ERR_OK);
        talloc_free(config);
        assert_int_equal(talloc_total_blocks(ctx), 1);
    }
    talloc_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_load_keeps_its_settings_and_nothing_else),
    };
    log_setup(LEVEL_ERROR, "test_settings");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
