/* text.c - names as the compiler's messages and dumps show them. */
#include "mapping.h"

MatrixText matrix_text(const MatrixImage *matrix)
{
    MatrixText text;
    const char *name = format_name(matrix->format);
    if (format_has_indices(matrix->format))
        snprintf(text.text, sizeof text.text, "%s format with %u-bit %sindices", name,
                 matrix->index_bytes * 8, matrix->index_delta ? "delta-coded " : "");
    else
        snprintf(text.text, sizeof text.text, "%s format", name);
    return text;
}

bool same_format(const MatrixImage *a, const MatrixImage *b)
{
    return a->format == b->format && a->index_bytes == b->index_bytes &&
           a->index_delta == b->index_delta;
}

const char *objective_name(Objective objective)
{
    static const char *const name[N_OBJECTIVES] = {[OBJECTIVE_LATENCY] = "latency",
                                                   [OBJECTIVE_THROUGHPUT] = "throughput",
                                                   [OBJECTIVE_ENERGY] = "energy",
                                                   [OBJECTIVE_MEMORY] = "memory"};
    return objective < N_OBJECTIVES ? name[objective] : "?";
}

const char *table_mode_name(TableMode mode)
{
    static const char *const name[N_TABLE_MODES] = {
        [TABLES_AUTO] = "auto", [TABLES_RAW] = "raw", [TABLES_MINIMAL] = "minimal"};
    return mode < N_TABLE_MODES ? name[mode] : "?";
}
