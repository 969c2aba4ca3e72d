#include "cli/table.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/text.h"

/* Rows that are kept; the widths found so far hold for those behind them. */
#define KEPT_ROWS 200

/* Columns of a cell on a terminal, unless it is a row's last. */
#define CELL_MAX 80
#define CUT      "..."

struct table {
    FILE *out;
    bool aligned;
    size_t columns;
    size_t width[TABLE_COLUMNS_MAX];
    size_t count; /* cells kept */
    struct buf *cells[KEPT_ROWS * TABLE_COLUMNS_MAX];
};

static void measure(struct table *table, const struct buf *cell, size_t column)
{
    size_t width = text_width(cell->data, cell->len);

    if (width > table->width[column]) {
        table->width[column] = width;
    }
}

/* A wide cell would push all the others off the page: of that one the beginning has to do. */
static void shorten(struct buf *cell)
{
    size_t end = 0;
    size_t next = 0;

    if (text_width(cell->data, cell->len) <= CELL_MAX) {
        return;
    }
    while (next <= 4 * CELL_MAX && text_width(cell->data, next) <= CELL_MAX - strlen(CUT)) {
        uint32_t character;
        end = next;
        next += text_next(cell->data + end, cell->len - end, &character);
    }
    cell->len = end;
    buf_puts(cell, CUT);
}

static struct buf *next_cell(struct table *table)
{
    struct buf **cell = &table->cells[table->count];

    if (*cell == NULL) {
        *cell = buf_new(table);
    }
    (*cell)->len = 0;
    (*cell)->data[0] = '\0';
    return *cell;
}

static void print_kept(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct buf *cell = table->cells[i];
        size_t column = i % table->columns;
        bool last = column + 1 == table->columns;
        (void)fwrite(cell->data, 1, cell->len, table->out);
        if (last || !table->aligned) {
            fputc(last ? '\n' : '\t', table->out);
            continue;
        }
        size_t width = text_width(cell->data, cell->len);
        fprintf(table->out, "%*s", (int)(table->width[column] + 2 - width), "");
    }
    table->count = 0;
}

static void end_cell(struct table *table)
{
    size_t column = table->count % table->columns;
    bool row = column + 1 == table->columns;

    if (table->aligned && !row) {
        shorten(table->cells[table->count]);
    }
    measure(table, table->cells[table->count], column);
    table->count++;
    if (row && (!table->aligned || table->count == KEPT_ROWS * table->columns)) {
        print_kept(table);
    }
}

struct table *table_new(void *ctx, FILE *out, const char *const *headings)
{
    struct table *table = mem_new(ctx, struct table);

    table->out = out;
    table->aligned = isatty(fileno(out)) != 0;
    while (headings[table->columns] != NULL) {
        table->columns++;
    }
    for (size_t i = 0; i < table->columns && table->aligned; i++) {
        table_text(table, headings[i]);
    }
    return table;
}

void table_text(struct table *table, const char *text)
{
    struct buf *cell = next_cell(table);

    if (text == NULL) {
        buf_putc(cell, '-');
    } else {
        escape_text(cell, text, strlen(text));
    }
    end_cell(table);
}

void table_int(struct table *table, int64_t number)
{
    buf_int(next_cell(table), number);
    end_cell(table);
}

void table_time(struct table *table, int64_t time)
{
    char text[CLOCK_ISO_SIZE];

    clock_format(time, text);
    table_text(table, time == 0 ? NULL : text);
}

void table_end(struct table *table)
{
    print_kept(table);
    talloc_free(table);
}
