/* The settings of letters. */
#include "unit_load.h"

static void the_sender_is_an_address_with_or_without_a_name(void **state)
{
    static const struct {
        const char *text, *address, *name;
    } rows[] = {
        {"a@b.co", "a@b.co", NULL},
        {"<a@b.co>", "a@b.co", NULL},
        {"tasks@localhost", "tasks@localhost", NULL},
        {"The Tasks <a@b.co>", "a@b.co", "The Tasks"},
        {"T\xc3\xa4sk, <Inc>  <a@b.co>", "a@b.co", "T\xc3\xa4sk, <Inc>"},
    };
    static const char *const bad[] = {
        "nobody",        "a@",         "@b",          "a b@c.co",     "a@b.co,c@d.co",
        "x <a@b.co> y",  "<a@b.co",    "a@b.co>",     "x <a@b.co>>",  "a@b@c",
        "\xff <a@b.co>", "a\x01@b.co", "x\x7f <a@b>", "\"a b\"@b.co",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(load_one(mem_printf(suite.ctx, "MAIL_FROM=%s", rows[i].text)), ERR_OK);
        assert_string_equal(suite.config->mail_from, rows[i].address);
        if (rows[i].name == NULL) {
            assert_null(suite.config->mail_from_name);
        } else {
            assert_string_equal(suite.config->mail_from_name, rows[i].name);
        }
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(load_one(mem_printf(suite.ctx, "MAIL_FROM=%s", bad[i])), ERR_CONFIG);
    }
}

static void without_one_the_sender_is_at_the_base_urls_host(void **state)
{
    (void)state;
    assert_int_equal(load_one("BASE_URL=https://todo.example.org:8443/"), ERR_OK);
    assert_string_equal(suite.config->mail_from, "taskgate@todo.example.org");
    assert_int_equal(load_one("BASE_URL=http://[::1]:8080"), ERR_OK);
    assert_string_equal(suite.config->mail_from, "taskgate@localhost");
}

static void sendmail_is_a_program_with_arguments(void **state)
{
    (void)state;
    assert_int_equal(load_one("SENDMAIL=/bin/sh"), ERR_OK);
    assert_int_equal(suite.config->sendmail.count, 1);
    assert_int_equal(load_one("SENDMAIL=/bin/sh  -t -i "), ERR_OK);
    assert_int_equal(suite.config->sendmail.count, 3);
    assert_string_equal(suite.config->sendmail.items[0], "/bin/sh");
    assert_string_equal(suite.config->sendmail.items[1], "-t");
    assert_string_equal(suite.config->sendmail.items[2], "-i");
    static const char *const bad[] = {"SENDMAIL=sh", "SENDMAIL=/nothing/here",
                                      "SENDMAIL=/etc/passwd", "SENDMAIL=-t /bin/sh"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(load_one(bad[i]), ERR_CONFIG);
        assert_non_null(strstr(suite.problems, "SENDMAIL must be the absolute name of a program"));
    }
}

static void folders_must_be_there(void **state)
{
    (void)state;
    assert_int_equal(LOAD(SET_SECRET, "MAIL_DIR=/tmp", "MAIL_TEMPLATES=/tmp"), ERR_OK);
    assert_string_equal(suite.config->mail_dir, "/tmp");
    assert_string_equal(suite.config->mail_templates, "/tmp");
    assert_int_equal(load_one("MAIL_DIR=/nothing/here"), ERR_CONFIG);
    assert_int_equal(load_one("MAIL_TEMPLATES=/etc/passwd"), ERR_CONFIG);
}

static void a_letter_goes_one_way(void **state)
{
    (void)state;
    assert_int_equal(LOAD(SET_SECRET, "MAIL_DIR=/tmp", "SENDMAIL=/bin/sh"), ERR_CONFIG);
    assert_non_null(strstr(suite.problems, "SENDMAIL and MAIL_DIR cannot both be set"));
}

static void users_may_delete_themselves_and_need_no_proof_by_default(void **state)
{
    (void)state;
    assert_int_equal(load_one("DEBUG=off"), ERR_OK);
    assert_true(suite.config->delete_user);
    assert_false(suite.config->require_verification);
    assert_null(suite.config->mail_dir);
    assert_int_equal(suite.config->sendmail.count, 0);
    assert_int_equal(LOAD(SET_SECRET, "DELETE_USER=off", "REQUIRE_EMAIL_VERIFICATION=on"), ERR_OK);
    assert_false(suite.config->delete_user);
    assert_true(suite.config->require_verification);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sender_is_an_address_with_or_without_a_name),
        cmocka_unit_test(without_one_the_sender_is_at_the_base_urls_host),
        cmocka_unit_test(sendmail_is_a_program_with_arguments),
        cmocka_unit_test(folders_must_be_there),
        cmocka_unit_test(a_letter_goes_one_way),
        cmocka_unit_test(users_may_delete_themselves_and_need_no_proof_by_default),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
