#include "race.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef HAVE_POSTGRESQL
#include <libpq-fe.h>
#endif

#include "../store/fixture.h"
#include "base/id.h"

#define ROUNDS     100
#define PATIENCE_S 60 /* no round takes as long; who is not back by then never will be */

/* What the judge keeps for itself, and where all wait; the board is behind it. */
struct race_line {
    struct race_board board; /* first */
    pthread_barrier_t line;
    sem_t start[RACE_PROCESSES];
    sem_t done;
    bool over;
    int rounds;
};

/* What is written need not outlive the machine, so nobody waits for a disk. */
static void leave_disk(struct store *store)
{
    fixture_sql(store, fixture_is_postgresql() ? "SET synchronous_commit = off"
                                               : "PRAGMA synchronous = OFF");
}

static struct server *new_server(void *ctx)
{
    struct server *server = server_new(ctx);
    const struct config *config = fixture_config();

    server->config.store = config->store;
    server->config.database = config->database;
    server->config.prepare = config->prepare;
    assert_true(server_begin(server));
    leave_disk(server->app.store);
    return server;
}

static void new_round(struct server *server)
{
    talloc_free(server->ctx);
    server->ctx = mem_context(server);
}

/* A racer's whole life. A failed assertion aborts it: cmocka's jump would lead back into the test,
 * which is the judge's. */
static _Noreturn void run_racer(struct race_line *line, int number, race_act *act)
{
    struct racer racer = {.number = number, .board = &line->board};

    setenv("CMOCKA_TEST_ABORT", "1", 1);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    racer.server = new_server(NULL);
    sem_post(&line->done);
    for (;;) {
        sem_wait(&line->start[number]);
        if (line->over)
            break;
        new_round(racer.server);
        pthread_barrier_wait(&line->line);
        line->board.results[number] = act(&racer);
        sem_post(&line->done);
    }
    talloc_free(racer.server);
    _exit(EXIT_SUCCESS);
}

/* Until all have said that they are done. */
static void await_all(struct race_line *line)
{
    struct timespec deadline;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += PATIENCE_S;
    for (int i = 0; i < RACE_PROCESSES; i++) {
        if (sem_clockwait(&line->done, CLOCK_MONOTONIC, &deadline) != 0)
            fail_msg("a racer did not come back");
    }
}

static struct race_line *new_line(void)
{
    struct race_line *line =
        mmap(NULL, sizeof *line, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const char *rounds = getenv("TASKGATE_RACE_ROUNDS");
    pthread_barrierattr_t shared;

    assert_true(line != MAP_FAILED);
    line->rounds = rounds == NULL ? ROUNDS : atoi(rounds);
    assert_true(line->rounds > 0);
    assert_int_equal(pthread_barrierattr_init(&shared), 0);
    assert_int_equal(pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED), 0);
    assert_int_equal(pthread_barrier_init(&line->line, &shared, RACE_PROCESSES), 0);
    assert_int_equal(sem_init(&line->done, 1, 0), 0);
    for (int i = 0; i < RACE_PROCESSES; i++)
        assert_int_equal(sem_init(&line->start[i], 1, 0), 0);
    return line;
}

/* What PostgreSQL ended because two waited for each other; it may have succeeded the second time.
 */
static int64_t deadlocks(void *ctx)
{
    return fixture_errors(ctx, "40");
}

/* The judge connects behind the fork: SQLite's state of a file must not be in two processes. */
struct race *race_start(void **state, race_act *act)
{
    struct race *race = mem_new(NULL, struct race);

    race->line = new_line();
    race->deadlocks = deadlocks(race);
    race->board = &race->line->board;
    *state = race;
    for (int i = 0; i < RACE_PROCESSES; i++) {
        race->pids[i] = fork();
        if (race->pids[i] == 0)
            run_racer(race->line, i, act);
        assert_true(race->pids[i] > 0);
    }
    race->server = new_server(race);
    await_all(race->line);
    return race;
}

static void end_racers(struct race *race)
{
    race->line->over = true;
    for (int i = 0; i < RACE_PROCESSES; i++)
        sem_post(&race->line->start[i]);
    for (int i = 0; i < RACE_PROCESSES; i++) {
        int status = -1;

        assert_int_equal(waitpid(race->pids[i], &status, 0), race->pids[i]);
        race->pids[i] = 0;
        assert_int_equal(status, 0);
    }
}

bool race_next(struct race *race)
{
    new_round(race->server);
    if (race->round++ < race->line->rounds)
        return true;
    end_racers(race);
    assert_int_equal(deadlocks(race), race->deadlocks);
    return false;
}

int race_teardown(void **state)
{
    struct race *race = *state;

    for (int i = 0; i < RACE_PROCESSES; i++) {
        if (race->pids[i] > 0) { /* the test failed */
            kill(race->pids[i], SIGKILL);
            waitpid(race->pids[i], NULL, 0);
        }
    }
    munmap(race->line, sizeof *race->line);
    talloc_free(race);
    return 0;
}

void race_run(struct race *race)
{
    for (int i = 0; i < RACE_PROCESSES; i++)
        race->board->got[i][0] = '\0';
    for (int i = 0; i < RACE_PROCESSES; i++)
        sem_post(&race->line->start[i]);
    await_all(race->line);
    for (int i = 0; i < RACE_PROCESSES; i++)
        assert_in_range(race->board->results[i], 0, 499);
}

int race_count(const struct race *race, int result)
{
    int count = 0;

    for (int i = 0; i < RACE_PROCESSES; i++)
        count += race->board->results[i] == result ? 1 : 0;
    return count;
}

const char *race_winner(const struct race *race)
{
    const char *text = NULL;

    for (int i = 0; i < RACE_PROCESSES; i++) {
        if (race->board->got[i][0] != '\0') {
            assert_null(text);
            text = race->board->got[i];
        }
    }
    return text;
}

static void write_text(char *to, const char *text)
{
    assert_true(strlen(text) < RACE_TEXT_SIZE);
    memcpy(to, text, strlen(text) + 1);
}

void race_give(struct race *race, size_t slot, const char *text)
{
    write_text(race->board->given[slot], text);
}

void race_got(struct racer *racer, const char *text)
{
    write_text(racer->board->got[racer->number], text);
}

#ifdef HAVE_POSTGRESQL
static int close_connection(struct race *race)
{
    PQfinish(race->connection);
    return 0;
}

static int count_postgresql(struct race *race, const char *sql)
{
    PGresult *result;

    if (race->connection == NULL) {
        race->connection = PQconnectdb(race->server->config.database);
        talloc_set_destructor(race, close_connection);
    }
    result = PQexec(race->connection, sql);
    assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
    int count = atoi(PQgetvalue(result, 0, 0));
    PQclear(result);
    return count;
}
#endif

void race_sql(struct race *race, const char *sql)
{
    fixture_sql(race->server->app.store, sql);
}

int race_rows(struct race *race, const char *sql, ...)
{
    va_list values;

    va_start(values, sql);
    const char *text = mem_printf(race->server->ctx, "SELECT count(*) FROM %s",
                                  talloc_vasprintf(race->server->ctx, sql, values));
    va_end(values);
#ifdef HAVE_POSTGRESQL
    if (fixture_is_postgresql())
        return count_postgresql(race, text);
#endif
    return atoi(server_sql(race->server, text));
}

/* --- requests --- */

struct race_user race_sign_up(struct race *race)
{
    void *ctx = race->server->ctx;
    const char *email = mem_printf(ctx, "%s@example.com", id_lower(ctx));
    const struct reply *reply = browser_post(
        race->server, "sign-up", NULL,
        mem_printf(ctx, "{\"email\":\"%s\",\"password\":\"" BROWSER_PASSWORD "\"}", email));
    struct user *user = NULL;
    const char *hash;

    assert_int_equal(reply->status, 201);
    assert_int_equal(store_user_by_email(race->server->app.store, ctx, email, &user, &hash),
                     ERR_OK);
    return (struct race_user){.id = user->id,
                              .email = email,
                              .cookies = reply_cookies(race->server, reply),
                              .token = reply_text(reply, "token")};
}

struct race_user race_sign_in(struct race *race, const struct race_user *user)
{
    const struct reply *reply = browser_post(
        race->server, "sign-in", NULL,
        mem_printf(race->server->ctx, "{\"email\":\"%s\",\"password\":\"" BROWSER_PASSWORD "\"}",
                   user->email));

    assert_int_equal(reply->status, 200);
    return (struct race_user){.id = user->id,
                              .email = user->email,
                              .cookies = reply_cookies(race->server, reply),
                              .token = reply_text(reply, "token")};
}

int race_sessions(struct race *race, const struct race_user *user)
{
    return race_rows(race, "\"session\" WHERE \"userId\" = '%s'", user->id);
}

int race_refresh_tokens(struct race *race, const struct race_user *user)
{
    return race_rows(race, "\"refreshToken\" WHERE \"userId\" = '%s' AND \"usedAt\" IS NULL",
                     user->id);
}

const char *race_mail_link(struct race *race, const struct mail_token *token)
{
    struct server *server = race->server;

    return mem_printf(server->ctx, "/api/auth/verify-email?token=%s",
                      mail_token_issue(server->ctx, &server->config, token, clock_now()));
}

const char *race_verify_link(struct race *race, const struct race_user *user)
{
    return race_mail_link(race, &(struct mail_token){.email = user->email, .user_id = user->id});
}
