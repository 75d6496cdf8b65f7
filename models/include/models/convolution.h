/* convolution.h - a two-dimensional convolution, with sum pooling before it, as sparse rows.
 *
 * Sources are channels x height x width in row-major order. Pooling sums squares of pool x pool
 * that do not overlap; what is left over at the right and at the bottom goes nowhere. A pooled
 * source is then its square: an event of any source in it meets the weights of the square.
 * Targets are filters x out_height x out_width. As both are linear, the rows of the matrix are
 * those of the sources before pooling, and nothing else of a network knows convolutions.
 */
#ifndef MODELS_CONVOLUTION_H
#define MODELS_CONVOLUTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "models/sparse_rows.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Convolution {
    uint32_t channels, height, width; /* of the sources, before pooling                    */
    uint32_t pool;                    /* side of the squares that are summed; 1: none      */
    uint32_t kernel, stride, padding; /* squares of kernel x kernel, zeros around          */
    uint32_t n_filters;               /* gates * output channels                           */
    uint32_t out_height, out_width;
    const float *filter;        /* [n_filters, channels, kernel, kernel]                   */
    const double *filter_f64;   /* the same where the file holds double, else NULL         */
    const uint32_t *row_places; /* [sources] places that weights of a source may have      */
    uint64_t n_places;          /* their sum: multiplications of a dense input             */
} Convolution;

/* convolution_size - out_height and out_width of the rest. Returns why there is no such
 * convolution, or NULL. */
const char *convolution_size(Convolution *convolution);

/* convolution_places - row_places and n_places. cost: O(sources) */
void convolution_places(Arena *arena, Convolution *convolution);

/* convolution_rows - the matrix: a row a source, zeros of filters left out. wide (may be NULL)
 * becomes the weights in double. cost: O(weights) */
void convolution_rows(Arena *arena, const Convolution *convolution, SparseRows *rows,
                      const double **wide);

#ifdef __cplusplus
}
#endif
#endif
