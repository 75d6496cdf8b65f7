/* csv_table.h - CSV; a strict reader: a header, then rows of as many cells, columns by name.
 *
 * RFC 4180, of what our own writers write: UTF-8, cells parted by commas, a cell in quotes may
 * hold commas and doubled quotes but no line break; every line, also the last, ends with LF or
 * CRLF (so that a file cut short is noticed). Refused: an empty file or line, a byte order
 * mark, column names that are empty or stand twice, rows with more or fewer cells than the
 * header. Every error reads `file:line:col: what is wrong; what was expected`; lines count from
 * 1, the header's, columns are bytes from 1.
 */
#ifndef BASE_CSV_TABLE_H
#define BASE_CSV_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CSV_NO_COLUMN UINT32_MAX

enum { CSV_MAX_BYTES = 1 << 30, CSV_MAX_COLUMNS = 1 << 12 };

typedef struct CsvTable {
    const char *file; /* name for messages                                             */
    uint32_t n_columns, n_rows;
    const char *const *column; /* [n_columns] names, in the order of the file          */
    const char *text;          /* the file's bytes, each cell closed by a 0            */
    const uint32_t *start;     /* [n_rows * n_columns] where the cell begins in `text` */
} CsvTable;

/* csv_load - read a file. csv_parse - read from memory; `name` stands in messages.
 * Errors: IO, INPUT. cost: O(bytes); memory at most 5 bytes a byte of the file */
Status csv_load(Arena *arena, const char *path, const CsvTable **out, Err *err);
Status csv_parse(Arena *arena, const char *name, const char *text, size_t n_bytes,
                 const CsvTable **out, Err *err);

/* csv_find - index of a column, or CSV_NO_COLUMN. csv_need - the same; Errors: INPUT (no such
 * column, with the nearest name). */
uint32_t csv_find(const CsvTable *table, const char *name);
Status csv_need(const CsvTable *table, const char *name, uint32_t *out, Err *err);

/* csv_text - a cell as text without its quotes; "" if nothing stands there. */
const char *csv_text(const CsvTable *table, uint32_t row, uint32_t column);

/* csv_u64, csv_real - a cell as a number. Errors: INPUT at the cell. An empty cell is `if_empty`;
 * give NULL to refuse it. */
Status csv_u64(const CsvTable *table, uint32_t row, uint32_t column, const uint64_t *if_empty,
               uint64_t *out, Err *err);
Status csv_real(const CsvTable *table, uint32_t row, uint32_t column, const double *if_empty,
                double *out, Err *err);

/* A whole column by name: [n_rows]. Errors: INPUT (no such column; a cell that is no number). */
Status csv_u64_column(Arena *arena, const CsvTable *table, const char *name,
                      const uint64_t *if_empty, const uint64_t **out, Err *err);
Status csv_real_column(Arena *arena, const CsvTable *table, const char *name,
                       const double *if_empty, const double **out, Err *err);
Status csv_text_column(Arena *arena, const CsvTable *table, const char *name,
                       const char *const **out, Err *err);

/* csv_write_text - a cell, in quotes if it needs them. csv_write_row - n cells, commas between them
 * and a line break behind. */
void csv_write_text(FILE *stream, const char *text);
void csv_write_row(FILE *stream, const char *const *cell, uint32_t n);

/* csv_fail - INPUT error at a cell. */
Status csv_fail(const CsvTable *table, uint32_t row, uint32_t column, Err *err, const char *format,
                ...)
#ifdef __GNUC__
    __attribute__((format(printf, 5, 6)))
#endif
    ;

#ifdef __cplusplus
}
#endif
#endif
