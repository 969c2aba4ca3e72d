#include "base/clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now = {0};
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * CLOCK_SECOND + now.tv_nsec / 1000000;
}

int64_t clock_now(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_nanoseconds(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/*
 * Civil dates by arithmetic instead of gmtime and timegm: no locale, no time zone file, and the
 * same code in both directions. A year is counted from 1 March, so that the leap day is its last;
 * an era is 400 years, 146097 days; 719468 days lie between 0000-03-01 and 1970-01-01.
 */
static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
    int64_t shifted_year = month > 2 ? year : year - 1;
    int64_t shifted_month = month > 2 ? month - 3 : month + 9;
    int64_t era = shifted_year / 400;
    int64_t year_of_era = shifted_year % 400;
    int64_t day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_from_days(int64_t days, int64_t *ret_year, int64_t *ret_month, int64_t *ret_day)
{
    int64_t shifted = days + 719468;
    int64_t era = shifted / 146097;
    int64_t day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    *ret_day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    *ret_month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    *ret_year = era * 400 + year_of_era + (*ret_month <= 2 ? 1 : 0);
}

/* Writes NUMBER with exactly WIDTH digits. */
static char *put_digits(char *out, unsigned number, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        out[i] = (char)('0' + number % 10);
        number /= 10;
    }
    return out + width;
}

/* "2026-11-21T": most times that are written one after the other are of one day. */
static const char *date_text(int64_t days)
{
    static int64_t known = -1;
    static char text[sizeof "2026-11-21T"];

    if (days != known) {
        int64_t year = 0;
        int64_t month = 0;
        int64_t day = 0;
        date_from_days(days, &year, &month, &day);
        char *at = put_digits(text, (unsigned)year, 4);
        *at++ = '-';
        at = put_digits(at, (unsigned)month, 2);
        *at++ = '-';
        at = put_digits(at, (unsigned)day, 2);
        *at = 'T';
        known = days;
    }
    return text;
}

void clock_format(int64_t time, char out[static CLOCK_ISO_SIZE])
{
    if (time < 0) {
        time = 0;
    }
    if (time > CLOCK_MAX) {
        time = CLOCK_MAX;
    }
    const unsigned second = CLOCK_SECOND, minute = CLOCK_MINUTE, hour = CLOCK_HOUR;
    const char *date = date_text(time / CLOCK_DAY);
    unsigned rest = (unsigned)(time % CLOCK_DAY);
    char *at = out;
    while (*date != '\0') {
        *at++ = *date++;
    }
    at = put_digits(at, rest / hour, 2);
    *at++ = ':';
    at = put_digits(at, rest % hour / minute, 2);
    *at++ = ':';
    at = put_digits(at, rest % minute / second, 2);
    *at++ = '.';
    at = put_digits(at, rest % second, 3);
    *at++ = 'Z';
    *at = '\0';
}

struct reader {
    const char *at;
    const char *end;
};

/* Reads exactly WIDTH digits of a number in LOW..HIGH. */
static bool read_number(struct reader *reader, int width, int64_t low, int64_t high,
                        int64_t *ret_number)
{
    int64_t number = 0;
    for (int i = 0; i < width; i++) {
        if (reader->at == reader->end || *reader->at < '0' || *reader->at > '9') {
            return false;
        }
        number = number * 10 + (*reader->at++ - '0');
    }
    if (number < low || number > high) {
        return false;
    }
    *ret_number = number;
    return true;
}

/* Reads one byte that is A or B. */
static bool read_either(struct reader *reader, char a, char b)
{
    if (reader->at == reader->end || (*reader->at != a && *reader->at != b)) {
        return false;
    }
    reader->at++;
    return true;
}

static int64_t month_length(int64_t year, int64_t month)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : lengths[month - 1];
}

/* Reads ".digits" if it is there: milliseconds. */
static bool read_fraction(struct reader *reader, int64_t *ret_milliseconds)
{
    int64_t milliseconds = 0;
    if (reader->at < reader->end && *reader->at == '.') {
        reader->at++;
        int64_t weight = 100;
        int digits = 0;
        for (; reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9'; digits++) {
            milliseconds += (*reader->at++ - '0') * weight;
            weight /= 10;
        }
        if (digits == 0) {
            return false;
        }
    }
    *ret_milliseconds = milliseconds;
    return true;
}

static bool read_zone(struct reader *reader)
{
    if (read_either(reader, 'Z', 'Z')) {
        return reader->at == reader->end;
    }
    int64_t zero = 0;
    if (!read_either(reader, '+', '+') || !read_number(reader, 2, 0, 0, &zero)) {
        return false;
    }
    if (reader->at == reader->end) {
        return true;
    }
    return read_either(reader, ':', ':') && read_number(reader, 2, 0, 0, &zero) &&
           reader->at == reader->end;
}

bool clock_parse(const char *text, size_t len, int64_t *ret_time)
{
    struct reader reader = {.at = text, .end = text + len};
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    int64_t milliseconds = 0;
    if (!read_number(&reader, 4, 1, 9999, &year) || !read_either(&reader, '-', '-') ||
        !read_number(&reader, 2, 1, 12, &month) || !read_either(&reader, '-', '-') ||
        !read_number(&reader, 2, 1, month_length(year, month), &day) ||
        !read_either(&reader, 'T', ' ') || !read_number(&reader, 2, 0, 23, &hour) ||
        !read_either(&reader, ':', ':') || !read_number(&reader, 2, 0, 59, &minute) ||
        !read_either(&reader, ':', ':') || !read_number(&reader, 2, 0, 59, &second) ||
        !read_fraction(&reader, &milliseconds) || !read_zone(&reader)) {
        return false;
    }
    *ret_time = days_from_date(year, month, day) * CLOCK_DAY + hour * CLOCK_HOUR +
                minute * CLOCK_MINUTE + second * CLOCK_SECOND + milliseconds;
    return true;
}
