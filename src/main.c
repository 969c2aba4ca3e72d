/* The program: what every process needs first, then the command line. */
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cli.h"
#include "proc/master.h"
#include "proc/sandbox.h"

/* A descriptor of these three that is closed would be the next file's or connection's, and get what
 * is printed. It is opened the wrong way round, so that who reads or prints still gets an error. */
static bool open_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        int flags = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", flags) != fd) {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    static const struct cli_host host = {.serve = master_run};

    if (!open_standard()) {
        return EXIT_FAILURE; /* and nowhere to say it */
    }
    umask(077); /* databases and sockets are nobody else's unless a setting says so */
    log_setup(LEVEL_INFO, "taskgate");
    sandbox_enter();
    if (sodium_init() < 0) {
        fputs("taskgate: the random number generator cannot be set up\n", stderr);
        return EXIT_FAILURE;
    }
    return cli_main(argc, argv, &host);
}
