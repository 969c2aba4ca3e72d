/* http/screen: what libfcgi gets to see. */
#include "unit.h"

#include "base/mem.h"
#include "http/screen.h"
#include "unit_memory.h"

#define BEGIN          "\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"
#define PARAMS(length) "\1\4\0\1\0" length "\0\0"
#define END_OF_PARAMS  PARAMS("\0")
#define PAIR           "\3\3FOObar"
#define GOOD           BEGIN PARAMS("\10") PAIR END_OF_PARAMS

static enum screen_verdict judge(const char *data, size_t len, size_t *ret_used)
{
    struct screen screen = {0};
    enum screen_verdict verdict = screen_judge(&screen, (const unsigned char *)data, len);

    *ret_used = screen.at;
    return verdict;
}

#define BYTES(text) text, sizeof(text) - 1, &used

static void a_whole_request_passes(void **state)
{
    size_t used = 0;
    (void)state;
    assert_int_equal(judge(BYTES(GOOD)), SCREEN_PASS);
    assert_int_equal(used, sizeof GOOD - 1);
    assert_int_equal(judge(BYTES(GOOD "\1\5\0\1\0\0\0\0")), SCREEN_PASS);
    assert_int_equal(used, sizeof GOOD - 1);
    /* no parameters at all, padding, a pair over two records, a length of four bytes */
    assert_int_equal(judge(BYTES(BEGIN END_OF_PARAMS)), SCREEN_PASS);
    assert_int_equal(judge(BYTES(BEGIN "\1\4\0\1\0\10\3\0" PAIR "xyz" END_OF_PARAMS)), SCREEN_PASS);
    assert_int_equal(judge(BYTES(BEGIN PARAMS("\4") "\3\3FO" PARAMS("\4") "Obar" END_OF_PARAMS)),
                     SCREEN_PASS);
    assert_int_equal(judge(BYTES(BEGIN PARAMS("\13") "\3\200\0\0\3FOObar" END_OF_PARAMS)),
                     SCREEN_PASS);
}

static void every_cut_waits_for_more(void **state)
{
    size_t used = 0;
    (void)state;
    for (size_t len = 0; len < sizeof GOOD - 1; len++) {
        assert_int_equal(judge(GOOD, len, &used), SCREEN_MORE);
    }
}

static void what_is_no_request_is_refused(void **state)
{
    size_t used = 0;
    static const struct {
        const char *data;
        size_t len;
    } rows[] = {
#define ROW(text) {text, sizeof(text) - 1}
        ROW("\2"),                                              /* another version */
        ROW("\1\11\0\0\0\10\0\0\6\0FCGI_X"),                    /* FCGI_GET_VALUES */
        ROW("\1\2\0\1\0\0\0\0"),                                /* FCGI_ABORT_REQUEST */
        ROW("\1\4\0\1\0\0\0\0"),                                /* parameters of nothing */
        ROW("\1\1\0\0\0\10\0\0\0\1\0\0\0\0\0\0"),               /* request 0 */
        ROW("\1\1\0\1\0\10\0\0\0\2\0\0\0\0\0\0" END_OF_PARAMS), /* an authorizer */
        ROW("\1\1\0\1\0\10\0\0\1\1\0\0\0\0\0\0" END_OF_PARAMS), /* role 257 */
        ROW("\1\1\0\1\0\7\0\0\0\1\0\0\0\0\0"),                  /* a short BEGIN */
        ROW(BEGIN BEGIN),                                       /* two of them */
        ROW(BEGIN "\1\11\0\0\0\0\0\0"),                         /* a management record inside */
        ROW(BEGIN "\1\5\0\1\0\0\0\0"),                          /* the body before the parameters */
        ROW(BEGIN "\1\4\0\2\0\0\0\0"),                          /* parameters of another request */
        ROW(BEGIN "\3\4\0\1\0\0\0\0"),                          /* another version inside */
        ROW(BEGIN PARAMS("\7") "\3\3FOOba" END_OF_PARAMS),      /* a value that is cut */
        ROW(BEGIN PARAMS("\1") "\3" END_OF_PARAMS),           /* a name without a value's length */
        ROW(BEGIN PARAMS("\3") "\3\200\0" END_OF_PARAMS),     /* half a length */
        ROW(BEGIN PARAMS("\10") "\3\3F\0Obar" END_OF_PARAMS), /* NUL in a name */
        ROW(BEGIN PARAMS("\10") "\3\3FOOb\0r" END_OF_PARAMS), /* NUL in a value */
        /* lengths that overflow when they are added (the second half of CVE-2025-23016) */
        ROW(BEGIN PARAMS("\10") "\377\377\377\377\377\377\377\377" END_OF_PARAMS),
        ROW(BEGIN PARAMS("\10") "\377\377\377\376\377\377\377\376" END_OF_PARAMS),
#undef ROW
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  row %zu\n", i);
        assert_int_equal(judge(rows[i].data, rows[i].len, &used), SCREEN_REFUSE);
    }
}

/* Going on from call to call must end as one look at all of it does. */
static void pieces_are_judged_as_the_whole(void **state)
{
    static const char *const rows[] = {GOOD, BEGIN PARAMS("\4") "\3\3FO" PARAMS("\4") "Obar"};
    static const size_t sizes[] = {sizeof GOOD - 1, 16 + 12 + 12};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t step = 1; step < 20; step++) {
            struct screen screen = {0};
            enum screen_verdict verdict = SCREEN_MORE;
            for (size_t len = 0; len < sizes[i]; len += step) {
                verdict = screen_judge(&screen, (const unsigned char *)rows[i], len);
                assert_int_equal(verdict, SCREEN_MORE);
            }
            verdict = screen_judge(&screen, (const unsigned char *)rows[i], sizes[i]);
            assert_int_equal(verdict, i == 0 ? SCREEN_PASS : SCREEN_MORE);
        }
    }
}

static void the_web_servers_wishes_are_read(void **state)
{
    static const struct {
        const char *data;
        size_t len;
        bool keep;
        size_t content_length;
        bool safe;
    } rows[] = {
#define ROW(text, keep, length) {text, sizeof(text) - 1, keep, length, false}
#define METHOD(pair, safe)                                                                         \
    {                                                                                              \
        BEGIN pair END_OF_PARAMS, sizeof(BEGIN pair END_OF_PARAMS) - 1, false, 0, safe             \
    }
#define LENGTH(size, number) PARAMS(size) "\16" number END_OF_PARAMS
        ROW(BEGIN END_OF_PARAMS, false, 0),
        ROW("\1\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0" END_OF_PARAMS, true, 0),
        ROW("\1\1\0\1\0\10\0\0\0\1\376\0\0\0\0\0" END_OF_PARAMS, false, 0),
        ROW(BEGIN LENGTH("\22", "\2CONTENT_LENGTH12"), false, 12),
        ROW(BEGIN LENGTH("\20", "\0CONTENT_LENGTH"), false, 0),
        ROW(BEGIN LENGTH("\22", "\2CONTENT_LENGTH-1"), false, SCREEN_BAD_LENGTH),
        ROW(BEGIN LENGTH("\44", "\24CONTENT_LENGTH18446744073709551615"), false, SCREEN_BAD_LENGTH),
        ROW(BEGIN LENGTH("\45", "\25CONTENT_LENGTH999999999999999999999"), false,
            SCREEN_BAD_LENGTH),
        ROW(BEGIN PARAMS("\22") "\16\2content_length12" END_OF_PARAMS, false, 0),
        METHOD(PARAMS("\23") "\16\3REQUEST_METHODGET", true),
        METHOD(PARAMS("\24") "\16\4REQUEST_METHODHEAD", true),
        METHOD(PARAMS("\27") "\16\7REQUEST_METHODOPTIONS", true),
        METHOD(PARAMS("\24") "\16\4REQUEST_METHODPOST", false),
        METHOD(PARAMS("\25") "\16\5REQUEST_METHODPATCH", false),
        METHOD(PARAMS("\26") "\16\6REQUEST_METHODDELETE", false),
        METHOD(PARAMS("\24") "\16\4REQUEST_METHODGETX", false),
        METHOD(PARAMS("\22") "\15\3EQUEST_METHODGET", false),
#undef LENGTH
#undef METHOD
#undef ROW
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct screen screen = {0};
        print_message("  row %zu\n", i);
        assert_int_equal(screen_judge(&screen, (const unsigned char *)rows[i].data, rows[i].len),
                         SCREEN_PASS);
        assert_int_equal(screen.keep, rows[i].keep);
        assert_true(screen.content_length == rows[i].content_length);
        assert_int_equal(screen.safe, rows[i].safe);
        assert_int_equal(screen.request_id, 1);
    }
}

static void parameters_are_bounded(void **state)
{
    struct screen screen = {0};
    unsigned char *data = mem_bytes(NULL, SCREEN_MAX);

    (void)state;
    memset(data, 0, SCREEN_MAX);
    memcpy(data, BEGIN, 16);
    for (size_t at = 16; at + 8 <= SCREEN_MAX; at += 1016) {
        memcpy(data + at, "\1\4\0\1\3\360\0", 8);
    }
    assert_int_equal(screen_judge(&screen, data, SCREEN_MAX - 1), SCREEN_MORE);
    assert_int_equal(screen_judge(&screen, data, SCREEN_MAX), SCREEN_REFUSE);
    talloc_free(data);
}

/* A request whose head has SIZE bytes: one record of a parameter, and others to fill up. */
static unsigned char *head_of(size_t size)
{
    unsigned char *data = mem_bytes(NULL, size);
    size_t at = 16;

    memset(data, 0, size);
    memcpy(data, BEGIN, at);
    while (at < size - 8) {
        /* A value of 1000 bytes behind a name of one; the last takes what is left. */
        size_t left = size - 8 - at;
        size_t content = left < 2 * 1024 ? left - 8 : 1006;
        size_t value = content - 6;
        const unsigned char header[] = {
            1, 4, 0,   1, (unsigned char)(content >> 8), (unsigned char)(content & 255), 0,
            0, 1, 128, 0, (unsigned char)(value >> 8),   (unsigned char)(value & 255)};
        memcpy(data + at, header, sizeof header);
        memset(data + at + sizeof header, 'x', content - 5);
        at += 8 + content;
    }
    memcpy(data + at, END_OF_PARAMS, 8);
    return data;
}

/* The web server may have sent everything by the time we look for the first time. */
static void the_bound_holds_for_a_head_that_comes_in_one_piece(void **state)
{
    static const struct {
        size_t size;
        enum screen_verdict verdict;
    } rows[] = {{SCREEN_MAX - 1, SCREEN_PASS},
                {SCREEN_MAX, SCREEN_PASS},
                {SCREEN_MAX + 1, SCREEN_REFUSE},
                {2 * SCREEN_MAX, SCREEN_REFUSE}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct screen screen = {0};
        unsigned char *data = head_of(rows[i].size);
        print_message("  %zu bytes\n", rows[i].size);
        assert_int_equal(screen_judge(&screen, data, rows[i].size), rows[i].verdict);
        talloc_free(data);
    }
}

/* They are put together from two records, which nothing else does before libfcgi. */
static void no_copy_of_the_parameters_is_left(void **state)
{
    size_t used = 0;

    (void)state;
    assert_int_equal(judge(BYTES(BEGIN PARAMS(
                         "\62") "\6\100COOKIE0f1e2d3c4b5a69788796a5b4c3d2e1f0"
                                "0f1e2d3c4b" PARAMS("\26") "5a69788796a5b4c3d2e1f0" END_OF_PARAMS)),
                     SCREEN_PASS);
    assert_false(memory_has("0f1e2d3c4b5a6978", "8796a5b4c3d2e1f0", 16));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_request_passes),
        cmocka_unit_test(every_cut_waits_for_more),
        cmocka_unit_test(what_is_no_request_is_refused),
        cmocka_unit_test(pieces_are_judged_as_the_whole),
        cmocka_unit_test(the_web_servers_wishes_are_read),
        cmocka_unit_test(parameters_are_bounded),
        cmocka_unit_test(the_bound_holds_for_a_head_that_comes_in_one_piece),
        cmocka_unit_test(no_copy_of_the_parameters_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
