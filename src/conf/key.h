/* Whether a secret is worth its name. Private to conf/. */
#ifndef TASKGATE_CONF_KEY_H
#define TASKGATE_CONF_KEY_H

#include <stddef.h>

#define KEY_MIN_LENGTH 32

enum key_fault {
    KEY_GOOD,
    KEY_SHORT,
    KEY_SAMPLE,   /* from somebody's documentation, or a placeholder */
    KEY_REPEATED, /* one short piece again and again */
};

enum key_fault key_check(const char *text, size_t len);

#endif
