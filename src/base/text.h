/* Unicode text. The only file that knows libunistring. All text is UTF-8 with an explicit length.
 */
#ifndef TASKGATE_BASE_TEXT_H
#define TASKGATE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Valid UTF-8: no overlong form, no surrogate, nothing above U+10FFFF (RFC 3629). NUL is valid. */
bool text_is_utf8(const char *data, size_t len);

/* The first character of DATA: how many bytes it has, 0 when they are not valid UTF-8. */
size_t text_next(const char *data, size_t len, uint32_t *ret_char);

/* Characters (code points) of valid UTF-8. */
size_t text_length(const char *data, size_t len);

/* Columns of a terminal that valid UTF-8 takes up (UAX 11). */
size_t text_width(const char *data, size_t len);

/* UTF-16 code units of valid UTF-8: how JavaScript counts, and so Better Auth. */
size_t text_utf16_length(const char *data, size_t len);

/* Normal form NFKC of valid UTF-8, owned by CTX. */
char *text_nfkc(void *ctx, const char *data, size_t len, size_t *ret_len);

/* Lower case by Unicode, independent of locale, owned by CTX. */
char *text_lower(void *ctx, const char *data, size_t len, size_t *ret_len);

/* Lower case of ASCII letters only, in place. */
void text_lower_ascii(char *text);

/* Better Auth's e-mail syntax (ASCII only, no trimming), at most 254 bytes. */
bool text_is_email(const char *data, size_t len);

/* An e-mail address as it is stored and compared: in lower case, owned by CTX. */
char *text_email(void *ctx, const char *address);

#endif
