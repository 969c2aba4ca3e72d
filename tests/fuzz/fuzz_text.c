/*
 * Texts and times: what is UTF-8 is told here once more, lengths add up, normal forms stay what
 * they are, and a time that is read is written as the same time.
 */
#include "fuzz.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

/* How many bytes the first character takes, as RFC 3629 section 4 has it; 0 = it is none. */
static size_t take(const unsigned char *at, size_t left, uint32_t *ret_char)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = *at < 0x80 ? 1 : *at >> 5 == 6 ? 2 : *at >> 4 == 14 ? 3 : *at >> 3 == 30 ? 4 : 0;
    uint32_t character = size == 1 ? *at : *at & (0x7fU >> size);

    if (size == 0 || size > left)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if (at[i] >> 6 != 2)
            return 0;
        character = character << 6 | (at[i] & 0x3f);
    }
    *ret_char = character;
    bool surrogate = character >= 0xd800 && character <= 0xdfff;
    return character < least[size] || character > 0x10ffff || surrogate ? 0 : size;
}

static void check_lengths(const char *text, size_t size)
{
    size_t characters = 0, units = 0;
    bool good = true;

    for (size_t at = 0; at < size && good;) {
        uint32_t ours = 0, theirs = 0;
        size_t used = take((const unsigned char *)text + at, size - at, &ours);
        FUZZ_PROMISE(text_next(text + at, size - at, &theirs) == used);
        FUZZ_PROMISE(used == 0 || ours == theirs);
        good = used > 0;
        at += used;
        characters++;
        units += ours > 0xffff ? 2 : 1;
    }
    FUZZ_PROMISE(text_is_utf8(text, size) == good);
    FUZZ_PROMISE(!good || text_length(text, size) == characters);
    FUZZ_PROMISE(!good || text_utf16_length(text, size) == units);
}

static void check_forms(void *ctx, const char *text, size_t size)
{
    size_t len = 0, again_len = 0;
    const char *form = text_nfkc(ctx, text, size, &len);
    const char *again = text_nfkc(ctx, form, len, &again_len);

    FUZZ_PROMISE(text_is_utf8(form, len));
    FUZZ_PROMISE(len == again_len && memcmp(form, again, len) == 0);
    form = text_lower(ctx, text, size, &len);
    FUZZ_PROMISE(text_is_utf8(form, len));
}

static void check_time(const char *text, size_t size)
{
    char written[CLOCK_ISO_SIZE];
    int64_t time = 0, again = 0;

    if (!clock_parse(text, size, &time))
        return;
    FUZZ_PROMISE(time <= CLOCK_MAX);
    if (time >= 0) {
        clock_format(time, written);
        FUZZ_PROMISE(clock_parse(written, strlen(written), &again) && again == time);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *ctx = mem_context(NULL);
    const char *text = (const char *)data;

    check_lengths(text, size);
    check_time(text, size);
    if (text_is_utf8(text, size))
        check_forms(ctx, text, size);
    if (text_is_email(text, size)) {
        FUZZ_PROMISE(size <= 254 && memchr(text, '@', size) != NULL);
        FUZZ_PROMISE(memchr(text, '\0', size) == NULL && text_length(text, size) == size);
    }
    talloc_free(ctx);
    return 0;
}
