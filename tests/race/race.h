/*
 * Races: what processes do at the same moment, round after round, on one database of either kind.
 * Each racer is a process with a worker of its own (server.h) and a connection of its own; before
 * each round all wait at one line. The test itself is the judge: it makes what a round is about,
 * and looks at what is left of it.
 */
#ifndef TASKGATE_TESTS_RACE_H
#define TASKGATE_TESTS_RACE_H

#include <sys/types.h>

#include "../unit/browser.h"
#include "sec/mail_token.h"

#define RACE_PROCESSES 8
#define RACE_TEXTS     16
#define RACE_TEXT_SIZE 4096

/* What judge and racers write for each other, in memory that they share. */
struct race_board {
    char given[RACE_TEXTS][RACE_TEXT_SIZE];   /* by the judge, before a round */
    char got[RACE_PROCESSES][RACE_TEXT_SIZE]; /* by each racer; "" before each round */
    int results[RACE_PROCESSES];              /* what each racer's act came back with */
};

struct racer {
    int number; /* from 0 */
    struct server *server;
    struct race_board *board;
};

/* A racer's part in one round. The result is the status of an answer, mostly. */
typedef int race_act(struct racer *racer);

struct race {
    struct server *server; /* the judge's; its ctx is the round's */
    struct race_board *board;
    int round; /* from 1 */
    struct race_line *line;
    pid_t pids[RACE_PROCESSES]; /* of the racers that live */
    int64_t deadlocks;          /* before it */
    struct pg_conn *connection; /* race_rows' own to PostgreSQL, when it has asked once */
};

/*
 * Starts the racers. TASKGATE_RACE_ROUNDS says how many rounds there are:
 *     struct race *race = race_start(state, act);
 *     while (race_next(race)) { prepare; race_run(race); judge; }
 * The last race_next ends the racers, and fails the test if two of them ever waited for each other.
 */
struct race *race_start(void **state, race_act *act);
int race_teardown(void **state);
bool race_next(struct race *race);

/* Lets them run. Fails the test when one of them does not come back, or saw a failure of ours: a
 * result of 500 and more. */
void race_run(struct race *race);

/* How many came back with RESULT. */
int race_count(const struct race *race, int result);

/* What the one racer that wrote a text wrote; NULL when none did, and fails the test when more
 * did. */
const char *race_winner(const struct race *race);

/* Writes TEXT into the board. */
void race_give(struct race *race, size_t slot, const char *text);
void race_got(struct racer *racer, const char *text);

/* Runs SQL, which must work. */
void race_sql(struct race *race, const char *sql);

/* What "SELECT count(*) FROM ..." with SQL behind it says. */
int race_rows(struct race *race, const char *sql, ...) __attribute__((format(printf, 2, 3)));

/* --- people, by requests of the judge; browser.h and server.h have those of racers --- */

/* Somebody whom no round had before; of the round. */
struct race_user {
    const char *id;
    const char *email;
    const char *cookies; /* of a session, "HTTP_COOKIE=..." */
    const char *token;   /* the same session's */
};
struct race_user race_sign_up(struct race *race);
/* USER in another session. */
struct race_user race_sign_in(struct race *race, const struct race_user *user);

/* The path of the link in a letter that says TOKEN; of the one that proves USER's address. */
const char *race_mail_link(struct race *race, const struct mail_token *token);
const char *race_verify_link(struct race *race, const struct race_user *user);

/* How many sessions, and how many refresh tokens that were not used, USER has. */
int race_sessions(struct race *race, const struct race_user *user);
int race_refresh_tokens(struct race *race, const struct race_user *user);

/* The parts; each returns how many of its tests failed. */
int test_race_keys(void);
int test_race_letters(void);
int test_race_limits(void);
int test_race_sessions(void);
int test_race_users(void);

#endif
