/* Options and commands. */
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "proc/keytool.h"
#include "proc/listen.h"
#include "proc/master.h"
#include "sec/keyring.h"
#include "store/store.h"

#define EXIT_USAGE 64 /* sysexits.h EX_USAGE */

struct options {
    const char *config_file;
    bool print;
};

static void print_help(void)
{
    fputs(
        "Usage: taskgate COMMAND [OPTION]...\n"
        "An authentication server and task API behind a FastCGI web server.\n"
        "\n"
        "Commands:\n"
        "  serve      answer requests until SIGTERM; SIGHUP reads the settings again\n"
        "  migrate    bring the database's schema to this version\n"
        "  keys list     list the keys that sign and verify the tokens of /api/auth/token\n"
        "  keys rotate   sign with a new key from now on; the old ones verify for 30 days\n"
        "  check      check the settings and exit (0 = right, 78 = wrong)\n"
        "\n"
        "Options:\n"
        "  -c, --config FILE     read settings from FILE (KEY=VALUE lines); the environment wins\n"
        "  -l, --listen ADDRESS  serve: the setting LISTEN\n"
        "  -w, --workers N       serve: the setting WORKERS\n"
        "  -p, --print           check: print the effective settings, without secrets\n"
        "  -h, --help            this text\n"
        "  -V, --version         the version\n"
        "\n"
        "Settings:\n",
        stdout);
    conf_print_help(stdout);
}

static int usage(const char *problem, const char *what)
{
    fprintf(stderr, "taskgate: %s%s%s\nTry 'taskgate --help'.\n", problem, what == NULL ? "" : ": ",
            what == NULL ? "" : what);
    return EXIT_USAGE;
}

/* Loads the settings for a command that a person runs: problems go to stderr, plainly. */
static enum err load(void *ctx, const struct conf_source *source, struct config **ret_config)
{
    struct buf *problems = buf_new(ctx);
    struct buf *warnings = buf_new(ctx);
    enum err error = conf_load(ctx, source, ret_config, problems, warnings);

    if (error == ERR_OK) {
        error = keyring_check_file((*ret_config)->jwks_file, problems);
    }
    fputs(warnings->data, stderr);
    fputs(problems->data, stderr);
    return error;
}

static int check(const struct conf_source *source, bool print)
{
    struct config *config;
    void *ctx = mem_context(NULL);
    struct buf *problem = buf_new(ctx);
    bool right = load(ctx, source, &config) == ERR_OK;

    if (right && listen_check(ctx, config->listen, problem) != ERR_OK) {
        fprintf(stderr, "%s\n", problem->data);
        right = false;
    }
    if (right && print) {
        conf_print(config, stdout);
    } else if (right) {
        puts("The settings are right.");
    }
    talloc_free(ctx);
    return right ? EXIT_SUCCESS : CONF_EXIT_STATUS;
}

static int exit_status(enum err error)
{
    if (error == ERR_CONFIG) {
        return CONF_EXIT_STATUS;
    }
    return error == ERR_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int migrate(const struct conf_source *source)
{
    struct config *config;
    struct store *store = NULL;
    void *ctx = mem_context(NULL);
    enum err error = load(ctx, source, &config);

    if (error == ERR_OK) {
        error = store_open(ctx, config, &store);
    }
    if (error == ERR_OK) {
        error = store_migrate(store);
    }
    talloc_free(ctx);
    return exit_status(error);
}

static int keys(const struct conf_source *source, const char *verb)
{
    bool lists = strcmp(verb, "list") == 0;
    struct config *config;

    if (!lists && strcmp(verb, "rotate") != 0) {
        return usage("keys can be listed and rotated", verb);
    }
    void *ctx = mem_context(NULL);
    enum err error = load(ctx, source, &config);
    if (error == ERR_OK) {
        error = lists ? keytool_list(config, stdout) : keytool_rotate(config, stdout);
    }
    talloc_free(ctx);
    return exit_status(error);
}

static int run(const char *command, const char *verb, const struct options *options)
{
    const struct conf_source source = {.file = options->config_file, .environ = environ};

    if (strcmp(command, "serve") == 0) {
        return master_run(&source);
    }
    if (strcmp(command, "migrate") == 0) {
        return migrate(&source);
    }
    if (strcmp(command, "keys") == 0) {
        return keys(&source, verb);
    }
    if (strcmp(command, "check") == 0) {
        return check(&source, options->print);
    }
    return usage("there is no such command", command);
}

int main(int argc, char **argv)
{
    static const struct option names[] = {
        {"config", required_argument, NULL, 'c'},
        {"listen", required_argument, NULL, 'l'},
        {"workers", required_argument, NULL, 'w'},
        {"print", no_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };
    struct options options = {.config_file = NULL};

    umask(077); /* databases and sockets are nobody else's unless a setting says so */
    log_setup(LEVEL_INFO, "taskgate");
    if (sodium_init() < 0) {
        return usage("the random number generator cannot be set up", NULL);
    }
    for (int option; (option = getopt_long(argc, argv, "c:l:w:phV", names, NULL)) != -1;) {
        switch (option) {
        case 'c':
            options.config_file = optarg;
            break;
        case 'l': /* the command line wins as part of the environment, also at a reload */
            setenv("LISTEN", optarg, 1);
            break;
        case 'w':
            setenv("WORKERS", optarg, 1);
            break;
        case 'p':
            options.print = true;
            break;
        case 'h':
            print_help();
            return EXIT_SUCCESS;
        case 'V':
            puts("taskgate " VERSION);
            return EXIT_SUCCESS;
        default:
            return EXIT_USAGE; /* getopt_long has said what is wrong */
        }
    }
    int words = optind < argc && strcmp(argv[optind], "keys") == 0 ? 2 : 1;
    if (optind + words != argc) {
        return usage(optind + words > argc ? "which command" : "one command at a time", NULL);
    }
    return run(argv[optind], argv[argc - 1], &options);
}
