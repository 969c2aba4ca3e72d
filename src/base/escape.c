#include "base/escape.h"

#include <stdbool.h>

#include "base/text.h"

static bool commands(uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
           /* what reorders or hides the text around it (UAX 9 section 2, "Trojan Source") */
           character == 0x61c || (character >= 0x200b && character <= 0x200f) ||
           (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2060 && character <= 0x206f) || character == 0xfeff ||
           (character >= 0xe0000 && character <= 0xe007f);
}

void escape_text(struct buf *buf, const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint32_t character = 0;
        size_t used = text_next(text + i, len - i, &character);
        size_t bytes = used == 0 ? 1 : used;
        if (used == 0 || commands(character)) {
            for (size_t k = 0; k < bytes; k++) {
                buf_printf(buf, "\\x%02x", (unsigned char)text[i + k]);
            }
        } else if (character == '\\') {
            buf_puts(buf, "\\\\");
        } else {
            buf_add(buf, text + i, used);
        }
        i += bytes;
    }
}
