#include <stdio.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/mem.h"
#include "unit.h"

static void new_objects_are_zeroed_and_owned(void **state)
{
    (void)state;
    void *ctx = mem_context(NULL);
    int *numbers = mem_array(ctx, int, 100);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(numbers[i], 0);
    }
    assert_ptr_equal(talloc_parent(numbers), ctx);
    assert_int_equal(*mem_new(ctx, int), 0);
    talloc_free(ctx);
}

static void texts_are_copied_whole(void **state)
{
    (void)state;
    void *ctx = mem_context(NULL);
    assert_string_equal(mem_strdup(ctx, ""), "");
    assert_string_equal(mem_strndup(ctx, "abcdef", 3), "abc");
    assert_memory_equal(mem_strndup(ctx, "a\0b", 3), "a\0b", 4);
    assert_string_equal(mem_strndup(ctx, NULL, 0), "");
    assert_string_equal(mem_printf(ctx, "%s-%d", "x", 7), "x-7");
    talloc_free(ctx);
}

static void wiped_memory_is_zero_after_its_owner_is_freed(void **state)
{
    (void)state;
    /* Memory of a pool stays readable after its objects were freed. */
    void *pool = talloc_pool(NULL, 4096);
    void *request = mem_context(pool);
    char *plain = mem_strdup(request, "plain text");
    char *secret = mem_wiped(mem_strdup(request, "password"));
    assert_string_equal(secret, "password");
    talloc_free(request);
    static const char zeros[sizeof "password"] = {0};
    assert_memory_equal(secret, zeros, sizeof zeros);
    assert_string_equal(plain, "plain text");
    talloc_free(pool);
}

static void a_secret_leaves_no_copy(void **state)
{
    (void)state;
    char source[] = "0123456789";
    struct secret secret = mem_secret(source, 10);
    assert_int_equal(secret.len, 10);
    assert_memory_equal(secret.data, "0123456789", 10);
    static const char zeros[10] = {0};
    assert_memory_equal(source, zeros, sizeof zeros);
}

/* How much of this process is locked, in kB. */
static int locked(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[128];
    int size = -1;

    assert_non_null(status);
    while (size < 0 && fgets(line, sizeof line, status) != NULL) {
        (void)sscanf(line, "VmLck: %d kB", &size);
    }
    fclose(status);
    return size;
}

static void a_secret_is_locked_in_a_child_too(void **state)
{
    int before = locked();
    struct secret secret = mem_secret((char[]){"0123456789"}, 10);
    int size = locked() - before; /* 0 where the limit is, and with sanitizers */
    int status = 0;

    (void)state;
    pid_t child = fork();
    if (child == 0) {
        bool none = locked() == 0;
        mem_secret_lock(&secret);
        _exit(none && locked() == size ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    mem_secret_free(&secret);
}

static void no_memory_ends_the_process_with_one_line(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        mem_checked(NULL);
        _exit(0);
    }
    close(ends[1]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EX_OSERR);
    char line[128] = {0};
    assert_true(read(ends[0], line, sizeof line - 1) > 0);
    assert_non_null(strstr(line, " error: out of memory, this process ends\n"));
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_objects_are_zeroed_and_owned),
        cmocka_unit_test(texts_are_copied_whole),
        cmocka_unit_test(wiped_memory_is_zero_after_its_owner_is_freed),
        cmocka_unit_test(a_secret_leaves_no_copy),
        cmocka_unit_test(a_secret_is_locked_in_a_child_too),
        cmocka_unit_test(no_memory_ends_the_process_with_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
