#include "http/path.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

static bool is_control(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7f;
}

enum err path_decode(void *ctx, const char *text, size_t len, bool plus, char **ret_text)
{
    char *out = mem_bytes(ctx, len + 1);
    size_t used = 0;

    for (size_t i = 0; i < len; i++) {
        char byte = text[i];
        if (byte == '%') {
            int high = len - i > 2 ? hex_digit(text[i + 1]) : -1;
            int low = len - i > 2 ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return ERR_BAD_VALUE;
            }
            byte = (char)(high * 16 + low);
            i += 2;
        } else if (plus && byte == '+') {
            byte = ' ';
        }
        if (is_control((unsigned char)byte)) {
            return ERR_BAD_VALUE;
        }
        out[used++] = byte;
    }
    out[used] = '\0';
    if (!text_is_utf8(out, used)) {
        return ERR_BAD_VALUE;
    }
    *ret_text = out;
    return ERR_OK;
}

/* The characters RFC 3986 section 3.3 allows raw in a segment, less ';' (path parameters). '%' is
 * checked by the decoder. */
static bool is_segment_char(unsigned char byte)
{
    if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
        (byte >= '0' && byte <= '9')) {
        return true;
    }
    return byte != '\0' && strchr("-._~!$&'()*+,=:@%", byte) != NULL;
}

static enum err add_segment(void *ctx, const char *text, size_t len, struct path *path)
{
    char *decoded;

    if (path->count == PATH_MAX_SEGMENTS) {
        return ERR_BAD_PATH;
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_segment_char((unsigned char)text[i])) {
            return ERR_BAD_PATH;
        }
    }
    if (path_decode(ctx, text, len, false, &decoded) != ERR_OK) {
        return ERR_BAD_PATH;
    }
    if (strpbrk(decoded, "/\\") != NULL || strcmp(decoded, ".") == 0 ||
        strcmp(decoded, "..") == 0) {
        return ERR_BAD_PATH;
    }
    path->segments[path->count++] = decoded;
    return ERR_OK;
}

/* Absolute form: some servers pass it on as it came. The authority decides nothing here. */
static const char *skip_authority(const char *target)
{
    const char *rest = NULL;

    if (strncasecmp(target, "http://", 7) == 0) {
        rest = target + 7;
    } else if (strncasecmp(target, "https://", 8) == 0) {
        rest = target + 8;
    }
    return rest == NULL ? target : rest + strcspn(rest, "/?#");
}

enum err path_parse(void *ctx, const char *target, struct path *ret_path)
{
    struct path path = {.query = ""};
    const char *at = skip_authority(target);
    size_t len = strcspn(at, "?#");

    if (strlen(target) > PATH_MAX_LENGTH || len == 0 || at[0] != '/') {
        return ERR_BAD_PATH;
    }
    if (at[len] == '?') {
        path.query = mem_strndup(ctx, at + len + 1, strcspn(at + len + 1, "#"));
    }
    path.raw = mem_strndup(ctx, at, len);

    const char *end = path.raw + len;
    const char *segment = path.raw + 1;
    while (segment < end) {
        size_t size = strcspn(segment, "/");
        if (size == 0) {
            return ERR_BAD_PATH;
        }
        enum err error = add_segment(ctx, segment, size, &path);
        if (error != ERR_OK) {
            return error;
        }
        path.trailing_slash = segment[size] == '/';
        segment += size + (path.trailing_slash ? 1 : 0);
    }
    *ret_path = path;
    return ERR_OK;
}
