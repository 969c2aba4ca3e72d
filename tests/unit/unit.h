/* What every unit test needs: cmocka with the headers it wants, and counting of tables. */
#ifndef TASKGATE_TESTS_UNIT_H
#define TASKGATE_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

#endif
