/*
 * Our one-pass JSON validator (R15). It decides what is JSON, so that the parsers behind it
 * (json-c for bodies, the one inside libjwt for tokens) cannot disagree about what a text says.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

/* A longer number says nothing a double could hold; 64 bits have at most 20 digits and a sign. */
#define NUMBER_MAX_LENGTH 64

/* The raw text of a member name between its quotes. */
struct name {
    const char *data;
    size_t len;
};

struct guard {
    const char *at;
    const char *end;
    int depth;
    size_t values;
    /* The names of all open objects, innermost last: each belongs to a value, so there are no more
     * of them than values. */
    struct name names[JSON_MAX_VALUES];
    size_t name_count;
};

static bool guard_value(struct guard *guard);

static void skip_space(struct guard *guard)
{
    while (guard->at < guard->end &&
           (*guard->at == ' ' || *guard->at == '\t' || *guard->at == '\n' || *guard->at == '\r')) {
        guard->at++;
    }
}

static bool take(struct guard *guard, char byte)
{
    if (guard->at == guard->end || *guard->at != byte) {
        return false;
    }
    guard->at++;
    return true;
}

static bool take_word(struct guard *guard, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(guard->end - guard->at) < len || memcmp(guard->at, word, len) != 0) {
        return false;
    }
    guard->at += len;
    return true;
}

static bool is_digit(const struct guard *guard)
{
    return guard->at < guard->end && *guard->at >= '0' && *guard->at <= '9';
}

static bool take_digits(struct guard *guard)
{
    if (!is_digit(guard)) {
        return false;
    }
    while (is_digit(guard)) {
        guard->at++;
    }
    return true;
}

/* Whether the digits fit 64 bits with a sign: json-c would silently take the nearest that does. */
static bool fits_integer(const char *digits, size_t len, bool negative)
{
    uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    uint64_t number = 0;
    for (size_t i = 0; i < len; i++) {
        uint64_t digit = (uint64_t)(digits[i] - '0');
        if (number > (limit - digit) / 10) {
            return false;
        }
        number = number * 10 + digit;
    }
    return true;
}

static bool guard_number(struct guard *guard)
{
    const char *start = guard->at;
    bool negative = take(guard, '-');
    const char *digits = guard->at;
    if (!take(guard, '0') && !take_digits(guard)) {
        return false;
    }
    size_t digit_count = (size_t)(guard->at - digits);
    bool integer = true;
    if (take(guard, '.')) {
        integer = false;
        if (!take_digits(guard)) {
            return false;
        }
    }
    if (take(guard, 'e') || take(guard, 'E')) {
        integer = false;
        if (!take(guard, '-')) {
            take(guard, '+');
        }
        if (!take_digits(guard)) {
            return false;
        }
    }
    return guard->at - start <= NUMBER_MAX_LENGTH &&
           (!integer || fits_integer(digits, digit_count, negative));
}

/* Reads four hexadecimal digits. */
static bool read_unit(const char **at, const char *end, uint32_t *ret_unit)
{
    if (end - *at < 4) {
        return false;
    }
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        char byte = *(*at)++;
        uint32_t digit = 0;
        if (byte >= '0' && byte <= '9') {
            digit = (uint32_t)(byte - '0');
        } else if (byte >= 'a' && byte <= 'f') {
            digit = (uint32_t)(byte - 'a' + 10);
        } else if (byte >= 'A' && byte <= 'F') {
            digit = (uint32_t)(byte - 'A' + 10);
        } else {
            return false;
        }
        unit = unit * 16 + digit;
    }
    *ret_unit = unit;
    return true;
}

/* Reads what follows "\u": no U+0000, no surrogate without its other half. */
static bool read_unicode(const char **at, const char *end, uint32_t *ret_char)
{
    uint32_t high = 0;
    if (!read_unit(at, end, &high) || high == 0) {
        return false;
    }
    if (high < 0xd800 || high > 0xdfff) {
        *ret_char = high;
        return true;
    }
    uint32_t low = 0;
    if (high > 0xdbff || end - *at < 2 || (*at)[0] != '\\' || (*at)[1] != 'u') {
        return false;
    }
    *at += 2;
    if (!read_unit(at, end, &low) || low < 0xdc00 || low > 0xdfff) {
        return false;
    }
    *ret_char = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

/* Reads one character of a string, escaped or not. */
static bool read_character(const char **at, const char *end, uint32_t *ret_char)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    if (**at != '\\') {
        size_t used = text_next(*at, (size_t)(end - *at), ret_char);
        *at += used;
        return used > 0 && *ret_char >= 0x20;
    }
    if (end - *at < 2) {
        return false;
    }
    char letter = (*at)[1];
    *at += 2;
    if (letter == 'u') {
        return read_unicode(at, end, ret_char);
    }
    const char *found = letter != '\0' ? strchr(letters, letter) : NULL;
    if (!found) {
        return false;
    }
    *ret_char = (uint32_t)meanings[found - letters];
    return true;
}

static bool guard_string(struct guard *guard)
{
    if (!take(guard, '"')) {
        return false;
    }
    while (guard->at < guard->end) {
        uint32_t character = 0;
        if (take(guard, '"')) {
            return true;
        }
        if (!read_character(&guard->at, guard->end, &character)) {
            return false;
        }
    }
    return false;
}

/* Orders names by their characters: "a" and "\u0061" are the same name. */
static int compare_names(const void *left, const void *right)
{
    const struct name *a = left;
    const struct name *b = right;
    const char *a_at = a->data;
    const char *a_end = a->data + a->len;
    const char *b_at = b->data;
    const char *b_end = b->data + b->len;
    while (a_at < a_end && b_at < b_end) {
        uint32_t a_char = 0;
        uint32_t b_char = 0;
        /* Both were read before, so both are well-formed. */
        (void)read_character(&a_at, a_end, &a_char);
        (void)read_character(&b_at, b_end, &b_char);
        if (a_char != b_char) {
            return a_char < b_char ? -1 : 1;
        }
    }
    return (a_at < a_end) - (b_at < b_end);
}

/* Sorting keeps the cost of a hostile object low: a table of hashes could be made to collide. */
static bool names_differ(struct name *names, size_t count)
{
    qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 1; i < count; i++) {
        if (compare_names(&names[i - 1], &names[i]) == 0) {
            return false;
        }
    }
    return true;
}

static bool guard_member(struct guard *guard)
{
    if (guard->name_count == JSON_MAX_VALUES) {
        return false;
    }
    struct name *name = &guard->names[guard->name_count++];
    name->data = guard->at + 1;
    if (!guard_string(guard)) {
        return false;
    }
    name->len = (size_t)(guard->at - 1 - name->data);
    skip_space(guard);
    return take(guard, ':') && guard_value(guard);
}

static bool guard_object(struct guard *guard)
{
    size_t first = guard->name_count;
    skip_space(guard);
    if (take(guard, '}')) {
        return true;
    }
    do {
        skip_space(guard);
        if (!guard_member(guard)) {
            return false;
        }
        skip_space(guard);
    } while (take(guard, ','));
    bool differ = names_differ(guard->names + first, guard->name_count - first);
    guard->name_count = first;
    return differ && take(guard, '}');
}

static bool guard_array(struct guard *guard)
{
    skip_space(guard);
    if (take(guard, ']')) {
        return true;
    }
    do {
        if (!guard_value(guard)) {
            return false;
        }
        skip_space(guard);
    } while (take(guard, ','));
    return take(guard, ']');
}

/* Recursion is bounded by JSON_MAX_DEPTH. */
static bool guard_nested(struct guard *guard)
{
    if (guard->depth == JSON_MAX_DEPTH) {
        return false;
    }
    guard->depth++;
    bool good = take(guard, '{') ? guard_object(guard) : take(guard, '[') && guard_array(guard);
    guard->depth--;
    return good;
}

static bool guard_value(struct guard *guard)
{
    skip_space(guard);
    if (guard->at == guard->end || guard->values == JSON_MAX_VALUES) {
        return false;
    }
    guard->values++;
    switch (*guard->at) {
    case '{':
    case '[':
        return guard_nested(guard);
    case '"':
        return guard_string(guard);
    case 't':
        return take_word(guard, "true");
    case 'f':
        return take_word(guard, "false");
    case 'n':
        return take_word(guard, "null");
    default:
        return guard_number(guard);
    }
}

enum err json_guard(const char *text, size_t len)
{
    size_t ignored;

    return json_guard_count(text, len, &ignored);
}

enum err json_guard_count(const char *text, size_t len, size_t *ret_values)
{
    /* Names are written before they are read; zeros for all of them would cost more than a text. */
    struct guard guard __attribute__((uninitialized));
    guard.at = text;
    guard.end = text + len;
    guard.depth = 0;
    guard.values = 0;
    guard.name_count = 0;
    if (!guard_value(&guard)) {
        return ERR_BAD_JSON;
    }
    skip_space(&guard);
    *ret_values = guard.values;
    return guard.at == guard.end ? ERR_OK : ERR_BAD_JSON;
}
