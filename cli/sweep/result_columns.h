/* result_columns.h - the columns of a result, once for lines, tables and comparisons. */
#ifndef CLI_RESULT_COLUMNS_H
#define CLI_RESULT_COLUMNS_H

#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ColumnKind {
    COLUMN_POINT,    /* uint32_t                                                        */
    COLUMN_FIDELITY, /* Fidelity, by name                                               */
    COLUMN_STATUS,   /* ResultStatus, by name                                           */
    COLUMN_TEXT,     /* const char *                                                    */
    COLUMN_COUNT,    /* uint64_t                                                        */
    COLUMN_VALUE,    /* double, if has[metric]                                          */
    COLUMN_BOUND     /* the same: an end of the interval of the value                   */
} ColumnKind;

typedef struct ResultColumn {
    const char *name;
    ColumnKind kind;
    size_t offset;   /* of the field in a Result                                        */
    uint32_t metric; /* of VALUE and BOUND                                              */
    bool is_origin;  /* may differ from run to run                                      */
} ResultColumn;

/* result_columns - all of them, in their order. */
const ResultColumn *result_columns(uint32_t *n_columns);

/* The field of a result, by the kind of its column. */
const char *column_text(const ResultColumn *column, const Result *result);
uint64_t column_count(const ResultColumn *column, const Result *result);
double column_real(const ResultColumn *column, const Result *result);

/* column_has_real - is the metric there, and finite? column_real of an end that is not finite is
 * the value. */
bool column_has_real(const ResultColumn *column, const Result *result);

/* column_set_* - fill it. Texts (they stay where they are) by name where the kind has names; false
 * if there is no such name. */
bool column_set_text(const ResultColumn *column, Result *result, const char *text);
bool column_set_count(const ResultColumn *column, Result *result, uint64_t value);
void column_set_real(const ResultColumn *column, Result *result, double value);

/* result_differs - name of the first column, origin aside, that differs; NULL: none. */
const char *result_differs(const Result *a, const Result *b);

/* result_rank - of two results of a task that has the lower rank stays; of equal rank they must be
 * the same, or both tell only of the machine. 0: tells what comes out. */
uint32_t result_rank(ResultStatus status);

#ifdef __cplusplus
}
#endif
#endif
