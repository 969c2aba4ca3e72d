/* The table of settings, a line each. Private to conf/. */
#ifndef TASKGATE_CONF_SETTING_H
#define TASKGATE_CONF_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the text becomes a member of struct config. */
enum setting_type {
    SETTING_NOTHING,  /* accepted without effect; words are the values that may be given */
    SETTING_BOOL,     /* bool */
    SETTING_INT,      /* int, min..max */
    SETTING_SIZE,     /* size_t, min..max */
    SETTING_SECONDS,  /* int64_t milliseconds, min..max seconds */
    SETTING_MINUTES,  /* int64_t milliseconds, min..max minutes */
    SETTING_WORD,     /* an enum, whose values are the places of its words in words */
    SETTING_TEXT,     /* const char * */
    SETTING_NETWORKS, /* struct conf_networks, comma-separated, may be empty */
    SETTING_LIST,     /* struct conf_list, comma-separated, at least one item */
    SETTING_COOKIES,  /* struct conf_list of cookie names, "off" = none */
    SETTING_SECRET,   /* the first of secrets */
    SETTING_SECRETS,  /* the others, comma-separated */
    SETTING_BASE_URL, /* base_url and base_https */
    SETTING_ORIGINS,  /* struct conf_list of origins */
    SETTING_DATABASE, /* store and database */
    SETTING_KEYS_URL, /* const char *, https or loopback */
    SETTING_PROGRAM,  /* struct conf_list: a program that can be run and its arguments */
    SETTING_FOLDER,   /* const char *, a folder that is there */
    SETTING_SENDER,   /* mail_from and mail_from_name */
    SETTING_LOG,      /* log.target and log.path */
};

struct setting {
    const char *name;
    const char *alias; /* another name for it, or NULL */
    enum setting_type type;
    const char *fallback; /* the default as text, NULL = none */
    int64_t min;
    int64_t max;
    const char *const *words; /* ended by NULL */
    size_t offset;            /* of the member in struct config */
    const char *help;         /* one line */
};

/* Alphabetical, as for print. */
extern const struct setting setting_table[];
extern const size_t setting_count;

/* Whether the value may hold a secret, which no message may show. */
bool setting_is_sensitive(const struct setting *setting);

/* The names of LIST_SHAPE's values in the order of enum list_shape, ended by NULL. */
extern const char *const setting_list_shapes[];

#endif
