#include "sec/fetch.h"

#include "base/mem.h"

#ifdef HAVE_CURL

#include <curl/curl.h>

struct sink {
    struct buf *text;
    size_t max;
};

/* Anything but LEN ends the transfer. */
static size_t take(char *data, size_t size, size_t count, void *arg)
{
    struct sink *sink = arg;
    size_t len = size * count;
    if (len > sink->max - sink->text->len) {
        return 0;
    }
    buf_add(sink->text, data, len);
    return len;
}

/* NOSIGNAL: the alarm of this process is the deadline of its request. */
static CURLcode configure(CURL *curl, const char *url, struct sink *sink)
{
    CURLcode code = curl_easy_setopt(curl, CURLOPT_URL, url);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    code = code ? code : curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_PROXY, "");
    code = code ? code : curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)FETCH_SECONDS);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)FETCH_SECONDS);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_WRITEDATA, sink);
    return code;
}

enum err fetch_text(void *ctx, const char *url, size_t max, struct buf **ret_text,
                    struct buf *problem)
{
    struct sink sink = {.text = buf_new(ctx), .max = max};
    long status = 0;
    CURL *curl = curl_easy_init();
    if (!curl) {
        mem_fail();
    }
    CURLcode code = configure(curl, url, &sink);
    code = code ? code : curl_easy_perform(curl);
    code = code ? code : curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    if (code == CURLE_OK && status == 200) {
        *ret_text = sink.text;
        return ERR_OK;
    }
    talloc_free(sink.text);
    if (code == CURLE_WRITE_ERROR) {
        buf_printf(problem, "the answer has more than %zu bytes", max);
    } else if (code != CURLE_OK) {
        buf_puts(problem, curl_easy_strerror(code));
    } else {
        buf_printf(problem, "the answer has status %ld instead of 200", status);
    }
    return ERR_ABSENT;
}

#else

enum err fetch_text(void *ctx, const char *url, size_t max, struct buf **ret_text,
                    struct buf *problem)
{
    (void)ctx;
    (void)url;
    (void)max;
    (void)ret_text;
    buf_puts(problem, "this program was built without libcurl");
    return ERR_ABSENT;
}

#endif
