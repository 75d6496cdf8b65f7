/* result_line.c - a result as a line of CSV, and back.
 *
 *   3,event,ok,,9f3c...,12.5,12.1,13,...,node7,4711,...,<16 hexadecimal digits>
 *
 * Cells in the order of result_columns; the last one is a checksum over all bytes before it. A
 * line without it, or with another one, is no line. Texts stand in quotes where they need them
 * (RFC 4180); a line break in one becomes a space, so that a result is one line whatever stands
 * in it.
 *
 * Cost: O(columns); reading is the part that counts when a sweep goes on. */
#include "result_columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/number_read.h"
#include "base/number_text.h"

#define CHECKSUM_NAME "checksum"

enum { CHECKSUM_DIGITS = 16, NUMBER_BYTES = 32 };

static size_t write_checksum(char *at, const char *line)
{
    const uint64_t hash = hash_words(HASH_START, line, (size_t)(at - line));
    return (size_t)snprintf(at, CHECKSUM_DIGITS + 1, "%016" PRIx64, hash);
}

/* ---- write -------------------- */

const char *result_header(Arena *arena)
{
    uint32_t n_columns;
    const ResultColumn *column = result_columns(&n_columns);
    size_t n_bytes = sizeof CHECKSUM_NAME "\n";

    for (uint32_t i = 0; i < n_columns; i++)
        n_bytes += strlen(column[i].name) + 1;
    char *header = ARENA_ARRAY(arena, char, n_bytes), *at = header;
    for (uint32_t i = 0; i < n_columns; i++)
        at += snprintf(at, n_bytes - (size_t)(at - header), "%s,", column[i].name);
    snprintf(at, n_bytes - (size_t)(at - header), CHECKSUM_NAME "\n");
    return header;
}

static size_t most_bytes(const ResultColumn *column, const Result *result)
{
    switch (column->kind) {
    case COLUMN_TEXT:
    case COLUMN_FIDELITY:
    case COLUMN_STATUS:
        return 2 * strlen(column_text(column, result)) + 3; /* all quotes, in quotes; a comma */
    default:
        return NUMBER_BYTES;
    }
}

static char *put_text(char *at, const char *text)
{
    const bool quoted = strpbrk(text, ",\"\n\r") != NULL;

    if (quoted)
        *at++ = '"';
    for (; *text != 0; text++) {
        if (*text == '"')
            *at++ = '"';
        *at++ = (char)(*text == '\n' || *text == '\r' ? ' ' : *text);
    }
    if (quoted)
        *at++ = '"';
    return at;
}

/* An end of the interval stands there only if it is not the value. */
static char *put_real(char *at, const ResultColumn *column, const Result *result)
{
    const double nominal = result->value[column->metric];
    const double value = column_real(column, result);

    if (!column_has_real(column, result))
        return at;
    if (column->kind == COLUMN_BOUND && !(value < nominal || value > nominal))
        return at;
    const NumberText text = real_exact(value);
    return at + snprintf(at, NUMBER_BYTES, "%s", text.text);
}

static char *put_cell(char *at, const ResultColumn *column, const Result *result)
{
    switch (column->kind) {
    case COLUMN_POINT:
    case COLUMN_COUNT:
        return at + snprintf(at, NUMBER_BYTES, "%" PRIu64, column_count(column, result));
    case COLUMN_VALUE:
    case COLUMN_BOUND:
        return put_real(at, column, result);
    default:
        return put_text(at, column_text(column, result));
    }
}

const char *result_line(Arena *arena, const Result *result)
{
    uint32_t n_columns;
    const ResultColumn *column = result_columns(&n_columns);
    size_t n_bytes = CHECKSUM_DIGITS + 2;

    for (uint32_t i = 0; i < n_columns; i++)
        n_bytes += most_bytes(&column[i], result);
    char *line = ARENA_ARRAY(arena, char, n_bytes), *at = line;
    for (uint32_t i = 0; i < n_columns; i++) {
        at = put_cell(at, &column[i], result);
        *at++ = ',';
    }
    at += write_checksum(at, line);
    *at = '\n';
    return line;
}

/* ---- read -------------------- */

/* Behind the quote that closes a cell; NULL: there is none. */
static const char *quoted_end(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '"' && at[1] != '"')
            return at + 1;
        at += *at == '"';
    }
    return NULL;
}

/* What stands between the quotes, doubled ones as one. */
static const char *unquoted(Arena *arena, const char *begin, const char *end)
{
    char *out = ARENA_ARRAY(arena, char, (size_t)(end - begin)), *next = out;

    for (const char *at = begin + 1; at < end - 1; at++) {
        at += *at == '"';
        *next++ = *at;
    }
    return out;
}

static bool read_name_cell(const ResultColumn *column, const char *cell, size_t n, Result *out)
{
    char text[NUMBER_BYTES];

    if (n >= sizeof text)
        return false;
    memcpy(text, cell, n);
    text[n] = 0;
    return column_set_text(column, out, text);
}

static bool read_text_cell(Arena *arena, const ResultColumn *column, const char *cell, size_t n,
                           Result *out)
{
    if (n > 0 && *cell == '"')
        return column_set_text(column, out, unquoted(arena, cell, cell + n));
    return column_set_text(column, out, n == 0 ? "" : arena_text(arena, cell, n));
}

static bool read_number_cell(const ResultColumn *column, const char *cell, size_t n, Result *out)
{
    char text[NUMBER_BYTES];
    double real;
    uint64_t count;

    if (n == 0)
        return column->kind == COLUMN_VALUE || column->kind == COLUMN_BOUND;
    if (n >= sizeof text)
        return false;
    memcpy(text, cell, n);
    text[n] = 0;
    if (column->kind == COLUMN_POINT || column->kind == COLUMN_COUNT)
        return number_read_u64(text, &count) == NUMBER_READ && column_set_count(column, out, count);
    if (number_read_real(text, &real) != NUMBER_READ)
        return false;
    if (column->kind == COLUMN_VALUE) { /* what follows may say otherwise of its ends */
        out->low[column->metric] = real;
        out->high[column->metric] = real;
    } else if (!out->has[column->metric]) {
        return false;
    }
    column_set_real(column, out, real);
    return true;
}

static bool read_cell(Arena *arena, const ResultColumn *column, const char *cell, size_t n,
                      Result *out)
{
    switch (column->kind) {
    case COLUMN_TEXT:
        return read_text_cell(arena, column, cell, n, out);
    case COLUMN_FIDELITY:
    case COLUMN_STATUS:
        return read_name_cell(column, cell, n, out);
    default:
        return read_number_cell(column, cell, n, out);
    }
}

/* Behind a cell, where a comma stands; NULL: none does. */
static const char *cell_end(const char *at, const char *end)
{
    if (*at != '"')
        return memchr(at, ',', (size_t)(end - at));
    at = quoted_end(at, end);
    return at != NULL && *at == ',' ? at : NULL;
}

/* Where the checksum begins, if it is that of what is before it; else NULL. */
static const char *checked_end(const char *line, size_t n_bytes)
{
    char checksum[CHECKSUM_DIGITS + 1];

    if (n_bytes < CHECKSUM_DIGITS + 2 || line[n_bytes - 1] != '\n')
        return NULL;
    const size_t n = n_bytes - CHECKSUM_DIGITS - 1;
    const uint64_t hash = hash_words(HASH_START, line, n);
    snprintf(checksum, sizeof checksum, "%016" PRIx64, hash);
    return memcmp(checksum, line + n, CHECKSUM_DIGITS) == 0 ? line + n : NULL;
}

bool result_parse(Arena *arena, const char *line, size_t n_bytes, Result *out)
{
    uint32_t n_columns;
    const ResultColumn *column = result_columns(&n_columns);
    const char *end = checked_end(line, n_bytes), *at = line;

    *out = (Result){0};
    if (end == NULL)
        return false;
    for (uint32_t i = 0; i < n_columns; i++) {
        const char *comma = at < end ? cell_end(at, end) : NULL;
        if (comma == NULL || !read_cell(arena, &column[i], at, (size_t)(comma - at), out))
            return false;
        at = comma + 1;
    }
    return at == end;
}
