#include "conf/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/text.h"
#include "conf/setting.h"

/* Larger than any sensible file of settings or secret. */
#define FILE_MAX_SIZE ((size_t)64 * 1024)

/* One name of one source, for one setting. */
struct entry {
    const char *text;
    const char *where;
};

/* What one source says about one setting; a setting may be named in four ways. */
enum way { WAY_NAME, WAY_ALIAS, WAY_NAME_FILE, WAY_ALIAS_FILE, WAY_COUNT };

struct reader {
    void *ctx;
    struct buf *problems;
    struct buf *warnings;
    struct entry (*entries)[WAY_COUNT]; /* of the source being read, by setting */
};

/* Finds the setting and the way that the LEN bytes at NAME name. */
static bool find_name(const char *name, size_t len, size_t *ret_setting, enum way *ret_way)
{
    static const char suffix[] = "_FILE";
    size_t suffix_len = sizeof suffix - 1;
    for (size_t i = 0; i < setting_count; i++) {
        const char *names[] = {setting_table[i].name, setting_table[i].alias};
        for (int alias = 0; alias < 2; alias++) {
            size_t known = names[alias] ? strlen(names[alias]) : SIZE_MAX;
            if (known > len || memcmp(name, names[alias], known) != 0) {
                continue;
            }
            if (len == known) {
                *ret_setting = i;
                *ret_way = alias ? WAY_ALIAS : WAY_NAME;
                return true;
            }
            if (len == known + suffix_len && memcmp(name + known, suffix, suffix_len) == 0) {
                *ret_setting = i;
                *ret_way = alias ? WAY_ALIAS_FILE : WAY_NAME_FILE;
                return true;
            }
        }
    }
    return false;
}

/* The URL of a server may hold a password, the name of a file does not. */
static bool is_secret(const struct setting *setting, const char *text)
{
    return setting_is_sensitive(setting) && strncmp(text, "sqlite:", strlen("sqlite:")) != 0;
}

/* PATH as it is shown in a message; owned by the context. */
static const char *shown(const struct reader *reader, const char *path)
{
    struct buf *text = buf_new(reader->ctx);

    escape_text(text, path, strlen(path));
    return text->data;
}

/* Who else is on the machine may have read it: it is no secret any more. */
static void refuse_if_open(struct reader *reader, const char *path, const struct stat *status)
{
    if (status->st_mode & S_IROTH) {
        buf_printf(reader->problems,
                   "%s holds a secret and is readable by everybody: chmod o-rwx it\n",
                   shown(reader, path));
    }
}

/* The bytes of the regular file PATH, wiped with the context; NULL after a line in problems. */
static char *read_file(struct reader *reader, const char *where, const char *path,
                       struct stat *ret_status, size_t *ret_len)
{
    char *data = NULL;
    const char *problem = NULL;
    /* Non-blocking: a FIFO must not hold the start up before it is refused. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file < 0 || fstat(file, ret_status) != 0) {
        problem = strerror(errno);
        goto out;
    }
    if (!S_ISREG(ret_status->st_mode)) {
        problem = "it is not a regular file";
        goto out;
    }
    data = mem_wiped(mem_bytes(reader->ctx, FILE_MAX_SIZE + 2));
    size_t len = 0;
    ssize_t got = 0;
    do {
        got = read(file, data + len, FILE_MAX_SIZE + 1 - len);
        len += got > 0 ? (size_t)got : 0;
    } while ((got > 0 && len <= FILE_MAX_SIZE) || (got < 0 && errno == EINTR));
    if (got < 0) {
        problem = strerror(errno);
    } else if (len > FILE_MAX_SIZE) {
        problem = "it is larger than 64 KiB";
    } else if (memchr(data, '\0', len) || !text_is_utf8(data, len)) {
        problem = "it is not UTF-8 text";
    }
    data[len] = '\0';
    *ret_len = len;
out:
    if (file >= 0) {
        close(file);
    }
    if (problem) {
        buf_printf(reader->problems, "%scannot read %s: %s\n", where, shown(reader, path), problem);
        return NULL;
    }
    return data;
}

/* Takes white space off both ends of LINE, in place. */
static char *trim(char *line)
{
    static const char space[] = " \t\r";
    line += strspn(line, space);
    size_t len = strlen(line);
    while (len > 0 && strchr(space, line[len - 1])) {
        line[--len] = '\0';
    }
    return line;
}

/* Takes one pair of quotes off VALUE, in place; nothing inside them is special. */
static char *unquote(char *value)
{
    size_t len = strlen(value);
    if (len >= 2 && (value[0] == '"' || value[0] == '\'') && value[len - 1] == value[0]) {
        value[len - 1] = '\0';
        return value + 1;
    }
    return value;
}

/* What a setting, or a slip of the pen, could be called. Of anything else nothing is shown: it may
 * be the rest of a secret, which base64 ends with "=" too. */
static bool can_be_name(const char *name)
{
    static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    static const char lower[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    size_t len = strlen(name);

    return len > 0 && (strspn(name, upper) == len || strspn(name, lower) == len);
}

/* Reads one line NAME=VALUE; true when it gives something that may be a secret. */
static bool read_line(struct reader *reader, char *line, const char *where)
{
    line = trim(line);
    if (*line == '\0' || *line == '#') {
        return false;
    }
    char *equals = strchr(line, '=');
    if (!equals) {
        /* The line itself is not shown: it may be a secret in the wrong place. */
        buf_printf(reader->problems, "%sis not of the form NAME=VALUE\n", where);
        return false;
    }
    *equals = '\0';
    const char *name = trim(line);
    size_t setting = 0;
    enum way way = WAY_NAME;
    if (!find_name(name, strlen(name), &setting, &way)) {
        bool shown = can_be_name(name);
        buf_printf(reader->problems, "%sthere is no %s%s; see taskgate --help\n", where,
                   shown ? "setting " : "such setting", shown ? name : "");
        return false;
    }
    struct entry *entry = &reader->entries[setting][way];
    if (entry->text) {
        buf_printf(reader->problems, "%s%s is set a second time; keep one of the lines\n", where,
                   name);
        return false;
    }
    entry->text = mem_wiped(mem_strdup(reader->ctx, unquote(trim(equals + 1))));
    entry->where = where;
    return (way == WAY_NAME || way == WAY_ALIAS) && is_secret(&setting_table[setting], entry->text);
}

static bool read_config_file(struct reader *reader, const char *path)
{
    static const char mark[] = "\xef\xbb\xbf"; /* byte order; editors of Windows begin with it */
    struct stat status;
    size_t len = 0;
    char *data = read_file(reader, "", path, &status, &len);
    if (!data) {
        return false;
    }
    const char *name = shown(reader, path);
    bool sensitive = false;
    int number = 1;
    char *begin = strncmp(data, mark, strlen(mark)) == 0 ? data + strlen(mark) : data;
    for (char *rest = begin; rest; number++) {
        char *line = strsep(&rest, "\n");
        const char *where = mem_printf(reader->ctx, "%s:%d: ", name, number);
        sensitive = read_line(reader, line, where) || sensitive;
    }
    if (sensitive) {
        refuse_if_open(reader, path, &status);
    }
    return true;
}

/* Names that are no settings are other programs' business; of equal names the first counts. */
static void read_environment(struct reader *reader, char *const *environment)
{
    for (; *environment; environment++) {
        const char *equals = strchr(*environment, '=');
        size_t setting = 0;
        enum way way = WAY_NAME;
        if (!equals || !find_name(*environment, (size_t)(equals - *environment), &setting, &way)) {
            continue;
        }
        struct entry *entry = &reader->entries[setting][way];
        if (!entry->text) {
            entry->text = mem_wiped(mem_strdup(reader->ctx, equals + 1));
            entry->where = "";
        }
    }
}

/* The content of the file that NAME_FILE names, without one newline at its end. */
static const char *read_value_file(struct reader *reader, const struct setting *setting,
                                   const struct entry *entry)
{
    struct stat status;
    size_t len = 0;
    const char *where = mem_printf(reader->ctx, "%s%s_FILE: ", entry->where, setting->name);
    char *data = read_file(reader, where, entry->text, &status, &len);
    if (!data) {
        return NULL;
    }
    if (is_secret(setting, data)) {
        refuse_if_open(reader, entry->text, &status);
    }
    if (len > 0 && data[len - 1] == '\n') {
        data[len - 1] = '\0';
    }
    return data;
}

/* Takes what one source says about SETTING, unless an earlier source said something. */
static void take_entry(struct reader *reader, const struct setting *setting,
                       const struct entry entries[WAY_COUNT], struct given *given)
{
    const struct entry *found = NULL;
    bool from_file = false;
    for (int way = 0; way < WAY_COUNT; way++) {
        const struct entry *entry = &entries[way];
        if (!entry->text || *entry->text == '\0') {
            continue;
        }
        bool is_file = way == WAY_NAME_FILE || way == WAY_ALIAS_FILE;
        if (found && (is_file != from_file || strcmp(found->text, entry->text) != 0)) {
            buf_printf(reader->problems,
                       "%s%s is given in more than one way; keep one of %s, %s_FILE%s%s\n",
                       entry->where, setting->name, setting->name, setting->name,
                       setting->alias ? ", " : "", setting->alias ? setting->alias : "");
            given->unreadable = true;
            return;
        }
        if (!found) {
            found = entry;
            from_file = is_file;
        }
    }
    if (found && !given->text && !given->unreadable) {
        given->where = found->where;
        given->text = from_file ? read_value_file(reader, setting, found) : found->text;
        given->unreadable = given->text == NULL;
    }
}

static void take_entries(struct reader *reader, struct given *given)
{
    for (size_t i = 0; i < setting_count; i++) {
        take_entry(reader, &setting_table[i], reader->entries[i], &given[i]);
    }
}

/* What else is not given may be in a file that cannot be read: nobody can say that it is missing.
 */
static void take_unreadable(struct given *given)
{
    for (size_t i = 0; i < setting_count; i++) {
        given[i].unreadable = given[i].unreadable || given[i].text == NULL;
    }
}

void source_read(void *ctx, const struct conf_source *source, struct given *given,
                 struct buf *problems, struct buf *warnings)
{
    struct reader reader = {.ctx = ctx, .problems = problems, .warnings = warnings};
    size_t size = setting_count * sizeof *reader.entries;
    if (source->environ) {
        reader.entries = memset(mem_bytes(ctx, size), 0, size);
        read_environment(&reader, source->environ);
        take_entries(&reader, given);
    }
    if (source->file) {
        reader.entries = memset(mem_bytes(ctx, size), 0, size);
        if (read_config_file(&reader, source->file)) {
            take_entries(&reader, given);
        } else {
            take_unreadable(given);
        }
    }
    for (size_t i = 0; i < setting_count; i++) {
        if (given[i].text && *given[i].text == '\0') {
            given[i].text = NULL;
        }
    }
}
