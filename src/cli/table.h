/* A table for a person: aligned under headings on a terminal, else columns between tabs and no
 * headings. Rows are escaped (base/escape) and one line each, whatever is in them. */
#ifndef TASKGATE_CLI_TABLE_H
#define TASKGATE_CLI_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 10

struct table;

/* HEADINGS (static texts) end with NULL, TABLE_COLUMNS_MAX of them at most. Owned by CTX. */
struct table *table_new(void *ctx, FILE *out, const char *const *headings);

/* The next cell of the row; NULL is printed as "-". The row ends with its last column. On a
 * terminal some hundred rows are kept to find how wide the columns are, so memory is bounded. A
 * time is in ms and printed in UTC; 0 is none. */
void table_text(struct table *table, const char *text);
void table_int(struct table *table, int64_t number);
void table_time(struct table *table, int64_t time);

/* Prints what was kept. A terminal gets the headings also when there was no row. */
void table_end(struct table *table);

#endif
