#include "store/check.h"

#include <stdarg.h>

#include "base/mem.h"

void check_tell(const struct check *check, const char *name, enum upkeep_state state,
                const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = mem_checked(talloc_vasprintf(NULL, format, args));
    va_end(args);
    check->found(check->arg, name, state, text);
    talloc_free(text);
}

bool check_version(const struct check *check, const struct migration *steps, int64_t version)
{
    long long newest = migrate_newest(steps);

    if (version == 0) {
        check_tell(check, "version", UPKEEP_WRONG,
                   "there are no tables of taskgate yet: run \"taskgate migrate\"");
    } else if (version > newest) {
        check_tell(check, "version", UPKEEP_WRONG,
                   "the schema has version %lld, newer than this program's %lld: install the newer "
                   "program",
                   (long long)version, newest);
    } else if (version < newest) {
        check_tell(check, "version", UPKEEP_WRONG,
                   "the schema has version %lld, this program needs %lld: run \"taskgate migrate\"",
                   (long long)version, newest);
    } else {
        check_tell(check, "version", UPKEEP_FINE, "the schema has version %lld, as it should",
                   newest);
    }
    return version > 0 && version <= newest;
}
