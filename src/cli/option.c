#include "cli/option.h"

#include <getopt.h>
#include <stddef.h>

/* What getopt_long returns for an option is its id behind the letters. */
#define FIRST_ID 256

const struct option_info option_table[OPTION_COUNT] = {
    [OPTION_CONFIG] = {"config", 'c', "FILE",
                       "read settings from FILE (KEY=VALUE lines); the environment wins"},
    [OPTION_JSON] = {"json", 0, NULL, "print JSON, one object on each line"},
    [OPTION_YES] = {"yes", 'y', NULL, "do not ask before something is destroyed"},
    [OPTION_HELP] = {"help", 'h', NULL, "print what there is, or what a command does"},
    [OPTION_VERSION] = {"version", 'V', NULL, "print the version"},
    [OPTION_LISTEN] = {"listen", 'l', "ADDRESS", "the setting LISTEN"},
    [OPTION_WORKERS] = {"workers", 'w', "N", "the setting WORKERS"},
    [OPTION_PRINT] = {"print", 'p', NULL, "print the effective settings, without secrets"},
    [OPTION_OFFLINE] = {"offline", 0, NULL, "do not ask the database"},
    [OPTION_PASSWORD_STDIN] = {"password-stdin", 0, NULL,
                               "read the password from the first line of standard input"},
    [OPTION_NAME] = {"name", 0, "NAME", "what to call the user; else the part before the @"},
    [OPTION_VERIFIED] = {"verified", 0, NULL, "the address needs no proof any more"},
    [OPTION_REASON] = {"reason", 0, "TEXT", "why, for other administrators"},
    [OPTION_ONCE] = {"once", 0, NULL, "print one page and exit"},
    [OPTION_DAYS] = {"days", 0, "N", "for so many days; else for ever"},
    [OPTION_SESSIONS] = {"sessions", 0, NULL, "also sessions and their refresh tokens"},
    [OPTION_DRY_RUN] = {"dry-run", 0, NULL, "write nothing, say what would be done"},
    [OPTION_WEB] = {"web", 0, "URL", "ask the site at URL, through its web server"},
};

static void make_tables(struct option names[OPTION_COUNT + 1], char letters[2 * OPTION_COUNT + 2])
{
    *letters++ = ':';
    for (int id = 0; id < OPTION_COUNT; id++) {
        const struct option_info *info = &option_table[id];
        names[id] = (struct option){
            info->name, info->value != NULL ? required_argument : no_argument, NULL, FIRST_ID + id};
        if (info->letter != 0) {
            *letters++ = info->letter;
            if (info->value != NULL) {
                *letters++ = ':';
            }
        }
    }
    names[OPTION_COUNT] = (struct option){NULL, 0, NULL, 0};
    *letters = '\0';
}

static int id_of(int found)
{
    for (int id = 0; id < OPTION_COUNT; id++) {
        if (found == FIRST_ID + id ||
            (option_table[id].letter != 0 && found == option_table[id].letter)) {
            return id;
        }
    }
    return -1;
}

enum err option_parse(int argc, char **argv, struct buf *problem,
                      const char *ret_values[OPTION_COUNT], int *ret_first)
{
    struct option names[OPTION_COUNT + 1];
    char letters[2 * OPTION_COUNT + 2];
    const char *values[OPTION_COUNT] = {NULL};
    int found;

    make_tables(names, letters);
    optind = 0; /* glibc: begin anew */
    opterr = 0;
    while ((found = getopt_long(argc, argv, letters, names, NULL)) != -1) {
        int id = id_of(found);
        if (id < 0) {
            /* A letter that is none is in optopt; of a long option only the word is known. */
            const char *word = argv[optind - 1];
            int known = optopt >= FIRST_ID ? optopt - FIRST_ID : id_of(optopt);
            if (known >= 0) {
                bool extra = found == '?';
                buf_printf(problem, "the option --%s %s", option_table[known].name,
                           extra ? "takes no value" : "needs a value");
            } else if (optopt != 0) {
                buf_printf(problem, "there is no option -%c", optopt);
            } else {
                buf_printf(problem, "there is no option %s", word);
            }
            return ERR_BAD_REQUEST;
        }
        values[id] = option_table[id].value != NULL ? optarg : "";
    }
    for (int id = 0; id < OPTION_COUNT; id++) {
        ret_values[id] = values[id];
    }
    *ret_first = optind;
    return ERR_OK;
}
