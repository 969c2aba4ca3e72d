/* Messages to the service manager (sd_notify(3)), without its library. */
#ifndef TASKGATE_PROC_NOTIFY_H
#define TASKGATE_PROC_NOTIFY_H

/* Sends STATE ("READY=1") to the socket named by NOTIFY_SOCKET, if there is one. Failures are
 * ignored: the manager's time-out says what there is to say. */
void notify_send(const char *state);

#endif
