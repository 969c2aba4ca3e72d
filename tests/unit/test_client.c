/* http/client: which address counts, whatever a client writes. */
#include "http/client.h"

#include "base/mem.h"
#include "unit.h"

/* What TRUSTED_PROXIES gives: the proxies of these tests. */
static struct ip_network proxies[3];
static const struct config config = {.trusted_proxies = {.items = proxies, .count = 3}};
static const struct config nobody_trusted;

static int read_proxies(void **state)
{
    (void)state;
    assert_int_equal(ip_parse_network("127.0.0.1", &proxies[0]), ERR_OK);
    assert_int_equal(ip_parse_network("10.0.0.0/8", &proxies[1]), ERR_OK);
    assert_int_equal(ip_parse_network("2001:db8:ffff::/48", &proxies[2]), ERR_OK);
    return 0;
}

static void assert_client(const struct config *settings, const char *remote_addr,
                          const char *forwarded_for, const char *wanted)
{
    const struct request request = {.remote_addr = remote_addr, .forwarded_for = forwarded_for};
    void *ctx = mem_context(NULL);

    print_message("  %s, %s\n", remote_addr, forwarded_for == NULL ? "none" : forwarded_for);
    struct client client = client_find(ctx, settings, &request);
    assert_string_equal(client.bucket, wanted);
    assert_int_equal(*client.address == '\0', *wanted == '\0');
    talloc_free(ctx);
}

static void the_log_has_the_whole_address(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        const char *address;
    } rows[] = {
        {"203.0.113.7", "203.0.113.7"},
        {"::ffff:203.0.113.7", "203.0.113.7"},
        {"1.2.3.4, 2001:DB8:1:2:0:0:0:9", "2001:db8:1:2::9"},
        {"2001:db8:1:2::9, 10.0.0.2", "2001:db8:1:2::9"},
    };
    void *ctx = mem_context(NULL);

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct request request = {.remote_addr = "127.0.0.1", .forwarded_for = rows[i].list};
        assert_string_equal(client_find(ctx, &config, &request).address, rows[i].address);
    }
    talloc_free(ctx);
}

static void without_trusted_proxies_the_peer_is_the_client(void **state)
{
    (void)state;
    static const char *const lists[] = {NULL, "", "1.2.3.4", "1.2.3.4, 5.6.7.8", "127.0.0.1", "\r"};

    for (size_t i = 0; i < COUNT(lists); i++) {
        assert_client(&nobody_trusted, "203.0.113.7", lists[i], "203.0.113.7");
        assert_client(&nobody_trusted, "127.0.0.1", lists[i], "127.0.0.1");
        assert_client(&config, "203.0.113.7", lists[i], "203.0.113.7");
        assert_client(&config, "2001:db8:1:2::7", lists[i],
                      "2001:0db8:0001:0002:0000:0000:0000:0000");
    }
}

static void the_rightmost_address_that_no_proxy_has_counts_pr_10203(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        const char *client;
    } rows[] = {
        {"203.0.113.7", "203.0.113.7"},
        {" \t203.0.113.7\t ", "203.0.113.7"},
        /* What stands to the left was written by the client. */
        {"1.2.3.4, 203.0.113.7", "203.0.113.7"},
        {"1.2.3.4,5.6.7.8,127.0.0.1,203.0.113.7", "203.0.113.7"},
        {"garbage, 203.0.113.7", "203.0.113.7"},
        {",,203.0.113.7", "203.0.113.7"},
        /* A chain of our own. */
        {"203.0.113.7, 10.0.0.2", "203.0.113.7"},
        {"1.2.3.4, 203.0.113.7, 10.0.0.2,10.9.9.9", "203.0.113.7"},
        {"203.0.113.7, ::ffff:10.0.0.2", "203.0.113.7"},
        {"1.2.3.4, 2001:db8:1:2::9, 2001:db8:ffff:1::1", "2001:0db8:0001:0002:0000:0000:0000:0000"},
        /* All of them proxies: the farthest is the client. */
        {"10.0.0.3, 10.0.0.2", "10.0.0.3"},
        {"127.0.0.1", "127.0.0.1"},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_client(&config, "127.0.0.1", rows[i].list, rows[i].client);
}

static void a_proxy_that_says_nothing_is_the_client(void **state)
{
    (void)state;
    assert_client(&config, "127.0.0.1", NULL, "127.0.0.1");
    assert_client(&config, "::ffff:10.0.0.9", NULL, "10.0.0.9");
}

static void what_is_no_address_leads_to_the_shared_bucket(void **state)
{
    (void)state;
    static const char *const lists[] = {
        "",
        "unknown",
        "203.0.113.7,",
        "203.0.113.7, ,10.0.0.2",
        "_hidden",
        "203.0.113.7:4711",
        "[2001:db8::1]:4711",
        "203.0.113.7;10.0.0.2",
        "\"1.2.3.4\"",
        "203.0.113.7 10.0.0.2",
    };
    static const char *const peers[] = {"", "unix:", "localhost", "127.0.0.1:80"};

    for (size_t i = 0; i < COUNT(lists); i++)
        assert_client(&config, "127.0.0.1", lists[i], "");
    for (size_t i = 0; i < COUNT(peers); i++) {
        assert_client(&config, peers[i], NULL, "");
        assert_client(&config, peers[i], "203.0.113.7", "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_trusted_proxies_the_peer_is_the_client),
        cmocka_unit_test(the_rightmost_address_that_no_proxy_has_counts_pr_10203),
        cmocka_unit_test(a_proxy_that_says_nothing_is_the_client),
        cmocka_unit_test(what_is_no_address_leads_to_the_shared_bucket),
        cmocka_unit_test(the_log_has_the_whole_address),
    };
    return cmocka_run_group_tests(tests, read_proxies, NULL);
}
