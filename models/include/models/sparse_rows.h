/* sparse_rows.h - a sparse matrix as the fan-out of its sources. */
#ifndef MODELS_SPARSE_ROWS_H
#define MODELS_SPARSE_ROWS_H

#include <stdint.h>

/* Fan-out of each source, as CSR. Columns ascend in a row. */
typedef struct SparseRows {
    uint32_t n_rows, n_cols;
    uint64_t n_nonzeros;
    const uint64_t *row_start; /* [n_rows + 1] */
    const uint32_t *col;       /* [n_nonzeros] col = gate * n_units + unit */
    const float *weight;       /* [n_nonzeros] never 0 */
} SparseRows;

#endif
