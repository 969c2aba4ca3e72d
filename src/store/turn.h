/* Whose turn it is to write into a SQLite file: a queue of the workers of this machine. Private to
 * store/. */
#ifndef TASKGATE_STORE_TURN_H
#define TASKGATE_STORE_TURN_H

#include <stdbool.h>
#include <stdint.h>

/* Makes the queue that the processes forked from here on share; once. */
void turn_open(void);

/* Waits up to PATIENCE (ms) behind those who came before. True: it is this process's turn until
 * turn_pass(), or until it dies. False: there is no queue, or the patience is over. */
bool turn_take(int64_t patience);

void turn_pass(void);

#endif
