/* text_table.h - cells in columns that are as wide as their widest. */
#ifndef CLI_TEXT_TABLE_H
#define CLI_TEXT_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct TextTable {
    uint32_t n_columns, n_rows;
    const char **cell; /* [n_rows][n_columns] the names of the columns first              */
    bool *is_left;     /* [n_columns] texts, else numbers, which end at the same place     */
} TextTable;

/* text_table - all cells "" as yet. */
TextTable text_table(Arena *arena, uint32_t n_rows, uint32_t n_columns);

static inline const char **text_cell_at(TextTable *table, uint32_t row, uint32_t column)
{
    return &table->cell[(size_t)row * table->n_columns + column];
}

/* text_table_write - two spaces between columns, none at the end of a line. */
void text_table_write(Arena *scratch, const TextTable *table, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
