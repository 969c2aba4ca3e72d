#include "http/fcgi.h"

#include <fcgiapp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "http/screen.h"

/*
 * libfcgi reads from a descriptor: a file in memory, which this process has mapped. One request at
 * a time is decoded, so there is one of everything.
 */
static struct {
    int fd; /* -1 = none: libfcgi closes it when it cannot read a request */
    unsigned char *bytes;
    FCGX_Request request;
} decoder = {.fd = -1};

enum err fcgi_setup(void)
{
    return FCGX_Init() == 0 && FCGX_InitRequest(&decoder.request, -1, 0) == 0 ? ERR_OK
                                                                              : ERR_INTERNAL;
}

static enum err map(void)
{
    if (decoder.fd >= 0) {
        return ERR_OK;
    }
    if (decoder.bytes != NULL) {
        munmap(decoder.bytes, SCREEN_MAX);
        decoder.bytes = NULL;
    }
    int fd = memfd_create("taskgate-params", MFD_CLOEXEC);
    if (fd < 0) {
        return ERR_INTERNAL;
    }
    void *bytes = ftruncate(fd, SCREEN_MAX) != 0
                      ? MAP_FAILED
                      : mmap(NULL, SCREEN_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        close(fd);
        return ERR_INTERNAL;
    }
    decoder.fd = fd;
    decoder.bytes = bytes;
    return ERR_OK;
}

/* Without padding behind FCGI_BEGIN_REQUEST, in which libfcgi would look for the next record. */
static void copy(const unsigned char *head, size_t len)
{
    size_t begin = SCREEN_HEADER_SIZE + screen_header(head).content_len;
    size_t params = begin + screen_header(head).padding_len;

    memcpy(decoder.bytes, head, begin);
    decoder.bytes[SCREEN_PADDING_AT] = 0;
    memcpy(decoder.bytes + begin, head + params, len - params);
}

void fcgi_forget(void)
{
    for (char **param = decoder.request.envp; param != NULL && *param != NULL; param++) {
        mem_wipe(*param, strlen(*param));
    }
    FCGX_Free(&decoder.request, 0);
    decoder.request.envp = NULL;
}

enum err fcgi_decode(const unsigned char *head, size_t len, char *const **ret_params)
{
    enum err error;

    fcgi_forget(); /* what a request left whose answer never came */
    if (len > SCREEN_MAX) {
        return ERR_INTERNAL;
    }
    if ((error = map()) != ERR_OK) {
        return error;
    }
    copy(head, len);
    if (lseek(decoder.fd, 0, SEEK_SET) != 0) {
        return ERR_INTERNAL;
    }
    /* With ipcFd set the library does not accept (R7), and keepConnection stops it from closing the
     * descriptor before it reads. It stops at the end of the parameters. */
    decoder.request.ipcFd = decoder.fd;
    decoder.request.keepConnection = 1;
    int result = FCGX_Accept_r(&decoder.request);
    mem_wipe(decoder.bytes, len);
    if (result != 0) {
        decoder.fd = -1;
        return ERR_INTERNAL;
    }
    *ret_params = decoder.request.envp;
    return ERR_OK;
}
