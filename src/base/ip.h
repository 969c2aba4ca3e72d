/*
 * IP addresses as numbers: an address has one value, however it is written. IPv4 is kept in its
 * IPv4-mapped form (RFC 4291 section 2.5.5.2), so that ::ffff:192.0.2.1 and 192.0.2.1 are one.
 */
#ifndef TASKGATE_BASE_IP_H
#define TASKGATE_BASE_IP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct ip {
    unsigned char bytes[16];
};

/* All addresses whose first PREFIX bits (of 128) are those of START. */
struct ip_network {
    struct ip start;
    unsigned prefix;
};

/* The address in LEN bytes of TEXT: IPv4 or IPv6, without port, brackets, zone or space around it.
 * ERR_BAD_VALUE when it is anything else. */
enum err ip_parse(const char *text, size_t len, struct ip *ret_ip) WARN_UNUSED;

/* "ADDRESS" or "ADDRESS/BITS" with at least one bit. ERR_BAD_VALUE. */
enum err ip_parse_network(const char *text, struct ip_network *ret_network) WARN_UNUSED;

bool ip_is_in(const struct ip *ip, const struct ip_network *network);

/* The address as it is mostly written (RFC 5952; IPv4 with dots), owned by CTX. */
char *ip_text(void *ctx, const struct ip *ip);

/* Who counts as one caller, in Better Auth's spelling, owned by CTX: an IPv4 address; of IPv6 the
 * /64, which one customer has whole, as eight groups of four digits. */
char *ip_bucket(void *ctx, const struct ip *ip);

#endif
