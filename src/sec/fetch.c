#include "sec/fetch.h"

#include <string.h>

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

/* What went wrong. WORDS, of CURLOPT_ERRORBUFFER, say more than the code, where there are some. */
static void explain(struct buf *problem, CURLcode code, const char *words)
{
    if (code == CURLE_SSL_CACERT_BADFILE) {
        buf_puts(problem, "https cannot be checked: this machine has no certificates of "
                          "authorities (Debian: the package ca-certificates)");
    } else {
        buf_puts(problem, *words != '\0' ? words : curl_easy_strerror(code));
    }
}

/* NOSIGNAL: the alarm of this process is the deadline of its request. */
static CURLcode configure(CURL *curl, const char *url, struct sink *sink, char *words)
{
    CURLcode code = curl_easy_setopt(curl, CURLOPT_URL, url);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
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
    char words[CURL_ERROR_SIZE] = "";
    long status = 0;
    CURL *curl = curl_easy_init();
    if (!curl) {
        mem_fail();
    }
    CURLcode code = configure(curl, url, &sink, words);
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
        explain(problem, code, words);
    } else {
        buf_printf(problem, "the answer has status %ld instead of 200", status);
    }
    return ERR_ABSENT;
}

/* --- any request --- */

#define EXCHANGE_SECONDS 10

struct fetch_client {
    CURL *curl;
};

static int close_client(struct fetch_client *client)
{
    curl_easy_cleanup(client->curl);
    return 0;
}

enum err fetch_client(void *ctx, struct fetch_client **ret_client)
{
    struct fetch_client *client = mem_new(ctx, struct fetch_client);

    client->curl = curl_easy_init();
    if (!client->curl) {
        mem_fail();
    }
    talloc_set_destructor(client, close_client);
    *ret_client = client;
    return ERR_OK;
}

static size_t take_some(char *data, size_t size, size_t count, void *arg)
{
    struct buf *text = arg;
    size_t len = size * count;
    size_t room = FETCH_ANSWER_MAX - text->len;

    buf_add(text, data, len < room ? len : room);
    return len;
}

/* What stands before the last answer, a "100 Continue", is not of it. */
static size_t take_header(char *data, size_t size, size_t count, void *arg)
{
    struct buf *headers = arg;

    if (size * count > 5 && strncmp(data, "HTTP/", 5) == 0) {
        headers->len = 0;
    }
    return take_some(data, size, count, arg);
}

struct upload {
    const char *data;
    size_t left;
};

static size_t give(char *data, size_t size, size_t count, void *arg)
{
    struct upload *upload = arg;
    size_t len = size * count < upload->left ? size * count : upload->left;

    memcpy(data, upload->data, len);
    upload->data += len;
    upload->left -= len;
    return len;
}

static CURLcode set_request(CURL *curl, const struct fetch_request *request,
                            struct curl_slist *headers, struct upload *upload)
{
    CURLcode code = curl_easy_setopt(curl, CURLOPT_URL, request->url);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    code = code ? code : curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_PROXY, "");
    code = code ? code : curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)EXCHANGE_SECONDS);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (strcmp(request->method, "HEAD") == 0) {
        return code ? code : curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    }
    if (request->body && request->chunked) {
        code = code ? code : curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        code = code ? code : curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
        code = code ? code : curl_easy_setopt(curl, CURLOPT_READDATA, upload);
    } else if (request->body) {
        code = code ? code : curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
        code = code ? code : curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)request->body_len);
    }
    return code ? code : curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

static CURLcode set_answer(CURL *curl, struct fetch_answer *answer)
{
    CURLcode code = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_some);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer->body);
    code = code ? code : curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    return code ? code : curl_easy_setopt(curl, CURLOPT_HEADERDATA, answer->headers);
}

static CURLcode read_facts(CURL *curl, void *ctx, struct fetch_answer *answer)
{
    long status = 0;
    long connects = 0;
    char *local = NULL;
    CURLcode code = curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);

    code = code ? code : curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &connects);
    code = code ? code : curl_easy_getinfo(curl, CURLINFO_LOCAL_IP, &local);
    answer->status = (int)status;
    answer->connected = connects > 0;
    answer->local = mem_strdup(ctx, local ? local : "");
    return code;
}

enum err fetch_exchange(struct fetch_client *client, void *ctx, const struct fetch_request *request,
                        struct fetch_answer *ret_answer, struct buf *problem)
{
    struct fetch_answer answer = {.headers = buf_new(ctx), .body = buf_new(ctx)};
    struct upload upload = {.data = request->body, .left = request->body_len};
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    char words[CURL_ERROR_SIZE] = "";

    for (const char *const *header = request->headers; header && *header; header++) {
        headers = curl_slist_append(headers, *header);
    }
    curl_easy_reset(client->curl); /* keeps the connection */
    CURLcode code = set_request(client->curl, request, headers, &upload);
    code = code ? code : set_answer(client->curl, &answer);
    code = code ? code : curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, words);
    code = code ? code : curl_easy_perform(client->curl);
    (void)curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, NULL); /* WORDS end with this call */
    /* A server may refuse a body before it has read it, and say so. */
    if (code == CURLE_SEND_ERROR && answer.headers->len > 0) {
        code = CURLE_OK;
    }
    code = code ? code : read_facts(client->curl, ctx, &answer);
    curl_slist_free_all(headers);
    if (code != CURLE_OK) {
        explain(problem, code, words);
        return ERR_ABSENT;
    }
    *ret_answer = answer;
    return ERR_OK;
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

enum err fetch_client(void *ctx, struct fetch_client **ret_client)
{
    (void)ctx;
    (void)ret_client;
    return ERR_CONFIG;
}

enum err fetch_exchange(struct fetch_client *client, void *ctx, const struct fetch_request *request,
                        struct fetch_answer *ret_answer, struct buf *problem)
{
    (void)client;
    (void)ctx;
    (void)request;
    (void)ret_answer;
    (void)problem;
    return ERR_ABSENT;
}

#endif
