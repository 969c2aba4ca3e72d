/* store/turn: who writes into a SQLite file waits for those who came before, and for nobody who is
 * gone; store/db_sqlite: each write has its turn and gives it back. */
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "server.h"
#include "store/db.h"
#include "store/turn.h"
#include "unit.h"

#define LONG (5 * CLOCK_MINUTE)

/* Seen by all processes of a test. */
static struct {
    atomic_int begun;
    atomic_int count;
    char names[8]; /* who had the turn, one behind the other */
} * shared;

static int set_up(void **state)
{
    turn_open();
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED ? -1 : server_start(state);
}

static void note(char name)
{
    shared->names[atomic_fetch_add(&shared->count, 1)] = name;
}

static void begin_test(void)
{
    atomic_store(&shared->begun, 0);
    atomic_store(&shared->count, 0);
    memset(shared->names, 0, sizeof shared->names);
}

/* Until the process waits for something: since it began there is nothing but its turn. */
static void await_sleep(pid_t pid)
{
    char path[64];
    char state = '\0';

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    while (atomic_load(&shared->begun) == 0 || state != 'S') {
        FILE *file = fopen(path, "re");
        assert_non_null(file);
        assert_int_equal(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
        fclose(file);
        sched_yield();
    }
}

static int status_of(pid_t pid)
{
    int status = -1;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* Whether another process gets the turn within PATIENCE. */
static bool is_free(int64_t patience)
{
    pid_t pid = fork();

    if (pid == 0) {
        _exit(turn_take(patience) ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    return status_of(pid) == 0;
}

/* A lock that goes to whoever asks at the right moment does this too, once in a while. */
static void who_came_first_has_the_next_turn_once(void)
{
    begin_test();
    assert_true(turn_take(LONG));
    pid_t pid = fork();
    if (pid == 0) {
        atomic_store(&shared->begun, 1);
        bool taken = turn_take(LONG);
        note('c');
        turn_pass();
        _exit(taken ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    await_sleep(pid);
    turn_pass();
    assert_true(turn_take(LONG)); /* at once, as a worker whose next request is there already */
    note('p');
    turn_pass();
    assert_int_equal(status_of(pid), 0);
    assert_string_equal(shared->names, "cp");
}

static void who_came_first_has_the_next_turn(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        who_came_first_has_the_next_turn_once();
    }
}

static void the_turn_of_a_process_ends_with_it(void **state)
{
    (void)state;
    assert_true(is_free(LONG)); /* it never gave it back */
    assert_true(turn_take(LONG));
    turn_pass();
}

static void who_waits_for_too_long_has_no_turn(void **state)
{
    (void)state;
    assert_true(turn_take(LONG));
    assert_false(is_free(1));
    turn_pass();
    assert_true(is_free(LONG));
}

static enum err insert_user(struct db *db, const char *id)
{
    const struct db_value params[] = {db_text(id), db_text("name"), db_text(id), db_bool(false),
                                      db_null(),   db_time(0),      db_time(0)};

    return db->driver->query(db, STMT_USER_INSERT, params, NULL, NULL, NULL);
}

static void every_write_has_its_turn_and_gives_it_back(void **state)
{
    struct server *server = *state;
    struct db *db = NULL;

    assert_int_equal(db_sqlite_open(server->ctx, &server->config, false, &db), ERR_OK);
    assert_int_equal(insert_user(db, "one"), ERR_OK);
    assert_true(is_free(LONG));
    assert_int_equal(insert_user(db, "one"), ERR_CONFLICT);
    assert_true(is_free(LONG));
    assert_int_equal(insert_user(db, "\xff"), ERR_BAD_VALUE);
    assert_true(is_free(LONG));

    assert_int_equal(db->driver->begin(db), ERR_OK);
    assert_int_equal(insert_user(db, "two"), ERR_OK);
    assert_int_equal(db->driver->query(db, STMT_PING, NULL, NULL, NULL, NULL), ERR_OK);
    assert_false(is_free(1));
    assert_int_equal(db->driver->commit(db), ERR_OK);
    assert_true(is_free(LONG));

    assert_int_equal(db->driver->begin(db), ERR_OK);
    assert_int_equal(insert_user(db, "two"), ERR_CONFLICT);
    assert_false(is_free(1));
    db->driver->rollback(db);
    assert_true(is_free(LONG));
}

static void a_group_has_its_turn_from_its_first_write_to_its_end(void **state)
{
    struct server *server = *state;
    struct db *db = NULL;

    assert_int_equal(db_sqlite_open(server->ctx, &server->config, false, &db), ERR_OK);
    db->driver->group_begin(db);
    assert_int_equal(db->driver->query(db, STMT_PING, NULL, NULL, NULL, NULL), ERR_OK);
    assert_true(is_free(LONG));
    assert_int_equal(insert_user(db, "three"), ERR_OK);
    assert_false(is_free(1));
    assert_int_equal(db->driver->begin(db), ERR_OK);
    assert_int_equal(insert_user(db, "three"), ERR_CONFLICT);
    db->driver->rollback(db);
    assert_int_equal(db->driver->begin(db), ERR_OK);
    assert_int_equal(insert_user(db, "four"), ERR_OK);
    assert_int_equal(db->driver->commit(db), ERR_OK);
    assert_false(is_free(1));
    assert_int_equal(db->driver->group_end(db), ERR_OK);
    assert_true(is_free(LONG));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_came_first_has_the_next_turn),
        cmocka_unit_test(the_turn_of_a_process_ends_with_it),
        cmocka_unit_test(who_waits_for_too_long_has_no_turn),
        cmocka_unit_test(every_write_has_its_turn_and_gives_it_back),
        cmocka_unit_test(a_group_has_its_turn_from_its_first_write_to_its_end),
    };

    return cmocka_run_group_tests_name("turn", tests, set_up, server_stop);
}
