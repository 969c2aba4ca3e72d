#include "base/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log_line.h"
#include "base/mem.h"

#define SYSLOG_WAIT 100000 /* microseconds that a full queue may hold a line up */

/* The most that stands before a line: a time, the program's name and a process id. */
#define HEAD_SIZE 64
_Static_assert(HEAD_SIZE + LOG_LINE_SIZE <= PIPE_BUF, "a line must be atomic");

static struct {
    enum log_target target;
    char *path;
    bool makes_file;
    bool journal; /* stderr is the journal's */
    int fd;
    dev_t device; /* these two: which file fd is */
    ino_t inode;
    bool replaced;   /* the last look found no file that could be opened in its place */
    int64_t look_at; /* when to look at the target again, monotonic ms */
    bool failing;
    const char *problem; /* why */
    bool torn;           /* the last line could be written in part only */
} sink = {.target = LOG_TO_STDERR, .fd = -1};

/* sd-daemon(3), systemd.exec(5): the journal knows time and process, and takes the level from a
 * prefix. */
static bool is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    char name[HEAD_SIZE];
    struct stat found;

    if (stream == NULL || fstat(STDERR_FILENO, &found) != 0) {
        return false;
    }
    snprintf(name, sizeof name, "%llu:%llu", (unsigned long long)found.st_dev,
             (unsigned long long)found.st_ino);
    return strcmp(stream, name) == 0;
}

static void close_target(void)
{
    if (sink.fd >= 0) {
        close(sink.fd);
        sink.fd = -1;
    }
}

void log_sink_set(enum log_target target, const char *path, bool makes_file)
{
    close_target();
    talloc_free(sink.path);
    sink.path = path == NULL ? NULL : mem_strdup(NULL, path);
    sink.target = target;
    sink.makes_file = makes_file;
    sink.journal = is_journal();
    tzset(); /* while its files can be read */
    sink.look_at = 0;
    sink.replaced = false;
    sink.failing = false;
    sink.torn = false;
}

const char *log_sink_name(void)
{
    return sink.path;
}

const char *log_sink_problem(void)
{
    return sink.problem;
}

/* --- heads --- */

/* RFC 3164 section 4.1.2 without the host: local time, as the daemons that read it expect it, and
 * English, which the C locale is. */
static const char *syslog_time(int64_t seconds)
{
    static int64_t known = -1;
    static char text[sizeof "Nov 21 08:15:30"];
    struct tm parts;
    time_t now = (time_t)seconds;

    if (seconds != known && localtime_r(&now, &parts) != NULL &&
        strftime(text, sizeof text, "%b %e %H:%M:%S", &parts) > 0) {
        known = seconds;
    }
    return text;
}

static int priority(const struct log_record *record)
{
    static const int levels[] = {[LEVEL_ERROR] = LOG_ERR,
                                 [LEVEL_WARN] = LOG_WARNING,
                                 [LEVEL_INFO] = LOG_INFO,
                                 [LEVEL_DEBUG] = LOG_DEBUG};
    return levels[record->level];
}

static size_t syslog_head(const struct log_record *record, char head[static HEAD_SIZE])
{
    int facility = record->auth ? LOG_AUTHPRIV : LOG_DAEMON;

    return (size_t)snprintf(head, HEAD_SIZE, "<%d>%s taskgate[%d]: ", facility | priority(record),
                            syslog_time(record->seconds), (int)record->pid);
}

static const char *name_with(pid_t pid)
{
    static pid_t known = -1;
    static char text[sizeof " taskgate[-2147483648] "];

    if (pid != known) {
        snprintf(text, sizeof text, " taskgate[%d] ", (int)pid);
        known = pid;
    }
    return text;
}

/* Without snprintf, which would be a quarter of what a line costs. */
static size_t file_head(const struct log_record *record, char head[static HEAD_SIZE])
{
    if (record->headed || record->format == LOG_FORMAT_JSON) {
        return 0;
    }
    const char *name = name_with(record->pid);
    size_t time_len = strnlen(record->time, CLOCK_ISO_SIZE);
    size_t name_len = strlen(name);
    memcpy(head, record->time, time_len);
    memcpy(head + time_len, name, name_len);
    return time_len + name_len;
}

/* --- stderr --- */

/* A log that cannot be written must not stop the server, so errors end it here. */
static void write_all(int fd, struct iovec parts[static 2])
{
    for (struct iovec *part = parts; part < parts + 2;) {
        ssize_t written = writev(fd, part, (int)(parts + 2 - part));
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return;
        }
        size_t left = (size_t)written;
        while (part < parts + 2 && left >= part->iov_len) {
            left -= part->iov_len;
            part++;
        }
        if (part < parts + 2) {
            part->iov_base = (char *)part->iov_base + left;
            part->iov_len -= left;
        }
    }
}

static size_t stderr_head(const struct log_record *record, char head[static HEAD_SIZE])
{
    if (sink.journal && !record->headed) {
        return (size_t)snprintf(head, HEAD_SIZE, "<%d>", priority(record));
    }
    return file_head(record, head);
}

/* HEAD and then the line. The bytes of the line are only read. */
static void set_parts(struct iovec parts[static 2], char *head, size_t head_len,
                      const struct log_record *record, size_t len)
{
    parts[0] = (struct iovec){.iov_base = head, .iov_len = head_len};
    parts[1] = (struct iovec){.iov_base = (char *)(uintptr_t)record->data, .iov_len = len};
}

void log_sink_write_stderr(const struct log_record *record)
{
    char head[HEAD_SIZE];
    struct iovec parts[2];

    set_parts(parts, head, stderr_head(record, head), record, record->len);
    write_all(STDERR_FILENO, parts);
}

/* --- a file --- */

/* A new descriptor of the file, or -1 with the problem set. Only a regular file: opening anything
 * else may have effects, and writing to it may block. */
static int open_file(struct stat *ret_stat)
{
    int create = sink.makes_file ? O_CREAT : 0;
    int fd =
        open(sink.path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | create, 0640);

    if (fd < 0 || fstat(fd, ret_stat) != 0) {
        sink.problem = strerror(errno);
    } else if (!S_ISREG(ret_stat->st_mode)) {
        sink.problem = "it is not a regular file";
    } else {
        return fd;
    }
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}

/* Opens the file when there is another under its name, or none. */
static void look_at_file(void)
{
    struct stat found;

    if (sink.fd >= 0 && stat(sink.path, &found) == 0 && found.st_dev == sink.device &&
        found.st_ino == sink.inode) {
        sink.replaced = false;
        return;
    }
    int fd = open_file(&found);
    if (fd < 0 && sink.fd >= 0 && !sink.replaced) {
        sink.replaced = true; /* whoever renamed it may be about to make the new one */
        return;
    }
    close_target();
    sink.fd = fd;
    sink.replaced = false;
    if (fd >= 0) {
        sink.device = found.st_dev;
        sink.inode = found.st_ino;
        sink.torn = false;
    }
}

static bool write_file(const struct log_record *record)
{
    char head[HEAD_SIZE + 1];
    struct iovec parts[2];
    ssize_t written;

    head[0] = '\n'; /* ends what is left of a line that was cut off */
    size_t len = file_head(record, head + 1);
    set_parts(parts, sink.torn ? head : head + 1, sink.torn ? len + 1 : len, record, record->len);
    do {
        written = writev(sink.fd, parts, 2);
    } while (written < 0 && errno == EINTR);
    if (written >= 0 && (size_t)written == parts[0].iov_len + parts[1].iov_len) {
        sink.torn = false;
        return true;
    }
    sink.torn = sink.torn || written > 0;
    sink.problem = strerror(written < 0 ? errno : ENOSPC);
    return false;
}

/* --- syslog --- */

static void connect_syslog(void)
{
    static const struct timeval wait = {.tv_usec = SYSLOG_WAIT};
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    close_target();
    if (strlen(sink.path) >= sizeof address.sun_path) {
        sink.problem = strerror(ENAMETOOLONG);
        return;
    }
    memcpy(address.sun_path, sink.path, strlen(sink.path));
    sink.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sink.fd < 0 || connect(sink.fd, (struct sockaddr *)&address, sizeof address) != 0) {
        sink.problem = strerror(errno);
        close_target();
        return;
    }
    (void)setsockopt(sink.fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
}

static bool send_syslog(const struct log_record *record)
{
    char head[HEAD_SIZE];
    struct iovec parts[2];
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t sent = -1;

    set_parts(parts, head, syslog_head(record, head), record, record->len - 1);
    for (int i = 0; i < 2 && sent < 0 && sink.fd >= 0; i++) {
        do {
            sent = sendmsg(sink.fd, &message, MSG_NOSIGNAL);
        } while (sent < 0 && errno == EINTR);
        if (sent < 0 && (errno == EAGAIN || i > 0)) {
            sink.problem = strerror(errno);
            return false;
        }
        if (sent < 0) {
            connect_syslog(); /* the daemon was started anew */
        }
    }
    return sent >= 0;
}

/* --- what they have in common --- */

static void look(void)
{
    if (sink.target == LOG_TO_FILE) {
        look_at_file();
    } else if (sink.fd < 0) {
        connect_syslog();
    }
}

enum log_trouble log_sink_write(const struct log_record *record)
{
    int64_t now = clock_monotonic();
    bool tries = !sink.failing;

    if (sink.target == LOG_TO_STDERR) {
        log_sink_write_stderr(record);
        return LOG_NO_TROUBLE;
    }
    if (now >= sink.look_at) {
        sink.look_at = now + CLOCK_SECOND;
        look();
        tries = true;
    }
    bool good = tries && sink.fd >= 0 &&
                (sink.target == LOG_TO_FILE ? write_file(record) : send_syslog(record));
    if (!good) {
        log_sink_write_stderr(record);
    }
    if (good == !sink.failing) {
        return LOG_NO_TROUBLE;
    }
    sink.failing = !good;
    return good ? LOG_TROUBLE_ENDED : LOG_TROUBLE_BEGAN;
}

/* --- several lines at once --- */

static struct {
    char data[PIPE_BUF];
    size_t len;
} kept;

bool log_sink_keep(const struct log_record *record)
{
    char head[HEAD_SIZE];
    size_t len = 0;

    if (sink.target != LOG_TO_SYSLOG) {
        len = sink.target == LOG_TO_STDERR ? stderr_head(record, head) : file_head(record, head);
    }
    if (sink.target == LOG_TO_SYSLOG || len + record->len > sizeof kept.data - kept.len) {
        return false;
    }
    memcpy(kept.data + kept.len, head, len);
    memcpy(kept.data + kept.len + len, record->data, record->len);
    kept.len += len + record->len;
    return true;
}

enum log_trouble log_sink_write_kept(void)
{
    const struct log_record record = {.data = kept.data, .len = kept.len, .headed = true};

    kept.len = 0;
    return record.len == 0 ? LOG_NO_TROUBLE : log_sink_write(&record);
}
