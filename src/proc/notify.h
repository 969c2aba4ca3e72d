/* Messages to the service manager (sd_notify(3)), without its library. Without a manager that asked
 * for them they do nothing; failures are ignored: the manager's time-out says what there is to say.
 */
#ifndef TASKGATE_PROC_NOTIFY_H
#define TASKGATE_PROC_NOTIFY_H

#include <stdint.h>

/* Sends STATE, NAME=VALUE lines such as "READY=1", to the socket named by NOTIFY_SOCKET. */
void notify_send(const char *state);

/* The same with a line for the person who looks at the service's status. */
void notify_status(const char *state, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The settings are being read again; READY=1 says that this is done. */
void notify_reloading(void);

/* How often the manager wants a sign of life from this process, in ms, less a margin; 0 = it does
 * not (sd_watchdog_enabled(3)). */
int64_t notify_watchdog(void);

#endif
