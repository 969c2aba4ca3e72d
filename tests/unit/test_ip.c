#include "base/ip.h"
#include "base/mem.h"
#include "unit.h"

static void an_address_has_one_bucket_however_it_is_written(void **state)
{
    (void)state;
    /* GHSA-p6v2-xcpg-h6xw: textual aliases and the addresses of one /64. */
    static const struct {
        const char *text;
        const char *bucket;
    } rows[] = {
        {"203.0.113.7", "203.0.113.7"},
        {"::ffff:203.0.113.7", "203.0.113.7"},
        {"::FFFF:cb00:7107", "203.0.113.7"},
        {"0:0:0:0:0:ffff:203.0.113.7", "203.0.113.7"},
        {"0000:0000:0000:0000:0000:ffff:cb00:7107", "203.0.113.7"},
        {"0.0.0.0", "0.0.0.0"},
        {"9.10.99.100", "9.10.99.100"},
        {"255.109.200.101", "255.109.200.101"},
        {"2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002:0000:0000:0000:0000"},
        {"2001:DB8:1:2::", "2001:0db8:0001:0002:0000:0000:0000:0000"},
        {"2001:0db8:0001:0002:ffff:ffff:ffff:ffff", "2001:0db8:0001:0002:0000:0000:0000:0000"},
        {"2001:db8:1:2:3:4:203.0.113.7", "2001:0db8:0001:0002:0000:0000:0000:0000"},
        {"2001:db8:1:3::", "2001:0db8:0001:0003:0000:0000:0000:0000"},
        {"::1", "0000:0000:0000:0000:0000:0000:0000:0000"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ip ip;
        assert_int_equal(ip_parse(rows[i].text, strlen(rows[i].text), &ip), ERR_OK);
        char *bucket = ip_bucket(NULL, &ip);
        assert_string_equal(bucket, rows[i].bucket);
        talloc_free(bucket);
    }
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "unknown",
        "unix:",
        "localhost",
        "203.0.113",
        "203.0.113.256",
        "203.0.113.07",
        "203.0.113.7 ",
        " 203.0.113.7",
        "203.0.113.7:80",
        "[2001:db8::1]",
        "2001:db8::1%eth0",
        "2001:db8:::1",
        "2001:db8:1:2:3:4:5:6:7",
        "0xcb007107",
        "3405803783",
        "203.0.113.7/32",
        "0000:0000:0000:0000:0000:ffff:0000:0000:0000:203.0.113.7",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct ip ip;
        assert_int_equal(ip_parse(texts[i], strlen(texts[i]), &ip), ERR_BAD_VALUE);
    }
    struct ip ip;
    assert_int_equal(ip_parse("203.0.113.7\0", 12, &ip), ERR_BAD_VALUE);
    assert_int_equal(ip_parse("203.0.113.7, 10.0.0.1", 11, &ip), ERR_OK);
}

static bool is_in(const char *text, const char *network_text)
{
    struct ip ip;
    struct ip_network network;
    assert_int_equal(ip_parse(text, strlen(text), &ip), ERR_OK);
    assert_int_equal(ip_parse_network(network_text, &network), ERR_OK);
    return ip_is_in(&ip, &network);
}

static void a_network_holds_its_addresses_and_no_others(void **state)
{
    (void)state;
    static const struct {
        const char *network;
        const char *inside;
        const char *outside;
    } rows[] = {
        {"10.0.0.1", "10.0.0.1", "10.0.0.2"},
        {"10.0.0.1", "::ffff:10.0.0.1", "::10.0.0.1"},
        {"10.0.0.1/32", "10.0.0.1", "10.0.0.0"},
        {"10.0.0.0/8", "10.255.255.255", "11.0.0.0"},
        {"10.1.2.3/8", "10.255.255.255", "9.255.255.255"},
        {"172.16.0.0/12", "172.31.255.255", "172.32.0.0"},
        {"192.0.2.0/31", "192.0.2.1", "192.0.2.2"},
        {"128.0.0.0/1", "203.0.113.7", "127.255.255.255"},
        {"128.0.0.0/1", "203.0.113.7", "8000::"},
        {"::1", "::1", "127.0.0.1"},
        {"fd00::/8", "fdff::1", "fe00::"},
        {"2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"},
        {"::ffff:10.0.0.0/104", "10.9.9.9", "11.0.0.0"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  %s\n", rows[i].network);
        assert_true(is_in(rows[i].inside, rows[i].network));
        assert_false(is_in(rows[i].outside, rows[i].network));
    }
}

static void what_is_no_network_or_holds_everybody_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/0",
        "::/0",
        "::1/129",
        "10.0.0.0/8/8",
        "10.0.0.0/ 8",
        "10.0.0.0/-8",
        "10.0.0.0/8x",
        "10.0.0.0/0000008",
        "10.0.0/24",
        "*",
        "all",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct ip_network network;
        assert_int_equal(ip_parse_network(texts[i], &network), ERR_BAD_VALUE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_one_bucket_however_it_is_written),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(a_network_holds_its_addresses_and_no_others),
        cmocka_unit_test(what_is_no_network_or_holds_everybody_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
