/* text_table.c - aligned columns for people. Width counts characters of UTF-8, not bytes. */
#include "text_table.h"

#include "base/check.h"

TextTable text_table(Arena *arena, uint32_t n_rows, uint32_t n_columns)
{
    TextTable table = {.n_rows = n_rows, .n_columns = n_columns};
    const size_t n_cells = (size_t)n_rows * n_columns;

    CHECK(n_rows > 0 && n_columns > 0);
    table.cell = ARENA_ARRAY(arena, const char *, n_cells);
    table.is_left = ARENA_ARRAY(arena, bool, n_columns);
    for (size_t i = 0; i < n_cells; i++)
        table.cell[i] = "";
    return table;
}

static int width_of(const char *text)
{
    int width = 0;
    for (; *text != 0; text++)
        width += (*text & 0xc0) != 0x80;
    return width;
}

static void write_row(const TextTable *table, uint32_t row, const int *width, FILE *stream)
{
    const char **cell = table->cell + (size_t)row * table->n_columns;
    int owed = 0; /* spaces, which are only written before something */

    for (uint32_t column = 0; column < table->n_columns; column++) {
        const int blank = width[column] - width_of(cell[column]);
        owed += column > 0 ? 2 : 0;
        owed += table->is_left[column] ? 0 : blank;
        if (cell[column][0] != 0) {
            fprintf(stream, "%*s%s", owed, "", cell[column]);
            owed = 0;
        }
        owed += table->is_left[column] ? blank : 0;
    }
    fputc('\n', stream);
}

void text_table_write(Arena *scratch, const TextTable *table, FILE *stream)
{
    int *width = ARENA_ARRAY(scratch, int, table->n_columns);

    for (uint32_t row = 0; row < table->n_rows; row++)
        for (uint32_t column = 0; column < table->n_columns; column++) {
            const int one = width_of(table->cell[(size_t)row * table->n_columns + column]);
            width[column] = one > width[column] ? one : width[column];
        }
    for (uint32_t row = 0; row < table->n_rows; row++)
        write_row(table, row, width, stream);
}
