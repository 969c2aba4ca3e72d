/* The screen in front of libfcgi: what passes is complete, so no shorter part of it passes too, and
 * what is refused does not become right by more bytes. */
#include "fuzz.h"

#include "http/screen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum screen_verdict before = SCREEN_MORE;
    struct screen going_on = {0};
    for (size_t len = size > 256 ? size - 256 : 0; len <= size; len++) {
        struct screen fresh = {0};
        enum screen_verdict verdict = screen_judge(&fresh, data, len);
        FUZZ_PROMISE(before == SCREEN_MORE || verdict == before);
        FUZZ_PROMISE(fresh.at <= len);
        FUZZ_PROMISE(before != SCREEN_MORE || screen_judge(&going_on, data, len) == verdict);
        before = verdict;
    }
    return 0;
}
