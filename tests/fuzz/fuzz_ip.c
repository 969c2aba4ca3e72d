/* Addresses and networks: what is read is what inet_pton reads, and it has one spelling. */
#include "fuzz.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/ip.h"
#include "base/mem.h"

static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

/* As the C library reads it. */
static bool read_other(const char *text, struct ip *ret_ip)
{
    memcpy(ret_ip->bytes, mapped, sizeof mapped);
    return inet_pton(AF_INET, text, ret_ip->bytes + sizeof mapped) == 1 ||
           inet_pton(AF_INET6, text, ret_ip->bytes) == 1;
}

static void check_spelling(void *ctx, const struct ip *ip)
{
    const char *text = ip_text(ctx, ip), *bucket = ip_bucket(ctx, ip);
    struct ip again;

    FUZZ_PROMISE(ip_parse(text, strlen(text), &again) == ERR_OK);
    FUZZ_PROMISE(memcmp(&again, ip, sizeof again) == 0);
    /* A bucket is a network's first address, or the address itself. */
    FUZZ_PROMISE(ip_parse(bucket, strlen(bucket), &again) == ERR_OK);
    FUZZ_PROMISE(strcmp(ip_bucket(ctx, &again), bucket) == 0);
    FUZZ_PROMISE(memcmp(&again, ip, 8) == 0);
}

static void check_network(const struct ip_network *network)
{
    struct ip inside = network->start;

    FUZZ_PROMISE(network->prefix >= 1 && network->prefix <= 128);
    FUZZ_PROMISE(ip_is_in(&inside, network));
    inside.bytes[(network->prefix - 1) / 8] ^= (unsigned char)(0x80 >> (network->prefix - 1) % 8);
    FUZZ_PROMISE(!ip_is_in(&inside, network));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *ctx = mem_context(NULL);
    const char *text = mem_strndup(ctx, (const char *)data, size);
    struct ip_network network;
    struct ip ip, other;
    bool good = ip_parse(text, strlen(text), &ip) == ERR_OK;

    FUZZ_PROMISE(good == read_other(text, &other));
    if (good) {
        FUZZ_PROMISE(memcmp(&ip, &other, sizeof ip) == 0);
        check_spelling(ctx, &ip);
    }
    if (ip_parse_network(text, &network) == ERR_OK)
        check_network(&network);
    talloc_free(ctx);
    return 0;
}
