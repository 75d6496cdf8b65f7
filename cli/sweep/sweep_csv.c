/* sweep_csv.c - all rows of a sweep as one table: values of the point, then its result. */
#include <inttypes.h>

#include "base/csv_table.h"
#include "base/number_text.h"
#include "result_columns.h"
#include "sweep_text.h"

static void write_cell(const ResultColumn *column, const Result *result, FILE *stream)
{
    switch (column->kind) {
    case COLUMN_POINT:
    case COLUMN_COUNT:
        fprintf(stream, "%" PRIu64, column_count(column, result));
        break;
    case COLUMN_VALUE:
    case COLUMN_BOUND:
        if (column_has_real(column, result))
            fputs(real_exact(column_real(column, result)).text, stream);
        break;
    default:
        csv_write_text(stream, column_text(column, result));
    }
}

static bool is_wanted(const ResultColumn *column, bool with_origin)
{
    return column->kind != COLUMN_POINT && (with_origin || !column->is_origin);
}

static void write_header(const Plan *plan, bool with_origin, FILE *stream)
{
    uint32_t n_columns;
    const ResultColumn *column = result_columns(&n_columns);

    fputs("point", stream);
    for (uint32_t key = 0; key < plan->n_keys; key++) {
        fputc(',', stream);
        csv_write_text(stream, plan->key[key].name);
    }
    for (uint32_t i = 0; i < n_columns; i++)
        if (is_wanted(&column[i], with_origin))
            fprintf(stream, ",%s", column[i].name);
    fputc('\n', stream);
}

static void write_row(const Plan *plan, const Result *result, bool with_origin, FILE *stream)
{
    uint32_t n_columns;
    const ResultColumn *column = result_columns(&n_columns);

    fprintf(stream, "%" PRIu32, result->task.point);
    for (uint32_t key = 0; key < plan->n_keys; key++) {
        fputc(',', stream);
        csv_write_text(stream, plan_value(plan, result->task.point, key));
    }
    for (uint32_t i = 0; i < n_columns; i++) {
        if (!is_wanted(&column[i], with_origin))
            continue;
        fputc(',', stream);
        write_cell(&column[i], result, stream);
    }
    fputc('\n', stream);
}

void sweep_write_csv(const Plan *plan, const Results *results, bool with_origin, FILE *stream)
{
    write_header(plan, with_origin, stream);
    for (uint32_t point = 0; point < plan->n_points; point++)
        for (uint32_t fidelity = 0; fidelity < N_FIDELITIES; fidelity++) {
            const Result *result = results_at(results, (Task){point, (Fidelity)fidelity});
            if (result != NULL)
                write_row(plan, result, with_origin, stream);
        }
}
