/* The least that a FastCGI program can do with libfcgi: what it costs to be asked at all. Four
 * processes share the socket that they find on descriptor 0. */
#include <fcgiapp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PROCESSES 4

int main(void)
{
    static const char answer[] = "Content-Type: application/json\r\nContent-Length: 19\r\n\r\n"
                                 "{\"message\":\"Hello\"}";
    FCGX_Request request;

    for (int i = 1; i < PROCESSES; i++) {
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            break;
        }
    }
    if (FCGX_Init() != 0 || FCGX_InitRequest(&request, 0, 0) != 0) {
        return 1;
    }
    while (FCGX_Accept_r(&request) == 0) {
        FCGX_PutStr(answer, sizeof answer - 1, request.out);
        FCGX_Finish_r(&request);
    }
    return 0;
}
