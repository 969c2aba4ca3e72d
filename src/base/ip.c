#include "base/ip.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/mem.h"

/* What stands before the four bytes of an IPv4 address. */
static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

static bool is_ipv4(const struct ip *ip)
{
    return memcmp(ip->bytes, mapped, sizeof mapped) == 0;
}

enum err ip_parse(const char *text, size_t len, struct ip *ret_ip)
{
    char copy[INET6_ADDRSTRLEN];
    struct ip ip;

    if (len >= sizeof copy || memchr(text, '\0', len) != NULL) {
        return ERR_BAD_VALUE;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (inet_pton(AF_INET, copy, ip.bytes + sizeof mapped) == 1) {
        memcpy(ip.bytes, mapped, sizeof mapped);
    } else if (inet_pton(AF_INET6, copy, ip.bytes) != 1) {
        return ERR_BAD_VALUE;
    }
    *ret_ip = ip;
    return ERR_OK;
}

/* One to three digits, 1..MAX. */
static enum err parse_bits(const char *text, unsigned max, unsigned *ret_bits)
{
    size_t len = strspn(text, "0123456789");
    unsigned bits = 0;

    if (len == 0 || len > 3 || text[len] != '\0') {
        return ERR_BAD_VALUE;
    }
    for (; *text != '\0'; text++) {
        bits = bits * 10 + (unsigned)(*text - '0');
    }
    if (bits < 1 || bits > max) {
        return ERR_BAD_VALUE;
    }
    *ret_bits = bits;
    return ERR_OK;
}

enum err ip_parse_network(const char *text, struct ip_network *ret_network)
{
    const char *slash = strchr(text, '/');
    size_t len = slash == NULL ? strlen(text) : (size_t)(slash - text);
    struct ip_network network = {.prefix = 128};
    enum err error = ip_parse(text, len, &network.start);

    if (error == ERR_OK && slash != NULL) {
        bool dotted = memchr(text, ':', len) == NULL;
        error = parse_bits(slash + 1, dotted ? 32 : 128, &network.prefix);
        network.prefix += dotted ? 96 : 0;
    }
    if (error == ERR_OK) {
        *ret_network = network;
    }
    return error;
}

bool ip_is_in(const struct ip *ip, const struct ip_network *network)
{
    size_t whole = network->prefix / 8;
    unsigned rest = network->prefix % 8;

    if (memcmp(ip->bytes, network->start.bytes, whole) != 0) {
        return false;
    }
    return rest == 0 || ((ip->bytes[whole] ^ network->start.bytes[whole]) >> (8 - rest)) == 0;
}

/* What inet_ntop does by sprintf, for each request. */
static char *dotted(void *ctx, const unsigned char bytes[static 4])
{
    char text[INET_ADDRSTRLEN];
    char *at = text;

    for (int i = 0; i < 4; i++) {
        unsigned number = bytes[i];
        if (number >= 100) {
            *at++ = (char)('0' + number / 100);
        }
        if (number >= 10) {
            *at++ = (char)('0' + number / 10 % 10);
        }
        *at++ = (char)('0' + number % 10);
        *at++ = '.';
    }
    return mem_strndup(ctx, text, (size_t)(at - 1 - text));
}

char *ip_text(void *ctx, const struct ip *ip)
{
    char text[INET6_ADDRSTRLEN];

    if (is_ipv4(ip)) {
        return dotted(ctx, ip->bytes + sizeof mapped);
    }
    inet_ntop(AF_INET6, ip->bytes, text, sizeof text);
    return mem_strdup(ctx, text);
}

char *ip_bucket(void *ctx, const struct ip *ip)
{
    const unsigned char *bytes = ip->bytes;

    if (is_ipv4(ip)) {
        return ip_text(ctx, ip);
    }
    return mem_printf(ctx, "%02x%02x:%02x%02x:%02x%02x:%02x%02x:0000:0000:0000:0000", bytes[0],
                      bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]);
}
