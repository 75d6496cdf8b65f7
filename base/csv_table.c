/* csv_table.c - a strict CSV reader.
 *
 * The file is read whole and cut in place: each comma, line break and closing quote becomes a
 * 0, and doubled quotes are drawn together, which shortens a cell but moves none. A cell is
 * where it begins, four bytes; where it stood in the file follows from that, so nothing else is
 * kept for messages.
 *
 * Cost: O(bytes) once; a look at a cell O(1), at a number O(digits). Limits: CSV_MAX_BYTES,
 * CSV_MAX_COLUMNS, no line breaks in cells.
 */
#include "base/csv_table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/number_read.h"
#include "base/utf8.h"
#include "base/yaml_doc.h"

enum { WHAT_BYTES = 900 };

typedef struct Reader {
    const char *file;
    char *text; /* [n_bytes + 1] the last byte is 0                        */
    uint32_t n_bytes, at;
    uint32_t line, line_begin; /* number of the line from 1, where it begins  */
    Err *err;
} Reader;

static Status fail_at(const Reader *reader, uint32_t at, const char *what)
{
    return err_set(reader->err, STATUS_INPUT, "%s:%u:%u: %s", reader->file, reader->line,
                   at - reader->line_begin + 1, what);
}

/* ---- cells -------------------- */

/* Behind a quote: up to the quote that closes it. Doubled quotes become one. */
static Status read_quoted(Reader *reader, uint32_t *start)
{
    const uint32_t open = reader->at++;
    uint32_t end = reader->at;

    *start = end;
    for (;; reader->at++) {
        const char c = reader->text[reader->at];
        if (reader->at == reader->n_bytes || c == '\n')
            return fail_at(reader, open,
                           "a quote that is not closed; expected another one in the same line");
        if (c == '"' && reader->text[reader->at + 1] != '"')
            break;
        reader->at += c == '"';
        reader->text[end++] = c;
    }
    reader->text[end] = 0;
    reader->at++;
    return STATUS_OK;
}

static Status read_plain(Reader *reader, uint32_t *start)
{
    const char *cell = reader->text + reader->at;
    const size_t n = strcspn(cell, ",\n\r\"");

    *start = reader->at;
    reader->at += (uint32_t)n;
    if (cell[n] == '"')
        return fail_at(reader, reader->at,
                       "a quote inside a cell; expected the whole cell in quotes, or none");
    return STATUS_OK;
}

/* A cell and what parts it from the next. *last: the line is at its end. */
static Status read_cell(Reader *reader, uint32_t *start, bool *last)
{
    const bool quoted = reader->text[reader->at] == '"';

    TRY(quoted ? read_quoted(reader, start) : read_plain(reader, start));
    char *end = reader->text + reader->at;
    const uint32_t n_end = end[0] == '\r' && end[1] == '\n' ? 2 : 1;
    *last = end[n_end - 1] == '\n';
    if (reader->at == reader->n_bytes)
        return fail_at(reader, reader->at,
                       "the file ends inside a line; expected a line break (is it cut short?)");
    if (!*last && *end != ',')
        return fail_at(reader, reader->at, "a comma or the end of the line was expected here");
    *end = 0;
    reader->at += n_end;
    return STATUS_OK;
}

static void begin_next_line(Reader *reader)
{
    reader->line++;
    reader->line_begin = reader->at;
}

/* ---- header and rows -------------------- */

static Status check_name(const Reader *reader, const char *const *column, uint32_t n,
                         uint32_t start)
{
    const char *name = column[n];

    if (name[0] == 0)
        return fail_at(reader, start, "an empty name; expected the name of a column");
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(column[i], name) == 0)
            return err_set(reader->err, STATUS_INPUT,
                           "%s:1:%u: column '%s' stands twice; expected each name once",
                           reader->file, start + 1, name);
    return STATUS_OK;
}

static Status read_header(Arena *arena, Reader *reader, CsvTable *table)
{
    uint32_t n_commas = 0;
    for (const char *at = reader->text; *at != 0 && *at != '\n'; at++)
        n_commas += *at == ',';
    if (n_commas >= CSV_MAX_COLUMNS)
        return err_set(reader->err, STATUS_INPUT, "%s:1:1: %u columns; expected at most %d",
                       reader->file, n_commas + 1, CSV_MAX_COLUMNS);
    const char **column = ARENA_ARRAY(arena, const char *, n_commas + 1);
    for (bool last = false; !last; table->n_columns++) {
        uint32_t start;
        TRY(read_cell(reader, &start, &last));
        column[table->n_columns] = reader->text + start;
        TRY(check_name(reader, column, table->n_columns, start));
    }
    table->column = column;
    begin_next_line(reader);
    return STATUS_OK;
}

static Status read_row(Reader *reader, const CsvTable *table, uint32_t *start)
{
    uint32_t n = 0;

    for (bool last = false; !last; n++) {
        uint32_t cell;
        const uint32_t at = reader->at;
        TRY(read_cell(reader, &cell, &last));
        if (n == table->n_columns)
            return err_set(reader->err, STATUS_INPUT, "%s:%u:%u: more cells than the %u columns",
                           reader->file, reader->line, at - reader->line_begin + 1,
                           table->n_columns);
        start[n] = cell;
    }
    if (n < table->n_columns)
        return err_set(reader->err, STATUS_INPUT,
                       "%s:%u:1: %u of %u cells; column '%s' was expected next", reader->file,
                       reader->line, n, table->n_columns, table->column[n]);
    begin_next_line(reader);
    return STATUS_OK;
}

/* Rows are at most the lines that are left; a cell takes a byte at least, but for the last of the
 * file, if it is cut short. */
static Status read_rows(Arena *arena, Reader *reader, CsvTable *table)
{
    uint32_t n_lines = 1;
    for (uint32_t i = reader->at; i < reader->n_bytes; i++)
        n_lines += reader->text[i] == '\n';
    const size_t by_lines = (size_t)n_lines * table->n_columns;
    const size_t by_bytes = reader->n_bytes - reader->at + (size_t)table->n_columns;
    uint32_t *start = ARENA_ARRAY(arena, uint32_t, by_lines < by_bytes ? by_lines : by_bytes);
    for (; reader->at < reader->n_bytes; table->n_rows++)
        TRY(read_row(reader, table, start + (size_t)table->n_rows * table->n_columns));
    table->start = start;
    return STATUS_OK;
}

/* ---- whole files -------------------- */

static Status check_text(Reader *reader)
{
    static const char MARK[] = "\xef\xbb\xbf";
    const size_t valid = utf8_valid(reader->text, reader->n_bytes);
    const char *zero = memchr(reader->text, 0, reader->n_bytes);
    uint32_t bad = (uint32_t)(valid < reader->n_bytes ? valid : reader->n_bytes);

    if (reader->n_bytes == 0)
        return fail_at(reader, 0, "an empty file; expected a line with the names of the columns");
    if (strncmp(reader->text, MARK, strlen(MARK)) == 0)
        return fail_at(reader, 0, "a byte order mark; expected the name of the first column");
    if (zero != NULL && (uint32_t)(zero - reader->text) < bad)
        bad = (uint32_t)(zero - reader->text);
    if (bad == reader->n_bytes)
        return STATUS_OK;
    for (uint32_t i = 0; i < bad; i++) {
        if (reader->text[i] != '\n')
            continue;
        reader->line++;
        reader->line_begin = i + 1;
    }
    return fail_at(reader, bad, "a byte that is no text; expected UTF-8");
}

/* Cuts `text` up. */
static Status read_text(Arena *arena, const char *name, char *text, size_t n_bytes,
                        const CsvTable **out, Err *err)
{
    Reader reader = {.file = name, .text = text, .n_bytes = (uint32_t)n_bytes, .line = 1};
    CsvTable *table = ARENA_ARRAY(arena, CsvTable, 1);

    reader.err = err;
    table->file = name;
    table->text = text;
    TRY(check_text(&reader));
    TRY(read_header(arena, &reader, table));
    TRY(read_rows(arena, &reader, table));
    *out = table;
    return STATUS_OK;
}

Status csv_parse(Arena *arena, const char *name, const char *text, size_t n_bytes,
                 const CsvTable **out, Err *err)
{
    *out = NULL;
    if (n_bytes > CSV_MAX_BYTES)
        return err_set(err, STATUS_INPUT, "%s: larger than %d bytes; expected a smaller file", name,
                       CSV_MAX_BYTES);
    return read_text(arena, arena_text(arena, name, strlen(name)), arena_text(arena, text, n_bytes),
                     n_bytes, out, err);
}

Status csv_load(Arena *arena, const char *path, const CsvTable **out, Err *err)
{
    FileBytes file;

    *out = NULL;
    TRY(file_read(arena, path, CSV_MAX_BYTES, &file, err));
    /* The bytes were made for us in this arena, and nobody else knows them. */
    return read_text(arena, arena_text(arena, path, strlen(path)), (char *)(uintptr_t)file.bytes,
                     file.n_bytes, out, err);
}

/* ---- what stands there -------------------- */

uint32_t csv_find(const CsvTable *table, const char *name)
{
    for (uint32_t i = 0; i < table->n_columns; i++)
        if (strcmp(table->column[i], name) == 0)
            return i;
    return CSV_NO_COLUMN;
}

Status csv_need(const CsvTable *table, const char *name, uint32_t *out, Err *err)
{
    *out = csv_find(table, name);
    if (*out != CSV_NO_COLUMN)
        return STATUS_OK;
    const char *nearest = yaml_nearest(name, table->column, table->n_columns);
    if (nearest == NULL)
        return err_set(err, STATUS_INPUT, "%s:1:1: no column '%s'; expected one of that name",
                       table->file, name);
    return err_set(err, STATUS_INPUT,
                   "%s:1:1: no column '%s'; expected one of that name (there is '%s')", table->file,
                   name, nearest);
}

static uint32_t cell_start(const CsvTable *table, uint32_t row, uint32_t column)
{
    CHECK(row < table->n_rows && column < table->n_columns);
    return table->start[(size_t)row * table->n_columns + column];
}

const char *csv_text(const CsvTable *table, uint32_t row, uint32_t column)
{
    return table->text + cell_start(table, row, column);
}

/* Where the cell begins in the file: at its quote, if it has one. */
static uint32_t cell_place(const CsvTable *table, uint32_t row, uint32_t column)
{
    const uint32_t start = cell_start(table, row, column);
    return start - (start > 0 && table->text[start - 1] == '"');
}

Status csv_fail(const CsvTable *table, uint32_t row, uint32_t column, Err *err, const char *format,
                ...)
{
    char what[WHAT_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return err_set(err, STATUS_INPUT, "%s:%u:%u: %s: %s", table->file, row + 2,
                   cell_place(table, row, column) - cell_place(table, row, 0) + 1,
                   table->column[column], what);
}

static Status fail_number(const CsvTable *table, uint32_t row, uint32_t column, NumberRead read,
                          const char *expected, Err *err)
{
    const char *text = csv_text(table, row, column);

    if (text[0] == 0)
        return csv_fail(table, row, column, err, "nothing stands here; expected %s", expected);
    return csv_fail(table, row, column, err, "'%s' is %s; expected %s", text,
                    read == NUMBER_TOO_LARGE ? "too large" : "something else", expected);
}

Status csv_u64(const CsvTable *table, uint32_t row, uint32_t column, const uint64_t *if_empty,
               uint64_t *out, Err *err)
{
    const char *text = csv_text(table, row, column);
    const NumberRead read = number_read_u64(text, out);

    if (read == NUMBER_READ)
        return STATUS_OK;
    if (text[0] != 0 || if_empty == NULL)
        return fail_number(table, row, column, read, "a whole number", err);
    *out = *if_empty;
    return STATUS_OK;
}

Status csv_real(const CsvTable *table, uint32_t row, uint32_t column, const double *if_empty,
                double *out, Err *err)
{
    const char *text = csv_text(table, row, column);
    const NumberRead read = number_read_real(text, out);

    if (read == NUMBER_READ)
        return STATUS_OK;
    if (text[0] != 0 || if_empty == NULL)
        return fail_number(table, row, column, read, "a number", err);
    *out = *if_empty;
    return STATUS_OK;
}

Status csv_u64_column(Arena *arena, const CsvTable *table, const char *name,
                      const uint64_t *if_empty, const uint64_t **out, Err *err)
{
    uint64_t *value = ARENA_ARRAY(arena, uint64_t, table->n_rows);
    uint32_t column;

    *out = NULL;
    TRY(csv_need(table, name, &column, err));
    for (uint32_t row = 0; row < table->n_rows; row++)
        TRY(csv_u64(table, row, column, if_empty, &value[row], err));
    *out = value;
    return STATUS_OK;
}

Status csv_real_column(Arena *arena, const CsvTable *table, const char *name,
                       const double *if_empty, const double **out, Err *err)
{
    double *value = ARENA_ARRAY(arena, double, table->n_rows);
    uint32_t column;

    *out = NULL;
    TRY(csv_need(table, name, &column, err));
    for (uint32_t row = 0; row < table->n_rows; row++)
        TRY(csv_real(table, row, column, if_empty, &value[row], err));
    *out = value;
    return STATUS_OK;
}

Status csv_text_column(Arena *arena, const CsvTable *table, const char *name,
                       const char *const **out, Err *err)
{
    const char **value = ARENA_ARRAY(arena, const char *, table->n_rows);
    uint32_t column;

    *out = NULL;
    TRY(csv_need(table, name, &column, err));
    for (uint32_t row = 0; row < table->n_rows; row++)
        value[row] = csv_text(table, row, column);
    *out = value;
    return STATUS_OK;
}

void csv_write_text(FILE *stream, const char *text)
{
    if (strpbrk(text, ",\"\n\r") == NULL) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}

void csv_write_row(FILE *stream, const char *const *cell, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            fputc(',', stream);
        csv_write_text(stream, cell[i]);
    }
    fputc('\n', stream);
}
