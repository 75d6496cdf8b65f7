/* convolution.c - lays the filters of a convolution out as the rows of its sources.
 *
 * A source at (y, x) of a channel lies in the pooled square (y / pool, x / pool). The outputs
 * whose window holds that square are, along each side, those o with 0 <= square + padding - o *
 * stride < kernel: an interval. So the targets of a row are, filter by filter, the rectangle of
 * both intervals, which ascend as columns must. Counted first, filled then. Cost: O(weights).
 */
#include "models/convolution.h"

#include "base/check.h"
#include "models/network.h"

typedef struct Interval { /* of outputs: first .. end - 1 */
    uint32_t first, end;
} Interval;

/* Outputs along one side whose windows hold the square of a source. */
static Interval outputs_of(const Convolution *of, uint32_t n_before, uint32_t n_after, uint32_t at)
{
    const uint32_t square = at / of->pool;
    if (square >= n_before / of->pool)
        return (Interval){0, 0};
    const uint32_t padded = square + of->padding;
    Interval interval = {0, padded / of->stride + 1};
    if (padded >= of->kernel) /* first o with padded - o * stride < kernel */
        interval.first = (padded - of->kernel) / of->stride + 1;
    interval.end = interval.end > n_after ? n_after : interval.end;
    interval.first = interval.first > interval.end ? interval.end : interval.first;
    return interval;
}

static uint32_t n_sources(const Convolution *of)
{
    return of->channels * of->height * of->width;
}

const char *convolution_size(Convolution *of)
{
    const uint32_t side[2] = {of->height, of->width};
    uint32_t out[2];
    for (int i = 0; i < 2; i++) {
        const uint32_t pooled = side[i] / of->pool + 2 * of->padding;
        if (side[i] < of->pool)
            return "its pool is larger than what it moves over";
        if (pooled < of->kernel)
            return "its kernel is larger than what it moves over";
        out[i] = (pooled - of->kernel) / of->stride + 1;
    }
    if (of->padding >= of->kernel)
        return "its padding is not below its kernel, so some outputs have no source";
    of->out_height = out[0];
    of->out_width = out[1];
    return NULL;
}

void convolution_places(Arena *arena, Convolution *of)
{
    uint32_t *places = ARENA_ARRAY(arena, uint32_t, n_sources(of)), at = 0;
    of->n_places = 0;
    for (uint32_t channel = 0; channel < of->channels; channel++)
        for (uint32_t y = 0; y < of->height; y++)
            for (uint32_t x = 0; x < of->width; x++, at++) {
                const Interval rows = outputs_of(of, of->height, of->out_height, y);
                const Interval columns = outputs_of(of, of->width, of->out_width, x);
                places[at] =
                    of->n_filters * (rows.end - rows.first) * (columns.end - columns.first);
                of->n_places += places[at];
            }
    of->row_places = places;
}

typedef struct Filling {
    const Convolution *of;
    uint32_t *col; /* NULL: weights are only counted */
    float *weight;
    double *wide; /* or NULL */
    uint64_t n;
} Filling;

/* The row of the source at (y, x) of a channel. */
static void fill_row(Filling *fill, uint32_t channel, uint32_t y, uint32_t x)
{
    const Convolution *of = fill->of;
    const Interval rows = outputs_of(of, of->height, of->out_height, y);
    const Interval columns = outputs_of(of, of->width, of->out_width, x);
    for (uint32_t f = 0; f < of->n_filters; f++)
        for (uint32_t oy = rows.first; oy < rows.end; oy++)
            for (uint32_t ox = columns.first; ox < columns.end; ox++) {
                const uint32_t ky = y / of->pool + of->padding - oy * of->stride;
                const uint32_t kx = x / of->pool + of->padding - ox * of->stride;
                const size_t at =
                    (((size_t)f * of->channels + channel) * of->kernel + ky) * of->kernel + kx;
                if (of->filter[at] == 0)
                    continue;
                if (fill->col != NULL) {
                    fill->col[fill->n] = (f * of->out_height + oy) * of->out_width + ox;
                    fill->weight[fill->n] = of->filter[at];
                }
                if (fill->wide != NULL)
                    fill->wide[fill->n] = of->filter_f64[at];
                fill->n++;
            }
}

/* All rows; where they begin goes to `start`. */
static void fill_rows(Filling *fill, uint64_t *start)
{
    const Convolution *of = fill->of;
    uint32_t row = 0;
    fill->n = 0;
    for (uint32_t channel = 0; channel < of->channels; channel++)
        for (uint32_t y = 0; y < of->height; y++)
            for (uint32_t x = 0; x < of->width; x++) {
                fill_row(fill, channel, y, x);
                start[++row] = fill->n;
            }
}

void convolution_rows(Arena *arena, const Convolution *of, SparseRows *rows, const double **wide)
{
    uint64_t *start = ARENA_ARRAY(arena, uint64_t, (size_t)n_sources(of) + 1);
    Filling fill = {.of = of};
    fill_rows(&fill, start);
    const uint64_t n = fill.n;
    fill.col = ARENA_ARRAY(arena, uint32_t, n);
    fill.weight = ARENA_ARRAY(arena, float, n);
    if (wide != NULL && of->filter_f64 != NULL)
        *wide = fill.wide = ARENA_ARRAY(arena, double, n);
    fill_rows(&fill, start);
    CHECK(fill.n == n);
    *rows = (SparseRows){.n_rows = n_sources(of),
                         .n_cols = of->n_filters * of->out_height * of->out_width,
                         .n_nonzeros = n,
                         .row_start = start,
                         .col = fill.col,
                         .weight = fill.weight};
}
