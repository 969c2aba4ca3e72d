/* The program: what every process needs first, then the command line. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/log.h"
#include "cli/cli.h"
#include "proc/master.h"
#include "proc/sandbox.h"

int main(int argc, char **argv)
{
    static const struct cli_host host = {.serve = master_run};

    umask(077); /* databases and sockets are nobody else's unless a setting says so */
    log_setup(LEVEL_INFO, "taskgate");
    sandbox_enter();
    if (sodium_init() < 0) {
        fputs("taskgate: the random number generator cannot be set up\n", stderr);
        return EXIT_FAILURE;
    }
    return cli_main(argc, argv, &host);
}
